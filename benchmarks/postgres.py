"""Runs a PostgreSQL server for tests and benchmarks, in a folder and on a port of its own, removed at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType

_HOST = "127.0.0.1"
_OWNER = "earshot"
_PACKAGED = Path("/usr/lib/postgresql")
_UNPRIVILEGED = ("postgres", "nobody")
_PORTS_TRIED = 3
_STARTS_WITHIN = 30.0
_CONFIGURATION = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    # Quicker; data would be lost only if the machine lost power, not if the server is killed.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}


class PostgresError(Exception):
    """The server does not start; the message says why."""


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs: on the path, or the newest where Debian puts them; None if not installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(_PACKAGED.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


class PostgresServer:
    """A running server, a context manager. It asks for no password, so keep nothing real in it.

    Raises `PostgresError` if it does not start. PostgreSQL refuses to run as root: then it runs as another account.
    """

    def __init__(self) -> None:
        programs = binaries()
        if programs is None:
            raise PostgresError("PostgreSQL is not installed (Debian's package: postgresql).")
        self._programs = programs
        account = _account()
        self._user, self._group, self._groups = (
            (account.pw_uid, account.pw_gid, ()) if account is not None else (None, None, None)
        )
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        # Not in the caller's folder, which the server's account may not be allowed to enter.
        self._folder = Path(tempfile.mkdtemp(prefix="earshot-postgres-"))
        try:
            if self._user is not None:
                shutil.chown(self._folder, self._user, self._group)
            self._run("initdb", "--pgdata", self._data, "--username", _OWNER, "--auth", "trust", "--no-sync",
                      "--encoding", "UTF8", "--no-locale")  # fmt: skip
            for attempt in range(1, _PORTS_TRIED + 1):
                self._port = free_port()
                try:
                    self.start()
                except PostgresError:
                    # Another program may have been quicker to take the port.
                    if attempt == _PORTS_TRIED:
                        raise
                else:
                    break
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server on its port; returns when it takes connections. Raises `PostgresError`."""
        options = [part for name, value in _CONFIGURATION.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL, found above
                [self._programs / "postgres", "-D", self._data, "-p", str(self._port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                # Ctrl-C at the terminal does not reach it: it is asked to end by `stop`.
                start_new_session=True,
                user=self._user,
                group=self._group,
                extra_groups=self._groups,
            )
        patience = time.monotonic() + _STARTS_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > patience:
                self.stop()
                raise PostgresError(f"PostgreSQL does not start:\n{self._last_words()}")
            time.sleep(0.05)

    def stop(self, *, orderly: bool = False) -> None:
        """End it at once, as a crash would: what was committed is there when it is started again.

        If `orderly`, it tells those who are connected, as when it is restarted.
        """
        if self._process is not None:
            # PostgreSQL's “fast shutdown” and “immediate shutdown”. Every connection is cut in both.
            self._process.send_signal(signal.SIGINT if orderly else signal.SIGQUIT)
            self._process.wait()
            self._process = None

    @contextmanager
    def away(self) -> Generator[None]:
        """While the context is open, the server is stopped."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return self._port

    def database(self, *, like: str | None = None) -> str:
        """Create a database, empty or with what is in the one at the URL `like`, which nobody may use then; its URL."""
        name = f"{_OWNER}_{next(self._numbers)}"
        template = like.rpartition("/")[2] if like is not None else "template1"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self._address(name)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _address(self, name: str) -> str:
        return f"postgresql://{_OWNER}@{_HOST}:{self._port}/{name}"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(  # noqa: S603 - PostgreSQL, found above
            [self._programs / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            check=False,
            user=self._user,
            group=self._group,
            extra_groups=self._groups,
        )
        if done.returncode != 0:
            raise PostgresError(f"{program} failed:\n{done.stdout.decode(errors='replace')}")


def _account() -> pwd.struct_passwd | None:
    """The account the server runs as; None: this process's. Raises `PostgresError` if root finds no other."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _UNPRIVILEGED:
        if name in known:
            return known[name]
    raise PostgresError(f"PostgreSQL does not run as root, and there is none of {', '.join(_UNPRIVILEGED)}.")


def free_port() -> int:
    """A port of loopback that nobody listens on at the moment."""
    with socket.socket() as asking:
        asking.bind((_HOST, 0))
        return asking.getsockname()[1]
