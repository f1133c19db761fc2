"""Stopping and starting again: what is in hand is finished, or taken up by the next run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sandbox.discord import Upload
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage


async def test_a_note_in_hand_is_finished(stage: Stage) -> None:
    """SIGTERM while the model speaks: the answer is still posted, then the process ends with 0."""
    rest = asyncio.Event()
    script = stage.openroute.script("First, ", rest, "last.")
    async with stage.bot() as bot:
        note = stage.post_note()
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        bot.process.terminate()
        await bot.logged("stopping: finishing the notes in hand")
        rest.set()
        assert await bot.ended() == 0
    assert note.thread is not None
    assert [message.content for message in stage.of_the_bot(note.thread)] == ["First, last."]


async def test_a_note_that_takes_too_long_is_taken_up_again(stage: Stage) -> None:
    """What is not finished in time is parked; the next run answers it, once, in the place it had begun."""
    never = asyncio.Event()
    stage.openroute.script("Half of ", never)
    async with stage.bot(SHUTDOWN_SECONDS="0.5"):
        note = stage.post_note()
        thread = await stage.thread_on(note)
        await stage.said(thread, "Half of")
    stage.openroute.script("The whole.")
    async with stage.bot() as bot:
        await stage.said(thread, "The whole.")
        await bot.logged("note")
    assert [message.content for message in stage.of_the_bot(thread)] == ["The whole."]
    async with stage.bot() as bot:
        await bot.logged("ready")
    assert len(stage.openroute.requests) == 2


async def test_notes_posted_while_stopping_are_kept(stage: Stage) -> None:
    """A note that comes in after SIGTERM is written down and answered by the next run."""
    rest = asyncio.Event()
    script = stage.openroute.script(rest, "First.")
    async with stage.bot() as bot:
        first = stage.post_note()
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        bot.process.terminate()
        await bot.logged("stopping: finishing the notes in hand")
        late = stage.post_note()
        await bot.logged("note kept for the next run")
        rest.set()
        assert await bot.ended() == 0
    assert first.thread is not None
    assert late.thread is None
    stage.openroute.script("Second.")
    async with stage.bot():
        await stage.said(await stage.thread_on(late), "Second.")


async def test_a_command_in_hand_is_told(stage: Stage) -> None:
    """A command's answer cannot wait for the next run: the person is asked to try again."""
    never = asyncio.Event()
    script = stage.openroute.script(never)
    async with stage.bot(SHUTDOWN_SECONDS="0.2"):
        memo = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=memo)
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
    answer = await asked.answered(PATIENCE)
    assert "being restarted" in answer.content


async def test_a_killed_bot_answers_after_all(stage: Stage) -> None:
    """SIGKILL while the model speaks: the next run answers the note, once."""
    never = asyncio.Event()
    script = stage.openroute.script(never)
    async with stage.bot() as bot:
        note = stage.post_note()
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        await bot.kill()
        bot.expected_status = -9
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(note)
        await stage.said(thread, "Heard.")
    assert len(stage.of_the_bot(thread)) == 1


async def test_only_one_bot_at_a_message(stage: Stage) -> None:
    """An event that comes twice, as after a refused resume it can, is answered once."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        note = stage.post_note()
        await stage.said(await stage.thread_on(note), "Heard.")
        await bot.logged("note")
        marker = stage.post_note()
        await stage.said(await stage.thread_on(marker), "Heard.")
    assert len(stage.openroute.requests) == 2
