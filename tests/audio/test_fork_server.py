"""What the processes of this bot are started with, for everyone of the same user to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import json, os, tempfile, time
from pathlib import Path
from bot.audio import fork_server

def environment_of(child):
    # Between fork and exec it has none.
    while not (told := Path(f"/proc/{child}/environ").read_bytes()):
        time.sleep(0.01)
    return told.decode().split(chr(0))

started = tempfile.gettempdir()
fork_server.start()
me = os.getpid()
children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
print(json.dumps({
    "children": [environment_of(child) for child in children],
    "own": dict(os.environ),
    "folder": [started, tempfile.gettempdir()],
}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no other system shows a process's environment like this")
@pytest.mark.parametrize("folder", ["", "a" * 90], ids=["usual", "a long name"])
def test_the_server_of_the_processes_knows_no_secret(folder: str, tmp_path: Path) -> None:
    """Neither it nor what it starts beside itself; this process keeps its environment and its temporary folder."""
    temporary = tmp_path / folder
    temporary.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(temporary),
        "OPENROUTE_API_KEY": "sk-secret",
        "DISCORD_TOKEN": "token-secret",
        "MY_PATH_TO_SECRETS": "own-secret",
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["children"]
    for variables in told["children"]:
        assert f"PATH={environment['PATH']}" in variables
        assert "secret" not in "\n".join(variables)
    assert {name: told["own"][name] for name in environment} == environment
    assert told["folder"] == [str(temporary)] * 2
