"""/settings: shows what a server has decided, and changes it; by a panel, by typing, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import structlog

from bot import errors, reply, rules
from bot.client.authority import may_manage
from bot.client.forms import show_text_form, text_in
from bot.client.places import place_of
from bot.client.posting.acknowledgement import acknowledge, take_silently
from bot.client.posting.interactions import InteractionDelivery, answer_at_once
from bot.client.seen import locale_of
from bot.reply import panel, settings
from bot.rules import Scope
from bot.storage import WHOLE_SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.client.access import Chosen
    from bot.notes import Offers
    from bot.policy import RuleBook
    from bot.presets import Preset
    from bot.reply import Press, Reply, Words
    from bot.rules import Rules, Setting
    from bot.storage import Change

log = structlog.get_logger("earshot.settings")

_MOST_OF_A_NUMBER = 20


class ServerSettings:
    """Lets those who manage a server decide what the bot does there.

    Args:
        bot: connected.
        command_ids: by the names of commands, once Discord has taken them.
        rule_book: what is decided.
        offers: the presets there are.
    """

    def __init__(
        self, bot: discord.Client, command_ids: Mapping[str, int], *, rule_book: RuleBook, offers: Offers
    ) -> None:
        self._bot = bot
        self._command_ids = command_ids
        self._rule_book = rule_book
        self._offers = offers

    async def show(self, interaction: discord.Interaction, channel: Chosen | None) -> None:
        """Answer `/settings show`.

        Raises:
            EarshotError, discord.HTTPException: it can't be done, and the person does not know it yet.
        """
        await acknowledge(interaction, private=True)
        channel_id = channel.id if channel else WHOLE_SERVER
        await _say(interaction, await self._overview(interaction, channel_id))

    async def set(
        self, interaction: discord.Interaction, setting: Setting[Any], typed: str, channel: Chosen | None
    ) -> None:
        """Answer `/settings set`. Raises as `show`."""
        await acknowledge(interaction, private=True)
        channel_id = channel.id if channel else WHOLE_SERVER
        await self._check_scope(setting, channel_id)
        words = _words(interaction)
        in_force = await self._rules(interaction, channel_id)
        stored = settings.understood(setting, typed, in_force, await self._offered(interaction), words)
        told = await self.change(interaction, setting, channel_id, stored)
        await _say(interaction, reply.Reply((told,)))

    async def change(
        self, interaction: discord.Interaction, setting: Setting[Any], channel_id: int, stored: str | None
    ) -> str:
        """Change something; what is said of it, in one line: before → after.

        Args:
            interaction: of who changes it, who may.
            setting: what is changed.
            channel_id: where; `storage.WHOLE_SERVER` for everywhere.
            stored: the value as it is stored; None to set it back.
        """
        words, offered = _words(interaction), await self._offered(interaction)
        before = (await self._rules(interaction, channel_id)).of(setting)
        await self._rule_book.change(_guild_id(interaction), channel_id, setting, stored, interaction.user.id)
        after = (await self._rules(interaction, channel_id)).of(setting)
        # Not the values: a prompt is nobody's business.
        log.info("a setting is changed", guild=interaction.guild_id, setting=setting.name, channel=channel_id)
        return panel.changed(
            setting,
            settings.said(setting, before, offered, words),
            settings.said(setting, after, offered, words),
            words,
            channel_id=channel_id,
        )

    async def undo(self, interaction: discord.Interaction) -> None:
        """Answer `/settings undo`. Raises as `show`."""
        await acknowledge(interaction, private=True)
        await _say(interaction, reply.Reply((await self._undone(interaction),)))

    async def suggestions(
        self, interaction: discord.Interaction, setting: Setting[Any], typed: str
    ) -> list[tuple[str, str]]:
        """Values to offer for a setting while somebody types one: what each is called, and how it is stored."""
        words = _words(interaction)
        in_force = await self._rules(interaction, WHOLE_SERVER)
        wanted = typed.strip().casefold()
        found = settings.suggested(setting, in_force, await self._offered(interaction), words)
        return [(called, stored) for called, stored in found if wanted in called.casefold()]

    async def answer(self, interaction: discord.Interaction, press: Press) -> None:
        """Do what was pressed in the panel. Raises as `show`."""
        words = _words(interaction)
        step = panel.step_of(press.rest)
        setting = rules.named(step.setting) if step else None
        if step is None or interaction.guild_id is None:
            await answer_at_once(interaction, words("I don't know this button any more."))
            return
        if not await may_manage(interaction, self._command_ids.get("settings")):
            await answer_at_once(
                interaction, words("Only members who manage this server can change its settings.")
            )
            return
        if step.step == panel.FORM and setting is not None:
            await self._show_form(interaction, setting, step, words)
            return
        await take_silently(interaction)
        await _say(interaction, await self._after(interaction, step, setting))

    async def _after(
        self, interaction: discord.Interaction, step: panel.Step, setting: Setting[Any] | None
    ) -> Reply:
        """What the panel shows after a step."""
        values = [str(value) for value in (interaction.data or {}).get("values") or ()]
        match step.step:
            case panel.CHOOSE:
                chosen = rules.named(values[0]) if values else None
                if chosen is not None:
                    return await self._page(interaction, chosen, step.channel_id)
            case panel.PLACE if values and values[0].isdecimal():
                return await self._overview(interaction, int(values[0]))
            case panel.UNDO:
                return await self._overview(interaction, step.channel_id, await self._undone(interaction))
            case panel.RESET | panel.SET | panel.TYPED if setting is not None:
                return await self._decided(interaction, setting, step, ",".join(values))
            case _:
                pass
        return await self._overview(interaction, step.channel_id)

    async def _decided(
        self, interaction: discord.Interaction, setting: Setting[Any], step: panel.Step, chosen: str
    ) -> Reply:
        """The page of a setting after somebody has given it a value, has tried to, or has set it back."""
        if step.step == panel.RESET:
            told = await self.change(interaction, setting, step.channel_id, None)
            return await self._page(interaction, setting, step.channel_id, told)
        words = _words(interaction)
        typed = text_in(interaction.data) if step.step == panel.TYPED else chosen
        in_force = await self._rules(interaction, step.channel_id)
        try:
            await self._check_scope(setting, step.channel_id)
            stored = settings.understood(setting, typed, in_force, await self._offered(interaction), words)
        except errors.Refused as error:
            told = reply.sentence(error, words)
        else:
            told = await self.change(interaction, setting, step.channel_id, stored)
        return await self._page(interaction, setting, step.channel_id, told)

    async def _undone(self, interaction: discord.Interaction) -> str:
        """Take back the last change; what is said of it."""
        words = _words(interaction)
        change = await self._rule_book.undo(_guild_id(interaction))
        if change is None:
            return words("There is no change left that I could take back.")
        return panel.undone(
            change.name,
            await self._stored_value(change, change.after, interaction),
            await self._stored_value(change, change.before, interaction),
            words,
            channel_id=change.channel_id,
            by=change.changed_by,
            at=change.changed_at,
        )

    async def _stored_value(
        self, change: Change, stored: str | None, interaction: discord.Interaction
    ) -> str | None:
        """A value that was kept, in words; None where nothing was set."""
        setting = rules.named(change.name)
        if setting is None or stored is None:
            return None
        try:
            value = setting.kind.read(stored)
        except rules.Unusable:
            return None
        return settings.said(setting, value, await self._offered(interaction), _words(interaction))

    async def _overview(self, interaction: discord.Interaction, channel_id: int, remark: str = "") -> Reply:
        return panel.overview(
            await self._rules(interaction, channel_id),
            await self._offered(interaction),
            _words(interaction),
            channel_id=channel_id,
            remark=remark,
        )

    async def _page(
        self, interaction: discord.Interaction, setting: Setting[Any], channel_id: int, remark: str = ""
    ) -> Reply:
        return panel.page(
            setting,
            await self._rules(interaction, channel_id),
            await self._offered(interaction),
            _words(interaction),
            channel_id=channel_id,
            is_set=setting.name in await self._rule_book.set_at(_guild_id(interaction), channel_id),
            remark=remark,
        )

    async def _show_form(
        self, interaction: discord.Interaction, setting: Setting[Any], step: panel.Step, words: Words
    ) -> None:
        in_force = await self._rules(interaction, step.channel_id)
        is_number = isinstance(setting.kind, rules.Number)
        most = setting.kind.most_characters if isinstance(setting.kind, rules.Asked) else _MOST_OF_A_NUMBER
        typed = panel.Step(step=panel.TYPED, setting=setting.name, channel_id=step.channel_id)
        await show_text_form(
            interaction,
            typed.custom_id,
            title=words(setting.label),
            label=panel.field_label(setting, words),
            most=most,
            value=panel.field_value(setting, in_force, words),
            short=is_number,
        )

    async def _rules(self, interaction: discord.Interaction, channel_id: int) -> Rules:
        """What is in force in a channel or thread, or in the server as a whole."""
        if channel_id == WHOLE_SERVER:
            return await self._rule_book.at(interaction.guild_id, ())
        place = await place_of(self._bot, channel_id, interaction.guild_id)
        return await self._rule_book.at(interaction.guild_id, place)

    async def _offered(self, interaction: discord.Interaction) -> tuple[Preset, ...]:
        return await self._offers.all(interaction.guild_id)

    @staticmethod
    async def _check_scope(setting: Setting[Any], channel_id: int) -> None:
        if channel_id != WHOLE_SERVER and setting.scope is Scope.SERVER:
            raise errors.WholeServerOnly(setting.name)


def _guild_id(interaction: discord.Interaction) -> int:
    if interaction.guild_id is None:
        raise discord.app_commands.NoPrivateMessage
    return interaction.guild_id


def _words(interaction: discord.Interaction) -> Words:
    return reply.words_for(locale_of(interaction, private=True))


async def _say(interaction: discord.Interaction, final: Reply) -> None:
    delivery = InteractionDelivery(interaction, first=True, private=True, words=_words(interaction))
    await delivery.finish(final)
