"""What is printed, by a process of its own: in any encoding, to whoever listens, and to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]


def run(
    script: str, *, out: int | IO[bytes] = subprocess.PIPE, err: int | IO[bytes] = subprocess.PIPE
) -> tuple[int, bytes, bytes]:
    """Exit status and what was printed where, by a script that begins with what is tested."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", f"from bot.terminal import *\n{script}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
        stdout=out,
        stderr=err,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_signs_an_encoding_lacks_are_printed_as_numbers() -> None:
    """On both outputs."""
    assert run("take_any_text(); answer('→'); remark('→')") == (0, b"\\u2192\n", b"\\u2192\n")


def test_a_lost_output_is_told_apart_and_leaves_no_trace() -> None:
    """The reader gone, or no room: one error, the reason, and nothing tried again at the end."""
    script = "try: answer('x' * 100)\nexcept OutputLostError as error: remark(f'{error.gone} {error}')"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe, Path("/dev/full").open("wb") as full:
        assert run(script, out=pipe) == (0, None, b"True Broken pipe\n")
        assert run(script, out=full) == (0, None, b"False No space left on device\n")


def test_remarks_get_lost_without_harm() -> None:
    """The answers go on."""
    with Path("/dev/full").open("wb") as full:
        assert run("remark('one'); answer('two'); remark('three')", err=full) == (0, b"two\n", None)
