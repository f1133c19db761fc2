"""Flags as reactions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Upload
from tests.journeys.controls import answered_note, buttons, press
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage

MEMO = Upload("a.ogg", SAMPLE.read_bytes(), "audio/ogg")
PICTURE = Upload("cat.png", b"\x89PNG\r\n", "image/png")


async def test_a_flag_asks_for_a_translation(stage: Stage) -> None:
    """Once a language, into the thread."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        [note] = stage.channel.messages
        stage.openroute.script("Milch kaufen, sagt er.")
        stage.discord.react(note, stage.anna, "🇩🇪")
        _, told = await stage.said(thread, "Milch kaufen, sagt er.", count=2)
        stage.discord.react(answer, stage.anna, "🇩🇪")
        stage.openroute.script("ミルクを買って。")
        stage.discord.react(answer, stage.anna, "🇯🇵")
        await stage.said(thread, "ミルクを買って。", count=3)
    assert told.content.startswith("-# 🌐 Translation · German\n")
    assert len(stage.openroute.requests) == 3


@pytest.mark.parametrize("burst", [False, True])
async def test_both_kinds_of_reactions(stage: Stage, *, burst: bool) -> None:
    """A super reaction is one, too."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        stage.openroute.script("Du lait, dit-il.")
        stage.discord.react(answer, stage.anna, "🇫🇷", burst=burst)
        await stage.said(thread, "-# 🌐 Translation · French\nDu lait, dit-il.", count=2)


async def test_reactions_that_ask_for_nothing(stage: Stage) -> None:
    """Those of bots; flags of no language, other emoji and a server's own; and all at what is no note nor an answer."""
    beep = stage.discord.add_user("beep", bot=True)
    stage.discord.add_member(stage.guild, beep)
    async with stage.bot():
        thread, answer = await answered_note(stage)
        [note] = stage.channel.messages
        stage.discord.react(note, beep, "🇩🇪")
        for emoji in ("🏴\u200d☠️", "🏳️\u200d🌈", "🇦🇶", "🇪🇺", "🇩", "🇩🇪🇫🇷", "👍", "DE", "<:de:123>", "<::123>"):
            stage.discord.react(note, stage.anna, emoji)
        text = stage.discord.post(stage.channel, stage.anna, "hello")
        picture = stage.discord.post(stage.channel, stage.anna, files=[PICTURE])
        remark = stage.discord.post(thread, stage.anna, "A remark.")
        for message in (text, picture, remark):
            stage.discord.react(message, stage.anna, "🇩🇪")
        stage.openroute.script("ミルクを買って。")
        stage.discord.react(answer, stage.anna, "🇯🇵")
        await stage.said(thread, "ミルクを買って。", count=2)
    assert len(stage.openroute.requests) == 2
    assert picture.thread is None


@pytest.mark.parametrize(
    ("flag", "language"),
    [
        ("🇼🇸", "Samoan"),
        ("🇳🇴", "Norwegian"),
        ("🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", "Welsh"),
    ],
)
async def test_flags_of_small_countries(stage: Stage, flag: str, language: str) -> None:
    """Each has its language."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        stage.openroute.script("...translated")
        stage.discord.react(answer, stage.anna, flag)
        await stage.said(thread, f"-# 🌐 Translation · {language}\n...translated", count=2)


async def test_several_files(stage: Stage) -> None:
    """At the message, all are translated; at the answer to one, that."""
    other = Upload("b.ogg", SAMPLE.read_bytes(), "audio/ogg")
    stage.openroute.script("Heard.", times=2)
    async with stage.bot(NOTES_AT_ONCE="1") as bot:
        note = stage.discord.post(stage.channel, stage.anna, files=[MEMO, other])
        thread = await stage.thread_on(note)
        _, second = await stage.said(thread, "**b.ogg**\nHeard.", count=2)
        await bot.logged("note", times=2)
        stage.openroute.script("Gehört.", asked="German")
        stage.discord.react(second, stage.anna, "🇩🇪")
        await stage.said(thread, "**b.ogg**\n-# 🌐 Translation · German\nGehört.", count=3)
        await bot.logged("note", times=3)
        stage.openroute.script("Entendu.", times=2, asked="French")
        stage.discord.react(note, stage.anna, "🇫🇷")
        await stage.said(thread, "**b.ogg**\n-# 🌐 Translation · French\nEntendu.", count=5)
        await stage.said(thread, "**a.ogg**\n-# 🌐 Translation · French\nEntendu.", count=5)
        await bot.logged("note", times=5)
    assert len(stage.openroute.requests) == 5


async def test_a_flag_and_a_button_want_the_same(stage: Stage) -> None:
    """It is answered once."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        stage.openroute.script("Milk is wanted.")
        press(stage, answer, "Summary")
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
        await stage.discord.wait_for(lambda: buttons(summary), PATIENCE)
        stage.openroute.script("Buy milk, he says.")
        stage.discord.react(answer, stage.anna, "🇬🇧")
        await stage.said(thread, "-# 🌐 Translation · English", count=3)
        told = await press(stage, summary, "Translation").followed_up(timeout=PATIENCE)
    assert told.content.startswith("That was asked already:")
    assert len(stage.openroute.requests) == 3


async def test_a_flag_while_the_note_is_being_heard(stage: Stage) -> None:
    """Both are answered, each once, also if the process dies in between."""
    never = asyncio.Event()
    async with stage.bot(LOG_LEVEL="DEBUG") as bot:
        stage.openroute.script("Buy ", never)
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [growing] = await stage.said(thread, "Buy")
        stage.discord.react(note, stage.anna, "🇩🇪")
        stage.discord.react(growing, stage.anna, "🇩🇪")
        await bot.logged("received", times=2)
        await bot.kill()
        bot.expected_status = -9
    stage.openroute.script("Milch kaufen.", asked="German")
    stage.openroute.script("Buy milk.")
    async with stage.bot() as bot:
        await stage.said(thread, "Buy milk.")
        await stage.said(thread, "Milch kaufen.", count=2)
        await bot.logged("note", times=2)
    assert sorted(message.content for message in stage.of_the_bot(thread)) == [
        "-# 🌐 Translation · German\nMilch kaufen.",
        "Buy milk.",
    ]
    assert len(stage.openroute.requests) == 3
