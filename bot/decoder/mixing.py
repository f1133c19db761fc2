"""From decoded frames to what is sent, and how loud the voices in it are: one FFmpeg graph does both in one pass."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import av
import av.error
import av.filter

from bot.decoder import samples
from bot.decoder.sizes import RATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av.audio.frame import AudioFrame
    from av.filter.context import FilterContext

MOMENTS_A_SECOND = 10
"""How finely loudness is measured: shorter than the pauses between words."""
SILENT_DB = -55.0
"""Below this peak, in the band of voices, a moment is silence. Full scale is 0 dB.

Measured, as the share of moments above it: the sample note (-23 dB RMS, an ordinary recording) 88 %, attenuated by
30 dB 74 %, by 40 dB 16 %, by 45 dB still 6 %; a synthetic voice (-26 dB RMS) attenuated by 30 dB 66 %, by 40 dB 7 %.
Noise of -65 dB RMS, white or pink: none in a minute; a 50 Hz hum of -10 dB: none but the first. A minute of white
noise of -60 dB is above it nearly always: what could be a voice goes to the model.
"""
LEAST_LOUD_MOMENTS = 2
"""So many moments above it are a voice that may be there. One alone can be the click a recording begins with."""

# Where the energy of voices lies: above mains hum, below hiss.
_BAND = (("highpass", "f=200"), ("highpass", "f=200"), ("lowpass", "f=3500"))
# FFmpeg mixes 5.1 into one as C + 0.7 (L + R) + 0.5 (Ls + Rs), divided by the sum of these, so that nothing clips and
# a sound on all channels stays as loud as it is. The LFE channel it leaves out. Here it counts like the surrounds: a
# recorder with six microphones writes such files too, and the voice may be on the fourth.
_MIX = "lfe_mix_level=0.5"
# It does so for these; for other sets of loudspeakers it fails, or leaves some out. Those are mixed equally.
_MIXED_BY_FFMPEG = frozenset(
    frozenset(channel.name for channel in av.AudioLayout(name).channels)
    for name in ("mono", "stereo", "2.1", "3.0", "3.1", "4.0", "quad", "5.0", "5.0(side)", "5.1", "5.1(side)", "6.1", "7.1")
)  # fmt: skip
# Handed over before anything is taken out: a second of sound, or so many frames. Each look into a sink costs more than a
# short frame's work; long frames take memory while they wait.
_FRAMES_AT_ONCE = 50


def audible(levels: Sequence[float]) -> bool:
    """Whether there may be a voice in it, by the peak of each moment in dB."""
    loud = sum(level > SILENT_DB for level in levels)
    return loud >= min(LEAST_LOUD_MOMENTS, len(levels))


class Mixer:
    """Frames of whatever form in, 16-bit mono frames at `RATE` out.

    Args:
        frame_size: samples of each frame that comes out, but for the last.
        sample_format: `s16` or `s16p`, which are the same for one channel, except in name.
        channel: take that alone, counted from 0, instead of a mix of all.
    """

    def __init__(self, frame_size: int, sample_format: str, *, channel: int | None = None) -> None:
        self._frame_size = frame_size
        self._sample_format = sample_format
        self._channel = channel
        self._graph: _Graph | None = None
        self._waiting = 0
        self.levels = array("f")
        """The peak of each moment in the band of voices, in dB; -inf is digital silence."""

    def take(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """What comes out after this one.

        Raises:
            FFmpegError, ValueError: nobody can make sound of it.
        """
        if self._graph is not None:
            try:
                self._graph.push(frame)
            except ValueError:
                # The stream changed its rate or channels half way: begin anew from here.
                yield from self.finish()
        if self._graph is None:
            self._graph = _Graph(frame, self._frame_size, self._sample_format, self._channel)
            self._graph.push(frame)
        self._waiting += max(frame.samples, frame.sample_rate // _FRAMES_AT_ONCE)
        if self._waiting >= frame.sample_rate:
            yield from self._out()

    def finish(self) -> Iterator[AudioFrame]:
        """What is left."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._out()
            self._graph = None

    def _out(self) -> Iterator[AudioFrame]:
        assert self._graph is not None  # noqa: S101 - both callers have one
        self._waiting = 0
        self.levels.extend(self._graph.levels())
        yield from self._graph.sound()


class _Graph:
    def __init__(self, first: AudioFrame, frame_size: int, sample_format: str, channel: int | None) -> None:
        graph = av.filter.Graph()
        graph.threads = 1
        self._source = graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format.name,
            layout=first.layout.name,
            time_base=first.time_base,
        )
        resample = graph.add("aresample", f"{RATE}:{_MIX}")
        form = graph.add("aformat", f"sample_rates={RATE}:sample_fmts={sample_format}:channel_layouts=mono")
        split = graph.add("asplit", "2")
        self._sound = graph.add("abuffersink")
        self._levels = graph.add("abuffersink")
        weights = _weights(first, channel)
        chosen = graph.add("pan", f"mono|c0={weights}") if weights else graph.add("anull")
        graph.link_nodes(
            self._source, chosen, resample, form, split, _frames_of(graph, frame_size), self._sound
        )
        moments = _frames_of(graph, RATE // MOMENTS_A_SECOND)
        band = [graph.add(*item) for item in (*_BAND, ("aformat", "sample_fmts=s16"))]
        split.link_to(moments, 1, 0)
        graph.link_nodes(moments, *band, self._levels)
        graph.configure()
        self._graph = graph  # the filters live as long as it does

    def push(self, frame: AudioFrame | None) -> None:
        self._source.push(frame)

    def sound(self) -> Iterator[AudioFrame]:
        return _pulled(self._sound)

    def levels(self) -> Iterator[float]:
        for frame in _pulled(self._levels):
            yield samples.peak(samples.of(frame))


def _weights(frame: AudioFrame, channel: int | None) -> str | None:
    """How much of each channel is taken, as FFmpeg's `pan` is told it; None where its own mix will do."""
    if channel is not None:
        return f"c{channel}"
    names = [each.name for each in frame.layout.channels]
    if len(set(names)) == len(names) and frozenset(names) in _MIXED_BY_FFMPEG:
        return None
    return "+".join(f"{1 / len(names):.6f}*c{number}" for number in range(len(names)))


def _frames_of(graph: av.filter.Graph, samples: int) -> FilterContext:
    return graph.add("asetnsamples", f"n={samples}:p=0")


def _pulled(sink: FilterContext) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield frame  # pyright: ignore[reportReturnType] - no pictures come out of a sink for sound
