"""Decoding a file nobody vouches for, as far as it can be decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
import av.error

from bot.decoder import announcing, boxes, mixing, opening
from bot.decoder.chaining import MOST_LINKS
from bot.decoder.mixing import Mixer
from bot.decoder.opening import TROUBLE
from bot.decoder.sizes import RATE
from bot.decoder.verdicts import UnfitError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet as AnyPacket

    from bot.decoder.opening import Stretch, StretchFile
    from bot.decoder.writing import Sink

    Packet = AnyPacket[AudioStream]

_SAMPLES_A_BYTE = 250
_SAMPLES_AT_LEAST = 900 * 48_000 * 2
"""So many samples are decoded of any file, a quarter of an hour of stereo; beyond, as many as its size makes believable.

A voice takes a byte for every 60 samples at the lowest rate of Opus, for every 13 in AMR. Pauses take less, silence
next to nothing: hours of it fit into kilobytes, and end here, with what was said before them.
"""
_MOST_FAILURES = 20
"""In a row, after which a demuxer is not asked for another packet."""
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
_TELL_LENGTH = frozenset({_MP4, "flac", "caf", "aiff", "tta", "wv", "ape", "w64", "au", "asf"})
"""Demuxers whose files count their sound. Others estimate, or are written by who cannot know the end."""
_ALONE = frozenset({"matroska,webm"})
"""Likewise, of the whole file: which is its sound's where there is nothing else."""
_MISSED_SECONDS, _MISSED_SHARE = 1.0, 0.02
"""What may be missing at the end of a file, or be counted wrongly, without being told."""
_MISSED_BYTES = 4_096


@dataclass(slots=True)
class Sound:
    """What came out of a file."""

    seconds: float = 0.0
    clean: bool = True
    """Nothing of it had to be passed over."""
    cut_short: Verdict | None = None
    """Why the rest of it could not be had, where it goes on: DAMAGED, or SILENT after something that was heard."""
    levels: Sequence[float] = field(default_factory=tuple[float, ...])
    """The peak of each moment as it was heard, in dB."""


def decode(
    stretches: Sequence[Stretch],
    sink: Sink,
    *,
    most_seconds: float,
    track: int = 0,
    channel: int | None = None,
    on_sound: Callable[[Sound], None] = lambda _: None,
) -> Sound:
    """Decode one audio stream into `sink` as 16 kHz mono, stretch after stretch, passing over what is broken.

    Args:
        stretches: the files in the file, in order.
        sink: what takes the sound.
        most_seconds: of sound.
        track: which of a file's audio streams, counted from 0. Where a later stretch has fewer, its first.
        channel: which of its channels, counted from 0; all of them mixed, if not given.
        on_sound: told of what came out so far, each time that `sink` has taken more of it.

    Raises:
        UnfitError: TOO_LONG: after `most_seconds`, whatever the header said. SILENT: nothing was heard in more sound
            than a voice in a file of this size can take: it is silence, blown up.
        Full: from the sink.
    """
    mixer = Mixer(sink.frame_size, sink.sample_format, channel=channel)
    sound = Sound(levels=mixer.levels)
    believable = max(_SAMPLES_AT_LEAST, sum(stretch.size for stretch in stretches) * _SAMPLES_A_BYTE)
    samples = 0
    for piece in _mixed(mixer, stretches, track, sound, believable):
        samples += piece.samples
        if samples > most_seconds * RATE:
            raise UnfitError(Verdict.TOO_LONG)
        sink.write(piece)
        sound.seconds = samples / RATE
        on_sound(sound)
    return sound


def _mixed(
    mixer: Mixer, stretches: Sequence[Stretch], track: int, sound: Sound, believable: int
) -> Iterator[AudioFrame]:
    decoded = 0
    for number, stretch in enumerate(stretches):
        if number == MOST_LINKS:
            sound.clean, sound.cut_short = False, Verdict.DAMAGED
            break
        for frame in _frames(stretch, track, sound):
            decoded += frame.samples * frame.layout.nb_channels
            if decoded > believable:
                if not mixing.audible(sound.levels):
                    raise UnfitError(Verdict.SILENT)
                sound.clean, sound.cut_short = False, Verdict.SILENT
                return
            try:
                yield from mixer.take(frame)
            except MemoryError:
                raise
            except TROUBLE:
                # Nobody can make sound of this one.
                sound.clean = False
        yield from mixer.finish()


def _frames(stretch: Stretch, track: int, sound: Sound) -> Iterator[AudioFrame]:
    """The frames of one stretch. One that can't be opened is passed over, like a broken packet."""
    try:
        with opening.opened(stretch) as (container, file):
            streams = container.streams.audio
            stream = streams[track] if track < len(streams) else streams[0]
            opening.check(stream)
            stream.codec_context.thread_count = 1
            progress = _Progress(stream)
            for packet in _packets(container, stream, progress, sound):
                try:
                    # A packet that cannot be decoded costs that packet.
                    frames = stream.decode(packet)
                except MemoryError:
                    raise
                except av.error.EOFError:
                    break
                except TROUBLE:
                    sound.clean = False
                    continue
                if frames:
                    progress.heard(packet)
                yield from frames
            sound.cut_short = Verdict.DAMAGED if progress.falls_short(container, file, stretch) else None
            sound.clean &= sound.cut_short is None
    except MemoryError:
        raise
    except (*TROUBLE, UnfitError):
        sound.clean, sound.cut_short = False, Verdict.DAMAGED


class _Progress:
    """How far into its file a stream was read, and how far it was heard."""

    def __init__(self, stream: AudioStream) -> None:
        self._stream = stream
        self._reached = 0
        self._read_up_to = 0
        self._taken = 0
        self._lost = 0
        self.failed = False
        """The last that was heard of the demuxer was an error."""

    def packet(self, packet: Packet) -> None:
        """One came; nobody knows yet whether there is sound in it."""
        self.failed = False
        self._taken += packet.size
        self._lost += packet.size
        if packet.pos is not None:
            self._read_up_to = max(self._read_up_to, packet.pos + packet.size)

    def heard(self, packet: Packet | None) -> None:
        """There was sound in it."""
        self._lost = 0
        if packet is not None and packet.pts is not None:
            self._reached = max(self._reached, packet.pts + (packet.duration or 0))

    def falls_short(self, container: InputContainer, file: StretchFile, stretch: Stretch) -> bool:
        """Whether there is, or was to be, more than was heard.

        That is: many bytes behind the last error, or without any sound in them, or behind where the file is torn; or
        seconds missing that the file counts itself.
        """
        left = stretch.size - (self._read_up_to or file.tell())
        torn = boxes.torn_at(stretch) if container.format.name == _MP4 else None
        if (
            (self.failed and left > _many(stretch.size))
            or self._lost > _many(self._taken)
            or (torn is not None and stretch.size - torn > _many(stretch.size))
            or (container.format.name == "wav" and announcing.wav_missing(stretch) > _many(stretch.size))
        ):
            return True
        announced, base = self._announced(container, stretch), self._stream.time_base
        if announced is None or base is None:
            return False
        missed = announced - float((self._reached - (self._stream.start_time or 0)) * base)
        return missed > max(_MISSED_SECONDS, announced * _MISSED_SHARE)

    def _announced(self, container: InputContainer, stretch: Stretch) -> float | None:
        """Seconds, where the file can be believed to have counted them."""
        stream, demuxer = self._stream, container.format.name
        if demuxer == "mp3":
            return announcing.mp3_seconds(stretch)
        if demuxer in _ALONE and len(container.streams) == 1 and container.duration is not None:
            return container.duration / av.time_base
        if demuxer not in _TELL_LENGTH or stream.duration is None or stream.time_base is None:
            return None
        return float(stream.duration * stream.time_base)


def _many(size: int) -> float:
    """Of so many bytes, how many are too many to be passed over in silence."""
    return max(_MISSED_BYTES, size * _MISSED_SHARE)


def _packets(
    container: InputContainer, stream: AudioStream, progress: _Progress, sound: Sound
) -> Iterator[Packet | None]:
    """What the demuxer has of the stream, and None at the end, which has the decoder give what it still holds."""
    failures = 0
    while failures < _MOST_FAILURES:
        try:
            for packet in container.demux(stream):
                # To a decoder an empty one is the end, wherever it stands.
                if packet.size:
                    failures = 0
                    progress.packet(packet)
                    yield packet
        except (*TROUBLE, MemoryError):
            # Also MemoryError: it is how FFmpeg says that there are more streams than it may have. What the demuxer
            # comes upon next may be sound again.
            failures += 1
            sound.clean, progress.failed = False, True
        else:
            break
    yield None
