"""Log lines as a process writes them: on stderr, in one form, and without what is nobody's business."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TALKING = """
import logging, sys, structlog
from bot import telemetry
telemetry.configure({level!r}, {form!r})
log = structlog.get_logger("earshot.note")
log.debug("quiet")
log.info("note", seconds=1.5, outcome="posted")
log.warning("{percent} é")
for name in ("discord.http", "aiohttp.client", "sqlalchemy.engine", "alembic.runtime"):
    logging.getLogger(name).debug("Bot %s says %s", "TOKEN", "what was said")
    logging.getLogger(name).warning("trouble in %s", name)
logging.getLogger("discord.gateway").info("connected")
def fail(secret):
    raise LookupError("what broke")
try:
    # Put together here: from Python 3.13 on, a traceback quotes the lines of a program that was given with -c.
    fail("-".join(["sk", "or", "v1", "secret"]))
except LookupError as error:
    log.error("note", exc_info=error)
"""


def lines(level: str, form: str | None) -> tuple[str, str]:
    """What a process that talks a lot leaves on stdout and stderr."""
    code = TALKING.replace("{level!r}", repr(level)).replace("{form!r}", repr(form))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - the text above
    return done.stdout, done.stderr


def objects(level: str) -> list[dict[str, Any]]:
    """The lines of such a process, as JSON."""
    return [json.loads(line) for line in lines(level, "json")[1].splitlines()]


def test_json_is_one_object_a_line() -> None:
    """Ours and the libraries', with time, level and logger; stdout is left to answers."""
    assert lines("INFO", "json")[0] == ""
    found = objects("INFO")
    assert all({"event", "level", "logger", "timestamp"} <= set(line) for line in found)
    first = found[0]
    assert (first["event"], first["seconds"], first["outcome"]) == ("note", 1.5, "posted")
    assert (first["level"], first["logger"]) == ("info", "earshot.note")
    assert found[1]["event"] == "{percent} é"
    assert {line["logger"] for line in found} >= {"discord.http", "discord.gateway", "sqlalchemy.engine"}


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_no_level_brings_out_what_libraries_see(level: str, form: str) -> None:
    """Requests with their bodies, statements with their values: not even at DEBUG; nor what variables hold."""
    out = lines(level, form)[1]
    assert "what was said" not in out
    assert "TOKEN" not in out
    assert "sk-or-v1-secret" not in out.replace('fail("sk-or-v1-secret")', "")
    assert "trouble in discord.http" in out
    assert "LookupError: what broke" in out
    assert ("quiet" in out) == (level == "DEBUG")


def test_levels_are_kept() -> None:
    """At WARNING the libraries' everyday lines are gone as well as ours."""
    assert {line["level"] for line in objects("WARNING")} == {"warning", "error"}
    assert {line["level"] for line in objects("ERROR")} == {"error"}


def test_by_itself_it_suits_its_reader() -> None:
    """A file or a pipe is read by programs, a terminal by people."""
    assert next(json.loads(line)["event"] for line in lines("INFO", None)[1].splitlines()) == "note"
    code = TALKING.replace("{level!r}", "'INFO'").replace("{form!r}", "None")
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=theirs) as process:  # noqa: S603 - as above
            os.close(theirs)
            seen = b""
            with contextlib.suppress(OSError):
                while piece := os.read(ours, 65536):
                    seen += piece
        assert process.returncode == 0
    finally:
        os.close(ours)
    assert b"outcome" in seen
    assert b'{"' not in seen
