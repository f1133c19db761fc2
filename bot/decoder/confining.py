"""What a decoder process gives up before it sees its first file, so that a file that takes it over has little in hand.

Limits of the system's for memory, open files and written bytes hold everywhere. On Linux, without any privilege: no
socket, no program and no tracing of other processes (seccomp), no file written outside the folder for temporary files,
no look into other processes and into files with secrets (Landlock). Where the kernel refuses one of these, the rest
still holds, and `missing` tells.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
from typing import TYPE_CHECKING

from bot import system

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN_FILES = 64
_STACK_BYTES = 1 << 20
_MOST_ATTRIBUTES = 128
"""Bytes of a thread's attributes: 56 on x86-64, 64 on ARM."""

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2

# System calls by machine: how the kernel knows the machine, then each call's number there.
_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FORBIDDEN = {
    # Reaching others: over the network, or on this machine.
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200), "listen": (50, 201), "connect": (42, 203),
    "io_uring_setup": (425, 425),
    # Becoming or reaching into another process.
    "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "prlimit64": (302, 261),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    # Corners of the kernel that attacks on it begin with.
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "unshare": (272, 97),
    "setns": (308, 268), "mount": (165, 40), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "open_by_handle_at": (304, 265),
}  # fmt: skip
_TGKILL = (234, 131)
_LEAST_64_BIT = 2**32
_X32 = 0x4000_0000  # from here on, x86-64 numbers its calls a second time

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_VERSION, _LANDLOCK_BENEATH = 1, 1
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11


_missing: list[str] = []


def missing() -> tuple[str, ...]:
    """What this process, once confined, could not give up."""
    return tuple(_missing)


def confine(*, memory: int, most_file_bytes: int, folder: str, hidden: tuple[str, ...]) -> None:
    """Give up what a decoder does not need, for good.

    Args:
        memory: bytes of it there may be.
        most_file_bytes: the largest file that may be written.
        folder: the only one to write in.
        hidden: files and folders not to be read, as absolute paths.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the bot ends us in order.
    os.environ.clear()
    limits = all(
        [
            system.limit("RLIMIT_CORE", 0),
            system.limit("RLIMIT_AS", memory),
            system.limit("RLIMIT_NOFILE", _OPEN_FILES),
            system.limit("RLIMIT_FSIZE", most_file_bytes),
        ]
    )
    files = calls = False
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        system.have_one_heap()
        _have_small_threads(libc)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        files = _keep_to(folder, hidden, libc)
        calls = _forbid_calls(libc)
    _missing[:] = [
        name for name, held in (("limits", limits), ("Landlock", files), ("seccomp", calls)) if not held
    ]


def _have_small_threads(libc: ctypes.CDLL) -> None:
    """Have threads, ours and FFmpeg's, reserve little of the address space, which is what is limited.

    In glibc each takes 8 MB for its stack and 64 MB for what it allocates, and uses a hundredth of it. Others take less.
    """
    if not hasattr(libc, "pthread_setattr_default_np"):
        return
    attributes = ctypes.create_string_buffer(_MOST_ATTRIBUTES)
    libc.pthread_attr_init(attributes)
    libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_STACK_BYTES))
    libc.pthread_setattr_default_np(attributes)


def _keep_to(folder: str, hidden: tuple[str, ...], libc: ctypes.CDLL) -> bool:
    """Landlock: write in `folder` alone, read all but what is `hidden`; signal nobody who is not confined likewise.

    False where the kernel does not help.
    """
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION)
    if version < 1:
        return False
    # Every right there is to files, by version.
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    scoped = _SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0  # noqa: PLR2004
    # Older kernels know a shorter structure; they take the longer one as long as its end is zero.
    rules = libc.syscall(_LANDLOCK_CREATE, struct.pack("=QQQ", rights, 0, scoped), 24, 0)
    if rules < 0:
        return False

    def allow(path: str, what: int) -> None:
        with contextlib.suppress(OSError):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            beneath = struct.pack("=Qi", what, place)
            libc.syscall(_LANDLOCK_ADD, rules, _LANDLOCK_BENEATH, beneath, 0)
            os.close(place)

    for path in _all_but(hidden, "/"):
        allow(path, _READ_FILE | _READ_FOLDER if os.path.isdir(path) else _READ_FILE)  # noqa: PTH112
    # No program is run from there either.
    allow(folder, rights & ~_EXECUTE)
    restricted = libc.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0
    os.close(rules)
    return restricted


def _all_but(hidden: tuple[str, ...], folder: str) -> Iterator[str]:
    """The paths that together hold everything in `folder` that is not hidden, as far as it can be listed."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        # Better to hide nothing in there than everything: programs may lie there, and recordings.
        yield folder
        return
    for entry in entries:
        # What a link leads to has a path of its own.
        if entry.path in hidden or entry.is_symlink():
            continue
        if any(path.startswith(f"{entry.path}/") for path in hidden):
            yield from _all_but(hidden, entry.path)
        else:
            yield entry.path


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _forbid_calls(libc: ctypes.CDLL) -> bool:
    """Seccomp: the forbidden system calls fail with EPERM, and so do signals to other processes.

    False where the kernel does not help.
    """
    machine = platform.machine()
    # A program of 32 bits has numbers of its own for its calls, whatever the kernel under it says it is.
    if machine not in _MACHINES or sys.maxsize < _LEAST_64_BIT:
        return False
    column = list(_MACHINES).index(machine)
    numbers = [numbers[column] for numbers in _FORBIDDEN.values()]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    number, arch, first_argument = 0, 4, 16
    allowed, denied = 0x7FFF_0000, 0x0005_0001

    def step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
        return struct.pack("=HBBI", code, then, otherwise, value)

    # Jumps are counted in steps to pass over; the last two are where they lead: allowed, denied.
    checks = len(numbers)
    program = [
        step(load, arch),
        step(equal, _MACHINES[machine], 0, checks + 6),
        step(load, number),
        step(at_least, _X32, checks + 4, 0),
        *(step(equal, forbidden, checks - at + 3, 0) for at, forbidden in enumerate(numbers)),
        step(equal, _TGKILL[column], 0, 2),
        step(load, first_argument),
        step(equal, os.getpid(), 0, 1),
        step(give, allowed),
        step(give, denied),
    ]
    packed = b"".join(program)
    filters = _Program(len(program), packed)
    return libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filters), 0, 0) == 0
