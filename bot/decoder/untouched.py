"""Which files are what the completion API takes already, so that the plainest reader behind it can read them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

from bot.decoder import announcing
from bot.decoder.opening import Stretch

if TYPE_CHECKING:
    from av.container import InputContainer

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
_MOST_TOO_MUCH = 0.3
"""Seconds. MP3s count the silence of their encoder at both ends, which decoders leave out: 0.2 at the lowest rate."""
_FORM = struct.Struct("<HHIIHH")
_PCM, _MOST_WAV_CHANNELS = 1, 2


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
    told = {"wav": wav_seconds(stretch.path), "mp3": announcing.mp3_seconds(stretch)}.get(form)
    return told is not None and told - seconds > _MOST_TOO_MUCH


def wav_seconds(source: str) -> float | None:
    """How long a WAV is, by its header; None if it is not of the plainest sort, or its header is not true.

    That is: `RIFF`, one `fmt ` of 16-bit samples before one `data`, one or two channels, and every number right.
    Streaming encoders leave sizes of 0 or 4 GB, which others trip over.
    """
    size = Path(source).stat().st_size
    whole = Stretch(source, 0, size)
    with Path(source).open("rb") as file:
        head = file.read(12)
        # Some leave the last chunk's padding out of one of the two.
        if head[:4] != b"RIFF" or abs(int.from_bytes(head[4:8], "little") + 8 - size) > 1:
            return None
        chunks = list(announcing.wav_chunks(file, whole))
        names = [chunk.name for chunk in chunks]
        if (
            names.count(b"fmt ") != 1
            or names.count(b"data") != 1
            or any(chunk.end > size for chunk in chunks)
        ):
            return None
        [form_chunk] = [chunk for chunk in chunks if chunk.name == b"fmt "]
        [data] = [chunk for chunk in chunks if chunk.name == b"data"]
        file.seek(form_chunk.start)
        form = file.read(min(form_chunk.size, 40))
    if form_chunk.start > data.start:
        return None
    if len(form) < _FORM.size:
        return None
    kind, channels, rate, byte_rate, block, bits = _FORM.unpack_from(form)
    plain = kind == _PCM and bits == 16 and 1 <= channels <= _MOST_WAV_CHANNELS  # noqa: PLR2004
    true = block == 2 * channels and byte_rate == rate * block and rate and not data.size % block
    return data.size / byte_rate if plain and true else None
