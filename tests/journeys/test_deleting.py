"""Deleted means deleted: with the note go its answer and its thread."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bot import storage
from bot.storage import Deletions
from sandbox.discord import ChannelKind, Permission, Upload
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from sandbox.discord import Message, Thread
    from tests.journeys.stage import Bot, Stage


async def answered(stage: Stage, bot: Bot) -> tuple[Message, Thread]:
    """A note whose answer stands in a thread, and nothing of it is left to do."""
    stage.openroute.script("Heard.")
    note = stage.post_note()
    thread = await stage.thread_on(note)
    await bot.logged("note")
    return note, thread


async def test_an_answered_note(stage: Stage) -> None:
    """Its thread, in which only the bot wrote, is deleted."""
    stage.discord.allow(stage.channel, Permission.MANAGE_THREADS)
    async with stage.bot() as bot:
        note, thread = await answered(stage, bot)
        stage.discord.delete(note)
        await stage.discord.wait_for(lambda: thread.deleted, PATIENCE)


async def test_no_right_to_delete_threads(stage: Stage) -> None:
    """Without the permission to delete threads the thread stays, and the answer goes."""
    async with stage.bot() as bot:
        note, thread = await answered(stage, bot)
        stage.discord.delete(note)
        await stage.discord.wait_for(lambda: not stage.of_the_bot(thread), PATIENCE)
    assert not thread.deleted


async def test_a_thread_others_wrote_in(stage: Stage) -> None:
    """Other people's words stay; the bot's answer goes."""
    async with stage.bot() as bot:
        note, thread = await answered(stage, bot)
        stage.discord.post(thread, stage.anna, "Thank you!")
        stage.discord.delete(note)
        await stage.discord.wait_for(lambda: not stage.of_the_bot(thread), PATIENCE)
    assert not thread.deleted
    assert [message.content for message in thread.messages] == ["Thank you!"]


async def test_an_answer_in_place(stage: Stage) -> None:
    """All its pages go, wherever they stand."""
    channel = stage.discord.add_channel(stage.guild, "talk", ChannelKind.VOICE)
    stage.openroute.script(" ".join(f"This is sentence number {number}." for number in range(120)))
    async with stage.bot() as bot:
        note = stage.post_note(channel)
        await stage.said(channel, "number 119.", count=2)
        await bot.logged("note")
        stage.discord.delete(note)
        await stage.discord.wait_for(lambda: not stage.of_the_bot(channel), PATIENCE)


async def test_many_at_once(stage: Stage) -> None:
    """A moderator's bulk delete counts for each of its messages."""
    stage.discord.allow(stage.channel, Permission.MANAGE_THREADS)
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        notes = [stage.post_note(), stage.post_note()]
        threads = [await stage.thread_on(note) for note in notes]
        await bot.logged("note", times=2)
        stage.discord.delete(*notes)
        await stage.discord.wait_for(lambda: all(thread.deleted for thread in threads), PATIENCE)


async def test_while_the_answer_grows(stage: Stage) -> None:
    """Work stops; what was shown is taken back."""
    stage.discord.allow(stage.channel, Permission.MANAGE_THREADS)
    never = asyncio.Event()
    stage.openroute.script("It begins.", never)
    async with stage.bot() as bot:
        note = stage.post_note()
        thread = await stage.thread_on(note)
        await stage.said(thread, "It begins.")
        stage.discord.delete(note)
        await bot.logged("stopped: the note was deleted")
        await stage.discord.wait_for(lambda: thread.deleted, PATIENCE)
        await stage.openroute.wait_for(lambda: stage.openroute.abandoned, PATIENCE)


async def test_while_the_bot_was_away(stage: Stage) -> None:
    """A note deleted between two runs is noticed when its answer should be posted; nothing is said anywhere."""
    never = asyncio.Event()
    script = stage.openroute.script(never)
    async with stage.bot(SHUTDOWN_SECONDS="0.2"):
        note = stage.post_note()
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
    stage.discord.delete(note)
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        assert (await bot.logged("note"))["outcome"] == "forgotten"
    assert stage.of_the_bot(stage.channel) == []
    assert note.thread is None


async def test_a_run_that_ends_right_when_a_note_is_deleted(stage: Stage) -> None:
    """What it has decided, and did not come to, the next run does."""
    stage.discord.allow(stage.channel, Permission.MANAGE_THREADS)
    async with stage.bot() as bot:
        note, thread = await answered(stage, bot)
    async with storage.opened(f"sqlite:///{stage.folder}/earshot.db") as database:
        assert await Deletions(database, clock=lambda: time.time() - 60).forget([note.id])
    async with stage.bot():
        await stage.discord.wait_for(lambda: thread.deleted, PATIENCE)


async def test_a_note_deleted_while_the_bot_was_away(stage: Stage) -> None:
    """Its answer goes once the bot is back; that of another note stays."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        notes = [stage.post_note(), stage.post_note()]
        threads = [await stage.thread_on(note) for note in notes]
        await bot.logged("note", times=2)
    stage.discord.delete(notes[0])
    async with stage.bot() as bot:
        await bot.logged("answers whose note was deleted are taken back")
    assert [len(stage.of_the_bot(thread)) for thread in threads] == [0, 1]


async def test_a_file_that_is_removed_from_its_message(stage: Stage) -> None:
    """Its answer goes, at once, or when the bot is back; those to the other files stay, and with them the thread."""
    stage.discord.allow(stage.channel, Permission.MANAGE_THREADS)
    sample = SAMPLE.read_bytes()
    files = [Upload(f"{name}.ogg", sample, "audio/ogg") for name in ("a", "b", "c")]
    stage.openroute.script("Heard.", times=3)
    async with stage.bot() as bot:
        note = stage.discord.post(stage.channel, stage.anna, files=files)
        thread = await stage.thread_on(note)
        await bot.logged("note", times=3)
        stage.discord.remove_file(note)
        await stage.discord.wait_for(lambda: len(stage.of_the_bot(thread)) == 2, PATIENCE)
    assert [page.content for page in stage.of_the_bot(thread)] == ["**b.ogg**\nHeard.", "**c.ogg**\nHeard."]
    stage.discord.remove_file(note, 1)
    async with stage.bot() as bot:
        await bot.logged("answers whose note was deleted are taken back")
    assert [page.content for page in stage.of_the_bot(thread)] == ["**b.ogg**\nHeard."]
