"""Opening files nobody vouches for: they reach nothing but themselves, and cost no more than they should."""

from __future__ import annotations

import re
import socket
import tracemalloc
from typing import TYPE_CHECKING

import av
import av.error
import pytest

from bot.decoder import Job, Unfit, Verdict, chaining, opening, prepare, reading
from bot.decoder.writing import Nothing
from tests.fixtures import Recording, heard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n",
    "hls with a key": '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI="{}"\n#EXTINF:10,\n{}\n',
    "concat": "ffconcat version 1.0\nfile '{}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet '
    'mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\na=control:{}\n",
    "m3u": "{}\n",
    "asx": '<asx version="3.0"><entry><ref href="{}"/></entry></asx>',
    "imf": '<?xml version="1.0"?><AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM"><Path>{}</Path></AssetMap>',
}


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket somebody could be lured to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.mark.parametrize("playlist", PLAYLISTS)
def test_a_playlist_opens_nothing(playlist: str, listening: socket.socket, tmp_path: Path) -> None:
    """Not what it names on the network, nor on this machine; it is no audio."""
    song = Recording(container="wav", codec="pcm_s16le").write(tmp_path / "song.wav")
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/song.wav"
    for target in (address, f"tcp{address.removeprefix('http')}", str(song), f"file:{song}", "song.wav"):
        source = tmp_path / "source"
        source.write_text(PLAYLISTS[playlist].replace("{}", target))
        result = prepare(
            Job(
                source=str(source),
                target_folder=str(tmp_path),
                formats=("wav",),
                budget=10**7,
                most_seconds=600,
                part_seconds=900,
            )
        )
        assert result == Unfit(verdict=Verdict.NOT_AUDIO)
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_ffmpeg_sees_no_name(tmp_path: Path) -> None:
    """It would guess formats by it, and look beside the file for others."""
    source = Recording(container="wav", codec="pcm_s16le").write(tmp_path / "song.mp3")
    [stretch] = chaining.stretches(str(source))
    with opening.opened(stretch) as (container, file):
        assert container.name == ""
        assert file.name == ""
        with pytest.raises(av.error.FFmpegError) as raised:
            av.open(file, format="mp4")
    assert "song" not in str(raised.value)


def test_the_playlists_are_real_enough(tmp_path: Path) -> None:
    """FFmpeg left to itself does play what one of them names."""
    Recording(container="wav", codec="pcm_s16le").write(tmp_path / "song.wav")
    source = tmp_path / "source"
    source.write_text(PLAYLISTS["concat"].replace("{}", "song.wav"))
    assert heard(source).purity > 0.9


def test_a_long_file_of_nothing_but_damage_does_not_fill_the_memory(tmp_path: Path) -> None:
    """What is wrong with each of some thousand packets is not kept."""
    content = bytearray(
        Recording(container="mp3", codec="libmp3lame").write(tmp_path / "a", seconds=60.0).read_bytes()
    )
    frames = [match.start() for match in re.finditer(rb"\xff\xfb", content)]
    for start in frames:
        content[start + 4 : start + 60] = b"\xa5" * 56
    source = tmp_path / "source"
    source.write_bytes(content)
    tracemalloc.start()
    try:
        sound = reading.decode(chaining.stretches(str(source)), Nothing(), most_seconds=600)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(frames) > 2_000
    assert not sound.clean
    assert peak < 500_000


def test_every_format_of_the_list_exists() -> None:
    """A name FFmpeg does not know would refuse its files in silence."""
    known = {name for names in av.formats_available for name in names.split(",")}
    assert set(opening.DEMUXERS) <= known
    for prefix in opening.CODEC_PREFIXES:
        assert any(name.startswith(prefix) for name in av.codecs_available)


def test_nothing_on_the_list_reads_other_files() -> None:
    """None of the demuxers that follow addresses, read devices or run scripts."""
    assert not {
        "hls", "applehttp", "dash", "concat", "concatf", "sdp", "rtsp", "rtp", "image2", "imf", "lavfi", "tedcaptions",
        "avisynth", "vapoursynth", "libgme", "data", "ffmetadata", "webm_dash_manifest", "mpjpeg", "subviewer",
    } & set(opening.DEMUXERS)  # fmt: skip
