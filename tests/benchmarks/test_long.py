"""A note that is not very long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.__main__ import main
from benchmarks.long import UnansweredError, measure
from benchmarks.speech import VOICE_MESSAGE, Recording, recorded

if TYPE_CHECKING:
    from pathlib import Path

import pytest


def test_when_its_words_stand_there(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are one JSON object; what the model needs is in them."""
    status = main(["long", "--minutes", "16", "--json"])
    told = capsys.readouterr()
    assert status == 0, told.err
    figures = json.loads(told.out)
    assert (figures["minutes"], figures["parts"]) == (16.0, 3), told.err
    assert 1.0 <= figures["first_words_s"] < figures["whole_s"], told.err
    assert figures["whole_s"] >= 7.0, told.err


async def test_a_note_that_is_not_answered_is_told(tmp_path: Path) -> None:
    """The bot's word that it is no audio is not taken for an answer."""
    good = recorded(VOICE_MESSAGE, 1.0)
    broken = Recording(b"no sound at all", good.seconds, good.filename, good.content_type)
    with pytest.raises(UnansweredError):
        await measure(broken, tmp_path)
