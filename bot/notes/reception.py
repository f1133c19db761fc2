"""Where notes come in, by whichever door: each is written down, given its prompt, and put to work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import prompts, reply
from bot.models import Case, VoiceNote
from bot.notes import intake
from bot.notes.dispatch import Job
from bot.notes.pipeline import Unwritten
from bot.notes.worker import in_turn
from bot.storage import PROMPT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.models import Attachment, Posted, Prompt, SeenMessage
    from bot.notes.dispatch import Dispatch
    from bot.notes.pipeline import Deliver, Pipeline
    from bot.notes.worker import InTurn, Work
    from bot.storage import Ledger, Store

log = structlog.get_logger("earshot.reception")

_TELLING_SECONDS = 1.5


class Reception:
    """Takes notes in.

    Args:
        store, ledger, dispatch, pipeline: as they are named.
        work: where posted notes are worked on, if that is in this process.
        default_prompt: the operator's.
    """

    def __init__(
        self,
        *,
        store: Store,
        ledger: Ledger,
        dispatch: Dispatch,
        pipeline: Pipeline,
        work: Work,
        default_prompt: str,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._dispatch = dispatch
        self._pipeline = pipeline
        self._work = work
        self._default_prompt = default_prompt
        self._commands: dict[asyncio.Task[None], InTurn] = {}
        self._closing = False

    @property
    def closing(self) -> bool:
        """Whether this run is ending."""
        return self._closing

    async def posted(self, message: SeenMessage) -> int:
        """Somebody posted `message` where the bot listens: have its notes answered; how many of them were new."""
        attachments = intake.notes_in(message)
        if not attachments:
            return 0
        notes = await self._notes(message, attachments)
        new = await self._ledger.receive(notes)
        if new and self._closing:
            log.info("note kept for the next run", message=message.id)
        elif new:
            log.debug("received", message=message.id, notes=new)
            await self._submit(message.id, notes[0].home_id)
        return new

    async def asked(
        self, message: SeenMessage, deliver: Callable[[VoiceNote], Deliver], *, prompt: str | None = None
    ) -> None:
        """Somebody asked for this message's audio; if nothing looks like any, for all its files."""
        notes = await self._notes(message, intake.asked_for(message), prompt)
        if self._closing:
            await asyncio.gather(*(deliver(note).finish(reply.RESTARTING) for note in notes))
            return
        cases = [Case(note=note) for note in notes]
        for case, turn in zip(cases, in_turn(cases, lambda case: deliver(case.note)), strict=True):
            task = asyncio.create_task(self._command(case, turn))
            self._commands[task] = turn
            task.add_done_callback(lambda task: self._commands.pop(task, None))

    async def resume(self) -> int:
        """Put to work what is unfinished in the ledger; how many messages that were."""
        return await self._submit_all(await self._ledger.unfinished())

    async def look_again(self) -> int:
        """Put to work what was left for later, or for too long; how many messages that were."""
        return await self._submit_all(await self._ledger.due())

    async def deleted(self, message_ids: Sequence[int]) -> list[tuple[int, int, Posted]]:
        """Messages were deleted: stop, forget; message, channel and place of each answer to take back."""
        for message_id in message_ids:
            self._work.deleted(message_id)
            self._dispatch.stop(message_id)
        return await self._ledger.forget(message_ids)

    async def prompt_in_force(
        self, guild_id: int | None, channel_ids: tuple[int, ...], *, command: str | None = None
    ) -> Prompt:
        """The prompt for a channel, a thread's parent named after the thread itself."""
        channel = server = None
        if guild_id is not None:
            channel, server = await self._store.nearest(PROMPT, guild_id, channel_ids)
        return prompts.in_force(command=command, channel=channel, server=server, default=self._default_prompt)

    async def close(self, seconds: float) -> None:
        """Take nothing more; finish what is in hand within `seconds`. The rest stays in the ledger for the next run.

        What is not in the ledger, because its way to the person ends with this run, is told so.
        """
        self._closing = True
        commands = self._end_commands(seconds)
        await asyncio.gather(self._dispatch.close(seconds), commands)

    async def _end_commands(self, seconds: float) -> None:
        if self._commands:
            await asyncio.wait(self._commands, timeout=seconds)
        late = dict(self._commands)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_TELLING_SECONDS)
        for turn in late.values():
            turn.done.set()  # No answer waits for one that will not come.
        telling = [asyncio.create_task(turn.finish(reply.RESTARTING)) for turn in late.values()]
        if telling:
            await asyncio.wait(telling, timeout=_TELLING_SECONDS)
        if untold := [task for task in telling if not task.done() or task.cancelled() or task.exception()]:
            log.warning("not told of the restart", commands=len(untold))

    async def _submit_all(self, unfinished: Sequence[tuple[int, int]]) -> int:
        for message_id, home_id in unfinished:
            await self._submit(message_id, home_id)
        return len(unfinished)

    async def _submit(self, message_id: int, home_id: int) -> None:
        waiting = await self._ledger.waiting(home_id, message_id)
        await self._dispatch.submit(Job(message_id=message_id, home_id=home_id, waiting=waiting))

    async def _command(self, case: Case, turn: InTurn) -> None:
        try:
            await self._pipeline.answer(case, turn, Unwritten())
        finally:
            turn.done.set()

    async def _notes(
        self, message: SeenMessage, attachments: tuple[Attachment, ...], command: str | None = None
    ) -> list[VoiceNote]:
        channels = (
            (message.channel_id,) if message.parent_id is None else (message.channel_id, message.parent_id)
        )
        prompt = await self.prompt_in_force(message.guild_id, channels, command=command)
        return [
            VoiceNote(
                message_id=message.id,
                channel_id=message.channel_id,
                guild_id=message.guild_id,
                place=message.place,
                author_id=message.author_id,
                attachment=attachment,
                prompt=prompt,
                voice=message.is_voice,
                titled=len(attachments) > 1,
            )
            for attachment in attachments
        ]
