"""`python -m sandbox.pictures`: take the documentation's pictures anew."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.bot_process import EndedError
from sandbox.browser import BrowserError
from sandbox.pictures.studio import opened_studio
from sandbox.pictures.taken import PICTURES
from sandbox.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.pictures", description="Take the documentation's pictures (needs Chromium)."
    )
    parser.add_argument(
        "--only", action="append", choices=[*PICTURES], metavar="NAME", help=f"any of {', '.join(PICTURES)}"
    )
    parser.add_argument("--folder", type=Path, default=Path("docs/pictures"), metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_take(Screen(sys.stdout), options.folder, options.only or [*PICTURES]))
    except (BrowserError, EndedError, TimeoutError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _take(screen: Screen, folder: Path, names: Sequence[str]) -> None:
    """Take the pictures of those names into a folder.

    Raises `BrowserError` without a browser, `EndedError` if the bot dies, TimeoutError if something does not come.
    """
    async with opened_studio() as studio:
        for name in names:
            picture = await studio.bot.during(PICTURES[name](studio))
            studio.clear()
            path = folder / f"{name}.png"
            path.write_bytes(picture)
            screen.good(f"{path}: {len(picture) / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
