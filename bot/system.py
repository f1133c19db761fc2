"""What differs between operating systems, in one place: locks, limits, signals, and how processes are begun.

The bot is made for Linux, and confines its decoders best there. Where a system lacks one of these, the next best is used, and
what can't be had is told by what is returned.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None
try:
    import resource
except ImportError:
    resource = None

FORK_SERVER = "forkserver" in multiprocessing.get_all_start_methods()
"""Whether processes can be forked from one that has loaded what they need. Otherwise each begins from nothing."""
_LOCK = ".lock"
_M_ARENA_MAX = -8
"""The number of that option of glibc's."""


class InUseError(Exception):
    """Another process holds the lock."""


@contextlib.contextmanager
def locked_file(path: Path) -> Generator[None]:
    """Hold a lock, which is a file of its own, in a context. The system gives it back however the process ends.

    Raises:
        InUseError: another process holds it.
        OSError: the file can't be made.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - a decoder process, which comes by here, locks nothing

    lock = FileLock(path, blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise InUseError(str(path)) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def held_folder(folder: Path, *, wait: bool) -> Generator[bool]:
    """Hold a folder, for as long as the process lives; False if it is somebody else's, or another user's or gone.

    Args:
        folder: a link to one is none.
        wait: for whoever holds it now.
    """
    with contextlib.ExitStack() as stack:
        if folder.is_symlink() or not folder.is_dir():
            held = False
        elif fcntl is not None:
            held = _flocked(folder, stack, wait=wait)
        else:
            held = _held_by_file(folder, stack, wait=wait)
        yield held


def _flocked(folder: Path, stack: contextlib.ExitStack, *, wait: bool) -> bool:
    """Lock the folder itself, so that nothing has to lie in it."""
    assert fcntl is not None  # noqa: S101 - looked at before
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        stack.callback(os.close, opened)
        fcntl.flock(opened, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, PermissionError, NotADirectoryError, BlockingIOError):
        return False
    return os.fstat(opened).st_uid == os.geteuid() and folder.exists()


def _held_by_file(folder: Path, stack: contextlib.ExitStack, *, wait: bool) -> bool:
    """Lock a file in the folder. A file that is open may stand in the way of removing the folder: that is done at the end."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - see above

    lock = FileLock(folder / _LOCK, blocking=wait)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return False
    stack.callback(_remove_if_emptied, folder)
    stack.callback(lock.release, force=True)
    return folder.is_dir()


def _remove_if_emptied(folder: Path) -> None:
    """Remove a folder in which nothing is but its lock."""
    with contextlib.suppress(OSError):
        if {each.name for each in folder.iterdir()} <= {_LOCK}:
            shutil.rmtree(folder)


def limit(name: str, value: int) -> bool:
    """Limit what this process may take, for good; whether the system holds it to that.

    Args:
        name: of the limit, such as `RLIMIT_AS`.
        value: the most. A lower limit that there is already stays.
    """
    if resource is None:
        return False
    try:
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, value))
    except (AttributeError, ValueError, OSError):
        return False
    return True


def have_one_heap() -> None:
    """Have all threads of this process, those of libraries too, allocate from one heap. Called before they begin.

    In glibc each thread gets a heap of its own, which reserves 64 MB of the address space and keeps what was freed in it for
    that thread. Others do not.
    """
    if glibc := _glibc():
        glibc.mallopt(_M_ARENA_MAX, 1)


def give_memory_back() -> None:
    """Give the system back what was freed in the middle of the heap, too. It takes milliseconds.

    glibc by itself gives back its end alone, so a busy hour is kept for good. Others do better.
    """
    if glibc := _glibc():
        glibc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        return libc
    return None


def when_told_to_stop(stop: Callable[[], None]) -> None:
    """Have something called in the running event loop when the process gets SIGTERM or SIGINT (Ctrl-C)."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stop))
