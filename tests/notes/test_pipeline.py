"""A note all the way through the real stages: whatever happens, somebody is told, and one line is logged."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
import structlog.testing

from bot import errors, prompts, reply
from bot.models import Answer, Ending, Origin, Prompt, PromptSource, State, Usage
from bot.notes.protocols import NoCheckpoints
from bot.storage.usage_sums import By
from tests.fixtures import Recording, note_of
from tests.fixtures_cdn import Told
from tests.fixtures_pipeline import VOICE_MESSAGE, Checkpoints, Delivery, PipelineSetup, opened

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.models import HeardPart
    from sandbox.openroute.script import Step

PROMPT = "What is asked is nobody's business."
ASKED = Prompt(text=PROMPT, source=PromptSource.SERVER)
FIELDS = {
    "event", "log_level", "outcome", "message", "ask", "attachment", "guild", "seconds", "format", "parts", "transcoded", "model",
    "tokens", "cost", "generation", "fetch", "prepare", "first_text", "total", "error", "exc_info",
}  # fmt: skip


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncGenerator[PipelineSetup]:
    """Both servers and a decoder process."""
    async with opened(tmp_path) as setup:
        yield setup


async def answered(
    setup: PipelineSetup,
    delivery: Delivery | None = None,
    checkpoints: Checkpoints | None = None,
    *,
    titled: bool = False,
    known: Answer | None = None,
    **announced: Any,
) -> tuple[State, Delivery, dict[str, Any]]:
    """Have a note answered: what it came to, what was delivered, and the line it was logged with."""
    delivery, checkpoints = delivery or Delivery(), checkpoints or Checkpoints()
    note = note_of(attachment=setup.file(**announced), prompt=ASKED, titled=titled)
    with structlog.testing.capture_logs() as logs:
        outcome = await setup.pipeline.answer(note, delivery, checkpoints, known=known)
    if outcome is not State.FORGOTTEN:
        assert checkpoints.steps[-1] == outcome.value
    assert list(setup.folder.iterdir()) == [], "files were left behind"
    [line] = [line for line in logs if line["event"] == "note"]
    return outcome, delivery, dict(line)


async def test_a_note_is_answered(setup: PipelineSetup) -> None:
    """Fetched, made fit, heard, delivered once; and nothing of what was said or asked is logged."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.script("Could we meet ", "on Thursday?")
    checkpoints = Checkpoints()
    outcome, delivery, line = await answered(setup, checkpoints=checkpoints)
    assert outcome is State.POSTED
    assert checkpoints.steps == ["prepared", "answered", "posted"]
    assert checkpoints.answer is not None
    assert checkpoints.answer.text == "Could we meet on Thursday?"
    assert checkpoints.seconds == pytest.approx(4.0, abs=0.1)
    assert delivery.final == reply.Reply(("Could we meet on Thursday?",))
    assert delivery.heard == ["working", "worked", "finished"]
    [asked] = setup.openroute.requests
    assert asked.prompt == PROMPT
    assert asked.format == "wav"
    assert asked.seconds == pytest.approx(4.0, abs=0.1)
    assert set(line) == FIELDS
    expected = {
        "log_level": "info",
        "outcome": "posted",
        "message": 1,
        "ask": "listened",
        "attachment": 5,
        "guild": 3,
        "seconds": 4.0,
        "format": "wav",
        "transcoded": True,
        "model": "google/gemini-2.5-flash",
        "error": None,
        "exc_info": None,
    }
    assert {name: line[name] for name in expected} == expected
    assert 0 < line["first_text"] <= line["total"]
    assert line["tokens"] > 100
    assert "Thursday" not in str(line)
    assert PROMPT not in str(line)
    assert "memo" not in str(line)


async def test_one_of_several_files_is_named(setup: PipelineSetup) -> None:
    """Above its answer, and above a sentence that stands for one."""
    setup.cdn.told = [Told(setup.sound), Told(status=404)]
    setup.openroute.script("Yes.")
    _, heard, _ = await answered(setup, titled=True)
    _, refused, _ = await answered(setup, titled=True)
    assert heard.final == reply.Reply(("**memo.ogg**\nYes.",))
    assert refused.final == reply.Reply(
        (f"**memo.ogg**\n{reply.sentence(errors.Gone(), words=reply.ENGLISH)}",)
    )


@pytest.mark.parametrize("announced", [{"seconds": 61.0}, {"size": 1_000_001}], ids=["seconds", "bytes"])
async def test_what_is_announced_too_long_is_not_downloaded(
    setup: PipelineSetup, announced: dict[str, Any]
) -> None:
    """Told at once."""
    outcome, delivery, line = await answered(setup, **announced)
    assert outcome is State.REFUSED
    assert delivery.final is not None
    assert "too l" in delivery.final.pages[0]
    assert setup.cdn.asked == []
    assert set(line) == FIELDS
    assert line["error"].startswith("too_l")


async def test_each_stage_can_refuse(setup: PipelineSetup) -> None:
    """The person hears why, the log says what kind it was, and nothing is asked of the model in vain."""
    for told, kind in (
        (Told(status=404), errors.Gone),
        (Told(b"Dear diary\n" * 1_000), errors.NotAudio),
        (Told(b"OggS" * 10_000), errors.Damaged),
    ):
        setup.cdn.told = [told]
        outcome, delivery, line = await answered(setup, size=1)
        assert outcome is State.REFUSED
        assert delivery.final == reply.explained(kind(), words=reply.ENGLISH)
        assert line["log_level"] == "info"
    assert setup.openroute.requests == []
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.script("", times=2)
    outcome, delivery, _ = await answered(setup)
    assert (outcome, delivery.final) == (
        State.REFUSED,
        reply.explained(errors.NoAnswer(), words=reply.ENGLISH),
    )


async def test_faults_are_logged_louder_and_told_in_general_words(setup: PipelineSetup) -> None:
    """Without the endpoint's own words, which may quote what was said."""
    setup.cdn.told = [Told(setup.sound)]
    body = {"error": {"code": 402, "message": "Account 42 owes 3.50"}}
    setup.openroute.faults.add("POST", "/chat/completions", status=402, body=body)
    outcome, delivery, line = await answered(setup)
    assert outcome is State.FAILED
    assert delivery.final == reply.explained(errors.OutOfCredit(""), words=reply.ENGLISH)
    assert line["log_level"] == "error"
    assert line["error"] == "out_of_credit: status 402, code 402"
    assert line["exc_info"] is None


async def test_an_accident_is_told_and_logged_with_its_traceback(setup: PipelineSetup) -> None:
    """Nobody is met with silence, and nobody is shown what broke."""

    class Stumbling(Delivery):
        @contextlib.asynccontextmanager
        async def working(self) -> AsyncGenerator[None]:
            async with super().working():
                yield
            raise LookupError

    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.script("Yes.")
    outcome, delivery, line = await answered(setup, Stumbling())
    assert outcome is State.FAILED
    assert delivery.final == reply.explained(RuntimeError(), words=reply.ENGLISH)
    assert isinstance(line["exc_info"], LookupError)
    assert line["error"] == "LookupError"


async def test_a_folder_that_is_gone_is_no_accident(setup: PipelineSetup) -> None:
    """It is told of like any disk that fails."""
    setup.folder.rmdir()
    setup.folder.touch()
    delivery = Delivery()
    with structlog.testing.capture_logs() as logs:
        outcome = await setup.pipeline.answer(note_of(), delivery, NoCheckpoints())
    assert outcome is State.FAILED
    assert delivery.final == reply.explained(errors.DiskFailed("gone"), words=reply.ENGLISH)
    [line] = logs
    assert line["exc_info"] is None
    assert line["error"].startswith("disk_failed: ")


@pytest.mark.parametrize("problem", [errors.Forbidden("Send Messages"), RuntimeError("gateway")])
async def test_an_answer_that_cannot_be_delivered_is_known(setup: PipelineSetup, problem: Exception) -> None:
    """The note ends all the same, as what it is."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.script("Yes.")
    outcome, _, line = await answered(setup, Delivery(refuses=problem))
    assert outcome is State.FAILED
    assert set(line) == FIELDS
    assert line["outcome"] == "failed"
    assert line["log_level"] == "error"


async def test_where_the_note_was_deleted_there_is_nothing_to_settle_but_that(setup: PipelineSetup) -> None:
    """Discord says so when the answer is to be posted."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.script("Yes.")
    checkpoints = Checkpoints()
    outcome, _, line = await answered(setup, Delivery(refuses=errors.Gone()), checkpoints)
    assert outcome is State.FORGOTTEN
    assert checkpoints.steps == ["prepared", "answered", "forgotten"]
    assert (line["outcome"], line["log_level"]) == ("forgotten", "info")


@pytest.mark.parametrize(
    ("step", "heard", "asked"),
    [
        ("prepared", ["working", "worked", "withdrew"], 0),
        ("answered", ["working", "worked", "withdrew"], 1),
        ("posted", ["working", "worked", "finished", "withdrew"], 1),
    ],
)
async def test_a_note_that_is_deleted_under_way_is_dropped(
    setup: PipelineSetup, step: str, heard: list[str], asked: int
) -> None:
    """At the next step: the model is not asked any more, what was shown is taken back, nothing is told."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.script("Yes.")
    checkpoints = Checkpoints(forgotten_at=step)
    outcome, delivery, line = await answered(setup, checkpoints=checkpoints)
    assert outcome is State.FORGOTTEN
    assert delivery.heard == heard
    assert len(setup.openroute.requests) == asked
    assert (line["outcome"], line["log_level"], line["error"]) == ("forgotten", "info", None)


async def test_an_answer_that_is_known_is_only_delivered(setup: PipelineSetup) -> None:
    """Nothing is fetched, nobody is asked; the remark about its end is there, too."""
    known = Answer(
        text="Yes, bec",
        model="a/b",
        ending=Ending.CUT,
        usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3),
    )
    checkpoints = Checkpoints()
    outcome, delivery, line = await answered(setup, checkpoints=checkpoints, known=known, titled=True)
    assert outcome is State.POSTED
    assert delivery.final == reply.finished(known, "**memo.ogg**\n", words=reply.ENGLISH)
    assert delivery.heard == ["finished"]
    assert checkpoints.steps == ["posted"]
    assert setup.cdn.asked == []
    assert setup.openroute.requests == []
    assert set(line) == FIELDS


async def test_what_cannot_be_delivered_now_is_not_the_end(setup: PipelineSetup) -> None:
    """Discord is away: the answer is kept, the note stays unfinished, and whoever called knows."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.script("Yes.")
    checkpoints = Checkpoints()
    with pytest.raises(errors.DiscordAway):
        await answered(setup, Delivery(refuses=errors.DiscordAway("status 503")), checkpoints)
    assert checkpoints.steps == ["prepared", "answered"]
    assert list(setup.folder.iterdir()) == []


async def test_a_server_that_is_away_is_waited_for_where_the_note_can_wait(setup: PipelineSetup) -> None:
    """The person is told that it takes longer, not that it failed; whoever called knows."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.faults.add("POST", "/chat/completions", status=503, times=4)
    delivery, checkpoints = Delivery(), Checkpoints(can_wait=True)
    with pytest.raises(errors.EndpointBusy):
        await answered(setup, delivery, checkpoints, titled=True)
    [waiting] = reply.waiting(errors.EndpointBusy(""), "**memo.ogg**\n", words=reply.ENGLISH)
    assert delivery.heard == ["working", "worked", f"grew: {(waiting,)}"]
    assert checkpoints.steps == ["prepared"]


class Long:
    """Notes of 36 seconds, heard in parts of at most fifteen; all have the same recording."""

    def __init__(self, setup: PipelineSetup) -> None:
        self.setup = setup
        self.sound = VOICE_MESSAGE.write(setup.folder.parent / "long.ogg", seconds=36.0).read_bytes()

    async def waits(self) -> tuple[HeardPart, ...]:
        """One part of the note is heard; then the endpoint is away, and comes back after the attempt. What is kept."""
        held, openroute = asyncio.Event(), self.setup.openroute
        self._script(1, "One.")
        self._script(2, held, "Two.")
        checkpoints = Checkpoints(can_wait=True)
        answering = asyncio.create_task(self.answered(checkpoints))
        await openroute.wait_for(lambda: len(openroute.requests) >= 3)
        openroute.faults.add("POST", "/chat/completions", status=503, times=9)
        with pytest.raises(errors.EndpointBusy):
            await answering
        openroute.faults.clear()
        return checkpoints.parts

    async def heard(self, parts: tuple[HeardPart, ...], *numbers: int) -> None:
        """The note is answered, where these parts are known, and those are asked for."""
        before = len(self.setup.openroute.requests)
        for number in numbers:
            self._script(number, ("One.", "Two.", "Three.", "Four.")[number - 1])
        final = await self.answered(Checkpoints(), parts)
        assert final == reply.Reply(("One.\n\nTwo.\n\nThree.\n\nFour.",))
        asked = sorted(request.prompt for request in self.setup.openroute.requests[before:])
        assert asked == [prompts.of_part(number) for number in numbers]

    async def answered(
        self, checkpoints: Checkpoints, parts: tuple[HeardPart, ...] = ()
    ) -> reply.Reply | None:
        """What is delivered."""
        self.setup.cdn.told = [Told(self.sound)]
        delivery = Delivery()
        prompt = Prompt(text=prompts.TRANSCRIBE, source=PromptSource.DEFAULT)
        note = note_of(attachment=self.setup.file(size=len(self.sound)), prompt=prompt)
        await self.setup.pipeline.answer(note, delivery, checkpoints, parts=parts)
        return delivery.final

    def _script(self, part: int, *steps: Step) -> None:
        self.setup.openroute.script(*steps, asked=prompts.of_part(part))


@pytest.fixture
async def long(tmp_path: Path) -> AsyncGenerator[Long]:
    """A pipeline for long notes."""
    async with opened(tmp_path, part_minutes=0.25) as setup:
        yield Long(setup)


async def test_parts_that_were_heard_are_kept_while_their_note_waits(long: Long) -> None:
    """They are not paid for twice."""
    parts = await long.waits()
    assert [(part.start, part.answer.text) for part in parts] == [(0.0, "One.")]
    await long.heard(parts, 2, 3, 4)
    await long.heard((), 1, 2, 3, 4)


@pytest.mark.parametrize("origin", [None, Origin(message_id=70, channel_id=71, guild_id=None)])
async def test_who_opts_out_while_they_are_heard_is_heard_no_further(
    long: Long, origin: Origin | None
) -> None:
    """Also who has spoken what somebody else forwards; of what was heard, nothing is kept."""
    setup, speaker = long.setup, 77
    setup.memory.speakers[70] = speaker
    setup.cdn.told = [Told(long.sound)]
    held = asyncio.Event()
    setup.openroute.script(held, "One.", asked=prompts.of_part(1))
    for part in (2, 3, 4):
        setup.openroute.script(asyncio.Event(), asked=prompts.of_part(part))
    author = speaker if origin is None else 78
    note = note_of(
        attachment=setup.file(size=len(long.sound)),
        prompt=Prompt(text=prompts.TRANSCRIBE, source=PromptSource.DEFAULT),
        author_id=author,
        origin=origin,
    )
    checkpoints, delivery = Checkpoints(), Delivery()
    answering = asyncio.create_task(setup.pipeline.answer(note, delivery, checkpoints))
    await setup.openroute.wait_for(lambda: len(setup.openroute.requests) >= 2)
    await setup.consent.opt_out(speaker)
    held.set()
    async with asyncio.timeout(20):
        assert await answering is State.FORGOTTEN
    assert (checkpoints.parts, checkpoints.answer, delivery.final) == ((), None, None)
    assert delivery.heard[-1] == "withdrew"
    assert len(setup.openroute.requests) == 2


async def test_a_note_can_wait_though_nobody_can_be_told(setup: PipelineSetup) -> None:
    """Discord is away as well."""

    class Mute(Delivery):
        async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:
            raise LookupError(pages, topic)

    setup.cdn.told = [Told(status=503)] * 4
    with pytest.raises(errors.DownloadFailed):
        await answered(setup, Mute(), Checkpoints(can_wait=True))


@pytest.mark.parametrize("status", [400, 401, 402, 413])
async def test_what_does_not_pass_is_not_waited_for(setup: PipelineSetup, status: int) -> None:
    """The person is told what it was."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.faults.add("POST", "/chat/completions", status=status, times=9)
    outcome, delivery, _ = await answered(setup, checkpoints=Checkpoints(can_wait=True))
    assert outcome.finished
    assert delivery.final is not None


async def test_what_somebody_else_works_on_is_left_to_them(setup: PipelineSetup) -> None:
    """Nothing is told, nothing taken back."""

    class Lost(Checkpoints):
        @contextlib.asynccontextmanager
        async def decoding(self) -> AsyncGenerator[None]:
            yield
            raise errors.SupersededError

    setup.cdn.told = [Told(setup.sound)]
    delivery = Delivery()
    with pytest.raises(errors.SupersededError):
        await answered(setup, delivery, Lost())
    assert delivery.heard == ["working", "worked"]


async def test_the_answer_is_kept_before_anybody_sees_it(setup: PipelineSetup) -> None:
    """Showing its progress may take long; what was paid for is not at risk meanwhile."""
    setup.cdn.told = [Told(setup.sound)]
    shown, kept = asyncio.Event(), asyncio.Event()
    setup.openroute.script("Yes", shown, ", we can.")

    class Slow(Delivery):
        async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:
            shown.set()
            await kept.wait()
            await super().grow(pages, topic)

    class Kept(Checkpoints):
        async def answered(self, answer: Answer, seconds: float) -> None:
            await super().answered(answer, seconds)
            kept.set()

    _, delivery, _ = await answered(setup, Slow(), Kept())
    assert delivery.heard == ["working", "grew: ('Yes',)", "worked", "finished"]


async def test_a_request_too_large_is_sent_smaller(setup: PipelineSetup) -> None:
    """Once, at a quarter of its size; the same note, the same answer."""
    setup.cdn.told = [Told(setup.sound)]
    setup.openroute.faults.add("POST", "/chat/completions", status=413)
    setup.openroute.script("It fits.")
    outcome, delivery, line = await answered(setup)
    assert outcome is State.POSTED
    assert delivery.final == reply.Reply(("It fits.",))
    [asked] = setup.openroute.requests
    assert asked.format == line["format"] == "mp3"
    assert asked.seconds == pytest.approx(4.0, abs=0.15)
    assert asked.audio is not None
    assert len(asked.audio.data) * 4 <= 4.1 * 32_000


async def test_what_is_still_too_large_is_told_as_that(setup: PipelineSetup) -> None:
    """Refused twice, or too small already to be made smaller: too large for the service, not for us."""
    small = Recording(container="mp3", codec="libmp3lame", rate=16_000, bit_rate=16_000)
    recording = small.write(setup.folder.parent / "small", seconds=4.0).read_bytes()
    for sound, times in ((setup.sound, 2), (recording, 1)):
        setup.cdn.told = [Told(sound)]
        fault = setup.openroute.faults.add("POST", "/chat/completions", times=times, status=413)
        outcome, delivery, _ = await answered(setup, size=len(sound))
        assert outcome is State.REFUSED
        assert delivery.final == reply.explained(errors.RequestTooLarge(), words=reply.ENGLISH)
        assert fault.used == times


async def test_a_cancelled_note_leaves_nothing_and_tells_nobody(setup: PipelineSetup) -> None:
    """It is in the ledger: the next run takes it up."""
    setup.cdn.told = [Told(setup.sound)]
    script = setup.openroute.script("It begins ", asyncio.Event())
    delivery = Delivery()
    task = asyncio.create_task(answered(setup, delivery))
    await script.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert delivery.heard == ["working", "worked"]
    assert list(setup.folder.iterdir()) == []


@pytest.fixture
async def scarce(tmp_path: Path) -> AsyncGenerator[PipelineSetup]:
    """Each person has one recording a day."""
    async with opened(tmp_path, budget_person_day_minutes=4.2 / 60) as setup:
        yield setup


async def test_what_is_over_budget_is_not_even_downloaded(scarce: PipelineSetup) -> None:
    """It is told once for notes that ask for themselves, under the same one again, and always to who asks."""
    scarce.openroute.script("Yes.")

    async def said(message_id: int, **wanted: Any) -> str | None:
        scarce.cdn.told = [Told(scarce.sound)]
        delivery, checkpoints = Delivery(), Checkpoints()
        note = note_of(message_id=message_id, attachment=scarce.file(seconds=4.0), **wanted)
        state = await scarce.pipeline.answer(note, delivery, checkpoints)
        assert checkpoints.steps[-1] == state.value
        if "Yes." not in str(delivery.final):
            assert "working" not in delivery.heard
            assert state is State.REFUSED
        return delivery.final.pages[0] if delivery.final else None

    assert await said(1) == "Yes."
    visits = len(scarce.cdn.asked)
    assert "You have used up" in (await said(2) or "")
    assert await said(3) is None
    assert "You have used up" in (await said(2) or "")
    assert "You have used up" in (await said(3, asked_by=4) or "")
    assert "You have used up" in (await said(3, asked_by=4, private=True) or "")
    assert len(scarce.cdn.asked) == visits
    scarce.openroute.script("Yes.")
    assert await said(4, asked_by=9) == "Yes."


async def test_what_it_cost_is_counted_before_the_answer_is(scarce: PipelineSetup) -> None:
    """Whoever ends between the two has paid."""
    scarce.cdn.told = [Told(scarce.sound)]

    class Ends(Checkpoints):
        async def answered(self, answer: Answer, seconds: float) -> None:
            [total] = await scarce.sums.sums(By.EVERYTHING, 0, 1e12)
            assert total.cost
            assert total.seconds == pytest.approx(seconds)
            await super().answered(answer, seconds)

    scarce.openroute.script("Yes.")
    outcome, _, _ = await answered(scarce, checkpoints=Ends())
    assert outcome is State.POSTED


async def test_a_stored_answer_costs_nothing(scarce: PipelineSetup) -> None:
    """It was paid for when it was stored, however much is used up since."""
    scarce.cdn.told = [Told(scarce.sound)]
    known = Answer(text="Yes.", model="a/b")
    scarce.openroute.script("Yes.")
    await answered(scarce)
    outcome, delivery, _ = await answered(scarce, known=known)
    assert (outcome, delivery.final) == (State.POSTED, reply.Reply(("Yes.",)))


async def test_a_note_that_waits_holds_nothing(scarce: PipelineSetup) -> None:
    """Its author may have another one heard meanwhile."""
    scarce.cdn.told = [Told(scarce.sound)] * 2
    scarce.openroute.faults.add("POST", "/chat/completions", times=None, status=503, body="no")
    with pytest.raises(errors.EndpointBusy):
        await scarce.pipeline.answer(
            note_of(attachment=scarce.file(seconds=4.0)), Delivery(), Checkpoints(can_wait=True)
        )
    scarce.openroute.faults.clear()
    scarce.openroute.script("Yes.")
    assert (await answered(scarce))[0] is State.POSTED
