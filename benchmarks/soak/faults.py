"""What goes wrong while `soak` runs: each kind of fault is a function that does it, waits, and puts it right again."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from benchmarks.link import Link
    from benchmarks.machine import Clock, SmallDisk
    from benchmarks.postgres import PostgresServer
    from benchmarks.soak.people import SoakPeople

_SHORT, _LONG = (1.0, 4.0), (6.0, 15.0)
"""Seconds that a fault lasts, at least and at most."""
_HOUR = 3600
_COMPLETIONS = r".*/chat/completions"


EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Interruption:
    """A time in which connections were cut: of a process to the database, or (None) of all to the model. Unix seconds.

    Of `EVERYBODY`: the database itself was away.
    """

    process: str | None
    began: float
    ended: float


class SoakFaults:
    """Each kind of fault there can be here, by name, in `kinds`.

    Args:
        people: whose Discord and model fail.
        chance: decides how long.
        model: the link to the model.
        links: those of workers to their database, by the name of the worker's role.
        name_of: the name of the process that a role has running.
        server: where the database is; None: in a file.
        disk: the bot's; None where it can't be made small.
        clock: the bot's.
        hurry: how long each lasts, as a share of what is usual.
    """

    def __init__(
        self,
        people: SoakPeople,
        chance: random.Random,
        *,
        model: Link,
        links: Mapping[str, Link],
        name_of: Callable[[str], str],
        server: PostgresServer | None,
        disk: SmallDisk | None,
        clock: Clock,
        hurry: float,
    ) -> None:
        self.interruptions: list[Interruption] = []
        self._people = people
        self._chance = chance
        self._model = model
        self._links = links
        self._name_of = name_of
        self._behind = False
        self._hurry = hurry
        self.kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "gateway_broken": self._break_gateway,
            "session_lost": self._lose_session,
            "endpoint_failing": self._fail_endpoint,
            "endpoint_away": self._cut_endpoint,
            "clock_set": lambda: self._set(clock),
        }
        if disk is not None:
            self.kinds["disk_full"] = lambda: self._fill(disk)
        if server is not None:
            self.kinds["database_restarted"] = lambda: self._stop(server, orderly=True)
            self.kinds["database_killed"] = lambda: self._stop(server, orderly=False)
        if links:
            self.kinds["network_cut"] = lambda: self._part(silently=False)
            self.kinds["network_silent"] = lambda: self._part(silently=True)

    async def _break_gateway(self) -> None:
        self._people.discord.gateway.drop(resumable=True)

    async def _lose_session(self) -> None:
        self._people.discord.gateway.drop(resumable=False)

    async def _fail_endpoint(self) -> None:
        """Every request is answered with an error, as by a proxy whose servers are gone."""
        faults = self._people.openroute.faults
        faults.add("POST", _COMPLETIONS, times=None, status=503)
        await self._for(_LONG)
        faults.clear()

    async def _cut_endpoint(self) -> None:
        with self._interruption(None):
            async with self._model.cut():
                await self._for(_LONG)

    async def _fill(self, disk: SmallDisk) -> None:
        with disk.full():
            await self._for(_LONG)

    async def _set(self, clock: Clock) -> None:
        """Set it back an hour; the next time, set it right again."""
        self._behind = not self._behind
        clock.set(-_HOUR if self._behind else 0)

    async def _stop(self, server: PostgresServer, *, orderly: bool) -> None:
        with self._interruption(EVERYBODY):
            await asyncio.to_thread(server.stop, orderly=orderly)
            await self._for(_SHORT)
            await asyncio.to_thread(server.start)

    async def _part(self, *, silently: bool) -> None:
        role = self._chance.choice(sorted(self._links))
        link = self._links[role]
        with self._interruption(self._name_of(role)):
            async with link.silent() if silently else link.cut():
                await self._for(_LONG)

    @contextmanager
    def _interruption(self, process: str | None) -> Generator[None]:
        began = time.time()
        yield
        self.interruptions.append(Interruption(process, began, time.time()))

    async def _for(self, seconds: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*seconds) * self._hurry)
