"""`python -m sandbox.pictures` takes the documentation's pictures, and the documentation has them all."""

from __future__ import annotations

import asyncio
import os
import re
import struct
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from sandbox.browser import BINARY
from sandbox.pictures.taken import PICTURES

DOCS = Path(__file__).parents[2] / "docs"


async def pictures(*arguments: str, **environment: str) -> tuple[int | None, str, str]:
    """Run it; returns the exit status, and what it wrote to stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sandbox.pictures", *arguments),
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **environment},
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.skipif(BINARY is None, reason="there is no Chromium on this machine")
async def test_a_picture_is_taken_of_the_real_bot(tmp_path: Path) -> None:
    """Those asked for, 700 pixels wide, into the folder named."""
    status, out, err = await pictures("--only", "more", "--only", "commands", "--folder", str(tmp_path))
    assert (status, err) == (0, "")
    assert re.findall(r"(\w+)\.png: \d+ kB", out) == ["more", "commands"]
    for name in ("more", "commands"):
        taken = (tmp_path / f"{name}.png").read_bytes()
        assert struct.unpack(">I", taken[16:20]) == (700,)
        assert 10_000 < len(taken) < 120_000


async def test_without_a_browser_nothing_is_taken(tmp_path: Path) -> None:
    """A sentence says what is missing, and the status is 1."""
    status, out, err = await pictures("--folder", str(tmp_path), PATH=str(tmp_path))
    assert (status, out) == (1, "")
    assert err.startswith("There is no Chromium on this machine")
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - an empty folder


async def test_a_picture_that_is_none_is_refused() -> None:
    """The names there are are told."""
    status, _, err = await pictures("--only", "sunset")
    assert status == 2
    assert "'languages'" in err


def test_every_picture_is_in_the_documentation() -> None:
    """Each one that is taken is kept, small, and shown; and no other is."""
    kept = {path.stem: path.stat().st_size for path in (DOCS / "pictures").iterdir()}
    assert set(kept) == set(PICTURES)
    assert {name for name, size in kept.items() if size > 120_000} == set()
    shown = re.findall(r"\]\(pictures/(\w+)\.png\)", (DOCS / "features.md").read_text())
    assert sorted(shown) == sorted(PICTURES)
