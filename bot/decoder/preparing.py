"""One file in, a verdict out: the way of a file through a decoder process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.decoder import chaining, cutting, looking, mixing, reading, tracks, untouched
from bot.decoder.jobs import Fit, Part, Unfit
from bot.decoder.parting import Parting
from bot.decoder.sizes import MP3_KBITS, mp3_seconds, wav_seconds
from bot.decoder.verdicts import UnfitError, Verdict
from bot.decoder.writing import Full, Mp3, Nothing, Wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.decoder.jobs import Job
    from bot.decoder.looking import Looks, Track
    from bot.decoder.opening import Stretch

WAV_SECONDS = 30
"""Up to here WAV is chosen over MP3.

Measured on one core, for each minute of Opus: 0.13 s to decode it, as good as nothing to write it as WAV, 0.06 s to
encode it as MP3, which saves 2.2 MB of base64. So MP3 is quicker on the whole wherever the uplink carries less than
some 300 Mbit/s. But processors are what a busy bot runs out of first, and WAV takes a third off what short notes cost
it, which most are; the upload of 10 s takes 30 ms longer at 100 Mbit/s. From half a minute on it is a megabyte and more,
for which hosts with less would wait the longest.
"""


def prepare(job: Job) -> Fit | Unfit:
    """Make the file of `job` fit for the completion API.

    Raises:
        MemoryError: at the process's memory limit.
    """
    if Path(job.source).stat().st_size == 0:
        return Unfit(verdict=Verdict.EMPTY)
    try:
        stretches = chaining.stretches(job.source)
        looks = looking.look(stretches)
        if looks.seconds is not None and looks.seconds > job.most_seconds:
            return Unfit(verdict=Verdict.TOO_LONG, seconds=looks.seconds)
        return _result(job, stretches, looks)
    except UnfitError as error:
        return Unfit(verdict=error.verdict, found=error.found)


def _result(job: Job, stretches: Sequence[Stretch], looks: Looks) -> Fit | Unfit:
    track = looks.tracks[0]
    if len(looks.tracks) > 1:
        return _of_several(job, stretches, looks)
    if (fit := _as_it_is(job, stretches, looks)) is not None:
        return fit
    return _of_one(job, stretches, looks.seconds, track)


def _of_several(job: Job, stretches: Sequence[Stretch], looks: Looks) -> Fit | Unfit:
    voices = tracks.with_a_voice(stretches, looks.tracks, most_seconds=job.most_seconds)
    if len(voices) > 1:
        path = Path(job.target_folder) / "tracks.wav"
        try:
            told = tracks.mixed(stretches, voices, path, most_seconds=job.most_seconds)
            mixture = _transcoded(job, chaining.stretches(str(path)), told.seconds)
        finally:
            path.unlink(missing_ok=True)
        if isinstance(mixture, Fit):
            return replace(mixture, cut_short=told.cut_short)
        if mixture.verdict is not Verdict.SILENT:
            return mixture
    # One has a voice; or none, unless its channels cancel each other out; or one is the other turned round.
    result: Fit | Unfit = Unfit(verdict=Verdict.SILENT)
    for track in voices or looks.tracks:
        result = _of_one(job, stretches, looks.seconds, track)
        if isinstance(result, Fit) or result.verdict is not Verdict.SILENT:
            break
    return result


def _of_one(job: Job, stretches: Sequence[Stretch], announced: float | None, track: Track) -> Fit | Unfit:
    result = _transcoded(job, stretches, announced, track=track.number)
    if isinstance(result, Unfit) and result.verdict is Verdict.SILENT and track.channels > 1:
        # A channel that was wired the wrong way round cancels another out in the mix.
        for channel in range(track.channels):
            alone = _transcoded(job, stretches, announced, track=track.number, channel=channel)
            if isinstance(alone, Fit):
                return alone
    return result


def _as_it_is(job: Job, stretches: Sequence[Stretch], looks: Looks) -> Fit | None:
    """The source; None if it should not be sent untouched.

    It is decoded all the same: what is sent should be known to be whole, to be heard, and as long as it says.
    """
    size = Path(job.source).stat().st_size
    if looks.format not in job.formats or size > job.budget or (looks.seconds or 0) > job.part_seconds:
        return None
    sound = reading.decode(stretches, Nothing(), most_seconds=job.most_seconds)
    if not sound.clean or not 0 < sound.seconds <= job.part_seconds or not mixing.audible(sound.levels):
        return None
    if untouched.says_too_much(looks.format, stretches[0], sound.seconds):
        return None
    part = Part(path=job.source, start=0.0, seconds=sound.seconds, bytes=size)
    return Fit(parts=(part,), format=looks.format, transcoded=False, seconds=sound.seconds)


def _transcoded(
    job: Job,
    stretches: Sequence[Stretch],
    announced: float | None,
    *,
    track: int = 0,
    channel: int | None = None,
) -> Fit | Unfit:
    for make, most_seconds in _choices(job, announced):
        too_small = most_seconds < min(cutting.LEAST_SECONDS, job.part_seconds)
        cutter = None if too_small else cutting.Cutter(announced, most_seconds)
        try:
            with make() as whole:
                parting = Parting(whole, cutter, announced, job.told)
                sound = reading.decode(
                    stretches,
                    whole,
                    most_seconds=job.most_seconds,
                    track=track,
                    channel=channel,
                    on_sound=parting.cut,
                )
                parting.end(sound)
            parting.rest(sound)
        except Full:
            continue
        if not sound.seconds:
            return Unfit(verdict=Verdict.DAMAGED)
        if not parting.parts:
            return Unfit(verdict=Verdict.SILENT, seconds=sound.seconds)
        if too_small and sound.seconds > most_seconds:
            break
        return Fit(
            parts=tuple(parting.parts),
            format=whole.format,
            transcoded=True,
            seconds=sound.seconds,
            cut_short=sound.cut_short,
        )
    return Unfit(verdict=Verdict.OVER_BUDGET, seconds=announced)


def _choices(job: Job, announced: float | None) -> Iterator[tuple[Callable[[], Wav | Mp3], float]]:
    """What to encode as, most promising first, and the longest part of it. Announced lengths can lie either way."""
    folder, part = Path(job.target_folder), job.part_seconds
    most = min(part, wav_seconds(job.budget))
    if "wav" in job.formats and "mp3" not in job.formats:
        yield lambda: Wav(folder / "audio.wav", job.most_seconds), most
    elif "wav" in job.formats and (announced or 0.0) <= min(WAV_SECONDS, most):
        yield lambda: Wav(folder / "audio.wav", min(WAV_SECONDS, most)), most
    if "mp3" in job.formats:
        wanted = part if announced is None else min(part, announced)
        kbits = next((k for k in MP3_KBITS if mp3_seconds(job.budget, k) >= wanted), MP3_KBITS[-1])
        yield lambda: Mp3(folder / "audio.mp3", kbits), min(part, mp3_seconds(job.budget, kbits))
