"""What Windows or a Mac lacks is hidden from the bot and all its processes, and a note is answered. Only those systems show more."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.journeys.stage import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.stage import Bot, Stage

HIDDEN = {
    "locks": "sys.modules['fcntl'] = None",
    "limits": "sys.modules['resource'] = None",
    "fork server": """
        import multiprocessing
        from multiprocessing import context
        multiprocessing.get_all_start_methods = lambda: ['spawn']
        del context.ForkServerContext
        sys.modules['multiprocessing.forkserver'] = None
        """,
    "signals": """
        from asyncio import unix_events
        def missing(*_):
            raise NotImplementedError
        unix_events._UnixSelectorEventLoop.add_signal_handler = missing
        """,
}
"""What is missing, and the lines with which a process begins that is to miss it."""


def lacking(folder: Path, *names: str) -> dict[str, str]:
    """The environment in which every process, those that others start too, lacks what is named."""
    folder.mkdir()
    lines = ["import sys", *(textwrap.dedent(HIDDEN[name]) for name in names)]
    (folder / "sitecustomize.py").write_text("\n".join(lines))
    return {
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "TMPDIR": str(folder),
        # Windows has locks of its own, so that nothing is said there.
        "PYTHONWARNINGS": "error,ignore:only soft file lock is available,ignore:'audioop' is deprecated:DeprecationWarning",
    }


async def answered(stage: Stage, bot: Bot) -> None:
    """A note is, as anywhere."""
    await bot.logged("ready")
    stage.openroute.script("Heard.")
    await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    await bot.logged("note")


@pytest.mark.parametrize("names", [*((name,) for name in HIDDEN), tuple(HIDDEN)], ids=" ".join)
async def test_a_note_is_answered_all_the_same(stage: Stage, tmp_path: Path, names: tuple[str, ...]) -> None:
    """The bot tells what decoders are not confined by, ends when it is told to, and leaves nothing behind."""
    folder = tmp_path / "hidden"
    async with stage.bot(**lacking(folder, *names)) as bot:
        await answered(stage, bot)
        told = [line for line in bot.lines if "without" in line]
        assert [line["without"][0] for line in told] == (["limits"] if "limits" in names else [])
    assert [path.name for path in folder.iterdir() if path.name.startswith("earshot-")] == []


@pytest.mark.parametrize("names", [(), ("locks",)], ids=["as here", "without locks"])
async def test_two_on_one_database_are_kept_apart(
    stage: Stage, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """Both would answer every note. The lock of one that was killed keeps nobody out."""
    lack = lacking(tmp_path / "hidden", *names)
    async with stage.bot(**lack) as first:
        await first.logged("ready")
        async with stage.starting_bot(**lack) as second:
            second.expected_status = 2
            assert await second.ended() == 2
            assert "in use by another Earshot" in second.raw
        await first.kill()
        first.expected_status = -9
        async with stage.bot(**lack) as third:
            await answered(stage, third)
