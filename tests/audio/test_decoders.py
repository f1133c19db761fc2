"""Real decoder processes: each file costs at most itself, and never the bot."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import wave
from itertools import pairwise
from typing import IO, TYPE_CHECKING

import pytest

from benchmarks import handmade
from bot import decoder, errors
from bot.audio.decoders import Decoders
from bot.models import Audio
from bot.settings import Settings
from tests.fixtures import Recording, settings_of, silent_film
from tests.fixtures_decoding import (
    ALIVE,
    confess,
    confess_pid,
    die,
    find_no_room,
    grow,
    hang,
    hog,
    reach_out,
    trip,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from pathlib import Path

    Doing = Callable[[Callable[[decoder.Job], object]], contextlib.AbstractContextManager[None]]

VOICE_MESSAGE = Recording(container="ogg", codec="libopus")


def decoders(
    *,
    seconds: float = 30.0,
    processes: int = 1,
    request: int = 1_000_000,
    formats: tuple[str, ...] = ("wav", "mp3"),
    part_seconds: float = 900.0,
) -> Decoders:
    """Decoders with limits as given."""
    return Decoders(
        formats=formats,
        max_request_bytes=request,
        max_seconds=60.0,
        processes=processes,
        seconds=seconds,
        memory_mb=384,
        part_seconds=part_seconds,
    )


@pytest.fixture
async def ears() -> AsyncGenerator[Decoders]:
    """One decoder process."""
    async with decoders() as ears:
        yield ears


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Half a second of voice message."""
    return VOICE_MESSAGE.write(tmp_path / "source", seconds=0.5)


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch) -> Doing:
    """Have the processes do something else to the files that begin meanwhile."""

    @contextlib.contextmanager
    def instead(work: Callable[[decoder.Job], object]) -> Generator[None]:
        with monkeypatch.context() as patched:
            patched.setattr(decoder, "prepare", work)
            yield

    return instead


async def hanging(
    ears: Decoders, source: Path, doing: Doing
) -> tuple[asyncio.Task[tuple[Audio, ...]], IO[str]]:
    """A file that hangs in a process; the process lives until the FIFO ends."""
    folder = source.parent / "hanging"
    folder.mkdir()
    os.mkfifo(folder / ALIVE)
    with doing(hang):
        task = asyncio.create_task(ears.prepare(source, folder))
        await asyncio.sleep(0)
    alive = await asyncio.to_thread((folder / ALIVE).open)
    assert int(await asyncio.to_thread(alive.readline)) != os.getpid()
    return task, alive


async def ended(alive: IO[str]) -> bool:
    """Whether the process has ended; waits until it has."""
    with alive:
        return await asyncio.to_thread(alive.read) == ""


async def test_a_file_is_made_fit(ears: Decoders, source: Path, tmp_path: Path) -> None:
    """Into the folder it was told to; the source is left alone."""
    before = await asyncio.to_thread(source.read_bytes)
    [audio] = await ears.prepare(source, tmp_path)
    assert audio == Audio(
        path=tmp_path / "audio.wav",
        format="wav",
        seconds=audio.seconds,
        bytes=audio.path.stat().st_size,
        transcoded=True,
    )
    assert audio.seconds == pytest.approx(0.5, abs=0.05)
    assert await asyncio.to_thread(source.read_bytes) == before


async def test_a_smaller_encoding_can_be_asked_for(ears: Decoders, tmp_path: Path) -> None:
    """After a 413: below the size that was too much, though the budget would allow more."""
    source = VOICE_MESSAGE.write(tmp_path / "source", seconds=10.0)
    [audio] = await ears.prepare(source, tmp_path)
    async with ears.preparing(source, tmp_path, most_bytes=audio.bytes // 4) as preparation:
        [smaller] = [part async for part in preparation]
    assert (audio.format, smaller.format) == ("wav", "mp3")
    assert smaller.bytes <= audio.bytes // 4


async def test_a_long_recording_comes_in_parts(tmp_path: Path) -> None:
    """In order, each a file of its own, together as long as the whole."""
    source = VOICE_MESSAGE.write(tmp_path / "source", seconds=50.0)
    async with decoders(part_seconds=20.0) as ears:
        parts = await ears.prepare(source, tmp_path)
    assert len({part.path for part in parts}) == len(parts) == 4
    # A short one first.
    assert [part.start for part in parts] == pytest.approx([0.0, 10.0, 23.3, 36.6], abs=2.0)
    for part, following in pairwise(parts):
        assert part.start + part.seconds == pytest.approx(following.start)
    assert sum(part.seconds for part in parts) == pytest.approx(50.0, abs=0.05)
    assert all(part.seconds <= 20.0 and part.bytes == part.path.stat().st_size for part in parts)


async def test_a_silent_recording_is_refused(ears: Decoders, tmp_path: Path) -> None:
    """Nobody has to be asked what is said in it."""
    source = tmp_path / "source"
    with wave.open(str(source), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(64_000))
    with pytest.raises(errors.NoSpeech):
        await ears.prepare(source, tmp_path)


async def test_base64_and_the_words_around_it_fit_the_request(tmp_path: Path) -> None:
    """The budget is what a request leaves for audio, not the request itself."""
    source = VOICE_MESSAGE.write(tmp_path / "source", seconds=20.0)
    async with decoders(request=500_000) as ears:
        [audio] = await ears.prepare(source, tmp_path)
    assert audio.bytes * 4 / 3 + 10_000 < 500_000


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", errors.EmptyFile),
        (b"Dear diary\n" * 100, errors.NotAudio),
        (b"OggS" + bytes(100), errors.Damaged),
        (b"MThd" + bytes(100), errors.FormatNotRead),
        (handmade.mov(entry=b"drms"), errors.Encrypted),
        (handmade.wav(9), errors.TooManyChannels),
        (handmade.riff(handmade.pcm_format(rate=400_000), (b"data", bytes(100))), errors.RateTooHigh),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
async def test_verdicts_become_refusals(
    ears: Decoders, tmp_path: Path, content: bytes, kind: type[errors.Refused]
) -> None:
    """Each its own."""
    source = tmp_path / "source"
    source.write_bytes(content)
    with pytest.raises(kind):
        await ears.prepare(source, tmp_path)


async def test_what_was_found_is_told_with_the_refusal(ears: Decoders, tmp_path: Path) -> None:
    """And what would have been heard."""
    source = tmp_path / "source"
    source.write_bytes(handmade.wav(9))
    with pytest.raises(errors.TooManyChannels) as many:
        await ears.prepare(source, tmp_path)
    assert (many.value.channels, many.value.limit) == (9, 8)
    source.write_bytes(handmade.riff(handmade.pcm_format(rate=400_000), (b"data", bytes(100))))
    with pytest.raises(errors.RateTooHigh) as high:
        await ears.prepare(source, tmp_path)
    assert (high.value.rate, high.value.limit) == (400_000, 384_000)


async def test_limits_are_told_with_the_refusal(tmp_path: Path) -> None:
    """How long the recording is and how long it may be: by the setting, or by what fits a request."""
    recording = Recording(container="wav", codec="pcm_s16le", rate=8_000)
    async with decoders(request=150_000) as ears:
        with pytest.raises(errors.NoSound):
            await ears.prepare(silent_film(tmp_path / "film"), tmp_path)
        with pytest.raises(errors.TooLong) as refused:
            await ears.prepare(recording.write(tmp_path / "long", seconds=61.0), tmp_path)
        assert refused.value.limit == 60.0
        assert refused.value.seconds == pytest.approx(61.0, abs=0.1)
    async with decoders(request=150_000, formats=("wav",)) as ears:
        with pytest.raises(errors.TooLong) as refused:
            await ears.prepare(recording.write(tmp_path / "large", seconds=55.0), tmp_path)
        assert refused.value.limit == pytest.approx((150_000 - 32_768) * 3 / 4 / 32_000, rel=0.01)
        assert refused.value.seconds == pytest.approx(55.0, abs=0.1)


async def test_a_recording_too_long_to_decode_in_time_costs_itself_alone(
    tmp_path: Path, source: Path
) -> None:
    """A real one, by the real time limit; the next file is heard by a new process."""
    long = tmp_path / "long.wav"
    with wave.open(str(long), "wb") as file:
        file.setparams((1, 1, 8_000, 0, "NONE", "not compressed"))
        file.writeframes(b"\x80" * 8_000 * 1_800)
    async with Decoders(
        formats=("mp3",),
        max_request_bytes=18_000_000,
        max_seconds=3_600,
        processes=1,
        seconds=0.6,
        memory_mb=384,
    ) as ears:
        with pytest.raises(errors.DecoderFailed):
            await ears.prepare(long, tmp_path)
        assert (await ears.prepare(source, tmp_path))[0].format == "mp3"


async def test_a_file_that_hangs_does_not_hold_up_others(source: Path, tmp_path: Path, doing: Doing) -> None:
    """They are heard beside it; at its time limit its process ends, and only that."""
    async with decoders(seconds=2.0, processes=2) as ears:
        task, alive = await hanging(ears, source, doing)
        assert (await ears.prepare(source, tmp_path))[0].transcoded
        assert not task.done()
        with pytest.raises(errors.DecoderFailed):
            await task
        assert await ended(alive)
        assert (await ears.prepare(source, tmp_path))[0].transcoded


@pytest.mark.parametrize("trouble", [hog, die], ids=["memory", "killed"])
async def test_a_process_that_ends_costs_one_file(
    ears: Decoders,
    source: Path,
    tmp_path: Path,
    doing: Doing,
    trouble: Callable[[decoder.Job], object],
) -> None:
    """At its memory limit, or from outside; the next file is heard."""
    with doing(trouble), pytest.raises(errors.DecoderFailed):
        await ears.prepare(source, tmp_path)
    assert (await ears.prepare(source, tmp_path))[0].transcoded


@pytest.mark.parametrize("trouble", [grow, reach_out])
async def test_what_a_process_may_not_do_costs_one_file(
    ears: Decoders,
    source: Path,
    tmp_path: Path,
    doing: Doing,
    trouble: Callable[[decoder.Job], object],
) -> None:
    """It is not waited for: it would be met again."""
    with doing(trouble), pytest.raises(errors.DecoderFailed):
        await ears.prepare(source, tmp_path)


async def test_a_disk_that_is_full_is_no_fault_of_a_file(
    ears: Decoders, source: Path, tmp_path: Path, doing: Doing
) -> None:
    """It may have room later."""
    with doing(find_no_room), pytest.raises(errors.DiskFailed, match="No space left"):
        await ears.prepare(source, tmp_path)


async def test_an_accident_in_a_process_is_not_hidden(
    ears: Decoders,
    source: Path,
    tmp_path: Path,
    doing: Doing,
) -> None:
    """What nobody has thought of comes through as itself, for the log; the process goes on."""
    with doing(trip), pytest.raises(LookupError):
        await ears.prepare(source, tmp_path)
    assert (await ears.prepare(source, tmp_path))[0].transcoded


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something in the environment that is nobody's business."""
    monkeypatch.setenv("OPENROUTE_API_KEY", "sk-secret")


async def test_a_process_that_is_taken_over_has_little_in_hand(
    secret: None, ears: Decoders, source: Path, tmp_path: Path, doing: Doing
) -> None:
    """No network, no program, no other process, no file outside, no secret; what it needs still works."""
    with doing(confess), pytest.raises(LookupError) as told:
        await ears.prepare(source, tmp_path)
    confession = json.loads(told.value.args[0])
    assert confession["variables"] == []
    assert confession["write inside"] == "done"
    assert confession["large file"] == "EFBIG"
    assert confession["many files"] == "EMFILE"
    if sys.platform != "linux":
        return
    assert confession["no new privileges"]
    for attempt in ("socket", "local socket", "program", "signal"):
        assert confession[attempt] == "EPERM"
    if landlock():
        for attempt in ("environment of another", "memory of another", "write outside"):
            assert confession[attempt] == "EACCES"


def landlock() -> bool:
    """Whether this kernel has it switched on."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


async def test_a_process_killed_while_idle_costs_nothing(
    ears: Decoders, source: Path, tmp_path: Path, doing: Doing
) -> None:
    """As the system does it that is short of memory; the next file is heard by another."""
    with doing(confess_pid), pytest.raises(LookupError) as told:
        await ears.prepare(source, tmp_path)
    os.kill(int(told.value.args[0]), signal.SIGKILL)
    for _ in range(3):
        assert (await ears.prepare(source, tmp_path))[0].transcoded


async def test_nobody_waiting_ends_the_work(
    ears: Decoders,
    source: Path,
    tmp_path: Path,
    doing: Doing,
) -> None:
    """A cancelled note ends its process; the next is heard by another."""
    task, alive = await hanging(ears, source, doing)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ended(alive)
    assert (await ears.prepare(source, tmp_path))[0].transcoded


async def test_closing_leaves_no_process_behind(source: Path, doing: Doing) -> None:
    """Not even one that hangs."""
    async with decoders() as ears:
        task, alive = await hanging(ears, source, doing)
    assert await ended(alive)
    with pytest.raises((asyncio.CancelledError, errors.DecoderFailed)):
        await task


async def test_the_smallest_limits_that_can_be_set_suffice(source: Path, tmp_path: Path) -> None:
    """`DECODE_MEMORY_MB` takes no value that no file can be decoded with."""
    least = next(
        limit.ge for limit in Settings.model_fields["decode_memory_mb"].metadata if hasattr(limit, "ge")
    )
    async with Decoders.configured(
        settings_of(decode_memory_mb=least, audio_formats=("mp3",), decoders=1)
    ) as ears:
        assert (await ears.prepare(source, tmp_path))[0].format == "mp3"


async def test_settings_reach_the_processes(tmp_path: Path) -> None:
    """Minutes become seconds, megabytes bytes."""
    source = VOICE_MESSAGE.write(tmp_path / "source", seconds=4.0)
    async with Decoders.configured(settings_of(max_minutes=0.05, decoders=1)) as ears:
        with pytest.raises(errors.TooLong) as refused:
            await ears.prepare(source, tmp_path)
    assert refused.value.limit == 3.0
    async with Decoders.configured(settings_of(max_request_mb=0.12, decoders=1)) as ears:
        assert (await ears.prepare(source, tmp_path))[0].bytes < 87_232 * 3 / 4


async def test_while_it_closes_nothing_is_begun(source: Path, tmp_path: Path) -> None:
    """Whoever still asks is told in the words of the house."""
    ears = await decoders().__aenter__()
    closing = asyncio.create_task(ears.__aexit__(None, None, None))
    await asyncio.sleep(0)
    with pytest.raises(errors.DecoderFailed):
        await ears.prepare(source, tmp_path)
    await closing
