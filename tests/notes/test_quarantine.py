"""Who decodes beside whom: many at once, a suspect alone, and nobody waits for ever."""

from __future__ import annotations

import asyncio

from bot.notes.quarantine import Quarantine


class Ward:
    """Notes that are decoded until they are let go."""

    def __init__(self) -> None:
        self.quarantine = Quarantine()
        self.inside: list[str] = []
        self._let_go: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str, alone: bool = False) -> None:
        """Notes that want to be decoded."""
        for name in names:
            self._let_go[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._decode(name, alone=alone))
        await self.deliveries()

    async def go(self, *names: str) -> None:
        """Notes that are decoded."""
        for name in names:
            self._let_go[name].set()
        await self.deliveries()

    async def deliveries(self) -> None:
        """Let everything happen that can happen."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def _decode(self, name: str, *, alone: bool) -> None:
        async with self.quarantine.slot(alone=alone):
            self.inside.append(name)
            await self._let_go[name].wait()
            self.inside.remove(name)


async def test_a_suspect_is_alone() -> None:
    """It waits for those inside; those that come later wait for it, and for the next one."""
    ward = Ward()
    await ward.come("a", "b")
    await ward.come("suspect", "another", alone=True)
    await ward.come("c", "d")
    assert ward.inside == ["a", "b"]
    await ward.go("a")
    assert ward.inside == ["b"]
    await ward.go("b")
    assert ward.inside == ["suspect"]
    await ward.go("suspect")
    assert ward.inside == ["another"]
    await ward.go("another")
    assert ward.inside == ["c", "d"]
    await ward.go("c", "d")


async def test_who_stops_waiting_holds_nobody_up() -> None:
    """A message was deleted, or the bot ends."""
    ward = Ward()
    await ward.come("a")
    await ward.come("suspect", alone=True)
    await ward.come("b")
    ward.tasks["suspect"].cancel()
    await ward.deliveries()
    assert ward.inside == ["a", "b"]
    ward.tasks["b"].cancel()
    await ward.go("a")
    await ward.come("another", alone=True)
    assert ward.inside[-1] == "another"
    ward.tasks["another"].cancel()
    await ward.come("c")
    assert ward.inside[-1] == "c"
    await ward.go("c")
