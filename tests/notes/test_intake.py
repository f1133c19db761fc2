"""Which files of a message are answered unasked, and which when somebody asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.models import Attachment, ChannelKind, SeenMessage
from bot.notes.intake import asked_for, looks_like_audio, notes_in
from tests.fixtures import file_of

SONG = file_of(id=1, filename="song.mp3")
PICTURE = file_of(id=2, filename="cat.png", content_type="image/png")
FILM = file_of(id=3, filename="film.mp4", content_type="video/mp4")
NAMELESS = file_of(id=4, filename="recording", content_type="audio/ogg; codecs=opus")


def message(*files: Attachment, bot: bool = False, voice: bool = False) -> SeenMessage:
    """A message with these files."""
    return SeenMessage(
        id=1,
        channel_id=2,
        parent_id=None,
        guild_id=3,
        channel_kind=ChannelKind.TEXT,
        author_id=4,
        author_is_bot=bot,
        is_voice=voice,
        attachments=files,
    )


def test_audio_files_are_answered_in_their_order() -> None:
    """By name or announced type; pictures, films and documents are left alone."""
    assert notes_in(message(PICTURE, NAMELESS, FILM, SONG)) == (NAMELESS, SONG)
    assert notes_in(message(PICTURE)) == ()
    assert notes_in(message()) == ()


def test_a_voice_message_is_one_whatever_its_file_is_called() -> None:
    """Discord's flag says it; name and type may change without warning."""
    file = file_of(filename="blob", content_type=None)
    assert notes_in(message(file, voice=True)) == (file,)


def test_bots_are_not_answered() -> None:
    """Not even with voice messages: two bots would talk for ever."""
    assert notes_in(message(SONG, bot=True)) == ()
    assert notes_in(message(SONG, bot=True, voice=True)) == ()


def test_who_asks_is_given_what_there_is() -> None:
    """Audio if there is some; else every file, a film's sound too; also a bot's."""
    assert asked_for(message(PICTURE, SONG)) == (SONG,)
    assert asked_for(message(PICTURE, FILM)) == (PICTURE, FILM)
    assert asked_for(message(SONG, bot=True)) == (SONG,)


@pytest.mark.parametrize(
    ("filename", "content_type", "audio"),
    [
        ("a.ogg", None, True),
        ("A.WAV", None, True),
        ("note.m4a", "video/mp4", True),
        ("x.opus", "application/octet-stream", True),
        ("x", "Audio/MPEG", True),
        ("x", "application/ogg", True),
        ("x", "Application/Ogg ; codecs=opus", True),
        ("x.mp3.exe", None, False),
        ("mp3", None, False),
        ("x.mp4", "video/mp4", False),
        ("x.txt", "text/plain; note=audio/ogg", False),
        ("x.ogg.zip", "application/zip", False),
        ("", None, False),
    ],
)
def test_what_is_called_audio(filename: str, content_type: str | None, *, audio: bool) -> None:
    """The end of the name or the type, in any case; what the bytes are is not known yet."""
    assert looks_like_audio(replace(SONG, filename=filename, content_type=content_type)) is audio
