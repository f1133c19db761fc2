"""Which files are what the completion API takes already, so that the plainest reader behind it can read them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

    from bot.decoder.opening import Stretch

# Formats of the completion API, by what a file must be to be sent as one: demuxer and codecs.
_AS_IS = {
    ("wav", "pcm_s16le"): "wav",
    ("mp3", "mp3"): "mp3",
    ("mp3", "mp3float"): "mp3",
    ("ogg", "opus"): "ogg",
    ("ogg", "vorbis"): "ogg",
    ("flac", "flac"): "flac",
    ("mov,mp4,m4a,3gp,3g2,mj2", "aac"): "m4a",
    ("mov,mp4,m4a,3gp,3g2,mj2", "alac"): "m4a",
    ("aac", "aac"): "aac",
    ("aiff", "pcm_s16be"): "aiff",
}
_TAGGED = {"mp3", "aac"}
"""What is expected to begin with an ID3 tag; others are read by few with one before them."""
_MOST_TOO_MUCH = 0.15
"""Seconds. MP3s announce their encoder's delay along with the sound, which decoders leave out."""
_MOST_WAV_CHUNKS = 1_000
_PCM, _MOST_WAV_CHANNELS = 1, 2
_SOUGHT = 4_096
"""Bytes in which an MP3's first frame begins."""
_SYNC, _LAYER, _LAYER_3 = 0xFF, 0xE6, 0xE2
"""An MPEG frame begins with eleven set bits; two of those after tell the layer."""
_MPEG_RATES = (44_100, 48_000, 32_000)


def format_of(container: InputContainer, stretch: Stretch) -> str | None:
    """The API's name for what the file is, if nothing speaks against sending it as such."""
    if len(container.streams.audio) != 1:
        return None
    demuxer, codec = container.format.name, container.streams.audio[0].codec_context.name
    form = _AS_IS.get((demuxer, codec))
    if stretch.start and form not in _TAGGED:
        return None
    if demuxer != "mp3" and any(stream.type == "video" for stream in container.streams):
        return None  # A cover picture in an MP3 is harmless; elsewhere it may be a whole film.
    if form == "wav" and wav_seconds(stretch.path) is None:
        return None
    return form


def says_too_much(form: str, stretch: Stretch, seconds: float) -> bool:
    """Whether a file's own header announces more than the `seconds` it really has."""
    told = {"wav": wav_seconds(stretch.path), "mp3": mp3_seconds(stretch)}.get(form)
    return told is not None and told - seconds > _MOST_TOO_MUCH


def wav_seconds(source: str) -> float | None:
    """How long a WAV is, by its header; None if it is not of the plainest sort, or its header is not true.

    That is: `RIFF`, one `fmt ` of 16-bit samples before one `data`, one or two channels, and every number right.
    Streaming encoders leave sizes of 0 or 4 GB, which others trip over.
    """
    try:
        chunks = list(_wav_chunks(source))
    except ValueError:
        return None
    names = [name for name, _, _ in chunks]
    if names.count(b"fmt ") != 1 or names.count(b"data") != 1 or names.index(b"fmt ") > names.index(b"data"):
        return None
    [form] = [content for name, _, content in chunks if name == b"fmt "]
    [size] = [size for name, size, _ in chunks if name == b"data"]
    if len(form) < 16:  # noqa: PLR2004 - what `fmt ` has at least
        return None
    kind, channels, rate, byte_rate, block, bits = struct.unpack_from("<HHIIHH", form)
    plain = kind == _PCM and bits == 16 and 1 <= channels <= _MOST_WAV_CHANNELS  # noqa: PLR2004
    true = block == 2 * channels and byte_rate == rate * block and rate and not size % block
    return size / byte_rate if plain and true else None


def _wav_chunks(source: str) -> Iterator[tuple[bytes, int, bytes]]:
    """Name and size of each chunk, and the content of `fmt `.

    Raises:
        ValueError: some size is not true.
    """
    size = Path(source).stat().st_size
    with Path(source).open("rb") as file:
        head = file.read(12)
        # Some leave the last chunk's padding out of one of the two.
        if head[:4] != b"RIFF" or abs(int.from_bytes(head[4:8], "little") + 8 - size) > 1:
            raise ValueError("no plain RIFF, or cut off")
        for _ in range(_MOST_WAV_CHUNKS):
            head = file.read(8)
            if len(head) < 8:  # noqa: PLR2004 - a chunk's name and length
                return
            length = int.from_bytes(head[4:], "little")
            first = file.tell()
            if first + length > size:
                raise ValueError("a chunk goes beyond the end")
            yield head[:4], length, file.read(40) if head[:4] == b"fmt " else b""
            file.seek(first + length + length % 2)
    raise ValueError("chunks without end")


def mp3_seconds(stretch: Stretch) -> float | None:
    """How long an MP3 says it is, in the frame before its first that encoders write; None where there is no such frame.

    Players and servers rely on it, whether it is true or not.
    """
    with Path(stretch.path).open("rb") as file:
        file.seek(stretch.start)
        data = file.read(_SOUGHT)
    at = next(
        (at for at in range(len(data) - 4) if data[at] == _SYNC and data[at + 1] & _LAYER == _LAYER_3),
        None,
    )
    if at is None:
        return None
    version, code, mono = data[at + 1] >> 3 & 3, data[at + 2] >> 2 & 3, data[at + 3] >> 6 == 3  # noqa: PLR2004
    if version == 1 or code == 3:  # noqa: PLR2004 - neither exists
        return None
    # 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5: each of half the rate of the one before.
    rate = _MPEG_RATES[code] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 1_152 if version == 3 else 576  # noqa: PLR2004
    side = {(3, False): 32, (3, True): 17, (2, False): 17, (2, True): 9, (0, False): 17, (0, True): 9}[
        version, mono
    ]
    for place in (at + 4 + side, at + 6 + side):
        if (
            data[place : place + 4] in {b"Xing", b"Info"}
            and data[place + 7 : place + 8]
            and data[place + 7] & 1
        ):
            return int.from_bytes(data[place + 8 : place + 12], "big") * samples / rate
    if data[at + 36 : at + 40] == b"VBRI":
        return int.from_bytes(data[at + 50 : at + 54], "big") * samples / rate
    return None
