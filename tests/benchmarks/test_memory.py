"""The memory of the whole bot, with few and short notes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.__main__ import main
from benchmarks.memory import measure
from benchmarks.speech import VOICE_MESSAGE, Recording, recorded

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_all_its_processes_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are one JSON object; an interpreter with FFmpeg in another process takes some memory."""
    status = main(["memory", "--notes", "4", "--ogg-minutes", "0.5", "--m4a-mb", "0.3", "--json"])
    told = capsys.readouterr()
    figures = json.loads(told.out)
    assert 50 < figures.pop("peak_pss_mb") < 1000, told.err
    assert figures == {"notes": 4, "failed": 0}, told.err
    assert status == 0


async def test_a_note_that_is_not_answered_has_failed(tmp_path: Path) -> None:
    """A file that is no audio counts as failed although the bot replies to it."""
    good = recorded(VOICE_MESSAGE, 1.0)
    broken = Recording(b"no sound at all", good.seconds, good.filename, good.content_type)
    figures = await measure([good, broken], tmp_path)
    assert (figures.notes, figures.failed) == (2, 1)
    assert 0 < figures.main < figures.peak
