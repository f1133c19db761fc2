"""Answers that are to be deleted are gone in the end, whatever Discord says at first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot import reply, storage
from bot.client import Actions
from bot.client.actions import rest_client
from bot.client.withdrawals import Withdrawals
from bot.models import ChannelKind, OrphanedAnswer, Posted, State
from bot.storage import AskedBefore, Deletions, Ledger
from sandbox.discord import Permission

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.models import Claim, VoiceNote
    from bot.storage import Database
    from sandbox.discord import Message, Thread
    from tests.client.scene import Scene

MESSAGE = r"/channels/\d+/messages/\d+"


class Desk:
    """Answered notes, and somebody who deletes the answers."""

    def __init__(self, scene: Scene, database: Database) -> None:
        self.scene = scene
        self.database = database
        self.now = 1_000_000.0
        self.ledger = Ledger(database, clock=lambda: self.now)
        self.deletions = Deletions(database, clock=lambda: self.now)
        self.withdrawals = self.another_process()

    def another_process(self) -> Withdrawals:
        """Which has the same database."""
        return Withdrawals(self.scene.client, deletions=self.deletions, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    async def answer(self, note: VoiceNote) -> Claim:
        """Answer a note that is written down, where its answer goes."""
        [claim] = await self.ledger.claim(note.message_id)

        async def record(posted: Posted) -> None:
            await self.ledger.posted(claim, posted)

        delivery = Actions(self.scene.client).deliver(claim, set(claim.message_pages), record)
        await delivery.finish(reply.Reply(("Heard.",)))
        return claim

    async def threaded(self) -> tuple[VoiceNote, Thread]:
        """A note that is answered in a thread, which the bot may delete."""
        self.scene.discord.allow(self.scene.channel, Permission.MANAGE_THREADS)
        note = self.scene.posted()
        await self.ledger.receive([note])
        await self.ledger.settle(await self.answer(note), State.POSTED)
        return note, self.scene.thread(note)

    async def answered(self) -> tuple[Message, Message]:
        """A note and its answer, beside it."""
        note = self.scene.post()
        page = self.scene.discord.post(note.channel, self.scene.discord.me, "Heard.")
        await self.ledger.receive([self.scene.note(note, ChannelKind.VOICE)])
        [claim] = await self.ledger.claim(note.id)
        await self.ledger.posted(claim, Posted(channel_id=page.channel.id, pages=(page.id,)))
        await self.ledger.settle(claim, State.POSTED)
        return note, page

    async def gone(self, page: Message) -> None:
        """Run in the background until a page is deleted, and nothing is to be deleted any more."""
        running = asyncio.create_task(self.another_process().run())
        async with asyncio.timeout(20):
            while not page.deleted or await self.left():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])

    async def left(self) -> list[OrphanedAnswer]:
        """What is still to be deleted."""
        self.now += 3600
        return await self.deletions.take_due()


@pytest.fixture
async def desk(scene: Scene, tmp_path: Path) -> AsyncGenerator[Desk]:
    """Nothing answered yet."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        yield Desk(scene, database)


async def test_from_answer_to_end(desk: Desk) -> None:
    """What was delivered is deleted by what was written down of it, with its thread; then nothing is left to do."""
    note, thread = await desk.threaded()
    assert desk.scene.said(thread) == ["Heard."]
    await desk.withdrawals.carry_out(await desk.deletions.forget([note.message_id]))
    assert thread.deleted
    assert await desk.left() == []


async def test_one_answer_of_several_is_deleted(desk: Desk) -> None:
    """By one of its pages; what is no answer is left alone."""
    note, page = await desk.answered()
    assert await desk.withdrawals.delete(note.id, note.id) is None
    assert await desk.withdrawals.delete(note.id, page.id) is True
    assert page.deleted
    assert await desk.withdrawals.delete(note.id, page.id) is None
    assert await desk.left() == []


@pytest.mark.parametrize("away", [False, True])
async def test_what_is_asked_for_again_is_another_answer(desk: Desk, *, away: bool) -> None:
    """In the next moment, and in the same words: it takes no page of the one that is to be deleted for its own."""
    scene = desk.scene
    note = scene.posted(ChannelKind.VOICE)
    await desk.ledger.receive([note])
    await desk.ledger.settle(await desk.answer(note), State.POSTED)
    [first] = [message for message in scene.channel.messages if message.author is scene.discord.me]
    if away:
        scene.discord.faults.add("DELETE", MESSAGE, status=403, body={"code": 40333, "message": "edge"})
    assert await desk.withdrawals.delete(note.message_id, first.id) is not away
    desk.now += 1
    assert await AskedBefore(desk.database, clock=lambda: desk.now).ask_again(note)
    await desk.ledger.settle(await desk.answer(note), State.POSTED)
    await desk.gone(first)
    assert scene.said(scene.channel) == ["Heard."]


async def test_what_is_asked_for_again_after_its_thread_is_gone(desk: Desk) -> None:
    """A message can have but one: it is answered beside the note."""
    scene = desk.scene
    note, thread = await desk.threaded()
    assert await desk.withdrawals.delete(note.message_id, thread.messages[0].id)
    assert thread.deleted
    desk.now += 1
    assert await AskedBefore(desk.database, clock=lambda: desk.now).ask_again(note)
    await desk.ledger.settle(await desk.answer(note), State.POSTED)
    assert scene.said(scene.channel) == ["Heard."]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "times": 5},
        {"status": 403, "body": {"code": 40333, "message": "internal network error"}},
        {"status": 404, "body": "<html>Not here</html>", "headers": {"Content-Type": "text/html"}},
        {"status": 401, "body": {"code": 0, "message": "401: Unauthorized"}},
        # discord.py wants to know how long it should wait.
        {"status": 429, "body": {"code": 0, "message": "Slow down."}, "headers": {"Via": "1.1 proxy"}},
    ],
)
async def test_what_discord_does_not_delete_now_is_deleted_later(desk: Desk, fault: dict[str, Any]) -> None:
    """By any process, also after the end of the one that was told to."""
    note, page = await desk.answered()
    desk.scene.discord.faults.add("DELETE", MESSAGE, **fault)
    await desk.withdrawals.carry_out(await desk.deletions.forget([note.id]))
    assert not page.deleted
    await desk.gone(page)


async def test_what_was_decided_right_before_an_end_is_deleted_by_the_next_run(desk: Desk) -> None:
    """Nobody came to it."""
    note, page = await desk.answered()
    await desk.deletions.forget([note.id])
    await desk.gone(page)


async def test_a_run_that_is_not_logged_in_yet_waits(desk: Desk) -> None:
    """It would not know which threads are its own."""
    scene = desk.scene
    note, thread = await desk.threaded()
    await desk.deletions.forget([note.message_id])
    desk.now += 31
    async with rest_client(scene.discord.api_url) as client:

        async def log_in(seconds: float) -> None:
            desk.now += seconds
            if client.user is None:
                await client.login(scene.discord.token)

        running = asyncio.create_task(Withdrawals(client, deletions=desk.deletions, sleep=log_in).run())
        await scene.discord.wait_for(lambda: thread.deleted, 20)
        running.cancel()
        await asyncio.wait([running])


async def test_what_nobody_may_delete_is_not_tried_again(desk: Desk) -> None:
    """Somebody else has deleted it, or the bot may not see the channel any more."""
    notes = [await desk.answered() for _ in range(2)]
    desk.scene.discord.delete(notes[0][1])
    assert await desk.withdrawals.delete(notes[0][0].id, notes[0][1].id)
    desk.scene.discord.forbid(desk.scene.channel, Permission.VIEW_CHANNEL)
    assert await desk.withdrawals.delete(notes[1][0].id, notes[1][1].id) is None
    assert await desk.left() == []
