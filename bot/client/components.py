"""Buttons and selects as discord.py sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from bot.reply import Button, Menu, Reply


def view_of(final: Reply | None) -> discord.ui.View | None:
    """The buttons of a reply, or its menus; None where it has none, or where it is no final one."""
    if final is None or not (final.buttons or final.menus):
        return None
    view = _sent_only()
    for menu in final.menus:
        view.add_item(_select(menu))
    for button in final.buttons:
        view.add_item(discord.ui.Button(custom_id=button.custom_id, label=button.label, emoji=button.emoji))
    return view


def button_of(button: Button, *, disabled: bool) -> discord.ui.View:
    """One button alone."""
    view = _sent_only()
    view.add_item(
        discord.ui.Button(
            custom_id=button.custom_id, label=button.label, emoji=button.emoji, disabled=disabled
        )
    )
    return view


def _select(menu: Menu) -> discord.ui.Select[discord.ui.View]:
    return discord.ui.Select(
        custom_id=menu.custom_id,
        placeholder=menu.placeholder,
        options=[
            discord.SelectOption(value=choice.value, label=choice.label, emoji=choice.emoji)
            for choice in menu.choices
        ],
    )


def _sent_only() -> discord.ui.View:
    """A view that discord.py sends and forgets: a press is answered by what its custom id says, not by an object in memory."""
    view = discord.ui.View(timeout=None)
    view.stop()
    return view
