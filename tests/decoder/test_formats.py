"""Whatever people's devices record: what is sent has its length, its pitch and its loudness."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.recordings import HERTZ, RECIPES, SECONDS, Recipe, id3, png
from tests.decoder.ear import LOUDNESS, RATE, Sound, loudness, pitch, purity, sent
from tests.decoder.jobs import fit, only


def assert_the_tone(sound: Sound, *, loud: float = LOUDNESS, within: float = 1.0) -> None:
    """As long as it was, but for the delays of codecs (MP3 adds up to 70 ms to theirs); of its pitch and loudness."""
    assert len(sound) / RATE == pytest.approx(SECONDS, abs=0.15)
    assert pitch(sound) == pytest.approx(HERTZ, abs=1.0)
    assert purity(sound) > 0.9
    assert loudness(sound) == pytest.approx(loud, abs=within)


@pytest.mark.parametrize("formats", [("wav",), ("mp3",)], ids=str)
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_format_arrives_as_it_sounds(recipe: Recipe, formats: tuple[str, ...], tmp_path: Path) -> None:
    """Each container and codec, as WAV and as MP3."""
    source = tmp_path / "source"
    source.write_bytes(recipe.make())
    # AMR expects voices; FFmpeg's decoders make a pure tone up to 2.3 dB softer.
    assert_the_tone(sent(source, formats=formats), within=3.0 if "amr" in recipe.name else 1.0)


LAYOUTS = ("mono", "stereo", "2.1", "quad", "5.0", "5.1", "6.1", "7.1")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("container", "encoder"), [("wav", "pcm_s24le"), ("wav", "pcm_f32le"), ("flac", "flac")], ids=str
)
def test_a_sound_on_all_channels_stays_as_loud(
    layout: str, container: str, encoder: str, tmp_path: Path
) -> None:
    """One to eight of them: nothing clips, nothing fades."""
    source = tmp_path / "source"
    source.write_bytes(Recipe(name=layout, container=container, encoder=encoder, layout=layout).make())
    assert_the_tone(sent(source))


@pytest.mark.parametrize(
    ("layout", "channel"), [(layout, at) for at, layout in enumerate(LAYOUTS, 1) for at in range(at)]
)
def test_a_sound_on_one_channel_is_heard(layout: str, channel: int, tmp_path: Path) -> None:
    """Whichever it is: the surrounds, and what passes for a subwoofer, may be the one microphone that was on."""
    source = tmp_path / "source"
    recipe = Recipe(name=layout, container="wav", encoder="pcm_s24le", layout=layout)
    source.write_bytes(recipe.make(channels=(channel,)))
    sound = sent(source)
    assert LOUDNESS - 24 < loudness(sound) <= LOUDNESS + 0.1
    assert_the_tone(sound, loud=loudness(sound))


@pytest.mark.parametrize(
    "rate", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000]
)
@pytest.mark.parametrize(("container", "encoder"), [("wav", "pcm_s24le"), ("flac", "flac")], ids=str)
def test_every_rate_keeps_its_pitch(rate: int, container: str, encoder: str, tmp_path: Path) -> None:
    """From the telephone to the studio."""
    source = tmp_path / "source"
    source.write_bytes(Recipe(name="", container=container, encoder=encoder, rate=rate).make())
    assert_the_tone(sent(source))


def test_a_wav_of_more_than_two_channels_is_extensible() -> None:
    """So that the format of that name is among those tested."""
    [recipe] = [recipe for recipe in RECIPES if recipe.name == "wav-extensible"]
    assert recipe.make()[20:22] == b"\xfe\xff"


FIT = {
    "wav": Recipe(name="wav", container="wav", encoder="pcm_s16le"),
    "mp3": Recipe(name="mp3", container="mp3", encoder="libmp3lame", layout="stereo"),
}


@pytest.mark.parametrize("form", FIT)
def test_a_fit_file_goes_out_byte_for_byte(form: str, tmp_path: Path) -> None:
    """Within the limits; beyond those of size or length, something is made of it."""
    source = tmp_path / "source"
    content = FIT[form].make(4.0)
    source.write_bytes(content)
    result = fit(source)
    assert (result.format, result.transcoded) == (form, False)
    assert Path(only(result).path).read_bytes() == content
    assert fit(source, part_seconds=3.0).transcoded
    assert fit(source, budget=len(content) - 1).transcoded


def test_a_cover_goes_out_with_its_song(tmp_path: Path) -> None:
    """It is part of the MP3, as long as that fits."""
    cover = id3((b"APIC", b"\0image/png\0\3\0" + png(400, 400)))
    content = cover + FIT["mp3"].make()
    source = tmp_path / "source"
    source.write_bytes(content)
    assert Path(only(fit(source)).path).read_bytes() == content


def test_a_stream_that_changes_half_way_is_heard_to_its_end(tmp_path: Path) -> None:
    """Radio programmes do that: another rate, another number of channels; nothing is lost at the seam."""
    pieces = [
        Recipe(name="", container="adts", encoder="aac", rate=rate, layout=layout).make(1.0)
        for rate, layout in ((44_100, "mono"), (48_000, "stereo"), (22_050, "mono"))
    ]
    source = tmp_path / "source"
    source.write_bytes(b"".join(pieces))
    sound = sent(source)
    assert len(sound) / RATE == pytest.approx(3.0, abs=0.25)
    assert pitch(sound) == pytest.approx(HERTZ, abs=2.0)
