"""Notes come in by any door: written down once, answered in order, kept or told at the end."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from bot import errors, presets, reply, storage
from bot.models import ChannelKind, Claim, OrphanedAnswer, Posted, Prompt, PromptSource, SeenMessage, State
from bot.notes.dispatch.in_process import InProcessDispatch
from bot.notes.making import NoteMaker
from bot.notes.reception import Reception
from bot.notes.worker import Worker
from bot.policy.rule_book import RuleBook
from bot.rules import PROMPT
from bot.storage.asked import AskedBefore
from bot.storage.guild_settings import WHOLE_SERVER, GuildSettings
from bot.storage.ledger import Ledger
from tests.fixtures import note_of, settings_of
from tests.fixtures_cdn import Told
from tests.fixtures_pipeline import Delivery, PipelineSetup, opened, whole_note

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from bot.models import Attachment, VoiceNote
    from bot.presets import Preset

GUILD, OTHER, CHANNEL, THREAD = 3, 33, 2, 22
DEFAULT = "The operator's."


async def preset_of(_: int | None, name: str) -> Preset | None:
    """Those there are everywhere."""
    return presets.named(name)


class Desk:
    """A reception with a real pipeline and database, and a delivery for each file."""

    def __init__(
        self, setup: PipelineSetup, guild_settings: GuildSettings, ledger: Ledger, asked: AskedBefore
    ) -> None:
        self.setup = setup
        self.rule_book = RuleBook(guild_settings=guild_settings, settings=settings_of(prompt=DEFAULT))
        self.ledger = ledger
        self.asked = asked
        self.taken: list[VoiceNote] = []
        self.order: list[int] = []
        self.deliveries: dict[int, Delivery] = {}
        self.finished: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self.refuses: Exception | None = None
        """What deliveries from now on meet."""
        self.reception = self.opened()

    def opened(self, *, at_once: int = 4) -> Reception:
        """A reception, as each run opens its own."""
        worker = Worker(
            ledger=self.ledger,
            pipeline=self.setup.pipeline,
            deliver=self._deliver,
            whole=whole_note,
            patience=3600.0,
        )
        return Reception(
            maker=NoteMaker(self.rule_book, preset_of),
            ledger=self.ledger,
            asked=self.asked,
            dispatch=InProcessDispatch(worker.work_on, at_once=at_once, at_once_for_one=at_once),
            pipeline=self.setup.pipeline,
            worker=worker,
        )

    def deliver(self, note: VoiceNote) -> Delivery:
        """Where the note's answer goes."""
        self.taken.append(note)
        number = note.attachment.id

        def finished() -> None:
            self.order.append(number)
            self.finished[number].set()

        self.deliveries[number] = Delivery(finished=finished, refuses=self.refuses)
        return self.deliveries[number]

    def _deliver(
        self,
        claim: Claim,
        taken: set[int],  # noqa: ARG002
        on_posted: Callable[[Posted], Awaitable[None]],  # noqa: ARG002
    ) -> Delivery:
        return self.deliver(claim.note)

    def message(
        self, *numbers: int, thread: bool = False, voice: bool = False, guild: int | None = GUILD
    ) -> SeenMessage:
        """A message with a file of each number, at `/number.ogg`; its own id is the first number."""
        self.setup.cdn.told += [Told(self.setup.sound) for _ in numbers]
        return SeenMessage(
            id=numbers[0],
            channel_id=THREAD if thread else CHANNEL,
            parent_id=CHANNEL if thread else None,
            guild_id=guild,
            channel_kind=ChannelKind.THREAD if thread else ChannelKind.TEXT,
            author_id=4,
            author_is_bot=False,
            is_voice=voice,
            attachments=tuple(self.file(number) for number in numbers),
        )

    def file(self, number: int) -> Attachment:
        """The file of that number; it comes when its gate is opened, if it has one."""
        return self.setup.file(f"/{number}.ogg", id=number)

    def gate(self, *numbers: int) -> None:
        """Have these files wait for their gates."""
        self.setup.cdn.gates |= {f"/{number}.ogg": asyncio.Event() for number in numbers}

    def let_in(self, *numbers: int) -> None:
        """Open the gates of these files."""
        for number in numbers:
            self.setup.cdn.gates[f"/{number}.ogg"].set()

    async def until_finished(self, *numbers: int) -> None:
        """Wait for the files' answers."""
        for number in numbers:
            async with asyncio.timeout(20):
                await self.finished[number].wait()

    async def until_begun(self, *numbers: int) -> None:
        """Wait until the files are asked for."""
        async with asyncio.timeout(20):
            for number in numbers:
                await self.setup.cdn.reached[f"/{number}.ogg"].wait()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    """Nothing taken yet."""
    async with opened(tmp_path) as setup, storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        desk = Desk(setup, GuildSettings(database), Ledger(database), AskedBefore(database))
        yield desk
        await desk.reception.close(20)


async def settled(desk: Desk) -> None:
    """Wait until nothing is unfinished in the ledger."""
    await desk.reception.close(20)
    assert await desk.ledger.unfinished() == []


async def test_a_note_is_answered_once(desk: Desk) -> None:
    """Seen again, live or in the history, it is known."""
    desk.setup.openroute.script("Yes.")
    message = desk.message(1, voice=True)
    assert await desk.reception.take_in(message) == 1
    assert await desk.reception.take_in(message) == 0
    await desk.until_finished(1)
    assert await desk.reception.take_in(message) == 0
    await settled(desk)
    [note] = desk.taken
    assert (note.voice, note.titled) == (True, False)
    assert desk.deliveries[1].final == reply.Reply(("Yes.",))
    desk.reception = desk.opened()
    assert await desk.reception.take_in(message) == 0
    assert await desk.reception.resume() == 0
    await settled(desk)
    assert len(desk.taken) == 1


async def test_what_is_no_note_is_not_written_down(desk: Desk) -> None:
    """Nothing of it is kept."""
    message = dataclasses.replace(desk.message(1), attachments=(desk.setup.file(filename="cat.png", id=1),))
    assert await desk.reception.take_in(message) == 0
    assert await desk.ledger.claim(1) == []


async def test_several_notes_are_heard_side_by_side_and_answered_in_order(desk: Desk) -> None:
    """The last one's file comes first; its answer waits for those before it."""
    desk.gate(1, 2, 3)
    assert await desk.reception.take_in(desk.message(1, 2, 3)) == 3
    await desk.until_begun(1, 2, 3)
    for number, text in ((3, "Third."), (2, "Second."), (1, "First.")):
        assert desk.order == []
        desk.setup.openroute.script(text)
        desk.let_in(number)
        await desk.deliveries[number].worked.wait()
    await desk.until_finished(1, 2, 3)
    assert desk.order == [1, 2, 3]
    finals = [desk.deliveries[number].final for number in (1, 2, 3)]
    assert finals == [reply.Reply((f"**memo.ogg**\n{text}",)) for text in ("First.", "Second.", "Third.")]
    await settled(desk)


async def test_a_server_with_much_waiting_does_not_hold_up_others(desk: Desk) -> None:
    """Its second note comes after the only one of a server that came last."""
    desk.reception = desk.opened(at_once=1)
    desk.setup.openroute.script("Yes.", times=4)
    desk.gate(1)
    for number in (1, 2, 3):
        await desk.reception.take_in(desk.message(number))
    await desk.reception.take_in(desk.message(4, guild=OTHER))
    desk.let_in(1)
    await desk.until_finished(1, 2, 3, 4)
    assert desk.order == [1, 4, 2, 3]
    await settled(desk)


async def test_the_prompt_in_force_goes_with_the_note(desk: Desk) -> None:
    """The server's; the channel's, which its threads inherit; a command's over all."""
    desk.setup.openroute.script("Yes.", times=4)
    wanted = [DEFAULT]
    await desk.reception.take_in(desk.message(1))
    await desk.rule_book.change(GUILD, WHOLE_SERVER, PROMPT, "The server's.", 9)
    await desk.reception.take_in(desk.message(2))
    await desk.rule_book.change(GUILD, CHANNEL, PROMPT, "The channel's.", 9)
    await desk.reception.take_in(desk.message(3, thread=True))
    await desk.reception.answer_command(desk.message(4), desk.deliver, prompt="The command's.")
    wanted += ["The server's.", "The channel's.", "The command's."]
    await desk.until_finished(1, 2, 3, 4)
    assert {note.attachment.id: note.prompt.text for note in desk.taken} == dict(enumerate(wanted, 1))
    assert sorted(asked.prompt for asked in desk.setup.openroute.requests) == sorted(wanted)


async def test_direct_messages_have_the_operators_prompt(desk: Desk) -> None:
    """There is no server to have set another."""
    await desk.rule_book.change(GUILD, WHOLE_SERVER, PROMPT, "The server's.", 9)
    prompt = await desk.reception.prompt_in_force(None, (CHANNEL,))
    assert prompt == Prompt(text=DEFAULT, source=PromptSource.DEFAULT)


async def test_what_is_asked_for_is_answered_again(desk: Desk) -> None:
    """A command is not kept from what was answered before, nor written down."""
    desk.setup.openroute.script("Yes.", times=2)
    message = desk.message(1)
    await desk.reception.take_in(message)
    await desk.until_finished(1)
    desk.finished.clear()
    desk.setup.cdn.told.append(Told(desk.setup.sound))
    await desk.reception.answer_command(message, desk.deliver)
    await desk.until_finished(1)
    assert len(desk.taken) == 2
    assert desk.deliveries[1].final == reply.Reply(("Yes.",))
    await settled(desk)


async def test_what_is_not_finished_in_time_is_left_to_the_next_run(desk: Desk) -> None:
    """Its answer was not told, nor does the attempt count; the next run takes it up, and answers it once."""
    desk.gate(1)
    await desk.reception.take_in(desk.message(1, 2))
    await desk.until_begun(1)
    await desk.reception.close(0)
    assert await desk.ledger.unfinished() == [(1, GUILD)]
    assert desk.order == []
    [first, _] = await desk.ledger.claim(1)
    assert first.decode_crashes == 0
    desk.let_in(1)
    # The server may not have noticed yet that nobody waits for the first two any more.
    desk.setup.cdn.told = [Told(desk.setup.sound)] * 4
    desk.setup.openroute.script("Yes.", times=2)
    desk.reception = desk.opened()
    assert await desk.reception.resume() == 1
    assert await desk.reception.resume() == 1
    await desk.until_finished(1, 2)
    assert desk.order == [1, 2]
    await settled(desk)


async def test_what_comes_while_closing_is_kept(desk: Desk) -> None:
    """Written down, not begun."""
    await desk.reception.close(0)
    assert await desk.reception.take_in(desk.message(1)) == 1
    assert desk.taken == []
    assert await desk.ledger.unfinished() == [(1, GUILD)]


async def test_a_note_that_could_not_be_delivered_is_finished(desk: Desk) -> None:
    """It would not fare better the next time."""
    desk.setup.openroute.script("Yes.")
    desk.refuses = RuntimeError()
    await desk.reception.take_in(desk.message(1))
    await desk.until_finished(1)
    await settled(desk)


async def test_a_message_that_is_deleted_is_dropped_and_forgotten(desk: Desk) -> None:
    """Work on it stops at once, what was shown is taken back; nothing of it is left to take up, or to say."""
    desk.gate(1)
    await desk.reception.take_in(desk.message(1))
    await desk.until_begun(1)
    assert await desk.reception.deleted([1, 99]) == []
    assert await desk.ledger.unfinished() == []
    async with asyncio.timeout(5):
        await desk.reception.close(60)
    assert desk.deliveries[1].heard == ["working", "worked", "withdrew"]
    assert desk.setup.openroute.requests == []
    assert await desk.reception.take_in(desk.message(1)) == 0


async def test_answers_to_deleted_notes_are_told_once(desk: Desk) -> None:
    """So that they can be taken back."""
    posted = Posted(channel_id=1, pages=(11, 12))
    for number in (1, 2):
        note = note_of(message_id=number, attachment=desk.file(number))
        await desk.ledger.receive([note])
        [claim] = await desk.ledger.claim(number)
        await desk.ledger.posted(claim, posted)
        await desk.ledger.settle(claim, State.POSTED)
    orphaned = OrphanedAnswer(message_id=2, channel_id=CHANNEL, posted=posted)
    assert await desk.reception.deleted([2]) == [orphaned]
    assert await desk.reception.deleted([1, 2]) == [dataclasses.replace(orphaned, message_id=1)]


async def test_who_asked_is_told_of_the_restart(desk: Desk) -> None:
    """A command's way to the person ends with this run: every file's delivery is told."""
    desk.setup.cdn.gates = {f"/{number}.ogg": asyncio.Event() for number in (1, 2)}
    await desk.reception.answer_command(desk.message(1, 2), desk.deliver)
    async with asyncio.timeout(5):
        await desk.reception.close(0)
    assert [delivery.final for delivery in desk.deliveries.values()] == [reply.restarting(reply.ENGLISH)] * 2


async def test_who_asks_while_closing_is_told_at_once(desk: Desk) -> None:
    """Nobody is left before a message that says “thinking”."""
    await desk.reception.close(0)
    await desk.reception.answer_command(desk.message(1), desk.deliver)
    assert desk.deliveries[1].final == reply.restarting(reply.ENGLISH)


async def test_one_file_is_heard_for_who_shows_it_otherwise(desk: Desk) -> None:
    """What the model says, or why it says nothing; nothing of it is written down."""
    message = desk.message(1, 2)
    desk.setup.openroute.script("Yes.")
    assert await desk.reception.hear(message, message.attachments[0], asked_by=7) == ("Yes.", True)
    lost = dataclasses.replace(message.attachments[1], seconds=1e9)
    text, answered = await desk.reception.hear(message, lost, asked_by=7)
    assert "too long" in text
    assert not answered
    assert await desk.ledger.claim(1) == []


async def test_what_is_worked_on_is_known(desk: Desk) -> None:
    """Until its answer stands."""
    desk.gate(1)
    message = desk.message(1)
    assert not await desk.reception.under_way(message, message.attachments[0])
    await desk.reception.take_in(message)
    assert await desk.reception.under_way(message, message.attachments[0])
    desk.setup.openroute.script("Yes.")
    desk.let_in(1)
    await desk.until_finished(1)
    await settled(desk)
    assert not await desk.reception.under_way(message, message.attachments[0])


async def test_other_work_of_commands_ends_in_what_it_came_to(desk: Desk) -> None:
    """A reply, or the sentence of its error; at the end of the run, its person is told like others."""

    async def fails() -> reply.Reply:
        raise errors.EndpointBusy("away")

    async def hangs() -> reply.Reply:
        await asyncio.Event().wait()
        raise AssertionError

    async def works() -> reply.Reply:
        return reply.Reply(("Done.",))

    failed, hung, worked, late = (Delivery() for _ in range(4))
    await desk.reception.run(fails, "en-US", failed)
    await desk.reception.run(works, "en-US", worked)
    await desk.reception.run(hangs, "de", hung)
    async with asyncio.timeout(5):
        await desk.reception.close(0.1)
    await desk.reception.run(works, "de", late)
    assert failed.final == reply.explained(errors.EndpointBusy("away"), words=reply.ENGLISH)
    assert worked.final == reply.Reply(("Done.",))
    assert hung.final == late.final == reply.restarting(reply.words_for("de"))
