"""What files are called."""

from __future__ import annotations

import pytest

from tests.fixtures import file_of


@pytest.mark.parametrize(
    ("filename", "title", "name"),
    [
        ("note.ogg", None, "note.ogg"),
        ("1.m4a", "Голосовое 1", "Голосовое 1.m4a"),
        ("file3.mp3", "会议录音", "会议录音.mp3"),
        ("v1.2.mp3", "版本 1.2", "版本 1.2.mp3"),
        ("1.M4A", "Голосовое 1.m4a", "Голосовое 1.m4a"),
        ("recording", "录音", "录音"),
        ("recording.", "录音", "录音"),
        ("note.ogg", "", "note.ogg"),
        ("note.ogg", " \n", "note.ogg"),
        ("note.ogg", "two\nlines", "two lines.ogg"),
    ],
)
def test_a_files_name_is_its_title_with_its_ending(filename: str, title: str | None, name: str) -> None:
    """Where there is one that says anything."""
    assert file_of(filename=filename, title=title).name == name
