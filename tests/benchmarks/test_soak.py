"""A short run of the endurance benchmark, with every kind of fault there can be here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import main
from benchmarks.postgres import binaries

if TYPE_CHECKING:
    from pathlib import Path

EVERYWHERE = {"gateway_broken", "session_lost", "endpoint_failing", "endpoint_away", "clock_set"}
OF_A_SERVER = {"database_restarted", "database_killed", "network_cut", "network_silent"}
OF_ROOT = {"disk_full"}
"""Only root can mount the small disk."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("database", "faults"), [("sqlite", EVERYWHERE), ("postgres", EVERYWHERE | OF_A_SERVER)]
)
def test_days_pass_and_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], database: str, faults: set[str]
) -> None:
    """The figures are one JSON object; those that must be 0 are, and each fault has happened twice."""
    if database == "postgres" and binaries() is None:
        pytest.skip("there is no PostgreSQL on this machine (Debian's package: postgresql)")
    happened = days_on(database, capsys)
    assert {name for name in happened if name not in OF_ROOT} == faults


def test_days_pass_where_nothing_can_be_mounted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Then the disk is never full."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set(days_on("sqlite", capsys)) == EVERYWHERE


def days_on(database: str, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """How often each fault has happened in a run in which nothing was wrong."""
    main(["soak", "--notes", "40", "--hurry", "0.1", "--database", database, "--json"])
    told = capsys.readouterr()
    figures = json.loads(told.out)
    happened: dict[str, int] = figures.pop("faults")
    assert set(happened.values()) == {2}
    for name in ("cut_off", "memory_growth_percent", "left_connections", "left_tasks", "left_processes"):
        assert isinstance(figures.pop(name), int | float)
    assert figures == {
        "notes": 40,
        "presses": 4,
        "questions": 3,
        "deletions": 3,
        "settings": 1,
        "lost": 0,
        "duplicates": 0,
        "repaid": 0,
        "kept": 0,
        "left_files": 0,
    }, told.err
    return happened


@pytest.mark.parametrize("words", [["--notes", "39"], ["--notes", "70000"], ["--database", "mysql"]])
def test_what_can_not_be_done_is_refused(words: list[str]) -> None:
    """With a usage line and status 2, before anything is started."""
    with pytest.raises(SystemExit, match="2"):
        main(["soak", *words])
