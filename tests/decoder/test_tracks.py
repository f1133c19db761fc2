"""Several audio tracks: whoever speaks on any of them is heard."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import numpy as np
import pytest

from bot.decoder import Unfit, Verdict, prepare
from tests.decoder.ear import RATE, Sound, loudness, sent
from tests.decoder.jobs import fit, job, verdict

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.stream import AudioStream

TONE_DB = -9.03
"""Of a tone of half of full scale, RMS."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """One of a file's: a tone of its own, or silence."""

    hertz: float | None
    codec: str = "aac"
    rate: int = 48_000
    seconds: float = 2.0
    start: float = 0.0
    layout: str = "mono"
    turned: bool = False
    """Its second channel is the first, upside down."""


def film(folder: Path, *tracks: Track, container: str = "mp4") -> Path:
    """A file with these tracks."""
    output = io.BytesIO()
    with av.open(output, "w", format=container) as made:
        streams = [
            cast("AudioStream", made.add_stream(track.codec, rate=track.rate, layout=track.layout))
            for track in tracks
        ]
        for stream in streams:
            stream.options = {"strict": "experimental"}
            stream.codec_context.open()
        packets: list[av.Packet[AudioStream]] = []
        for track, stream in zip(tracks, streams, strict=True):
            packets += _packets(track, stream)
        packets.sort(key=lambda packet: float((packet.dts or 0) * packet.time_base))
        for packet in packets:
            made.mux(packet)
    source = folder / "source"
    source.write_bytes(output.getvalue())
    return source


def _packets(track: Track, stream: AudioStream) -> list[av.Packet[AudioStream]]:
    times = np.arange(round(track.rate * track.seconds)) / track.rate
    wave = 0.5 * np.sin(2 * np.pi * (track.hertz or 0.0) * times)
    sound = np.stack([wave, -wave if track.turned else wave]) if track.layout == "stereo" else wave[None]
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32), "fltp", track.layout)
    frame.sample_rate, frame.pts = track.rate, round(track.start * track.rate)
    frame.time_base = Fraction(1, track.rate)
    resampler = av.AudioResampler(stream.format, stream.layout, track.rate, stream.frame_size or None)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    made: list[av.Packet[AudioStream]] = []
    for piece in (*pieces, None):
        made += cast("list[av.Packet[AudioStream]]", stream.encode(piece))
    return made


def level(sound: Sound, hertz: float) -> float:
    """How loud a tone of that pitch is in it, in dB RMS."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    at, reach = hertz * len(sound) / RATE, max(2.0, 20 * len(sound) / RATE)
    share = float(spectrum[int(at - reach) : int(at + reach)].sum() / spectrum.sum())
    return loudness(sound) + 10 * np.log10(share + 1e-12)


VOICE, SILENCE = Track(hertz=440.0), Track(hertz=None)


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "mpegts"])
@pytest.mark.parametrize("tracks", [(SILENCE, VOICE), (VOICE, SILENCE), (SILENCE, SILENCE, VOICE)], ids=len)
@pytest.mark.parametrize("formats", [("wav",), ("mp3",), ("wav", "m4a")], ids=str)
def test_the_track_with_a_voice_is_heard(
    tracks: tuple[Track, ...], container: str, formats: tuple[str, ...], tmp_path: Path
) -> None:
    """Wherever it stands, as loud as it is: a microphone on the second track, a dubbed film."""
    sound = sent(film(tmp_path, *tracks, container=container), formats=formats)
    assert len(sound) / RATE == pytest.approx(2.0, abs=0.15)
    assert level(sound, 440.0) == pytest.approx(TONE_DB, abs=1.0)


def dts_first(folder: Path, *tracks: Track) -> Path:
    """The first track is announced as DTS, which is not taken."""
    source = film(folder, VOICE, *tracks, container="matroska")
    source.write_bytes(source.read_bytes().replace(b"A_AAC", b"A_DTS", 1))
    return source


def test_a_track_nobody_can_decode_is_passed_over(tmp_path: Path) -> None:
    """The other is heard. Where there is none, it is told what it is."""
    sound = sent(dts_first(tmp_path, VOICE))
    assert level(sound, 440.0) == pytest.approx(TONE_DB, abs=1.0)
    assert verdict(dts_first(tmp_path)) is Verdict.UNSUPPORTED
    assert verdict(dts_first(tmp_path, SILENCE)) is Verdict.SILENT


def test_several_voices_are_mixed(tmp_path: Path) -> None:
    """Of whatever rate and number of channels, each at the same share; silent tracks take none."""
    others = (
        SILENCE,
        Track(hertz=1_000.0, rate=44_100, layout="stereo"),
        Track(hertz=2_000.0, rate=16_000, codec="flac"),
    )
    sound = sent(film(tmp_path, VOICE, *others, container="matroska"))
    for hertz in (440.0, 1_000.0, 2_000.0):
        assert level(sound, hertz) == pytest.approx(TONE_DB - 20 * np.log10(3), abs=1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audio.wav", "source"]


def test_the_same_on_every_track_stays_as_loud(tmp_path: Path) -> None:
    """A pair of channels, kept as two tracks: nothing clips."""
    sound = sent(film(tmp_path, VOICE, VOICE, container="mov"))
    assert level(sound, 440.0) == pytest.approx(TONE_DB, abs=1.0)


def test_a_track_begins_when_it_began(tmp_path: Path) -> None:
    """Whoever joined later is heard later, and the mixture is as long as all of it."""
    late = Track(hertz=1_000.0, start=1.0, seconds=3.0)
    sound = sent(film(tmp_path, VOICE, late, container="matroska"))
    assert len(sound) / RATE == pytest.approx(4.0, abs=0.15)
    first, last = sound[: RATE * 9 // 10], sound[RATE * 22 // 10 :]
    assert level(first, 1_000.0) < level(first, 440.0) - 20
    assert level(last, 440.0) < level(last, 1_000.0) - 20


def test_a_track_that_begins_nowhere_begins_at_once(tmp_path: Path) -> None:
    """Minutes behind the end of the others: a fault of the file, and no silence to be sent."""
    late = Track(hertz=1_000.0, start=1_200.0)
    sound = sent(film(tmp_path, VOICE, late, container="matroska"))
    assert len(sound) / RATE == pytest.approx(2.0, abs=0.15)
    assert level(sound, 1_000.0) == pytest.approx(TONE_DB - 6, abs=1.0)


def test_tracks_that_cancel_each_other_out_are_heard(tmp_path: Path) -> None:
    """Mixed, nothing is left: one alone is sent. So it is with the channels of a track."""
    turned = Track(hertz=440.0, layout="stereo", turned=True)
    sound = sent(film(tmp_path, SILENCE, turned, container="matroska"))
    assert level(sound, 440.0) == pytest.approx(TONE_DB, abs=1.0)


def test_no_voice_on_any_track_is_silence(tmp_path: Path) -> None:
    """And the limits hold for each of them."""
    assert verdict(film(tmp_path, SILENCE, SILENCE)) is Verdict.SILENT
    long = Track(hertz=440.0, seconds=6.0)
    result = prepare(job(film(tmp_path, VOICE, long, container="mpegts"), most_seconds=5.0))
    assert isinstance(result, Unfit)
    assert result.verdict is Verdict.TOO_LONG


def test_a_file_of_several_tracks_does_not_go_out_untouched(tmp_path: Path) -> None:
    """Nobody knows which of them is listened to at the other end."""
    assert fit(film(tmp_path, SILENCE, VOICE), formats=("wav", "m4a")).transcoded
    assert not fit(film(tmp_path, VOICE), formats=("wav", "m4a")).transcoded
