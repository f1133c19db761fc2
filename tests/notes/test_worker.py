"""A message's notes, from the ledger to the end: each step written down, each end told in order, none twice."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import errors, reply, storage
from bot.audio.decoders import Decoders
from bot.models import Answer, Claim, Posted, Question, Said, State, VoiceNote
from bot.notes.dispatch import SoleHold
from bot.notes.quarantine import Quarantine
from bot.notes.worker import Worker
from bot.storage.backlog import Backlog
from bot.storage.deletions import Deletions
from bot.storage.ledger import Ledger
from tests.fixtures import file_of, note_of
from tests.fixtures_cdn import Told
from tests.fixtures_pipeline import Delivery, PipelineSetup, opened, whole_note

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from bot.models import Audio

    OnPosted = Callable[[Posted], Awaitable[None]]


MESSAGE, CHANNEL = 1, 2
MOST_CRASHES = 3
ANSWER = Answer(text="From before.", model="a/b")


class Posting(Delivery):
    """Writes down a page before it is finished, or fails."""

    def __init__(self, claim: Claim, on_posted: OnPosted, shop: Shop) -> None:
        super().__init__(refuses=shop.refuses.pop(0) if shop.refuses else None)
        self.claim = claim
        self._on_posted = on_posted
        self._shop = shop

    async def finish(self, final: reply.Reply) -> None:
        """Post a page, as far as that works."""
        number = self.claim.note.attachment.id
        await self._on_posted(Posted(channel_id=MESSAGE, pages=(100 + number,)))
        self._shop.order.append(number)
        await super().finish(final)


class Shop:
    """A worker on the notes of a ledger, with a real pipeline."""

    def __init__(self, setup: PipelineSetup, ledger: Ledger) -> None:
        self.setup = setup
        self.ledger = ledger
        self.backlog = Backlog(ledger.database)
        self.refuses: list[Exception | None] = []
        """What the next deliveries meet, in turn."""
        self.deliveries: list[Posting] = []
        self.taken: list[set[int]] = []
        self.order: list[int] = []
        self.worker = Worker(
            ledger=ledger, pipeline=setup.pipeline, deliver=self.deliver, whole=whole_note, patience=3600.0
        )

    def note(self, number: int) -> VoiceNote:
        """A note of the message, with the file at `/number.ogg`."""
        file = self.setup.file(f"/{number}.ogg", id=number)
        return note_of(message_id=MESSAGE, channel_id=CHANNEL, attachment=file, titled=True)

    async def receive(self, *numbers: int) -> None:
        """Notes come in; what they are asked for comes in the order of the gates, or of asking."""
        self.setup.cdn.told += [Told(self.setup.sound) for _ in numbers]
        await self.ledger.receive([self.note(number) for number in numbers])

    async def crash(self, times: int) -> None:
        """The process ends so often while the notes are decoded."""
        for _ in range(times):
            for claim in await self.ledger.claim(MESSAGE):
                await self.ledger.decoding_began(claim)

    def gate(self, number: int) -> asyncio.Event:
        """Set to let the file come."""
        return self.setup.cdn.gates.setdefault(f"/{number}.ogg", asyncio.Event())

    async def until_asked_for(self, *numbers: int) -> None:
        """Wait until the files are asked for."""
        async with asyncio.timeout(20):
            for number in numbers:
                await self.setup.cdn.reached[f"/{number}.ogg"].wait()

    def deliver(self, claim: Claim, taken: set[int], on_posted: OnPosted) -> Delivery:
        """The note's delivery."""
        self.deliveries.append(Posting(claim, on_posted, self))
        self.taken.append(taken)
        return self.deliveries[-1]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncGenerator[Shop]:
    """Nothing to do yet."""
    async with opened(tmp_path) as setup, storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        yield Shop(setup, Ledger(database))


async def test_notes_of_a_message_are_answered_in_order(shop: Shop) -> None:
    """Heard side by side; each delivery knows of all, and where each stands is written down."""
    await shop.receive(3, 1, 2)
    gates = [shop.gate(number) for number in (3, 2, 1)]
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await shop.until_asked_for(1, 2, 3)
    for gate, text in zip(gates, ("Third.", "Second.", "First."), strict=True):
        assert shop.order == []
        shop.setup.openroute.script(text)
        gate.set()
        number = gates.index(gate)
        await shop.deliveries[2 - number].worked.wait()
    await working
    assert shop.order == [1, 2, 3]
    finals = [delivery.final for delivery in shop.deliveries]
    assert finals == [reply.Reply((f"**memo.ogg**\n{text}",)) for text in ("First.", "Second.", "Third.")]
    assert len({id(taken) for taken in shop.taken}) == 1
    assert await shop.backlog.unfinished() == []
    pages = {answer.posted.pages for answer in await Deletions(shop.ledger.database).forget([MESSAGE])}
    assert pages == {(101,), (102,), (103,)}


async def test_with_nothing_to_do_it_is_done(shop: Shop) -> None:
    """Somebody else has finished it, or it was deleted."""
    await shop.worker.work_on(MESSAGE)
    assert shop.deliveries == []


async def test_one_that_fails_does_not_keep_the_others(shop: Shop) -> None:
    """The first is gone, the second cannot be posted, the third is answered."""
    await shop.receive(1, 2, 3)
    shop.refuses = [None, RuntimeError("a page nobody thought of"), None]
    shop.setup.cdn.told = [Told(status=404)]
    first = asyncio.create_task(shop.worker.work_on(MESSAGE))
    gates = [shop.gate(number) for number in (1, 2, 3)]
    shop.setup.openroute.script("Yes.", times=2)
    await shop.until_asked_for(1, 2, 3)
    gates[0].set()
    await shop.deliveries[0].worked.wait()
    shop.setup.cdn.told = [Told(shop.setup.sound)] * 2
    gates[1].set()
    gates[2].set()
    await first
    assert shop.deliveries[0].final == reply.explained(errors.Gone(), "**memo.ogg**\n", words=reply.ENGLISH)
    assert shop.deliveries[2].final == reply.Reply(("**memo.ogg**\nYes.",))
    assert await shop.backlog.unfinished() == []


async def test_what_ended_its_process_again_and_again_is_given_up(shop: Shop) -> None:
    """Nothing is fetched; the person is told, and the other note of the message is answered."""
    await shop.receive(1)
    await shop.crash(MOST_CRASHES)
    await shop.receive(2)
    shop.setup.cdn.told = [Told(shop.setup.sound)]
    shop.setup.openroute.script("Yes.")
    await shop.worker.work_on(MESSAGE)
    assert shop.setup.cdn.asked == ["/2.ogg"]
    assert [delivery.final for delivery in shop.deliveries] == [
        reply.explained(errors.GivenUp(""), "**memo.ogg**\n", words=reply.ENGLISH),
        reply.Reply(("**memo.ogg**\nYes.",)),
    ]
    assert await shop.backlog.unfinished() == []


async def test_the_last_attempt_is_an_attempt(shop: Shop) -> None:
    """It is given up after so many, not at the last of them."""
    await shop.receive(1)
    await shop.crash(MOST_CRASHES - 1)
    shop.setup.openroute.script("Yes.")
    await shop.worker.work_on(MESSAGE)
    assert shop.deliveries[0].final == reply.Reply(("**memo.ogg**\nYes.",))


@pytest.mark.parametrize("problem", [errors.Forbidden("Send Messages"), errors.Gone(), RuntimeError()])
async def test_what_is_given_up_is_finished_though_nobody_can_be_told(shop: Shop, problem: Exception) -> None:
    """It would be given up for ever."""
    await shop.receive(1)
    await shop.crash(MOST_CRASHES)
    shop.refuses = [problem]
    await shop.worker.work_on(MESSAGE)
    assert await shop.backlog.unfinished() == []


async def test_what_is_given_up_waits_for_discord(shop: Shop) -> None:
    """To tell the person."""
    await shop.receive(1)
    await shop.crash(MOST_CRASHES)
    shop.refuses = [errors.DiscordAway("status 503")]
    await shop.worker.work_on(MESSAGE)
    await shop.worker.work_on(MESSAGE)
    assert shop.deliveries[1].final == reply.explained(
        errors.GivenUp(""), "**memo.ogg**\n", words=reply.ENGLISH
    )


class Ward(Quarantine):
    """The real one, and who is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: asyncio.Queue[bool] = asyncio.Queue()
        """Whether each that has come has to be alone."""
        self.inside = 0

    @contextlib.asynccontextmanager
    async def slot(self, *, alone: bool) -> AsyncGenerator[None]:
        """A slot; counted."""
        self.asked.put_nowait(alone)
        async with super().slot(alone=alone):
            self.inside += 1
            try:
                yield
            finally:
                self.inside -= 1

    async def come(self) -> bool:
        """Wait until one more has come, and goes in if it may; whether it has to be alone."""
        async with asyncio.timeout(20):
            alone = await self.asked.get()
        for _ in range(10):
            await asyncio.sleep(0)
        return alone


@pytest.mark.parametrize(("crashes", "inside"), [(0, 2), (1, 1), (MOST_CRASHES - 1, 1)])
async def test_a_note_that_may_have_ended_a_process_is_decoded_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, crashes: int, inside: int
) -> None:
    """It waits until no other is decoded; others are decoded side by side."""
    wards: list[Ward] = []
    release = asyncio.Event()
    prepare = Decoders.prepare

    def ward() -> Ward:
        wards.append(Ward())
        return wards[-1]

    async def held(*arguments: Any, **more: Any) -> tuple[Audio, ...]:
        await release.wait()
        return await prepare(*arguments, **more)

    monkeypatch.setattr("bot.notes.worker.Quarantine", ward)
    monkeypatch.setattr(Decoders, "prepare", held)
    shop.worker = Worker(
        ledger=shop.ledger,
        pipeline=shop.setup.pipeline,
        deliver=shop.deliver,
        whole=whole_note,
        patience=3600.0,
    )
    [only] = wards
    gates = [shop.gate(number) for number in (1, 2)]
    await shop.receive(1)
    await shop.crash(crashes)
    await shop.receive(2)
    shop.setup.openroute.script("Yes.", times=2)
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await shop.until_asked_for(1, 2)
    gates[1].set()
    assert (await only.come(), only.inside) == (False, 1)
    gates[0].set()
    assert (await only.come(), only.inside) == (crashes > 0, inside)
    release.set()
    await working
    assert [delivery.final for delivery in shop.deliveries] == [reply.Reply(("**memo.ogg**\nYes.",))] * 2


class Lost(SoleHold):
    """The hold on a job that was given to others."""

    async def confirm(self) -> None:
        """It is theirs."""
        raise errors.SupersededError


async def test_a_job_that_comes_back_is_done_when_what_was_begun_is_over(shop: Shop) -> None:
    """Others were given it, and put it back: who had it here stops before it costs anything, and nobody else would begin."""
    await shop.receive(1)
    shop.setup.cdn.told += [Told(shop.setup.sound)]
    gate = shop.gate(1)
    first = asyncio.create_task(shop.worker.work_on(MESSAGE, Lost()))
    await shop.until_asked_for(1)
    again = asyncio.create_task(shop.worker.work_on(MESSAGE))
    shop.setup.openroute.script("Yes.")
    gate.set()
    await first
    assert shop.deliveries[0].final is None
    await again
    assert shop.deliveries[1].final == reply.Reply(("**memo.ogg**\nYes.",))
    assert len(shop.setup.openroute.requests) == 1


async def test_a_job_that_comes_back_may_be_done_by_then(shop: Shop) -> None:
    """It was its own all the time."""
    await shop.receive(1)
    gate = shop.gate(1)
    first = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await shop.until_asked_for(1)
    again = asyncio.create_task(shop.worker.work_on(MESSAGE))
    shop.setup.openroute.script("Yes.")
    gate.set()
    await asyncio.gather(first, again)
    assert len(shop.deliveries) == 1


async def test_work_that_is_cancelled_ended_in_order(shop: Shop) -> None:
    """The next run begins as if nothing had been."""
    await shop.receive(1, 2, 3)
    for number in (1, 2, 3):
        shop.gate(number)
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await shop.until_asked_for(1, 2, 3)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert shop.deliveries[-1].heard == ["working", "worked"]
    assert [claim.decode_crashes for claim in await shop.ledger.claim(MESSAGE)] == [0, 0, 0]


async def test_decoding_that_is_cancelled_ended_in_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says nothing about the note; what was known before is not forgotten."""
    await shop.receive(1)
    await shop.crash(1)
    decoding = asyncio.Event()

    @contextlib.asynccontextmanager
    async def never(*_: object, **__: object) -> AsyncGenerator[None]:
        decoding.set()
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr(Decoders, "preparing", never)
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await decoding.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert [claim.decode_crashes for claim in await shop.ledger.claim(MESSAGE)] == [1]


async def test_a_note_that_was_decoded_is_no_suspect(shop: Shop) -> None:
    """However its process ends while the model speaks."""
    await shop.receive(1)
    await shop.crash(MOST_CRASHES - 1)
    script = shop.setup.openroute.script("It begins ", asyncio.Event())
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await script.waiting.wait()
    assert [claim.decode_crashes for claim in await shop.ledger.claim(MESSAGE)] == [0]
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_message_that_is_deleted_under_way_is_dropped(shop: Shop) -> None:
    """All its notes: what was shown is taken back, and the work is done."""
    await shop.receive(1, 2)
    shop.gate(1)
    shop.gate(2)
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await shop.until_asked_for(1, 2)
    shop.worker.deleted(99)
    shop.worker.deleted(MESSAGE)
    working.cancel()
    await working
    assert [delivery.heard for delivery in shop.deliveries] == [["working", "worked", "withdrew"]] * 2


async def test_what_another_process_forgot_is_dropped_at_the_next_step(shop: Shop) -> None:
    """Nobody cancels the work of another process; the model is not asked, nothing is told."""
    await shop.receive(1)
    gate = shop.gate(1)
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await shop.until_asked_for(1)
    await Deletions(shop.ledger.database).forget([MESSAGE])
    gate.set()
    await working
    assert shop.deliveries[0].heard == ["working", "worked", "withdrew"]
    assert shop.setup.openroute.requests == []


async def test_what_discord_cannot_take_now_is_left_for_later(shop: Shop) -> None:
    """The answer is kept, and not asked for again; where its pages stand is known; the attempts do not count."""
    await shop.receive(1)
    shop.setup.openroute.script("Yes.")
    away = errors.DiscordAway("status 503")
    shop.refuses = [away] * (MOST_CRASHES + 1)
    for _ in range(MOST_CRASHES + 1):
        await shop.worker.work_on(MESSAGE)
        assert await shop.backlog.unfinished() == [(MESSAGE, 3)]
    await shop.worker.work_on(MESSAGE)
    assert len(shop.setup.openroute.requests) == len(shop.setup.cdn.asked) == 1
    last = shop.deliveries[-1]
    assert last.final == reply.Reply(("**memo.ogg**\nYes.",))
    assert last.claim.posted == Posted(channel_id=MESSAGE, pages=(101,))
    assert last.claim.resumed
    assert last.claim.decode_crashes == 0
    assert await shop.backlog.unfinished() == []


async def test_only_what_is_unfinished_is_done_later(shop: Shop) -> None:
    """Of several notes one could not be posted; the others are not posted again."""
    await shop.receive(1, 2)
    shop.setup.openroute.script("Yes.", times=2)
    shop.refuses = [None, errors.DiscordAway("status 503")]
    await shop.worker.work_on(MESSAGE)
    await shop.worker.work_on(MESSAGE)
    assert shop.order == [1, 2, 2]
    assert len(shop.setup.openroute.requests) == 2


async def test_an_answer_of_a_former_run_is_only_posted(shop: Shop) -> None:
    """The process ended between the answer and its pages."""
    await shop.receive(1)
    [before] = await shop.ledger.claim(MESSAGE)
    await shop.ledger.answered(before, ANSWER, 4.0)
    await shop.worker.work_on(MESSAGE)
    assert shop.deliveries[0].heard == ["finished"]
    assert shop.deliveries[0].final == reply.Reply(("**memo.ogg**\nFrom before.",))
    assert shop.setup.openroute.requests == []
    assert shop.setup.cdn.asked == []


async def test_a_note_waits_for_an_endpoint_that_is_away(shop: Shop) -> None:
    """Its attempt does not count, and nobody need look at it for a while."""
    await shop.receive(1)
    shop.setup.openroute.faults.add("POST", "/chat/completions", status=503, times=4)
    shop.setup.openroute.script("Yes.")
    await shop.worker.work_on(MESSAGE)
    assert shop.deliveries[0].final is None
    assert await shop.backlog.unfinished() == [(MESSAGE, 3)]
    assert await shop.backlog.take_due() == []
    shop.setup.cdn.told = [Told(shop.setup.sound)]
    await shop.worker.work_on(MESSAGE)
    assert shop.deliveries[1].final == reply.Reply(("**memo.ogg**\nYes.",))
    assert shop.deliveries[1].claim.decode_crashes == 0


async def test_nobody_waits_for_ever(shop: Shop) -> None:
    """Once the operator's patience has ended, the person is asked to try again."""
    shop.worker = Worker(
        ledger=shop.ledger, pipeline=shop.setup.pipeline, deliver=shop.deliver, whole=whole_note, patience=0.0
    )
    await shop.receive(1)
    shop.setup.openroute.faults.add("POST", "/chat/completions", status=503, times=4)
    await shop.worker.work_on(MESSAGE)
    assert shop.deliveries[0].final == reply.explained(
        errors.EndpointBusy(""), "**memo.ogg**\n", words=reply.ENGLISH
    )
    assert await shop.backlog.unfinished() == []


async def test_what_another_worker_has_taken_over_is_left_to_it(shop: Shop) -> None:
    """This one was taken for dead: it answers nothing, and takes nothing back."""
    await shop.receive(1)
    gate = shop.gate(1)
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await shop.until_asked_for(1)
    [theirs] = await shop.ledger.claim(MESSAGE)
    gate.set()
    await working
    assert shop.deliveries[0].heard == ["working", "worked"]
    assert shop.setup.openroute.requests == []
    await shop.ledger.settle(theirs, State.POSTED)


async def questions(shop: Shop, *messages: int) -> None:
    """Somebody asks about the first note, in these messages."""
    shop.setup.memory.said = [
        Said(id=message, author_id=7, name="Anna", text=f"Question {message}?") for message in messages
    ]
    for message in messages:
        shop.setup.cdn.told += [Told(shop.setup.sound)]
        asked = Question(message_id=message, channel_id=MESSAGE)
        note = replace(shop.note(1), ask=f"question:{message}", question=asked, asked_by=7)
        await shop.ledger.receive([note])


async def test_questions_are_answered_one_after_the_other(shop: Shop) -> None:
    """The second may be about the answer to the first."""
    await questions(shop, 50, 51)
    more = asyncio.Event()
    first = shop.setup.openroute.script("Fir", more, "st.", asked="Question 50?")
    shop.setup.openroute.script("Second.", asked="Question 51?")
    working = asyncio.create_task(shop.worker.work_on(MESSAGE))
    await first.waiting.wait()
    assert len(shop.setup.openroute.requests) == 1
    more.set()
    await working
    assert [delivery.claim.note.ask for delivery in shop.deliveries] == ["question:50", "question:51"]
    finals = [delivery.final.pages[0] for delivery in shop.deliveries if delivery.final]
    assert [final.splitlines()[-1] for final in finals] == ["First.", "Second."]


async def test_a_question_that_has_to_wait_holds_up_those_after_it(shop: Shop) -> None:
    """They would be answered in the wrong order."""
    await questions(shop, 50, 51)
    shop.setup.openroute.faults.add("POST", "/chat/completions", status=503, times=4)
    shop.setup.openroute.script("First.")
    shop.setup.openroute.script("Second.")
    await shop.worker.work_on(MESSAGE)
    assert [delivery.final for delivery in shop.deliveries] == [None, None]
    shop.setup.cdn.told = [Told(shop.setup.sound), Told(shop.setup.sound)]
    await shop.worker.work_on(MESSAGE)
    finals = [delivery.final.pages[0] for delivery in shop.deliveries[2:] if delivery.final]
    assert [final.splitlines()[-1] for final in finals] == ["First.", "Second."]


async def test_what_was_asked_in_a_hurry_is_found_out(shop: Shop) -> None:
    """The process ended before it knew more than ids."""
    hurried = replace(shop.note(1), attachment=file_of(id=1, url="", filename="", size=0), author_id=0)
    await shop.ledger.receive([hurried])
    shop.setup.cdn.told = [Told(shop.setup.sound)]
    shop.setup.openroute.script("Yes.")
    found: list[VoiceNote] = []

    async def whole(note: VoiceNote) -> VoiceNote:
        found.append(note)
        return shop.note(1)

    worker = Worker(
        ledger=shop.ledger, pipeline=shop.setup.pipeline, deliver=shop.deliver, whole=whole, patience=3600.0
    )
    await worker.work_on(MESSAGE)
    assert found == [hurried]
    assert shop.deliveries[0].final == reply.Reply(("**memo.ogg**\nYes.",))


@pytest.mark.parametrize(
    ("problem", "left"),
    [(errors.Gone(), []), (errors.DownloadFailed("away"), [(MESSAGE, 3)])],
    ids=["gone", "away"],
)
async def test_what_was_asked_in_a_hurry_may_be_gone(
    shop: Shop, problem: errors.EarshotError, left: list[tuple[int, int]]
) -> None:
    """Then there is nothing to answer; what can't be told now is looked at again later."""
    await shop.ledger.receive([replace(shop.note(1), attachment=file_of(id=1, url=""))])

    async def whole(_: VoiceNote) -> VoiceNote:
        raise problem

    worker = Worker(
        ledger=shop.ledger, pipeline=shop.setup.pipeline, deliver=shop.deliver, whole=whole, patience=3600.0
    )
    await worker.work_on(MESSAGE)
    assert shop.deliveries == []
    assert await shop.backlog.unfinished() == left
