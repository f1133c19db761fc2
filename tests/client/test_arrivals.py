"""Messages are taken in as notes or as questions; while Discord does not tell what one is about, it is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.client.arrivals import Arrivals
from bot.client.questions import Questions
from bot.notes import Asker
from tests.cogs.conftest import cogs, setting

__all__ = ["cogs", "setting"]

if TYPE_CHECKING:
    import discord

    from sandbox.discord import Message
    from tests.cogs.setting import Setting


class Desk:
    """Where messages are taken in, with its pauses."""

    def __init__(self, setting: Setting) -> None:
        bot = setting.bot
        self.bot = bot
        self.slept: list[float] = []
        questions = Questions(
            bot,
            asker=Asker(
                maker=bot.note_maker,
                ledger=setting.services.ledger,
                asked=setting.services.asked,
                reception=bot.reception,
            ),
            recordings=bot.recordings,
            rule_book=bot.rule_book,
            controls=bot.controls,
        )
        self.arrivals = Arrivals(
            reception=bot.reception, questions=questions, language_of=bot.language_of, sleep=self._sleep
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def seen(self, message: Message) -> discord.Message:
        """A message, as discord.py has it."""
        guild_id = message.channel.guild.id if message.channel.guild else None
        channel = self.bot.get_partial_messageable(message.channel.id, guild_id=guild_id)
        return await channel.fetch_message(message.id)


async def question(setting: Setting) -> Message:
    """A question in a thread on a note."""
    note = setting.discord.post_voice(setting.channel, setting.anna, b"OggS", duration=1.0)
    thread = setting.discord.open_thread(setting.channel, setting.anna, "talk", starter=note)
    return setting.discord.post(thread, setting.anna, f"{setting.discord.me.mention} why?")


def spoilt(setting: Setting, asked: Message, *, times: int | None) -> None:
    """Discord does not tell of the note that a question is about."""
    path = f"/channels/{setting.channel.id}/messages/{asked.channel.id}"
    setting.discord.faults.add("GET", path, status=403, body={"code": 0, "message": "no"}, times=times)


async def test_discord_is_away_for_a_while(setting: Setting) -> None:
    """It is asked again, in ever longer pauses, and the question is taken in once."""
    desk, asked = Desk(setting), await question(setting)
    message = await desk.seen(asked)
    spoilt(setting, asked, times=3)
    await desk.arrivals.arrived(message)
    assert len(desk.slept) == 3
    assert desk.slept == sorted(desk.slept)
    assert 1 <= desk.slept[0] <= 5
    assert await desk.arrivals.take_in(message) == 0


async def test_discord_is_away_for_long(setting: Setting) -> None:
    """Then that is raised, so that the message is looked for again."""
    desk, asked = Desk(setting), await question(setting)
    message = await desk.seen(asked)
    spoilt(setting, asked, times=None)
    with pytest.raises(errors.DiscordAway):
        await desk.arrivals.arrived(message)
    assert 60 < sum(desk.slept) < 3600


async def test_what_is_neither(setting: Setting) -> None:
    """Nothing is new."""
    desk = Desk(setting)
    text = setting.discord.post(setting.channel, setting.anna, "hello")
    assert await desk.arrivals.take_in(await desk.seen(text)) == 0
