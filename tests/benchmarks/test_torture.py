"""A short run of the torture benchmark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


def test_a_bot_that_is_killed_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are one JSON object; those that must be 0 are, so the status is 0."""
    database = f"sqlite:///{tmp_path}/earshot.db"
    status = main(["torture", "--database", database, "--notes", "6", "--kills", "1", "--json"])
    told = capsys.readouterr()
    figures = json.loads(told.out)
    assert isinstance(figures.pop("cut_off"), int), told.err
    assert isinstance(figures.pop("longest_takeover_s"), float), told.err
    assert figures == {
        "notes": 6,
        "presses": 2,
        "questions": 1,
        "answers": 9,
        "duplicates": 0,
        "missing": 0,
        "repaid": 0,
        "kills": 1,
    }, told.err
    assert status == 0


@pytest.mark.parametrize("words", [["torture", "--database", "mysql://x"], ["dance"], []])
def test_what_is_not_known_is_refused(words: list[str]) -> None:
    """An unknown benchmark or database ends with a usage line and status 2, before anything is started."""
    with pytest.raises(SystemExit, match="2"):
        main(words)
