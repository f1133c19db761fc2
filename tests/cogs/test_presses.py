"""Presses and flags reach what answers them, and what is none of ours does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.sample import NOTE

if TYPE_CHECKING:
    from tests.cogs.setting import Setting


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried."""
    return ("cogs.presses",)


async def test_a_button_of_another_version(setting: Setting) -> None:
    """It can't be read any more, and a sentence says so."""
    message = setting.discord.post(setting.channel, setting.discord.me, "An old answer.")
    pressed = setting.discord.forge(setting.anna, message, "e:old-one")
    told = await pressed.answered(20)
    assert (told.content, told.ephemeral) == ("I don't know this button any more.", True)


async def test_a_component_of_others(setting: Setting) -> None:
    """It is left alone: who made it answers it."""
    message = setting.discord.post(setting.channel, setting.discord.me, "Something else.")
    other = setting.discord.forge(setting.anna, message, "view:1")
    ours = setting.discord.forge(setting.anna, message, "e:p:zz..:summary:en")
    await ours.answered(20)
    assert other.acknowledged is None


async def test_a_flag(setting: Setting) -> None:
    """At a note, it is answered in its thread."""
    note = setting.discord.post_voice(setting.channel, setting.anna, NOTE.read_bytes(), duration=11.3)
    setting.openroute.script("Milch kaufen.")
    setting.discord.react(note, setting.anna, "🇩🇪")
    thread = await setting.discord.wait_for(lambda: note.thread, 20)
    await setting.discord.wait_for(
        lambda: [each for each in thread.messages if "Milch kaufen." in each.content], 20
    )
