"""Buttons and selects as discord.py sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot import reply

if TYPE_CHECKING:
    from bot.reply import Button, Menu, Picker, Reply

_CHANNELS = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
]
_PLACES = [
    *_CHANNELS,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
]


def view_of(final: Reply | None) -> discord.ui.View | None:
    """The selects and buttons of a reply; None where it has none, or where it is no final one.

    discord.py sends the view and forgets it: a press is answered by what its custom id says, not by an object in memory.
    """
    if final is None or not (final.buttons or final.menus):
        return None
    view = discord.ui.View(timeout=None)
    view.stop()
    for menu in final.menus:
        view.add_item(_picker(menu) if isinstance(menu, reply.Picker) else _select(menu))
    for button in final.buttons:
        view.add_item(discord.ui.Button(custom_id=button.custom_id, label=button.label, emoji=button.emoji))
    return view


def tried_button(button: Button) -> discord.ui.View:
    """One button alone, which can't be pressed."""
    view = discord.ui.View(timeout=None)
    view.stop()
    view.add_item(
        discord.ui.Button(custom_id=button.custom_id, label=button.label, emoji=button.emoji, disabled=True)
    )
    return view


def _select(menu: Menu) -> discord.ui.Select[Any]:
    return discord.ui.Select(
        custom_id=menu.custom_id,
        placeholder=menu.placeholder,
        min_values=menu.least,
        max_values=menu.most,
        options=[
            discord.SelectOption(
                value=choice.value, label=choice.label, emoji=choice.emoji, default=choice.chosen
            )
            for choice in menu.choices
        ],
    )


def _picker(picker: Picker) -> discord.ui.ChannelSelect[Any] | discord.ui.RoleSelect[Any]:
    if picker.of == "roles":
        return discord.ui.RoleSelect(
            custom_id=picker.custom_id,
            placeholder=picker.placeholder,
            min_values=picker.least,
            max_values=picker.most,
            default_values=[_default(each, discord.SelectDefaultValueType.role) for each in picker.chosen],
        )
    return discord.ui.ChannelSelect(
        custom_id=picker.custom_id,
        placeholder=picker.placeholder,
        min_values=picker.least,
        max_values=picker.most,
        channel_types=_PLACES if picker.of == "places" else _CHANNELS,
        default_values=[_default(each, discord.SelectDefaultValueType.channel) for each in picker.chosen],
    )


def _default(value: int, kind: discord.SelectDefaultValueType) -> discord.SelectDefaultValue:
    return discord.SelectDefaultValue(id=value, type=kind)
