"""One file in, a verdict out: what is sent sounds like what came, and fits."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks import handmade
from bot.decoder import Fit, Unfit, Verdict, chaining, looking, prepare
from bot.decoder.preparing import WAV_SECONDS
from tests.decoder.jobs import fit, job, only, verdict
from tests.fixtures import LOUDNESS, Recording, heard, samples, silent_film

if TYPE_CHECKING:
    from collections.abc import Callable

WAV = Recording(container="wav", codec="pcm_s16le", rate=16_000)
MP3 = Recording(container="mp3", codec="libmp3lame")
VOICE_MESSAGE = Recording(container="ogg", codec="libopus")
M4A = Recording(container="ipod", codec="aac")
FLAC = Recording(container="flac", codec="flac")
WEBM = Recording(container="webm", codec="libopus")
RECORDINGS = [
    *(
        Recording(container="wav", codec=codec)
        for codec in (
            "pcm_u8",
            "pcm_s24le",
            "pcm_s32le",
            "pcm_f32le",
            "pcm_f64le",
            "adpcm_ms",
            "adpcm_ima_wav",
        )
    ),
    Recording(container="wav", codec="pcm_alaw", rate=8_000),
    Recording(container="wav", codec="pcm_mulaw", rate=8_000),
    VOICE_MESSAGE,
    Recording(container="ogg", codec="vorbis", channels=2),
    Recording(container="ogg", codec="flac"),
    M4A,
    Recording(container="ipod", codec="alac", rate=44_100),
    WEBM,
    Recording(container="matroska", codec="aac"),
    FLAC,
    Recording(container="aiff", codec="pcm_s16be", rate=44_100, channels=2),
    Recording(container="adts", codec="aac"),
    Recording(container="amr", codec="libopencore_amrnb", rate=8_000),
    Recording(container="3gp", codec="libopencore_amrnb", rate=8_000),
    Recording(container="au", codec="pcm_s16be"),
    Recording(container="caf", codec="alac"),
    Recording(container="wv", codec="wavpack"),
    Recording(container="tta", codec="tta"),
    Recording(container="ac3", codec="ac3"),
    Recording(container="eac3", codec="eac3"),
    Recording(container="asf", codec="wmav2", bit_rate=64_000),
    Recording(container="flv", codec="libmp3lame", rate=44_100),
    Recording(container="mpegts", codec="aac"),
    Recording(container="w64", codec="pcm_s16le"),
    Recording(container="mp2", codec="mp2"),
    Recording(container="avi", codec="libmp3lame", film=True),
    Recording(container="mp4", codec="aac", film=True),
    Recording(container="mov", codec="pcm_s16le", film=True),
]


def name(recording: Recording) -> str:
    """What a test run calls it."""
    return f"{recording.container}-{recording.codec}"


def the_tone(result: Fit, folder: Path, *, seconds: float, channels: int = 1) -> None:
    """Assert that what is sent is the tone, of that length, neither louder nor softer; and no more than it says."""
    part = only(result)
    sent = folder / "sent"
    sent.write_bytes(Path(part.path).read_bytes())
    sound = heard(sent)
    assert sound.seconds == pytest.approx(seconds, abs=0.1)
    assert part.seconds == pytest.approx(seconds, abs=0.1)
    assert sound.purity > 0.95
    # Mixing two channels into one halves the power each has of a sound they share.
    assert sound.loudness == pytest.approx(LOUDNESS / channels**0.5, rel=0.2)


@pytest.mark.parametrize("recording", RECORDINGS, ids=name)
def test_whatever_was_recorded_is_sent_as_it_sounds(recording: Recording, tmp_path: Path) -> None:
    """Any container and codec becomes 16 kHz WAV of the same length, tone and loudness."""
    result = fit(recording.write(tmp_path / "source"))
    assert (result.format, result.transcoded) == ("wav", True)
    the_tone(result, tmp_path, seconds=2.0, channels=recording.channels)
    assert only(result).bytes == 44 + round(only(result).seconds * 16_000) * 2


@pytest.mark.parametrize(
    ("recording", "form"),
    [
        (WAV, "wav"),
        (Recording(container="wav", codec="pcm_s16le", channels=2), "wav"),
        (MP3, "mp3"),
        (VOICE_MESSAGE, "ogg"),
        (Recording(container="ogg", codec="vorbis", channels=2), "ogg"),
        (FLAC, "flac"),
        (M4A, "m4a"),
        (Recording(container="ipod", codec="alac"), "m4a"),
        (Recording(container="adts", codec="aac"), "aac"),
        (Recording(container="aiff", codec="pcm_s16be"), "aiff"),
    ],
    ids=lambda value: value if isinstance(value, str) else name(value),
)
def test_a_file_the_endpoint_takes_is_sent_untouched(recording: Recording, form: str, tmp_path: Path) -> None:
    """The very file, if its format is among those set; else a WAV made of it."""
    source = recording.write(tmp_path / "source")
    result = fit(source, formats=("wav", form))
    part = only(result)
    assert (result.format, result.transcoded, part.path) == (form, False, str(source))
    assert part.seconds == pytest.approx(2.0, abs=0.1)
    others = ("mp3",) if form == "wav" else ("wav",)
    assert fit(source, formats=others).transcoded


@pytest.mark.parametrize("inside", ["ac3", "eac3", "mp2", "mp3", "adts"])
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (48_000, 2), (96_000, 2)])
def test_a_wav_of_other_frames_than_it_says_is_heard(
    inside: str, rate: int, channels: int, tmp_path: Path
) -> None:
    """Played as the samples that it calls them, they would be noise."""
    codec = {"mp3": "libmp3lame", "adts": "aac"}.get(inside, inside)
    source = Recording(container=inside, codec=codec, channels=2, bit_rate=320_000).write(tmp_path / "source")
    source.write_bytes(handmade.riff(handmade.pcm_format(channels, rate), (b"data", source.read_bytes())))
    result = fit(source, formats=("wav",))
    assert result.transcoded
    the_tone(result, tmp_path, seconds=2.0, channels=2)


def test_what_only_looks_like_a_format_is_not_sent_as_it(tmp_path: Path) -> None:
    """A WAV of floats, an Ogg of FLAC, a film in an MP4: other software would stumble over them."""
    for recording, form in (
        (Recording(container="wav", codec="pcm_f32le"), "wav"),
        (Recording(container="ogg", codec="flac"), "ogg"),
        (Recording(container="mp4", codec="aac", film=True), "m4a"),
    ):
        assert fit(recording.write(tmp_path / "source"), formats=("wav", form)).transcoded


@pytest.mark.parametrize(
    ("budget", "form", "kbits"),
    [(900_000, "wav", 256), (120_000, "mp3", 32), (95_000, "mp3", 24), (62_000, "mp3", 16)],
)
def test_the_best_that_fits_is_sent(budget: int, form: str, kbits: int, tmp_path: Path) -> None:
    """WAV while it fits, then MP3 at lower and lower rates: never above the budget, always the whole note."""
    source = Recording(container="flac", codec="flac", rate=16_000).write(tmp_path / "source", seconds=28.0)
    result = fit(source, budget=budget)
    assert result.format == form
    assert only(result).bytes <= budget
    assert only(result).bytes == pytest.approx(28 * kbits * 125, rel=0.02)
    the_tone(result, tmp_path, seconds=28.0)


def test_a_fit_file_above_the_budget_is_made_smaller(tmp_path: Path) -> None:
    """Its format alone does not let it pass."""
    result = fit(WAV.write(tmp_path / "source", seconds=20.0), budget=100_000)
    assert (result.format, result.transcoded) == ("mp3", True)
    assert only(result).bytes <= 100_000


def test_long_recordings_are_sent_as_mp3(tmp_path: Path) -> None:
    """Beyond half a minute the smaller request is worth the work; where MP3 is not taken, it stays WAV."""
    source = Recording(container="flac", codec="flac", rate=8_000).write(
        tmp_path / "source", seconds=WAV_SECONDS + 1
    )
    assert fit(source).format == "mp3"
    assert fit(source, formats=("wav",)).format == "wav"


@pytest.mark.parametrize(
    ("formats", "budget"), [(("wav",), 200_000), (("mp3",), 15_000), (("wav", "mp3"), 15_000)]
)
def test_what_could_only_be_sent_in_crumbs_is_over_budget(
    formats: tuple[str, ...], budget: int, tmp_path: Path
) -> None:
    """Parts of some seconds hold no sentence. Its length is told, so that the person learns what would have fitted."""
    source = WAV.write(tmp_path / "source", seconds=30.0)
    result = prepare(job(source, formats=formats, budget=budget))
    assert isinstance(result, Unfit)
    assert result.verdict is Verdict.OVER_BUDGET
    assert result.seconds == pytest.approx(30.0, abs=0.1)


def test_too_long_is_seen_before_the_work(tmp_path: Path) -> None:
    """By what the header announces, told with its length."""
    source = WAV.write(tmp_path / "source", seconds=3.0)
    result = prepare(job(source, most_seconds=2.0))
    assert isinstance(result, Unfit)
    assert result.verdict is Verdict.TOO_LONG
    assert result.seconds == pytest.approx(3.0, abs=0.01)


def quiet_at_first_aac(folder: Path) -> bytes:
    """Bare AAC: ten seconds of silence, which take few bits, and ten of the tone."""
    return b"".join(
        Recording(container="adts", codec="aac", bit_rate=192_000, silent=silent)
        .write(folder / "made", seconds=10.0)
        .read_bytes()
        for silent in (True, False)
    )


def quiet_at_first_mp3(folder: Path) -> bytes:
    """An MP3 of changing bit rate without the frame that tells its length, as streams have none."""
    return b"".join(
        Recording(container="mp3", codec="libmp3lame", bit_rate=bits)
        .write(folder / "made", seconds=10.0)
        .read_bytes()
        .replace(b"Info", bytes(4))
        for bits in (32_000, 320_000)
    )


@pytest.mark.parametrize(
    "quiet_at_first", [quiet_at_first_aac, quiet_at_first_mp3], ids=lambda made: made.__name__
)
def test_a_guessed_length_refuses_nothing(quiet_at_first: Callable[[Path], bytes], tmp_path: Path) -> None:
    """By the bit rate of the first frames these would last for minutes."""
    source = tmp_path / "source"
    source.write_bytes(quiet_at_first(tmp_path))
    assert only(fit(source, most_seconds=30.0)).seconds == pytest.approx(20.0, abs=0.3)
    assert verdict(source, most_seconds=15.0) is Verdict.TOO_LONG


def lying_flac(folder: Path, seconds: float) -> bytes:
    """It has `seconds` of sound, and a stream info that counts the samples of one."""
    content = bytearray(
        Recording(container="flac", codec="flac", rate=16_000)
        .write(folder / "made", seconds=seconds)
        .read_bytes()
    )
    content[22:26] = struct.pack(">I", 16_000)
    return bytes(content)


def lying_mp3(folder: Path, seconds: float) -> bytes:
    """Likewise: its first frame announces 20 frames, and no size by which that could be seen through."""
    content = bytearray(MP3.write(folder / "made", seconds=seconds).read_bytes())
    info = content.index(b"Info")
    content[info + 4 : info + 12] = struct.pack(">II", 1, 20)
    return bytes(content)


def lying_mov(_: Path, seconds: float) -> bytes:
    """Likewise: its table of samples goes on, its header ends after one second."""
    content = bytearray(handmade.mov(seconds=seconds))
    length = content.index(b"mdhd") + 20
    assert content[length : length + 4] == struct.pack(">I", round(handmade.RATE * seconds))
    content[length : length + 4] = struct.pack(">I", handmade.RATE)
    return bytes(content)


@pytest.mark.parametrize("formats", [("wav",), ("mp3",), ("wav", "mp3", "flac")], ids=str)
@pytest.mark.parametrize("lying", [lying_flac, lying_mp3, lying_mov], ids=lambda lying: lying.__name__)
def test_a_header_that_lies_does_not_get_past_the_limit(
    lying: Callable[[Path, float], bytes], formats: tuple[str, ...], tmp_path: Path
) -> None:
    """A file that announces a second and goes on for ten is stopped at the limit, sent untouched or not."""
    source = tmp_path / "source"
    source.write_bytes(lying(tmp_path, 10.0))
    announced = looking.look(chaining.stretches(str(source))).seconds
    assert announced is not None
    assert announced < 1.1
    assert verdict(source, most_seconds=5.0, formats=formats) is Verdict.TOO_LONG
    assert only(fit(source, most_seconds=12.0, formats=formats)).seconds == pytest.approx(10.0, abs=0.1)


def test_an_announcement_too_short_does_not_break_the_budget(tmp_path: Path) -> None:
    """The format chosen by the announced length turns out too large: the next smaller one is taken, in parts."""
    source = tmp_path / "source"
    source.write_bytes(lying_flac(tmp_path, 31.0))
    result = fit(source, budget=100_000)
    assert (result.format, result.transcoded) == ("mp3", True)
    assert all(part.bytes <= 100_000 for part in result.parts)
    assert sum(part.seconds for part in result.parts) == pytest.approx(31.0, abs=0.2)


def wav_claiming(riff: int, data: int) -> bytes:
    """Two seconds of WAV whose header claims these sizes."""
    sound = samples(8_000, 2.0)
    form = struct.pack("<HHIIHH", 1, 1, 8_000, 16_000, 2, 16)
    head = b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + struct.pack("<I", 16) + form
    return head + b"data" + struct.pack("<I", data) + sound


@pytest.mark.parametrize(
    ("riff", "data"),
    [
        (0, 0),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x7FFFF024, 0x7FFFF000),
        (32_036, 0xFFFFFFFF),
        (32_036, 320_000),
        (32_036, 0),
    ],
)
def test_a_wav_that_was_streamed_gets_a_true_header(riff: int, data: int, tmp_path: Path) -> None:
    """Sizes left at 0, at 4 GB or simply wrong: all of it is read, and what is sent tells its size."""
    source = tmp_path / "source"
    source.write_bytes(wav_claiming(riff, data))
    result = fit(source)
    assert result.transcoded
    the_tone(result, tmp_path, seconds=2.0)


def test_a_wav_with_a_true_header_needs_no_other(tmp_path: Path) -> None:
    """The same file with right sizes is sent as it is."""
    source = tmp_path / "source"
    source.write_bytes(wav_claiming(32_036, 32_000))
    assert not fit(source).transcoded


@pytest.mark.parametrize(
    "recording", [WAV, MP3, VOICE_MESSAGE, FLAC, WEBM, Recording(container="mpegts", codec="aac")], ids=name
)
def test_half_a_file_is_heard_as_far_as_it_goes(recording: Recording, tmp_path: Path) -> None:
    """A recording that broke off keeps what there is of it."""
    source = recording.write(tmp_path / "source", seconds=4.0)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    result = fit(source)
    assert 1.0 < only(result).seconds < 3.0
    assert heard(Path(only(result).path)).purity > 0.95


@pytest.mark.parametrize(
    ("recording", "keep"),
    [(M4A, 0.5), (MP3, 0.01), (WAV, 0.001), (VOICE_MESSAGE, 0.01), (FLAC, 0.2), (WEBM, 0.01)],
    ids=str,
)
def test_too_little_of_a_file_is_damaged(recording: Recording, keep: float, tmp_path: Path) -> None:
    """It is told apart from what never was audio: sending it again may help."""
    source = recording.write(tmp_path / "source")
    whole = source.read_bytes()
    source.write_bytes(whole[: max(16, int(len(whole) * keep))])
    assert verdict(source) is Verdict.DAMAGED


def test_an_ogg_that_ends_after_its_headers_is_damaged(tmp_path: Path) -> None:
    """What a recorder leaves that was stopped at once."""
    source = VOICE_MESSAGE.write(tmp_path / "source")
    whole = source.read_bytes()
    source.write_bytes(whole[: whole.index(b"OggS", whole.index(b"OpusTags"))])
    assert verdict(source) is Verdict.DAMAGED
    assert verdict(source, formats=("ogg", "wav")) is Verdict.DAMAGED


def test_a_hole_costs_what_was_in_it(tmp_path: Path) -> None:
    """The rest is heard, and what is sent has no hole to stumble over."""
    source = MP3.write(tmp_path / "source", seconds=4.0)
    wounded = bytearray(source.read_bytes())
    wounded[8_000:12_000] = bytes(4_000)
    source.write_bytes(wounded)
    result = fit(source)
    assert result.transcoded
    assert 2.5 < only(result).seconds < 4.0


def test_a_chunk_that_points_to_nowhere_costs_nothing(tmp_path: Path) -> None:
    """A seek past every file's end fails as such: the sound before it is heard, the next file too."""
    source = Recording(container="caf", codec="pcm_s16le").write(tmp_path / "source")
    source.write_bytes(source.read_bytes() + b"free" + struct.pack(">q", 2**62))
    the_tone(fit(source), tmp_path, seconds=2.0)
    the_tone(fit(VOICE_MESSAGE.write(source)), tmp_path, seconds=2.0)


def test_a_stream_that_appears_half_way_is_passed_over(tmp_path: Path) -> None:
    """A packet under another number than its neighbours, in a transport stream: the others are heard."""
    source = Recording(container="mpegts", codec="aac").write(tmp_path / "source")
    whole = source.read_bytes()
    last = max(place for place in range(0, len(whole), 188) if whole[place + 1 : place + 3] == b"\x41\0")
    source.write_bytes(whole[: last + 2] + b"\x9d" + whole[last + 3 :])
    result = fit(source)
    assert 1.9 < only(result).seconds < 2.1
    assert heard(Path(only(result).path)).purity > 0.95


@pytest.mark.parametrize("formats", [("wav",), ("mp3",)])
def test_channels_nobody_can_mix_are_told(formats: tuple[str, ...], tmp_path: Path) -> None:
    """A header that makes 45 of one: told as what it is, not as damage."""
    source = Recording(container="caf", codec="pcm_s16le").write(tmp_path / "source")
    content = bytearray(source.read_bytes())
    content[44:48] = struct.pack(">I", 45)
    source.write_bytes(content)
    assert prepare(job(source, formats=formats)) == Unfit(verdict=Verdict.CHANNELS, found=45)


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary, today I recorded nothing.\n" * 500,
        b"<!doctype html><html><body>404</body></html>",
        b"\x89PNG\r\n\x1a\n" + bytes(1_000),
        b"%PDF-1.7\n" + b"0 0 obj\n" * 100,
        b"PK\x03\x04" + bytes(1_000),
        bytes(50_000),
        b"\x7fELF" + bytes(5_000),
    ],
    ids=["text", "html", "png", "pdf", "zip", "zeros", "program"],
)
def test_what_is_no_audio_is_not_taken_for_any(content: bytes, tmp_path: Path) -> None:
    """Whatever its name was."""
    source = tmp_path / "song.mp3"
    source.write_bytes(content)
    assert verdict(source) is Verdict.NOT_AUDIO


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    """Not broken, not unknown."""
    source = tmp_path / "source"
    source.touch()
    assert verdict(source) is Verdict.EMPTY


def test_a_silent_film_has_no_sound(tmp_path: Path) -> None:
    """A video without a sound track is told from a damaged one."""
    assert verdict(silent_film(tmp_path / "source")) is Verdict.NO_SOUND


def test_a_codec_nobody_knows_is_told(tmp_path: Path) -> None:
    """A known container around it does not bring the decoder down; it is no damage."""
    content = bytearray(wav_claiming(32_036, 32_000))
    content[20:22] = b"\x34\x12"
    source = tmp_path / "source"
    source.write_bytes(content)
    assert verdict(source) is Verdict.UNSUPPORTED


def test_a_codec_that_is_not_on_the_list_is_not_opened(tmp_path: Path) -> None:
    """FFmpeg could decode it, and its container is on the list."""
    source = Recording(container="flv", codec="nellymoser", rate=44_100).write(tmp_path / "source")
    assert heard(source).seconds > 1.5
    assert verdict(source) is Verdict.UNSUPPORTED


BEGINNINGS = st.sampled_from(
    [b"", b"OggS\0\2", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"ID3\4\0\0", b"\xff\xfb\x90\x64", b"fLaC\0\0\0\x22", b"\0\0\0\x20ftypM4A ", b"\x1aE\xdf\xa3", b"#!AMR\n", b"FORM\0\0\1\0AIFF", b"caff\0\1\0\0"]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BEGINNINGS, st.binary(min_size=1, max_size=4_096))
@example(b"\0\0\0\x20ftypM4A ", b"\0\0\0\x20moov" * 10)
def test_random_bytes_get_a_verdict(tmp_path: Path, beginning: bytes, rest: bytes) -> None:
    """Behind any beginning; none is an accident."""
    source = tmp_path / "source"
    source.write_bytes(beginning + rest)
    result = prepare(job(source, formats=("wav", "mp3", "ogg", "flac", "m4a", "aac", "aiff")))
    assert isinstance(result, Fit) or result.verdict in set(Verdict) - {Verdict.EMPTY, Verdict.OVER_BUDGET}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([VOICE_MESSAGE, MP3, M4A, WAV, FLAC]), st.data())
def test_a_wounded_file_gets_a_verdict(tmp_path: Path, recording: Recording, data: st.DataObject) -> None:
    """Bytes changed anywhere in it: heard as far as possible, or refused."""
    whole = tmp_path / f"{recording.container}.whole"
    content = bytearray((whole if whole.exists() else recording.write(whole, seconds=0.5)).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20)):
        content[place] = data.draw(st.integers(0, 255))
    source = tmp_path / "source"
    source.write_bytes(content)
    result = prepare(job(source))
    assert isinstance(result, Fit) or result.verdict in set(Verdict) - {Verdict.EMPTY, Verdict.OVER_BUDGET}
