"""A picture of numbers: a bar for each day. It is drawn in a process of its own, which ends with the picture.

In go days with a number each; out comes a PNG, or nothing if that fails: a picture is never worth an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

log = structlog.get_logger("earshot.chart")

__all__ = ["Charts"]

_SECONDS = 20.0
_MOST_DAYS = 400
_MOST_BYTES = 2_000_000
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH", "SYSTEMROOT")


class Charts:
    """Draws charts, one at a time: each takes half a second of a processor, and 75 MB meanwhile.

    Args:
        folder: where the plotting library may keep the list of this machine's fonts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Semaphore(1)

    async def bars(self, days: Sequence[tuple[date, float]]) -> bytes | None:
        """A chart with a bar for each day; None if it can't be drawn, or there are too many days for one.

        Args:
            days: in order, without gaps, each with a number that is not negative.
        """
        if not 0 < len(days) <= _MOST_DAYS:
            return None
        wanted = json.dumps([[day.isoformat(), number] for day, number in days])
        try:
            async with self._turn, asyncio.timeout(_SECONDS):
                return await self._drawn(wanted.encode())
        except (OSError, TimeoutError) as error:
            log.warning("no chart", error=type(error).__name__)
            return None

    async def _drawn(self, wanted: bytes) -> bytes | None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.chart",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={
                **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                "MPLCONFIGDIR": str(self._folder),
            },
            start_new_session=True,
        )
        try:
            drawn, trouble = await process.communicate(wanted)
        finally:
            # Also at the time limit, and for who is cancelled.
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode != 0 or not drawn.startswith(b"\x89PNG") or len(drawn) > _MOST_BYTES:
            last = trouble.decode(errors="replace").strip().splitlines()[-1:]
            log.warning("no chart", status=process.returncode, said="".join(last))
            return None
        return drawn
