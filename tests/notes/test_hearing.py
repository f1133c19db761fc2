"""What the model says to a file: at once, or part by part, each once, in order."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import SecretStr

from bot import decoder, errors, prompts, reply
from bot.audio.decoders import Decoders
from bot.budgets import Period, Whose
from bot.completion.asking import Asker, Completion
from bot.models import Ending, Unheard
from bot.notes.hearing import Hearing
from sandbox.openroute import Openroute
from tests.fixtures import Recording, Tally, settings_of
from tests.fixtures_decoding import die_at_the_end

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from bot.models import Heard, HeardPart
    from sandbox.openroute.script import Step

SUMMARY = "What was decided?"
PARTS = 4
"""One of some seven seconds, then three."""


class Desk:
    """Hears a recording of 36 seconds in parts of at most fifteen."""

    def __init__(self, hearing: Hearing, openroute: Openroute, folder: Path) -> None:
        self.hearing = hearing
        self.openroute = openroute
        self.folder = folder
        self.texts: list[str] = []
        self.tally = Tally()
        self.known: tuple[HeardPart, ...] = ()
        self.source = Recording(container="ogg", codec="libopus").write(folder.parent / "long", seconds=36.0)

    async def hear(self, prompt: str = prompts.TRANSCRIBE, source: Path | None = None) -> Heard:
        """What the model says to it."""
        return await self.hearing.hear(
            source or self.source,
            prompt,
            asker=Asker(person_id=7),
            words=reply.ENGLISH,
            on_text=self.texts.append,
            began=self.hearing.now - 5,
            meter=self.tally,
            known=self.known,
            on_part=self._keep,
        )

    async def _keep(self, parts: Sequence[HeardPart]) -> None:
        self.known = tuple(parts)

    def script(self, number: int, *steps: Step, finish_reason: str = "stop") -> None:
        """What is answered to a part."""
        asked = prompts.of_part(number)
        self.openroute.script(*steps, asked=asked, finish_reason=finish_reason)

    def asked(self) -> list[str]:
        """What was asked, in order."""
        return [request.prompt for request in self.openroute.requests]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    """One decoder, nobody waits between attempts."""
    folder = tmp_path / "work"
    folder.mkdir()

    async def at_once(_: float) -> None:
        pass

    async with aiohttp.ClientSession() as session, Openroute() as openroute:
        settings = settings_of(
            decoders=1,
            part_minutes=0.25,
            max_minutes=2,
            openroute_base_url=openroute.base_url,
            openroute_api_key=SecretStr(openroute.key),
        )
        async with Decoders.configured(settings) as decoders:
            completion = Completion(session=session, settings=settings, sleep=at_once)
            yield Desk(Hearing(decoders=decoders, completion=completion, folder=folder), openroute, folder)
        assert list(folder.iterdir()) == []
        assert openroute.unknown == []


async def test_times_are_told_in_the_order_of_the_stages(desk: Desk, tmp_path: Path) -> None:
    """Seconds since the note came, by the same clock."""
    desk.openroute.script("Yes.")
    source = Recording(container="ogg", codec="libopus").write(tmp_path / "file", seconds=0.5)
    heard = await desk.hear(source=source)
    times = dataclasses.astuple(heard.timings)
    assert times == tuple(sorted(times))
    assert times[0] >= 5
    assert desk.texts == ["Yes."]
    assert source.exists()


@pytest.mark.parametrize("seconds", [8.0, 40.0], ids=["one part", "several"])
async def test_a_file_that_breaks_off_is_answered_as_far_as_it_goes(
    desk: Desk, tmp_path: Path, seconds: float
) -> None:
    """With the word that there was more, and how much was heard."""
    source = Recording(container="flac", codec="flac", rate=8_000).write(tmp_path / "file", seconds=seconds)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    desk.openroute.script("Half of it.", times=2)
    heard = await desk.hear(source=source)
    assert heard.answer.only_first == pytest.approx(heard.seconds)
    assert heard.seconds == pytest.approx(seconds / 2, abs=2.0)
    assert len(heard.parts) == (1 if seconds < 20 else 2)


async def test_the_meter_is_told_what_is_sent_and_what_was_paid(desk: Desk) -> None:
    """All parts together before the first is sent; then each, whatever becomes of the others; known ones not again."""
    desk.script(1, "One.")
    desk.openroute.faults.add("POST", "/chat/completions", times=None, status=401, body="no")
    with pytest.raises(errors.KeyRefused):
        await desk.hear()
    assert desk.known == ()
    assert [round(seconds) for seconds in desk.tally.about] == [36]
    assert desk.tally.bills == []
    desk.openroute.faults.clear()
    desk.openroute.script("Words.", times=PARTS)
    heard = await desk.hear()
    assert sum(bill.seconds for bill in desk.tally.bills) == pytest.approx(heard.seconds)
    await desk.hear()
    assert desk.tally.about[1:] == [pytest.approx(heard.seconds, abs=0.1), pytest.approx(0, abs=0.1)]


async def test_a_whole_file_is_answered_without_a_word_on_its_length(desk: Desk, tmp_path: Path) -> None:
    """Nothing is missing."""
    source = Recording(container="flac", codec="flac", rate=8_000).write(tmp_path / "file", seconds=8.0)
    desk.openroute.script("All of it.")
    assert (await desk.hear(source=source)).answer.only_first is None


async def test_a_long_recording_is_transcribed_part_by_part(desk: Desk) -> None:
    """Two at once; shown as they come, and never out of order; joined, and counted together."""
    gates = [asyncio.Event() for _ in range(PARTS)]
    for number, gate in enumerate(gates, 1):
        desk.script(number, f"Begin {number}, ", gate, f"end {number}.")
    hearing = asyncio.create_task(desk.hear())
    await desk.openroute.wait_for(lambda: len(desk.openroute.requests) == 2)
    gates[1].set()
    await desk.openroute.wait_for(lambda: len(desk.openroute.requests) == 3)
    assert not any("end" in text for text in desk.texts)
    gates[0].set()
    gates[2].set()
    gates[3].set()
    heard = await hearing
    whole = "\n\n".join(f"Begin {number}, end {number}." for number in range(1, PARTS + 1))
    assert (heard.answer.text, heard.answer.ending) == (whole, Ending.COMPLETE)
    assert desk.texts[-1] == whole
    assert all(whole.startswith(text.strip()) for text in desk.texts)
    assert sorted(desk.asked()) == [prompts.of_part(number) for number in range(1, PARTS + 1)]
    assert sum(request.seconds for request in desk.openroute.requests) == pytest.approx(36.0, abs=0.5)
    assert (len(heard.parts), heard.seconds) == (PARTS, pytest.approx(36.0, abs=0.1))
    assert heard.answer.usage is not None
    assert heard.answer.usage.audio_tokens == pytest.approx(36 * 32, abs=40)


async def test_other_prompts_are_put_to_the_transcript(desk: Desk) -> None:
    """Once, in words; until there is an answer, how far it is is shown."""
    for number, text in enumerate(("One.", "Two.", "Three.", "Four."), 1):
        desk.script(number, text)
    desk.openroute.script("Nothing was decided.")
    heard = await desk.hear(SUMMARY)
    assert heard.answer.text == "Nothing was decided."
    last = desk.openroute.requests[-1]
    assert last.audio is None
    assert last.prompt.startswith(SUMMARY)
    assert "One." in last.prompt
    assert reply.progress(PARTS, PARTS, words=reply.ENGLISH) in desk.texts
    assert desk.texts[-1] == "Nothing was decided."
    assert "One." not in desk.texts
    assert heard.answer.usage is not None
    assert heard.answer.usage.audio_tokens == pytest.approx(36 * 32, abs=40)


async def test_an_answer_to_a_transcript_with_gaps_has_them_too(desk: Desk) -> None:
    """Who reads a summary should know that something was not in it. Progress is no text of an answer yet."""
    gate = asyncio.Event()
    desk.script(1, "One.")
    desk.script(2, "Two", finish_reason="content_filter")
    desk.script(3, "Three.")
    desk.script(4, "Four.")
    script = desk.openroute.script(gate, "Nothing was decided.")
    hearing = asyncio.create_task(desk.hear(SUMMARY))
    await script.waiting.wait()
    asked = desk.hearing.now
    gate.set()
    heard = await hearing
    assert (heard.answer.text, heard.answer.ending) == ("Nothing was decided.", Ending.GAPS)
    assert heard.timings.first_text is not None
    assert heard.timings.total is not None
    assert heard.timings.total - heard.timings.first_text <= desk.hearing.now - asked


async def test_a_transcript_no_answer_can_be_had_to_is_the_answer(desk: Desk) -> None:
    """It may be more than the model takes."""
    script = desk.openroute.script("Words.", times=PARTS)
    hearing = asyncio.create_task(desk.hear(SUMMARY))
    await desk.openroute.wait_for(lambda: script.used == PARTS)
    desk.openroute.faults.add("POST", "/chat/completions", status=400)
    heard = await hearing
    assert (heard.answer.text, heard.answer.ending) == ("\n\n".join(["Words."] * PARTS), Ending.TRANSCRIPT)


async def test_a_part_in_which_nobody_speaks_is_passed_over(desk: Desk) -> None:
    """The model says nothing to it. If it says nothing to any, there is no answer."""
    for number, text in enumerate(("One.", "", "Three.", "Four."), 1):
        desk.script(number, text)
    desk.script(2, "")
    assert (await desk.hear()).answer.text == "One.\n\nThree.\n\nFour."
    desk.known = ()
    desk.openroute.script("", times=2 * PARTS)
    with pytest.raises(errors.NoAnswer):
        await desk.hear()


async def test_a_part_that_is_kept_back_leaves_a_gap(desk: Desk) -> None:
    """The rest is worth having; where something is missing, it says so."""
    desk.script(1, "One.")
    desk.script(2, "", finish_reason="content_filter")
    desk.script(3, "Three", finish_reason="content_filter")
    desk.script(4, "Four.")
    answer = (await desk.hear()).answer
    assert answer.text == f"One.\n\n{reply.GAP}\n\nThree {reply.GAP}\n\nFour."
    assert answer.ending is Ending.GAPS
    desk.known = ()
    desk.openroute.script("", finish_reason="content_filter", times=PARTS)
    with pytest.raises(errors.ModelRefused):
        await desk.hear()


async def test_one_parts_error_is_the_notes(desk: Desk) -> None:
    """Nothing else of it goes on, nothing is left of its files."""
    desk.openroute.script("One ", asyncio.Event())
    desk.openroute.faults.add("POST", "/chat/completions", status=402, times=9)
    with pytest.raises(errors.OutOfCredit):
        await desk.hear()


async def test_parts_that_were_heard_are_not_asked_for_again(desk: Desk) -> None:
    """After something went wrong in the middle: only the rest is paid for; what is shown begins with them."""
    held = asyncio.Event()
    desk.script(1, "One.")
    desk.script(2, held, "Two.")
    hearing = asyncio.create_task(desk.hear())
    await desk.openroute.wait_for(lambda: len(desk.openroute.requests) == 3)
    desk.openroute.faults.add("POST", "/chat/completions", status=503, times=9)
    with pytest.raises(errors.EndpointBusy):
        await hearing
    assert [(part.start, part.answer.text) for part in desk.known] == [(0.0, "One.")]
    desk.openroute.faults.clear()
    desk.texts.clear()
    desk.script(2, "Two.")
    desk.script(3, "Three.")
    desk.script(4, "Four.")
    heard = await desk.hear()
    assert heard.answer.text == "One.\n\nTwo.\n\nThree.\n\nFour."
    assert desk.texts[0].startswith("One.")
    assert desk.asked().count(prompts.of_part(1)) == 1


async def test_an_endpoint_that_takes_less_gets_parts(desk: Desk, tmp_path: Path) -> None:
    """413: what was one request becomes several, smaller ones."""
    source = Recording(container="wav", codec="pcm_s16le", rate=16_000).write(
        tmp_path / "a.wav", seconds=14.0
    )
    desk.openroute.faults.add("POST", "/chat/completions", status=413)
    desk.openroute.script("Words.")
    heard = await desk.hear(source=source)
    assert heard.answer.text == "Words."
    assert sum(part.bytes for part in heard.parts) * 4 < source.stat().st_size


async def test_a_long_recording_is_answered_while_it_is_still_being_decoded(desk: Desk) -> None:
    """Its first words are there before its last part is."""
    seen: list[bool] = []

    async def heard(parts: Sequence[HeardPart]) -> None:
        seen.append(len(parts) == 1 and not decoded)

    decoded: list[None] = []

    @contextlib.asynccontextmanager
    async def decoding() -> AsyncGenerator[None]:
        yield
        decoded.append(None)

    long = Recording(container="ogg", codec="libopus").write(desk.folder.parent / "hour", seconds=110.0)
    desk.openroute.script("Words.", times=100)
    await desk.hearing.hear(
        long,
        prompts.TRANSCRIBE,
        asker=Asker(person_id=7),
        words=reply.ENGLISH,
        on_text=desk.texts.append,
        began=desk.hearing.now,
        meter=desk.tally,
        decoding=decoding,
        on_part=heard,
    )
    assert seen[0]
    assert len(decoded) == 1


class Purse(Tally):
    """Has so many seconds, and no more."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def about_to_send(self, seconds: float) -> None:
        """Refused, if that is too much."""
        if seconds + sum(bill.seconds for bill in self.bills) > self._seconds:
            raise errors.OverBudget(whose=Whose.PERSON, period=Period.DAY, opens_at=0.0)


def untold(path: Path, seconds: float) -> Path:
    """A recording that does not tell how long it is: two, one behind the other."""
    ogg = Recording(container="ogg", codec="libopus")
    short = ogg.write(path.with_name("short"), seconds=1.0).read_bytes()
    path.write_bytes(short + ogg.write(path.with_name("rest"), seconds=seconds - 1.0).read_bytes())
    return path


async def test_what_a_budget_does_not_reach_for_is_told_under_what_was_heard(
    desk: Desk, tmp_path: Path
) -> None:
    """Where nobody knew before how long it is; a recording that says so is not heard at all."""
    desk.tally = Purse(30.0)
    with pytest.raises(errors.OverBudget):
        await desk.hear()
    assert desk.openroute.requests == []
    desk.openroute.script("Words.", times=9)
    heard = await desk.hear(source=untold(tmp_path / "untold", 60.0))
    assert heard.answer.rest is Unheard.OVER_BUDGET
    assert heard.answer.only_first == pytest.approx(heard.seconds)
    assert 5 < heard.seconds <= 30
    assert sum(bill.seconds for bill in desk.tally.bills) <= 30


async def test_a_recording_that_turns_out_too_long_is_heard_up_to_there(desk: Desk, tmp_path: Path) -> None:
    """One that tells its length is refused before anything is sent."""
    desk.openroute.script("Words.", times=9)
    heard = await desk.hear(source=untold(tmp_path / "untold", 150.0))
    assert heard.answer.rest is Unheard.TOO_LONG
    assert heard.answer.only_first is not None
    assert 60 < heard.answer.only_first <= 120
    sent = len(desk.openroute.requests)
    long = Recording(container="ogg", codec="libopus").write(tmp_path / "long", seconds=150.0)
    with pytest.raises(errors.TooLong):
        await desk.hear(source=long)
    assert len(desk.openroute.requests) == sent


async def test_what_a_decoder_dies_of_costs_nobody_what_was_heard_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is delivered, with the word that there was more. Where nothing was heard, there is only an error."""
    desk.openroute.script("Words.", times=9)
    short = Recording(container="ogg", codec="libopus").write(tmp_path / "short", seconds=10.0)
    with monkeypatch.context() as patched:
        patched.setattr(decoder, "prepare", die_at_the_end)
        heard = await desk.hear()
        with pytest.raises(errors.DecoderFailed):
            await desk.hear(source=short)
    assert (heard.answer.text, heard.answer.rest) == ("Words.\n\nWords.\n\nWords.", Unheard.UNDECODED)
    assert heard.answer.only_first == pytest.approx(heard.seconds)
    assert 20.0 < heard.seconds < 30.0


async def test_a_long_silence_is_paid_for_by_nobody(desk: Desk, tmp_path: Path) -> None:
    """Not even its first part."""
    silent = Recording(container="ogg", codec="libopus", silent=True).write(tmp_path / "silent", seconds=60.0)
    with pytest.raises(errors.NoSpeech):
        await desk.hear(source=silent)
    assert desk.openroute.requests == []
