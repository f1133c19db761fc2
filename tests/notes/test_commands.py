"""The notes of commands are heard at once and not written down; at the end of a run, people are told."""

from __future__ import annotations

import asyncio
import dataclasses

from bot import errors, reply
from tests.fixtures_cdn import Told
from tests.fixtures_pipeline import Delivery
from tests.notes.desk import Desk, settled


async def test_what_is_asked_for_is_answered_again(desk: Desk) -> None:
    """A command is not kept from what was answered before, nor written down."""
    desk.setup.openroute.script("Yes.", times=2)
    message = desk.message(1)
    await desk.reception.take_in(message)
    await desk.until_finished(1)
    desk.finished.clear()
    desk.setup.cdn.told.append(Told(desk.setup.sound))
    await desk.running.answer(message, desk.deliver)
    await desk.until_finished(1)
    assert len(desk.taken) == 2
    assert desk.deliveries[1].final == reply.Reply(("Yes.",))
    await settled(desk)


async def test_who_asked_is_told_of_the_restart(desk: Desk) -> None:
    """A command's way to the person ends with this run: every file's delivery is told."""
    desk.setup.cdn.gates = {f"/{number}.ogg": asyncio.Event() for number in (1, 2)}
    await desk.running.answer(desk.message(1, 2), desk.deliver)
    async with asyncio.timeout(5):
        await desk.close(0)
    assert [delivery.final for delivery in desk.deliveries.values()] == [reply.restarting(reply.ENGLISH)] * 2


async def test_who_asks_while_closing_is_told_at_once(desk: Desk) -> None:
    """Nobody is left before a message that says “thinking”."""
    await desk.close(0)
    await desk.running.answer(desk.message(1), desk.deliver)
    assert desk.deliveries[1].final == reply.restarting(reply.ENGLISH)


async def test_one_file_is_heard_for_who_shows_it_otherwise(desk: Desk) -> None:
    """What the model says, or why it says nothing; nothing of it is written down."""
    message = desk.message(1, 2)
    desk.setup.openroute.script("Yes.")
    assert await desk.running.hear(message, message.attachments[0], asked_by=7) == ("Yes.", True)
    lost = dataclasses.replace(message.attachments[1], seconds=1e9)
    text, answered = await desk.running.hear(message, lost, asked_by=7)
    assert "too long" in text
    assert not answered
    assert await desk.ledger.claim(1) == []


async def test_other_work_of_commands_ends_in_what_it_came_to(desk: Desk) -> None:
    """A reply, or the sentence of its error; at the end of the run, its person is told like others."""

    async def fails() -> reply.Reply:
        raise errors.EndpointBusy("away")

    async def hangs() -> reply.Reply:
        await asyncio.Event().wait()
        raise AssertionError

    async def works() -> reply.Reply:
        return reply.Reply(("Done.",))

    failed, hung, worked, late = (Delivery() for _ in range(4))
    await desk.running.run(fails, "en-US", failed)
    await desk.running.run(works, "en-US", worked)
    await desk.running.run(hangs, "de", hung)
    async with asyncio.timeout(5):
        await desk.close(0.1)
    await desk.running.run(works, "de", late)
    assert failed.final == reply.explained(errors.EndpointBusy("away"), words=reply.ENGLISH)
    assert worked.final == reply.Reply(("Done.",))
    assert hung.final == late.final == reply.restarting(reply.words_for("de"))
