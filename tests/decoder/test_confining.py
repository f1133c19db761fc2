"""What a confined process may still read and write, as far as the kernel at hand helps."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from bot.decoder.confining import confine
base = Path(sys.argv[1])
confine(memory=2 * 10**9, most_file_bytes=10**6, folder=str(base / "work"), hidden=("/proc", str(base / "bot" / ".env")))
for name, attempt in {
    "secret": (base / "bot" / ".env").read_text,
    "process": Path("/proc/1/environ").read_bytes,
    "module": (base / "bot" / "module.py").read_text,
    "neighbour": (base / "recording").read_text,
    "work": lambda: (base / "work" / "made").write_text("!"),
    "beside": lambda: (base / "made").write_text("!"),
}.items():
    try:
        attempt()
        print(name, "yes")
    except PermissionError:
        print(name, "no")
"""

ENVIRONMENT = """
import ctypes, os, posix, sys
from bot.decoder.confining import confine
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
assert os.environ["KEY"] == libc.getenv(b"KEY").decode() == "secret"
confine(memory=2 * 10**9, most_file_bytes=10**6, folder=sys.argv[1], hidden=())
print(dict(os.environ), posix.environ, libc.getenv(b"KEY"))
"""

ELSEWHERE = """
import platform, sys
from bot.decoder import confining
platform.machine = lambda: sys.argv[2]
confining.confine(memory=2 * 10**9, most_file_bytes=10**6, folder=sys.argv[1], hidden=())
print("seccomp" in confining.missing())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has it")
@pytest.mark.parametrize(("machine", "missing"), [(platform.machine(), "False"), ("riscv64", "True")])
def test_what_is_missing_is_told(tmp_path: Path, machine: str, missing: str) -> None:
    """A machine whose system calls nobody has listed works all the same, and says so."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ELSEWHERE, str(tmp_path), machine], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{missing}\n"


@pytest.mark.skipif(
    sys.platform != "linux" or ctypes.CDLL(None).syscall(444, None, 0, 1) < 1,
    reason="a kernel without Landlock",
)
def test_secrets_are_out_of_reach(tmp_path: Path) -> None:
    """The file of secrets and other processes; what lies beside them can be read, and only one folder be written."""
    for folder in ("bot", "work"):
        (tmp_path / folder).mkdir()
    for file in ("bot/.env", "bot/module.py", "recording"):
        (tmp_path / file).write_text("content")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=True
    )
    told = dict(line.split() for line in done.stdout.splitlines())
    assert told == {
        "secret": "no", "process": "no", "module": "yes", "neighbour": "yes", "work": "yes", "beside": "no"
    }  # fmt: skip


def test_no_variable_is_left(tmp_path: Path) -> None:
    """Whatever a process was started with: neither Python nor a C library in it finds a key in its environment."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ENVIRONMENT, str(tmp_path)],
        env={"PATH": "/bin", "KEY": "secret"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "{} {} None\n"
