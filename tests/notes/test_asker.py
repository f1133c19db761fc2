"""What is asked of recordings, and what was."""

from __future__ import annotations

from tests.notes.desk import Desk, settled


async def test_what_is_worked_on_is_known(desk: Desk) -> None:
    """Until its answer stands."""
    desk.gate(1)
    message = desk.message(1)
    assert not await desk.asker.under_way(message, message.attachments[0])
    await desk.reception.take_in(message)
    assert await desk.asker.under_way(message, message.attachments[0])
    desk.setup.openroute.script("Yes.")
    desk.let_in(1)
    await desk.until_finished(1)
    await settled(desk)
    assert not await desk.asker.under_way(message, message.attachments[0])
