"""Files people might post: the sample in other formats, and what is no recording at all."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import av

from tests.journeys.stage import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

# Container, encoder, sample rate.
FORMATS = {
    "ogg": ("ogg", "libopus", 48_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "m4a": ("ipod", "aac", 44_100),
    "webm": ("webm", "libopus", 48_000),
    "flac": ("flac", "flac", 44_100),
    "aiff": ("aiff", "pcm_s16be", 44_100),
    "aac": ("adts", "aac", 44_100),
    "wav": ("wav", "pcm_s16le", 44_100),
}


def sample_as(form: str) -> bytes:
    """The sample note in a format of `FORMATS`."""
    with av.open(str(SAMPLE)) as source:
        return _encoded(source.decode(audio=0), form)


def silent_video() -> bytes:
    """An MP4 of two seconds without a sound track."""
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    return output.getvalue()


def headers_only() -> bytes:
    """An Ogg that ends after its headers: the first two pages of the sample."""
    data = SAMPLE.read_bytes()
    third = [place for place in range(len(data)) if data.startswith(b"OggS", place)][2]
    return data[:third]


PLAYLIST = b"""#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:10
#EXTINF:10,
http://127.0.0.1:%d/segment.ts
#EXT-X-ENDLIST
"""


def _encoded(frames: Iterable[AudioFrame], form: str) -> bytes:
    container_name, codec, rate = FORMATS[form]
    output = io.BytesIO()
    with av.open(output, "w", format=container_name) as container:
        stream = cast("AudioStream", container.add_stream(codec, rate=rate, layout="mono"))
        resampler = av.AudioResampler(stream.format, "mono", rate, stream.frame_size or None)
        for frame in (*frames, None):
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return output.getvalue()
