"""The fuzzing benchmark: the same files again with the same seed, and it sees what goes wrong."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks import fuzz
from benchmarks.recordings import RECIPES

if TYPE_CHECKING:
    import pytest


def test_a_seed_makes_the_same_files_again() -> None:
    """The same seed makes the same files, another seed others; nearly all differ from their originals."""
    originals = fuzz.seeds()
    first = [fuzz.mutated(number, 1, originals) for number in range(50)]
    assert first == [fuzz.mutated(number, 1, originals) for number in range(50)]
    assert first != [fuzz.mutated(number, 2, originals) for number in range(50)]
    assert sum(content != originals[name] for name, content in first) > 40


def test_nearly_every_format_is_among_the_seeds() -> None:
    """Every recipe is among the originals, except for those that make large files: megabytes of tags, six channels."""
    assert {recipe.name for recipe in RECIPES} - set(fuzz.seeds()) <= {
        "mp3-id3",
        "wav-extensible",
        "wav-f64le",
    }


async def test_a_run_is_told_in_one_object() -> None:
    """Every file is in exactly one count, and nothing went wrong."""
    command = [sys.executable, "-m", "benchmarks", "fuzz", "--files", "60", "--seed", "7", "--json"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    result = json.loads(output)
    assert set(result) == {"files", "audio", "refused", "hung", "bot_died", "decoders_replaced"}
    assert result["files"] == 60 == result["audio"] + result["refused"]
    assert result["audio"] > 20
    assert result["refused"] > 5
    assert (process.returncode, result["hung"], result["bot_died"]) == (0, 0, 0)


def test_a_death_is_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """If the process with the decoders ends before all files are done, that is reported."""
    monkeypatch.setattr(sys, "executable", "false")
    assert fuzz.main(["--files", "10", "--seed", "1", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["bot_died"] == 1
