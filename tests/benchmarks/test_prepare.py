"""From file to request, by every method there is."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import main
from benchmarks.prepare import BrokenError, Worker
from benchmarks.prepare_methods import METHODS, NEEDING_FFMPEG

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 10
BYTES_A_SECOND = 16_000 * 2
"""Of 16 kHz mono WAV."""


def test_every_method_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are one JSON object; those for 16 kHz mono WAV have the sizes they must have."""
    status = main(["prepare", "--note", "opus-10s", "--rounds", "1", "--json"])
    told = capsys.readouterr()
    assert status == 0, told.err
    cases = json.loads(told.out)["cases"]
    keys = {"note", "method", "ms", "first_request_ms", "base64_bytes", "peak_mb"}
    assert all(case.keys() == keys for case in cases)
    assert {case["method"] for case in cases if case["first_request_ms"] is not None} == {"earshot"}
    found = {case["method"]: case for case in cases}
    there = METHODS if shutil.which("ffmpeg") else tuple(set(METHODS) - set(NEEDING_FFMPEG))
    assert found.keys() == set(there)
    assert all(case["note"] == "opus-10s" and case["ms"] > 0 and case["peak_mb"] > 0 for case in cases), cases
    for method in {"earshot", "pyav", "ffmpeg-wav"} & found.keys():
        assert found[method]["base64_bytes"] == pytest.approx(SECONDS * BYTES_A_SECOND * 4 / 3, rel=0.02)


def test_without_ffmpeg_the_others_are_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the command ffmpeg a sentence says so, and the table has the methods that don't need it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["prepare", "--note", "opus-10s", "--rounds", "1"]) == 0
    told = capsys.readouterr()
    assert "no command `ffmpeg`" in told.err
    assert "earshot" in told.out
    assert "times a bare PyAV loop" in told.out
    assert "pydub" not in told.out


async def test_a_method_that_fails_is_told(tmp_path: Path) -> None:
    """If a method's process ends, the error has what it wrote to stderr."""
    async with Worker("pyav", tmp_path) as worker:
        with pytest.raises(BrokenError, match=r"(?s)pyav ended by itself.*nowhere\.ogg"):
            await worker.prepare(tmp_path / "nowhere.ogg")
