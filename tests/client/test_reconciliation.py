"""What was deleted while nobody listened is found, and its answer taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import storage
from bot.client.reconciliation import Reconciliation
from bot.client.withdrawals import Withdrawals
from bot.errors import ForgottenError
from bot.models import ChannelKind, Posted, State
from bot.storage import Deletions, FinishedNotes, Ledger
from sandbox.discord import Permission, Upload

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.models import AnsweredNote
    from bot.storage import Database
    from sandbox.discord import Channel, Message
    from tests.client.scene import Scene

FILES = [Upload("a.ogg", b"OggS", "audio/ogg"), Upload("b.ogg", b"OggS", "audio/ogg")]


class Desk:
    """Answered notes, and somebody who looks for them."""

    def __init__(self, scene: Scene, database: Database) -> None:
        self.scene = scene
        self.ledger = Ledger(database, clock=lambda: self.now)
        self.finished = FinishedNotes(database, clock=lambda: self.now)
        self.deletions = Deletions(database, clock=lambda: self.now)
        self.now = 1_000_000.0
        self.slept: list[float] = []
        self.set_at_next_pause = 0.0
        """By how many seconds the clock is then set."""
        self.shards: tuple[int, list[int]] | None = None
        self.looking = self.another_run()

    def another_run(self) -> Reconciliation:
        """As each run has its own."""
        return Reconciliation(
            self.scene.client,
            shards=lambda: self.shards,
            withdrawals=Withdrawals(self.scene.client, deletions=self.deletions, sleep=self._sleep),
            deletions=self.deletions,
            finished=self.finished,
            clock=lambda: self.now,
            sleep=self._sleep,
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += self.set_at_next_pause
        self.set_at_next_pause = 0.0
        await asyncio.sleep(0)

    async def answered(self, message: Message, channel: Channel | None = None) -> Message:
        """A message whose first file was answered, beside it; the answer."""
        self.now += 1
        kind = ChannelKind.DIRECT if message.channel.guild is None else ChannelKind.VOICE
        page = self.scene.discord.post(channel or message.channel, self.scene.discord.me, "Heard.")
        await self.ledger.receive([self.scene.note(message, kind)])
        [claim] = await self.ledger.claim(message.id)
        await self.ledger.posted(claim, Posted(channel_id=page.channel.id, pages=(page.id,)))
        await self.ledger.settle(claim, State.POSTED)
        return page

    async def look(self) -> None:
        """A new session has begun; all notes are looked for."""
        self.now += 1
        self.looking.want()
        async with asyncio.timeout(20):
            await self.looking.look()

    def asked(self) -> int:
        """How often a history was read."""
        return len([call for call in self.scene.discord.calls_to("GET") if call.path.endswith("/messages")])


@pytest.fixture
async def desk(scene: Scene, tmp_path: Path) -> AsyncGenerator[Desk]:
    """Nothing answered yet."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        yield Desk(scene, database)


async def test_answers_to_deleted_notes_are_taken_back(desk: Desk) -> None:
    """And no others; one call tells of many notes in a channel."""
    messages = [desk.scene.post() for _ in range(6)]
    pages = [await desk.answered(message) for message in messages]
    for index in (0, 3, 5):
        desk.scene.discord.delete(messages[index])
    await desk.look()
    assert [page.deleted for page in pages] == [True, False, False, True, False, True]
    assert desk.asked() == 1
    assert await desk.deletions.forget([message.id for message in messages]) != []


async def test_once_looked_for_a_note_is_not_looked_for_again(desk: Desk) -> None:
    """Until the next session: only then could a deletion have been missed."""
    note = desk.scene.post()
    page = await desk.answered(note)
    await desk.look()
    assert desk.asked() == 1
    await desk.look()
    assert desk.asked() == 2
    desk.scene.discord.delete(note)
    await desk.look()
    assert page.deleted


async def test_another_run_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    """What nobody has looked for yet comes first, and of that what was answered last."""
    old = await desk.answered(desk.scene.post())
    await desk.look()
    newer = [await desk.answered(desk.scene.post()) for _ in range(2)]
    del old
    order = [each.message_id for each in await desk.finished.unchecked(desk.now + 9, most=9)]
    posted = sorted(order)
    assert order == [posted[2], posted[1], posted[0]]
    assert len(newer) == 2


async def test_a_clock_that_is_set_back_meanwhile_ends_it_all_the_same(desk: Desk) -> None:
    """What was looked for by the time before would be looked for again and again, until the clock is there once more."""
    channels = [desk.scene.discord.add_channel(desk.scene.guild, f"room-{number}") for number in range(4)]
    notes = [desk.scene.post(channel) for channel in channels]
    pages = [await desk.answered(note) for note in notes]
    desk.scene.discord.delete(notes[0])
    desk.set_at_next_pause = -3600.0
    await desk.look()
    assert pages[0].deleted
    assert desk.asked() <= 2 * len(channels)
    desk.scene.discord.delete(notes[1])
    await desk.look()
    assert pages[1].deleted


async def test_a_channel_that_cannot_be_read_keeps_no_other_waiting(desk: Desk) -> None:
    """It is tried again when all others were looked at."""
    channels = [desk.scene.discord.add_channel(desk.scene.guild, f"room-{number}") for number in range(3)]
    notes = [desk.scene.post(channel) for channel in channels]
    pages = [await desk.answered(note) for note in notes]
    for note in notes:
        desk.scene.discord.delete(note)
    # The one that was answered last is looked for first.
    desk.scene.discord.faults.add("GET", rf"/channels/{channels[-1].id}/messages", status=503, times=2)
    await desk.look()
    assert all(page.deleted for page in pages)
    assert 60.0 in desk.slept
    read = [call.path for call in desk.scene.discord.calls_to("GET") if call.path.endswith("/messages")]
    paths = [f"/channels/{channel.id}/messages" for channel in channels]
    assert [next(path for path in paths if each.endswith(path)) for each in read] == [
        *(paths[number] for number in (2, 1, 0)),
        *(paths[2] for _ in range(2)),
    ]


async def test_what_is_worked_on_is_looked_for_too(desk: Desk) -> None:
    """Otherwise its answer would stand there: nobody tells of the deletion a second time."""
    note = desk.scene.post()
    await desk.ledger.receive([desk.scene.note(note, ChannelKind.VOICE)])
    [claim] = await desk.ledger.claim(note.id)
    desk.scene.discord.delete(note)
    await desk.look()
    with pytest.raises(ForgottenError):
        await desk.ledger.settle(claim, State.POSTED)


async def test_an_attachment_that_was_removed_counts_as_deleted(desk: Desk) -> None:
    """The message stays, with another file."""
    message = desk.scene.discord.post(desk.scene.channel, desk.scene.anna, files=FILES)
    page = await desk.answered(message)
    kept = desk.scene.discord.post(desk.scene.channel, desk.scene.anna, files=FILES)
    other = await desk.answered(kept)
    del message.attachments[0]
    await desk.look()
    assert (page.deleted, other.deleted) == (True, False)


async def test_a_history_that_may_not_be_read_says_nothing(desk: Desk) -> None:
    """Discord shows it as empty: no reason to take everything back."""
    page = await desk.answered(desk.scene.post())
    desk.scene.discord.forbid(desk.scene.channel, Permission.READ_MESSAGE_HISTORY)
    await desk.look()
    desk.scene.discord.forbid(desk.scene.channel, Permission.VIEW_CHANNEL)
    await desk.look()
    assert not page.deleted


async def test_a_channel_that_was_deleted(desk: Desk) -> None:
    """Its notes are forgotten."""
    gone = desk.scene.discord.add_channel(desk.scene.guild, "gone")
    note = desk.scene.post(gone)
    await desk.answered(note)
    desk.scene.discord.delete_channel(gone)
    await desk.look()
    assert await desk.deletions.forget([note.id]) == []


async def test_discord_may_be_away_meanwhile(desk: Desk) -> None:
    """It is tried again, after a while."""
    note = desk.scene.post()
    page = await desk.answered(note)
    desk.scene.discord.delete(note)
    desk.scene.discord.faults.add("GET", r".*/messages", times=7, status=503)
    await desk.look()
    assert page.deleted
    assert 60 in desk.slept


async def test_direct_messages(desk: Desk) -> None:
    """Too."""
    private = desk.scene.discord.direct_channel(desk.scene.anna)
    note = desk.scene.post(private)
    page = await desk.answered(note)
    desk.scene.discord.delete(note)
    await desk.look()
    assert page.deleted


async def test_other_processes_have_their_own(desk: Desk) -> None:
    """Each looks for the notes of its shards' servers; direct messages are the first one's."""
    guild = desk.scene.guild.id
    await desk.answered(desk.scene.post())
    await desk.answered(desk.scene.post(desk.scene.discord.direct_channel(desk.scene.anna)))
    ours = (guild >> 22) % 4
    for shard in range(4):
        found: list[AnsweredNote] = []
        while more := await desk.finished.unchecked(
            desk.now + 9, most=9, shards=(4, [shard]), aside=[note.channel_id for note in found]
        ):
            found += more
        assert [note.direct for note in found].count(False) == int(shard == ours)
        assert [note.direct for note in found].count(True) == int(shard == 0)


@pytest.mark.parametrize("status", [403, 404])
async def test_what_stands_in_front_of_discord_tells_nothing(desk: Desk, status: int) -> None:
    """Its refusals are no news of notes: it is asked again, and the answers stay."""
    page = await desk.answered(desk.scene.post())
    fault = desk.scene.discord.faults.add(
        "GET",
        r"/channels/\d+/messages",
        status=status,
        body="<html></html>",
        headers={"Content-Type": "text/html"},
    )
    await desk.look()
    assert fault.used == 1
    assert desk.asked() == 2
    assert not page.deleted


@pytest.mark.parametrize("body", ["<html></html>", '[{"id": "1", '])
async def test_an_answer_that_is_no_json_passes(desk: Desk, body: str) -> None:
    """Something in front of Discord gave it."""
    note = desk.scene.post()
    page = await desk.answered(note)
    desk.scene.discord.delete(note)
    desk.scene.discord.faults.add("GET", r"/channels/\d+/messages", status=200, body=body)
    await desk.look()
    assert desk.asked() == 2
    assert page.deleted


@pytest.mark.parametrize("field", ["author", "attachments", "timestamp", "channel_id"])
async def test_a_message_that_cannot_be_read_is_there(desk: Desk, field: str) -> None:
    """Its answer stays, and others in the same history are taken back."""
    spoilt, kept, deleted = (desk.scene.post() for _ in range(3))
    pages = [await desk.answered(message) for message in (spoilt, kept, deleted)]
    desk.scene.discord.delete(deleted)
    http = desk.scene.client.http
    history: list[dict[str, object]] = [
        dict(message) for message in await http.logs_from(desk.scene.channel.id, 100)
    ]
    for message in history:
        if message["id"] == str(spoilt.id):
            message[field] = None
    desk.scene.discord.faults.add("GET", r"/channels/\d+/messages", body=history)
    await desk.look()
    assert [page.deleted for page in pages] == [False, False, True]


async def test_a_forwarded_note_has_its_files_in_the_snapshot(desk: Desk) -> None:
    """They count as there."""
    original = desk.scene.post()
    forwarded = desk.scene.discord.forward(original, desk.scene.channel, desk.scene.anna)
    desk.now += 1
    page = desk.scene.discord.post(desk.scene.channel, desk.scene.discord.me, "Heard.")
    note = replace(desk.scene.note(original), message_id=forwarded.id)
    await desk.ledger.receive([note])
    [claim] = await desk.ledger.claim(forwarded.id)
    await desk.ledger.posted(claim, Posted(channel_id=page.channel.id, pages=(page.id,)))
    await desk.ledger.settle(claim, State.POSTED)
    await desk.look()
    assert not page.deleted


async def test_what_is_begun_anew_goes_on(desk: Desk) -> None:
    """However it ended: without another session nobody would ask for it again."""
    note = desk.scene.post()
    page = await desk.answered(note)
    desk.scene.discord.delete(note)
    desk.now += 1
    held = desk.scene.discord.faults.add("GET", r"/channels/\d+/messages", hold=asyncio.Event())
    desk.looking.want()
    running = asyncio.create_task(desk.looking.run())
    async with asyncio.timeout(20):
        await held.met.wait()
        running.cancel()
        await asyncio.wait([running])
        again = asyncio.create_task(desk.looking.run())
        while not page.deleted:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    again.cancel()
    await asyncio.wait([again])


async def test_messages_whose_files_are_hidden(desk: Desk) -> None:
    """Without the content intent, messages in servers seem to have no files: their answers stay."""
    note = desk.scene.post()
    page = await desk.answered(note)
    direct = desk.scene.discord.direct_channel(desk.scene.anna)
    emptied = desk.scene.discord.post(direct, desk.scene.anna, "Two.", files=FILES)
    other = await desk.answered(emptied)
    desk.scene.discord.application.message_content = False
    desk.scene.discord.remove_file(emptied)
    desk.scene.discord.remove_file(emptied)
    await desk.look()
    assert not page.deleted
    assert other.deleted
