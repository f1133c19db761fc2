"""`python -m sandbox.die_with_parent PARENT ARGUMENT...`: become `python ARGUMENT...`, but end when the process PARENT does.

`bot_process` starts the bot through this, so that it ends even if the parent is killed and has no time to end it.
Only Linux offers this, and only to the process that is to end; on other systems the process lives on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: str, *arguments: str) -> None:
    """Ask Linux to send SIGTERM when the process `parent` ends, then become the interpreter with `arguments`."""
    if sys.platform == "linux":
        # SIGTERM, not SIGKILL, so that it can end the processes it has started.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != int(parent):
            sys.exit("the process this one belongs to has ended already")
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(*sys.argv[1:])
