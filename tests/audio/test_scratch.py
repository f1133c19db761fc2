"""Files under way lie in a folder of the run's own, and no run leaves any behind, however it ended."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from bot.audio import scratch, working_folder

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
from bot.audio import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "note").mkdir()
    (folder / "note" / "source").write_text("what was said")
    print(folder, flush=True)
    sys.stdin.read()
"""

WRITE_ON = """
import sys
from itertools import count
from pathlib import Path
for number in count():
    (Path(sys.argv[1]) / str(number)).write_bytes(b"what was said")
    if number == 1000:
        print("!", flush=True)
"""


@contextlib.contextmanager
def another_run(parent: Path) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A process with a note in its folder, until its standard input ends; and that folder."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", RUN, str(parent)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())


def test_it_is_this_runs_alone_and_gone_afterwards(tmp_path: Path) -> None:
    """Nobody else may look into it; what is in it goes with it, also where the run ends badly."""
    with contextlib.suppress(LookupError), scratch(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(f"earshot-{os.getpid()}-")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "source").write_text("what was said")
        raise LookupError
    assert list(tmp_path.iterdir()) == []


def test_a_place_is_gone_for_who_still_writes_in_it(tmp_path: Path) -> None:
    """A decoder whose work was cancelled is ended a moment later; meanwhile it must not keep the folder alive."""
    for _ in range(10):
        with contextlib.ExitStack() as stack:
            with working_folder(tmp_path) as folder:
                writer = subprocess.Popen(  # noqa: S603 - our own interpreter
                    [sys.executable, "-I", "-S", "-c", WRITE_ON, str(folder)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
                stack.enter_context(writer)
                stack.callback(writer.kill)
                assert writer.stdout is not None
                writer.stdout.readline()
            _, complaint = writer.communicate(timeout=20)
        assert b"FileNotFoundError" in complaint
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    """And nothing else: not what a run that goes on has, nor what others call alike."""
    others = [tmp_path / name for name in ("earshot-demo-x1", "earshot-x1", "other", "earshot-1-file")]
    for other in others[:-1]:
        other.mkdir()
    others[-1].touch()
    link = tmp_path / "earshot-2-link"
    link.symlink_to(others[0])
    with another_run(tmp_path) as (living, its), another_run(tmp_path) as (dying, left):
        dying.kill()
        dying.wait()
        assert (left / "note" / "source").exists()
        with scratch(tmp_path) as ours:
            assert not left.exists()
            assert (its / "note" / "source").exists()
            assert set(tmp_path.iterdir()) == {*others, link, its, ours}
        living.communicate()
    assert set(tmp_path.iterdir()) == {*others, link}


def test_runs_that_start_together_keep_their_folders(tmp_path: Path) -> None:
    """However they meet while one looks for dead ones and another has only just made its own."""

    def run(_: int) -> bool:
        with scratch(tmp_path) as folder:
            (folder / "source").touch()
            with scratch(tmp_path):
                return (folder / "source").exists()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(400)))
    assert list(tmp_path.iterdir()) == []
