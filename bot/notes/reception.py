"""Where posted notes come in: they are written into the ledger, and dispatched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot import rules
from bot.notes import intake
from bot.notes.dispatch import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import OrphanedAnswer, SeenMessage, VoiceNote
    from bot.notes.dispatch import Dispatch
    from bot.notes.making import NoteMaker
    from bot.notes.worker import Worker
    from bot.storage import Backlog, Deletions, Ledger

log = structlog.get_logger("earshot.reception")


class Reception:
    """Takes notes in. The cogs and the catch-up call it.

    Args:
        maker, ledger, backlog, deletions, dispatch: as they are named.
        worker: this process's; it is told of deletions. With `--gateway-only` it has nothing to work on.
    """

    def __init__(
        self,
        *,
        maker: NoteMaker,
        ledger: Ledger,
        backlog: Backlog,
        deletions: Deletions,
        dispatch: Dispatch,
        worker: Worker,
    ) -> None:
        self._maker = maker
        self._ledger = ledger
        self._backlog = backlog
        self._deletions = deletions
        self._dispatch = dispatch
        self._worker = worker
        self._closing = False

    @property
    def closing(self) -> bool:
        """Whether this run is ending."""
        return self._closing

    async def take_in(self, message: SeenMessage) -> int:
        """Have the notes in a message answered, if it has any; how many of them were not known yet.

        Called for each message where the bot listens. Once this returns, the notes are in the ledger.
        """
        if not message.attachments:
            return 0
        in_force = await self._maker.rules_at(message)
        attachments = intake.notes_in(
            message, heard=in_force.of(rules.HEARD), webhooks=in_force.of(rules.WEBHOOKS)
        )
        if not attachments or not in_force.of(rules.LISTENING):
            return 0
        offered = in_force.of(rules.ANSWERS) == "button"
        notes = await self._maker.of(message, attachments, offered=offered)
        new = await self._ledger.receive(notes)
        if new:
            await self.begin(notes[0])
        return new

    async def resume(self) -> int:
        """Dispatch what is unfinished in the ledger; how many messages that were. Called after each connection."""
        return await self._submit_all(await self._backlog.unfinished())

    async def dispatch_due(self) -> int:
        """Dispatch what is due in the ledger; how many messages that were. Called every few seconds."""
        return await self._submit_all(await self._backlog.take_due())

    async def deleted(self, message_ids: Sequence[int]) -> list[OrphanedAnswer]:
        """Messages were deleted: stop work on their notes and forget them; the answers that have to be deleted, too."""
        for message_id in message_ids:
            self._worker.deleted(message_id)
            self._dispatch.stop(message_id)
        return await self._deletions.forget(message_ids)

    async def edited(self, message_id: int, attachment_ids: Sequence[int]) -> list[OrphanedAnswer]:
        """A message was edited, and has these attachments now: forget its other notes; the answers to delete."""
        return await self._deletions.forget_others(message_id, attachment_ids)

    async def close(self, seconds: float) -> None:
        """Begin nothing new, and wait so long for what is in hand; what is not finished by then stays for the next run."""
        self._closing = True
        await self._dispatch.close(seconds)

    async def begin(self, note: VoiceNote) -> None:
        """Have a message worked on of which something new is in the ledger."""
        if self._closing:
            log.info("note kept for the next run", message=note.message_id)
        else:
            log.debug("received", message=note.message_id, ask=note.ask.partition(":")[0])
            await self._submit(note.message_id, note.home_id, more=True)

    async def _submit_all(self, unfinished: Sequence[tuple[int, int]]) -> int:
        for message_id, home_id in unfinished:
            await self._submit(message_id, home_id)
        return len(unfinished)

    async def _submit(self, message_id: int, home_id: int, *, more: bool = False) -> None:
        waiting = await self._backlog.count_ahead(home_id, message_id)
        await self._dispatch.submit(Job(message_id=message_id, home_id=home_id, waiting=waiting, more=more))
