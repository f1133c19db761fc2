"""Audio is decoded only as what it was said to be."""

from __future__ import annotations

import io
import wave

import pytest

from recogniser.sound import RATE, UndecodableError, decode
from sandbox.sample import NOTE


def wav(seconds: float, *, rate: int = 48_000, channels: int = 2) -> bytes:
    """A silent WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, 2, rate, 0, "NONE", ""))
        writer.writeframes(bytes(int(seconds * rate) * channels * 2))
    return file.getvalue()


def test_any_rate_and_channels_become_sixteen_kilohertz_mono() -> None:
    """A second of stereo at 48 kHz becomes a second of mono at 16 kHz."""
    sound = decode(wav(1), "wav")
    assert len(sound.pcm) == RATE * 2
    assert sound.seconds == 1


def test_the_sample_is_as_long_as_it_sounds() -> None:
    """Ogg/Opus is decoded to its end."""
    assert decode(NOTE.read_bytes(), "ogg").seconds == pytest.approx(11.5, abs=0.1)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        pytest.param(NOTE.read_bytes(), "wav", id="Opus said to be WAV"),
        pytest.param(NOTE.read_bytes(), "mp3", id="Opus said to be MP3"),
        pytest.param(wav(1), "mp3", id="WAV said to be MP3"),
        pytest.param(b"", "wav", id="nothing"),
        pytest.param(b"Hello, this is no sound at all." * 99, "mp3", id="text"),
        pytest.param(wav(0), "wav", id="a header alone"),
        pytest.param(wav(1)[:20], "wav", id="half a header"),
    ],
)
def test_what_is_not_as_it_was_said_is_refused(data: bytes, form: str) -> None:
    """A wrong label, no audio and no sound are all refused."""
    with pytest.raises(UndecodableError):
        decode(data, form)


def test_what_leads_elsewhere_is_not_even_opened() -> None:
    """A session description (SDP), which would make FFmpeg listen on the network, is refused before it is opened."""
    session = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"
    with pytest.raises(UndecodableError, match="cannot be opened or decoded"):
        decode(session.encode(), "wav")
