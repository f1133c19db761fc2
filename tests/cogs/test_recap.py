"""/recap, as Discord is told of it, and what is not ready in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.client import Recaps
from bot.completion import Completion
from bot.notes import Summing
from sandbox.discord import Upload
from sandbox.sample import NOTE

if TYPE_CHECKING:
    from tests.cogs.setting import Setting

MEMO = Upload("memo.ogg", NOTE.read_bytes(), "audio/ogg")


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried; nobody listens."""
    return ("cogs.recap",)


async def test_what_discord_is_told(setting: Setting) -> None:
    """For servers, direct messages and people who installed the bot; hours within two days, channels with messages."""
    [told] = setting.discord.world.commands[None]
    assert (told["name"], told["integration_types"], told["contexts"]) == ("recap", [0, 1], [0, 1, 2])
    hours, channel = told["options"]
    assert (hours["name"], hours["type"], hours["min_value"], hours["max_value"]) == ("hours", 4, 1, 48)
    assert (channel["name"], channel["type"]) == ("channel", 7)
    assert sorted(channel["channel_types"]) == [0, 2, 5, 10, 11, 12, 13]
    assert not any(option.get("required") for option in told["options"])


async def test_what_is_not_ready_in_time_says_so(setting: Setting) -> None:
    """What is ready is shown, and the rest is not waited for: Discord takes answers for a quarter of an hour."""
    bot, settings = setting.bot, setting.services.settings
    bot.recaps = Recaps(
        bot,
        reception=bot.reception,
        recollection=bot.actions.recollection,
        summing=Summing(Completion(session=setting.services.session, settings=settings)),
        controls=bot.controls,
        ready_seconds=5.0,
    )
    never = asyncio.Event()
    setting.openroute.script("Heard.")
    setting.openroute.script(never)
    for _ in range(2):
        setting.discord.post(setting.channel, setting.anna, files=[MEMO])
    asked = setting.discord.slash(setting.anna, setting.channel, "recap", hours=1)
    answer = await asked.answered(20)
    await setting.discord.wait_for(lambda: "> …" not in answer.content, 20)
    gists = [line for line in answer.content.split("\n") if line.startswith("> ")]
    late = "> *This one wasn't ready in time. Use the menu “Transcribe” on it.*"
    assert sorted(gists) == [late, "> Heard."]
    assert answer.components != []
