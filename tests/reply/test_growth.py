"""An answer grows before people's eyes, at a pace they and Discord can bear."""

from __future__ import annotations

import asyncio

import pytest
import structlog.testing

from bot.reply.growth import Growth

NEVER = 3_600.0


class Screen:
    """Where a text is shown. `gate`, where there is one, holds a showing up until it is set."""

    def __init__(self, *, gate: asyncio.Event | None = None, broken: bool = False) -> None:
        self.shown: list[str] = []
        self.began = asyncio.Event()
        self._gate = gate
        self._broken = broken

    async def show(self, text: str) -> None:
        """Show it."""
        self.began.set()
        if self._gate is not None:
            await self._gate.wait()
        self.shown.append(text)
        if self._broken:
            raise OSError


async def deliveries() -> None:
    """Let everything happen that can happen without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_quick_answer_is_never_shown_half() -> None:
    """Complete within the hold: it is left to the end."""
    screen = Screen()
    async with Growth(screen.show, hold=NEVER, pace=0) as growth:
        growth.update("The whole ")
        growth.update("The whole answer.")
        await deliveries()
    assert screen.shown == []


async def test_a_slow_answer_is_shown_as_it_stands() -> None:
    """Not word by word: what has come meanwhile is shown at once."""
    screen = Screen()
    async with Growth(screen.show, hold=0, pace=0) as growth:
        growth.update("The")
        growth.update("The first half")
        await screen.began.wait()
        await deliveries()
        assert screen.shown == ["The first half"]
        growth.update("The first half and more")
        await deliveries()
        assert screen.shown == ["The first half", "The first half and more"]


async def test_edits_keep_their_distance() -> None:
    """Between two of them the pace passes, however much comes."""
    screen = Screen()
    async with Growth(screen.show, hold=0, pace=NEVER) as growth:
        growth.update("One")
        await screen.began.wait()
        for text in ("One two", "One two three"):
            growth.update(text)
            await deliveries()
    assert screen.shown == ["One"]


async def test_nothing_new_is_nothing_to_show() -> None:
    """A text is not shown twice, and none is not shown at all."""
    screen = Screen()
    async with Growth(screen.show, hold=0, pace=0) as growth:
        await deliveries()
        assert screen.shown == []
        growth.update("One")
        await deliveries()
    assert screen.shown == ["One"]


async def test_a_showing_that_fails_is_passed_over() -> None:
    """Logged by its kind, and the next is tried."""
    screen = Screen(broken=True)
    with structlog.testing.capture_logs() as logs:
        async with Growth(screen.show, hold=0, pace=0) as growth:
            growth.update("One")
            await deliveries()
            growth.update("One two")
            await deliveries()
    assert screen.shown == ["One", "One two"]
    assert [(line["log_level"], line["error"]) for line in logs] == [("warning", "OSError")] * 2


async def test_a_showing_under_way_ends_before_the_end_does() -> None:
    """So that half an answer cannot arrive on top of the whole one."""
    gate = asyncio.Event()
    screen = Screen(gate=gate)
    growth = Growth(screen.show, hold=0, pace=0)
    await growth.__aenter__()
    growth.update("Half")
    await screen.began.wait()
    leaving = asyncio.create_task(growth.__aexit__(None, None, None))
    await deliveries()
    assert not leaving.done()
    gate.set()
    await leaving
    assert screen.shown == ["Half"]
    growth.update("Too late")
    await deliveries()
    assert screen.shown == ["Half"]


async def test_a_showing_that_hangs_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finished answer comes all the same."""
    monkeypatch.setattr("bot.reply.growth.PATIENCE", 0.01)
    screen = Screen(gate=asyncio.Event())
    async with asyncio.timeout(10):
        async with Growth(screen.show, hold=0, pace=0) as growth:
            growth.update("Half")
            await screen.began.wait()
    assert screen.shown == []


async def test_an_answer_that_breaks_off_stops_growing() -> None:
    """The error goes on its way; nothing is left running."""
    screen = Screen()
    before = asyncio.all_tasks()

    async def half() -> None:
        async with Growth(screen.show, hold=0, pace=0) as growth:
            growth.update("Half")
            await asyncio.wait_for(asyncio.Event().wait(), 0)

    with pytest.raises(TimeoutError):
        await half()
    assert asyncio.all_tasks() == before
