"""One run of `torture`: posts the notes, kills the bot's processes, breaks the gateway, and has the result judged.

Notes are posted in rounds. In each round one process is killed, after a random time or a random number of exchanges, and
the gateway's connections may break. At each kill Discord forgets the nonces of the notes that process worked on, as if it
had been away for minutes: a message sent twice shows.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import fleet, ledger
from benchmarks.fleet import ALONE, FLEET, Fleet
from benchmarks.torture_scene import TortureScene
from benchmarks.torture_verdict import OPEN, Kill, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_ROUND = 5.0
"""Seconds of a round."""
_EXCHANGES = 40
"""After how many exchanges, at most, a process is killed."""
_DROPS = 0.6
"""The share of the rounds in which the gateway's connections break."""
_SETTLED = 5.0
"""Seconds without a request after which nothing more is expected."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, as the command line says. `database` is a URL; with PostgreSQL the bot runs as a fleet."""

    database: str
    notes: int
    kills: int
    seed: int
    patience: float
    """After how many seconds in which no note is finished the rest counts as lost."""

    @property
    def distributed(self) -> bool:
        """Whether the bot runs as several processes."""
        return self.database.startswith("postgresql:")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run."""

    verdict: Verdict
    remarks: Sequence[str]
    """Sentences about what else is not as it should be: tracebacks, refused requests, files left behind."""
    seconds: float


class TortureRun:
    """One run. The bot's processes work in `folder` and write their logs there; `tell` gets lines about the progress."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[str], None]) -> None:
        self._plan = plan
        self._folder = folder
        self._tell = tell
        self._chance = random.Random(plan.seed)  # noqa: S311 - no secret
        self._scene = TortureScene(plan.seed)
        self._kills: list[Kill] = []

    async def run(self) -> Outcome:
        """Run it all and return the result. Raises `BrokenError` if the bot ends by itself again and again."""
        began = time.monotonic()
        async with self._scene as scene:
            database = {"DATABASE_URL": self._plan.database, "TMPDIR": str(self._folder)}
            environment = {**scene.environment, **database}
            if self._plan.distributed:
                await fleet.once(("migrate",), environment, self._folder)
            roles = FLEET if self._plan.distributed else ALONE
            bot = Fleet(roles, environment, self._folder, self._chance)
            async with bot:
                answered = await bot.during(self._post_and_kill(bot))
                orphans = bot.orphans
            if answered:
                # Started once more, it must find that there is nothing left to do.
                async with bot:
                    await bot.during(scene.settled(_SETTLED))
            remarks = [
                *bot.unexpected_exits,
                *scene.oddities,
                *_of_folder(self._folder),
                *await self._of_ledger(),
            ]
            if orphans:
                remarks.append(f"{orphans} killed processes left others running")
            return Outcome(judge(scene.evidence(self._kills)), remarks, time.monotonic() - began)

    async def _post_and_kill(self, bot: Fleet) -> bool:
        """Post all notes and kill all the processes planned. Returns whether every note was answered in the end."""
        plan = self._plan
        # The bot does not answer notes that were posted before it first connected.
        await self._scene.connected()
        numbers = list(range(1, plan.notes + 1))
        for part in range(plan.kills + 1):
            batch = numbers[
                plan.notes * part // (plan.kills + 1) : plan.notes * (part + 1) // (plan.kills + 1)
            ]
            async with asyncio.TaskGroup() as together:
                together.create_task(self._post(batch))
                together.create_task(self._break_gateway())
                if part < plan.kills:
                    together.create_task(self._kill(bot))
        left, since = -1, time.monotonic()
        while (unfinished := self._scene.unfinished()) or self._scene.still_to_ask:
            if len(unfinished) != left:
                left, since = len(unfinished), time.monotonic()
            elif time.monotonic() - since > plan.patience:
                return False
            await asyncio.sleep(0.5)
        await self._scene.settled(_SETTLED)
        return True

    async def _post(self, numbers: Sequence[int]) -> None:
        """Post the first of these notes now, and the others at random moments of the round."""
        moments = sorted(self._chance.uniform(0, _ROUND) for _ in numbers[1:])
        began = time.monotonic()
        for number, moment in zip(numbers, [0.0, *moments], strict=False):
            await asyncio.sleep(began + moment - time.monotonic())
            self._scene.post(number)

    async def _break_gateway(self) -> None:
        moment, resumable = self._chance.uniform(0, _ROUND), self._chance.random() < 0.5  # noqa: PLR2004
        if self._chance.random() < _DROPS:
            await asyncio.sleep(moment)
            self._scene.drop_gateway(resumable=resumable)

    async def _kill(self, bot: Fleet) -> None:
        """Kill one of the processes, after a random time or after a random number of exchanges."""
        if self._chance.random() < 0.5:  # noqa: PLR2004
            await asyncio.sleep(self._chance.uniform(0, _ROUND))
        else:
            await self._scene.after(self._chance.randrange(_EXCHANGES))
        supervisor = self._chance.choice(
            [supervisor for supervisor in bot.supervisors if supervisor.running.is_set()] or bot.supervisors
        )
        await supervisor.running.wait()
        process = supervisor.process_name
        survivors = sum(
            each.running.is_set() and each.role.works for each in bot.supervisors if each is not supervisor
        )
        async with supervisor.killed() as at:
            states = await ledger.states(self._plan.database)
            known_at = time.time()
            in_hand = {key for key in self._scene.worked_on_by(process) if states.get(key) in OPEN}
            self._scene.forget_nonces(in_hand)
        self._kills.append(Kill(process, at, known_at, states, survivors))
        self._tell(
            f"kill {len(self._kills)}/{self._plan.kills}: {process}; it had {len(in_hand)} notes at the model or beyond,"
            f" {len(self._scene.unfinished())} are unfinished"
        )

    async def _of_ledger(self) -> list[str]:
        """A sentence for all that is not `posted` in the bot's ledger."""
        states = await ledger.states(self._plan.database)
        return [
            f"note {number}: {f'the ledger says {state}' if state else 'the ledger has nothing of it'}"
            for key, number in self._scene.numbers.items()
            if (state := states.get(key)) != "posted"
        ]


def _of_folder(folder: Path) -> list[str]:
    """A sentence for each log with a traceback, and one if recordings were left on the disk."""
    recordings = [file for file in folder.rglob("*") if file.is_file() and file.read_bytes()[:4] == b"RIFF"]
    return [
        *tracebacks(folder),
        *([f"{len(recordings)} recordings are still on the disk"] if recordings else []),
    ]


def tracebacks(folder: Path) -> list[str]:
    """A sentence for each log of the bot's processes in which there is one."""
    return [f"there is a traceback in {log.name}" for log in sorted(folder.glob("*.log")) if _stumbled(log)]


def _stumbled(log: Path) -> bool:
    """Whether the log has a traceback; those that discord.py logs when it loses a connection don't count."""
    lines = log.read_text(errors="replace").splitlines()
    return any(
        "Traceback (most recent call last)" in line and "Attempting a reconnect" not in line for line in lines
    )
