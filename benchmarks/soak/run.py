"""One run of `soak`: people live with the bot while one fault after the other happens, and then all of it is judged."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from benchmarks import fleet, ledger
from benchmarks.fleet import Fleet, Role
from benchmarks.link import Link
from benchmarks.machine import Clock, DisklessError, SmallDisk
from benchmarks.postgres import free_port
from benchmarks.soak.faults import SoakFaults
from benchmarks.soak.people import SoakPeople
from benchmarks.soak.verdict import answered, kept, repaid
from benchmarks.soak.watch import Bot, growth, held
from benchmarks.torture_run import tracebacks
from benchmarks.torture_verdict import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.postgres import PostgresServer
    from benchmarks.soak.watch import Held

_FIRST = 1000
"""After so many notes the memory is looked at that all later is compared with."""
_ROUND = 2000
"""Each kind of fault happens once within the first notes, and then once for so many."""
_AT_ONCE = 60
"""So many notes at most are under way at the same time; while something is away, more wait."""
_WAITING = 150
"""As many as can in the first thousand, where one fault follows the other after ninety notes. What a process has taken for a crowd, it
does not give back whole: later crowds must be no larger than the one that memory is compared with."""
FEWEST = 20
"""So few notes are the least before and after memory is first looked at: each kind of fault needs one to happen at."""
MOST_GROWTH = 5.0
"""Percent."""
_PORT = "HTTP_PORT"
_WORKERS = ("worker-1", "worker-2")
_DISK_MEGABYTES = 400
_SETTLED = 20.0
"""Seconds without a request after which a bot is idle, and idle connections are closed."""
_FORGOTTEN_AFTER = 305.0
"""Seconds after which discord.py forgets, at the next request, what it knows of the rate limits of a channel or thread."""
_PATIENCE = (60.0, 60.0)
"""Seconds in which nothing is finished after which the rest counts as lost: at least, and more as long as faults are."""
_LOOKED_FOR = 0.05
"""Seconds for each note in which a bot finds out, at its pace, what was deleted while it had no session: a call a second, which
tells of a hundred notes in one channel; and what it was at before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. `server`: where the ledger of a fleet is; None: one process with an SQLite file."""

    notes: int
    seed: int
    server: PostgresServer | None
    hurry: float = 1.0
    """How long faults last and quiet is waited for, as a share of what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    notes: int
    did: Mapping[str, int]
    faults: Mapping[str, int]
    findings: Sequence[Finding]
    cut_off: int
    before: Mapping[str, Held]
    after: Mapping[str, Held]
    left_files: Sequence[str]
    remarks: Sequence[str]
    seconds: float

    @property
    def flawless(self) -> bool:
        """Whether nothing was lost, told twice, paid twice, kept or left, nothing else was odd, and no process has grown."""
        return not (self.findings or self.left_files or self.remarks or self.grown > MOST_GROWTH)

    @property
    def grown(self) -> float:
        """By how many percent the memory of the process has grown whose memory has grown most."""
        return max(growth(self.before, self.after).values(), default=0.0)


class SoakRun:
    """One run. The bot's processes work below `folder`; `tell` gets lines about the progress."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[str], None]) -> None:
        self._plan = plan
        self._folder = folder
        self._tell = tell
        self._chance = random.Random(plan.seed)  # noqa: S311 - no secret
        self._happened: Counter[str] = Counter()
        self._beyond = 0
        """How many notes were posted beyond those of the plan."""

    async def run(self) -> Outcome:
        """Run it all and return what came of it. Raises `BrokenError` if the bot ends by itself again and again."""
        began = time.monotonic()
        plan, server = self._plan, self._plan.server
        async with AsyncExitStack() as stack:
            # What is in it at the end, the bot has left there. Logs are elsewhere: what goes wrong on a full disk has to be seen.
            working = self._folder / "disk"
            disk = self._disk(stack, working)
            clock = Clock(self._folder / "clock")
            people = await stack.enter_async_context(SoakPeople(plan.seed))
            model = await stack.enter_async_context(Link(urlsplit(people.openroute.base_url).port or 0))
            database = server.database() if server is not None else f"sqlite:///{working}/earshot.db"
            environment = {
                **people.environment,
                "OPENROUTE_BASE_URL": _by(model, people.openroute.base_url),
                "DATABASE_URL": database,
                "TMPDIR": str(working),
            }
            links = (
                {name: await stack.enter_async_context(Link(server.port)) for name in _WORKERS}
                if server is not None
                else {}
            )
            if server is not None:
                await fleet.once(("migrate",), environment, self._folder)
            roles = _roles(clock, {name: _by(link, database) for name, link in links.items()})
            bot = Fleet(roles, environment, self._folder, self._chance)
            faults = SoakFaults(
                people,
                self._chance,
                model=model,
                links=links,
                name_of=lambda role: next(
                    each.process_name for each in bot.supervisors if each.role.name == role
                ),
                server=server,
                disk=disk,
                clock=clock,
                hurry=plan.hurry,
            )
            async with bot:
                before, after = await bot.during(self._days(people, faults, bot))
            left = [str(file) for file in _left(working)]
            remarks = [*bot.unexpected_exits, *people.oddities, *tracebacks(self._folder)]
            findings = [*answered(people.asked, people.discord), *await self._of_ledger(people, database)]
            again, cut_off = repaid(people.calls, faults.interruptions)
            return Outcome(
                notes=plan.notes,
                did=people.did,
                faults=self._happened,
                findings=[*findings, *again],
                cut_off=cut_off,
                before=before,
                after=after,
                left_files=left,
                remarks=remarks,
                seconds=time.monotonic() - began,
            )

    async def _days(
        self, people: SoakPeople, faults: SoakFaults, bot: Fleet
    ) -> tuple[Mapping[str, Held], Mapping[str, Held]]:
        """Live with the bot; what its processes held after the first notes, and at the end."""
        await people.connected()
        first = min(_FIRST, self._plan.notes // 2)
        await self._live(people, faults, range(1, first + 1))
        before = await self._look(people, bot)
        rounds = max(1, (self._plan.notes - first) // _ROUND)
        for part in range(rounds):
            numbers = range(first + 1, self._plan.notes + 1)
            await self._live(
                people, faults, numbers[len(numbers) * part // rounds : len(numbers) * (part + 1) // rounds]
            )
        return before, await self._look(people, bot)

    async def _live(self, people: SoakPeople, faults: SoakFaults, numbers: range) -> None:
        """Post these notes, while each kind of fault happens once, and wait until people are done with them."""
        kinds = list(faults.kinds)
        self._chance.shuffle(kinds)
        due = {
            numbers[len(numbers) * (place + 1) // (len(kinds) + 1)]: name for place, name in enumerate(kinds)
        }
        happening: asyncio.Task[None] | None = None
        try:
            for number in numbers:
                # They are done a thousand times, one by one: nobody has to be woken at once.
                while people.busy >= (  # noqa: ASYNC110
                    _WAITING if happening and not happening.done() else _AT_ONCE
                ):
                    await asyncio.sleep(0.02)
                people.live(number)
                await asyncio.sleep(0)
                if name := due.get(number):
                    if happening is not None:
                        await happening
                    self._tell(f"{time.strftime('%H:%M:%S', time.gmtime())} note {number}: {name}")
                    self._happened[name] += 1
                    happening = asyncio.create_task(_happen(faults, name, self._tell))
            if happening is not None:
                await happening
        finally:
            # Also for who is interrupted: what a fault has broken is put right before the rest of it is gone.
            if happening is not None:
                happening.cancel()
                await asyncio.wait([happening])
        least, more = _PATIENCE
        patience = least + more * self._plan.hurry
        left, since = people.busy, time.monotonic()
        while people.busy or kept(people.asked, people.discord):
            if (now := people.exchanges) != left:
                left, since = now, time.monotonic()
            elif time.monotonic() - since > patience + (
                0 if people.busy else _LOOKED_FOR * len(people.asked)
            ):
                return
            await asyncio.sleep(0.5)

    async def _look(self, people: SoakPeople, bot: Fleet) -> Mapping[str, Held]:
        await people.settled(_SETTLED * self._plan.hurry)
        if self._plan.hurry >= 1:
            # What days hold does not come together in minutes. Who is in a hurry does not compare memory.
            await asyncio.sleep(_FORGOTTEN_AFTER)
            self._beyond += 1
            people.live(self._plan.notes + self._beyond)
            await people.settled(_SETTLED)
        bots = {
            each.role.name: Bot(each.groups[-1], int(each.role.environment[_PORT]))
            for each in bot.supervisors
        }
        return await asyncio.to_thread(held, bots)

    async def _of_ledger(self, people: SoakPeople, database: str) -> list[Finding]:
        """Findings about what is not `posted` in the bot's ledger, and about settings that are not what was set last."""
        states = await ledger.states(database)
        unfinished = [
            Finding(Kind.MISSING, each.note.number, f"the ledger says {states.get(key)}")
            for key, each in people.asked.items()
            if not each.gone and states.get(key) != "posted"
        ]
        values = await ledger.settings(database, people.setting)
        lost = [
            Finding(Kind.MISSING, None, f"a server has set {value}, and the bot knows {values.get(guild)}")
            for guild, value in people.values.items()
            if float(values.get(guild, "0")) != value
        ]
        return unfinished + lost

    def _disk(self, stack: AsyncExitStack, folder: Path) -> SmallDisk | None:
        """The small disk at a folder, which is a plain one where there can be none."""
        try:
            return stack.enter_context(SmallDisk(folder, _DISK_MEGABYTES))
        except DisklessError as error:
            self._tell(f"Not tried: a disk that is full. {error}")
            return None


def _roles(clock: Clock, databases: Mapping[str, str]) -> list[Role]:
    """One bot; or a gateway, and the workers that have a way of their own to the database."""
    program = ("-m", "benchmarks.set_clock", str(clock.file), "bot")

    def role(name: str, *arguments: str, works: bool = True, **variables: str) -> Role:
        environment = {_PORT: str(free_port()), **variables}
        return Role(name, arguments, works=works, environment=environment, program=program)

    if not databases:
        return [role("bot", "run")]
    workers = [role(name, "worker", DATABASE_URL=url) for name, url in databases.items()]
    return [role("gateway", "run", "--gateway-only", works=False), *workers]


async def _happen(faults: SoakFaults, name: str, tell: Callable[[str], None]) -> None:
    began = time.monotonic()
    await faults.kinds[name]()
    tell(f"{name}: over after {time.monotonic() - began:.0f} s")


def _by(link: Link, url: str) -> str:
    """The address, led over the link."""
    parts = urlsplit(url)
    account = f"{parts.username}@" if parts.username else ""
    return urlunsplit(parts._replace(netloc=f"{account}{parts.hostname}:{link.port}"))


def _left(folder: Path) -> list[Path]:
    """Files that are not the database."""
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith("earshot.db")
    ]
