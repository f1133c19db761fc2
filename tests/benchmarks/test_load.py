"""The whole bot under a little load."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import main
from benchmarks.load import shares
from benchmarks.postgres import binaries

if TYPE_CHECKING:
    from pathlib import Path

NOTES = 4


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_what_a_few_notes_take(capsys: pytest.CaptureFixture[str], database: str) -> None:
    """The figures are one JSON object, in which the answer never comes before the request's first byte."""
    if database == "postgres" and binaries() is None:
        pytest.skip("there is no PostgreSQL on this machine (Debian's package: postgresql)")
    status = main(["load", "--notes", str(NOTES), "--database", database, "--json"])
    told = capsys.readouterr()
    assert status == 0, told.err
    figures = json.loads(told.out)
    assert figures.keys() == {
        "notes",
        "notes_per_s",
        "first_byte_ms",
        "posted_ms",
        "discord_calls_per_note",
        "cpu_ms_per_note",
    }
    assert figures["cpu_ms_per_note"].keys() == {"bot", "decoders", "stand_ins"}
    assert figures["notes"] == NOTES
    assert figures["notes_per_s"] > 0
    first, posted = figures["first_byte_ms"], figures["posted_ms"]
    for spread in (first, posted):
        assert 0 < spread["p50"] <= spread["p95"] <= spread["p99"]
    assert all(first[part] < posted[part] for part in ("p50", "p95", "p99"))
    # Opening a thread and sending a message takes two at least.
    assert figures["discord_calls_per_note"] >= 2


async def test_where_the_time_goes(tmp_path: Path) -> None:
    """The shares are of the bot's own modules and of libraries, and together they are all of it."""
    parts = await shares(NOTES, tmp_path)
    assert any(name.startswith("bot.") for name in parts), parts
    assert sum(parts.values()) == pytest.approx(1)
    assert list(parts.values()) == sorted(parts.values(), reverse=True)
