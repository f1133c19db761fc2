"""Charts: pictures from a process that ends with them, and none where that fails."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog.testing
from PIL import Image

from bot import chart
from bot.chart import Charts

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = date(2026, 11, 1)
GROUND, BARS = (43, 45, 49), (123, 138, 249)


def days(numbers: Sequence[float]) -> list[tuple[date, float]]:
    """One after the other."""
    return [(FIRST + timedelta(days=number), value) for number, value in enumerate(numbers)]


def children() -> set[int]:
    """The processes this one has started, and not waited for."""
    found = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii")
    return set(map(int, found.split()))


async def test_each_day_has_its_bar(tmp_path: Path) -> None:
    """Of the height of its number; on a ground of the picture's own, so that it does not matter on which it is shown."""
    before = children()
    png = await Charts(tmp_path).bars(days([0.0, 30.0, 15.0, 0.0]))
    assert png is not None
    assert children() == before
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    assert picture.size == (1080, 450)
    assert picture.getpixel((2, 2)) == (*GROUND, 255)
    heights = [
        sum(picture.getpixel((x, y)) == (*BARS, 255) for y in range(picture.height))
        for x in range(picture.width)
    ]
    tall, short = max(heights), min(height for height in heights if height > 5)
    assert short == pytest.approx(tall / 2, abs=2)
    assert tall > 250


@pytest.mark.parametrize("count", [1, 2, 31, 400])
async def test_many_days_and_few(tmp_path: Path, count: int) -> None:
    """A picture of the same size."""
    png = await Charts(tmp_path).bars(days([0.001 * (number % 7) for number in range(count)]))
    assert png is not None
    assert Image.open(io.BytesIO(png)).size == (1080, 450)


@pytest.mark.parametrize("count", [0, 401])
async def test_what_no_picture_could_show(tmp_path: Path, count: int) -> None:
    """Nothing, and too much."""
    assert await Charts(tmp_path).bars(days([1.0] * count)) is None


async def test_a_process_that_fails_costs_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is told to the log, not to who waits for an answer."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with structlog.testing.capture_logs() as logs:
        assert await Charts(tmp_path).bars(days([1.0])) is None
    assert [line["event"] for line in logs] == ["no chart"]


async def test_a_process_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left of it; nor where nobody waits for it any more."""
    before = children()
    monkeypatch.setattr(chart, "_SECONDS", 0.05)
    assert await Charts(tmp_path).bars(days([1.0])) is None
    assert children() == before
    monkeypatch.setattr(chart, "_SECONDS", 20.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await Charts(tmp_path).bars(days([1.0]))
    assert children() == before
