"""Where notes come in, by whichever door: each is written down, given its prompt, and put to work."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

import structlog

from bot import intake, prompts, reply
from bot.models import VoiceNote
from bot.store import PROMPT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from bot.dispatch import Dispatch
    from bot.ledger import Ledger
    from bot.models import Attachment, Prompt, SeenMessage
    from bot.pipeline import Deliver, Pipeline
    from bot.reply import Reply
    from bot.store import Store

    Deliverer = Callable[[VoiceNote], Deliver]


log = structlog.get_logger("earshot.reception")


class Reception:
    """Takes notes in.

    Args:
        store, ledger, dispatch, pipeline: as they are named.
        default_prompt: the operator's.
    """

    def __init__(
        self, *, store: Store, ledger: Ledger, dispatch: Dispatch, pipeline: Pipeline, default_prompt: str
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._dispatch = dispatch
        self._pipeline = pipeline
        self._default_prompt = default_prompt
        self._unwritten: set[_InTurn] = set()
        self._closing = False

    async def posted(self, message: SeenMessage, deliver: Deliverer) -> None:
        """Somebody posted `message` where the bot listens: answer what notes are in it, unless that is done."""
        attachments = intake.notes_in(message)
        if not attachments:
            return
        notes = await self._notes(message, attachments)
        new = [note for note in notes if await self._ledger.receive(note)]
        if self._closing and new:
            log.info("note kept for the next run", message=message.id)
            return
        self._work(new, deliver, in_ledger=True)

    async def asked(self, message: SeenMessage, deliver: Deliverer, *, prompt: str | None = None) -> None:
        """Somebody asked for this message's files, whatever they look like."""
        notes = await self._notes(message, intake.asked_for(message), prompt)
        if self._closing:
            await asyncio.gather(*(deliver(note).finish(reply.RESTARTING) for note in notes))
        else:
            self._work(notes, deliver, in_ledger=False)

    async def unfinished(self) -> list[VoiceNote]:
        """The notes that are written down and not finished, oldest first."""
        return await self._ledger.unfinished()

    def resume(self, notes: Sequence[VoiceNote], deliver: Deliverer) -> None:
        """Put the notes to work that a former run left unfinished."""
        for note in notes:
            self._work([note], deliver, in_ledger=True)

    async def prompt_in_force(
        self, guild_id: int | None, channel_ids: tuple[int, ...], *, command: str | None = None
    ) -> Prompt:
        """The prompt for a channel, a thread's parent named after the thread itself."""
        channel = server = None
        if guild_id is not None:
            channel, server = await self._store.nearest(PROMPT, guild_id, channel_ids)
        return prompts.in_force(command=command, channel=channel, server=server, default=self._default_prompt)

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

    async def close(self, seconds: float) -> None:
        """Take nothing more; finish what is in hand within `seconds`. The rest stays in the ledger for the next run.

        What is not in the ledger, because its way to the person ends with this run, is told so.
        """
        self._closing = True
        await self._dispatch.close(seconds)
        turns = [turn for turn in self._unwritten if not turn.done.is_set()]
        for turn in turns:
            turn.done.set()  # No answer waits for one that will not come.
        told = await asyncio.gather(
            *(turn.finish(reply.RESTARTING) for turn in turns), return_exceptions=True
        )
        if failed := [type(each).__name__ for each in told if isinstance(each, BaseException)]:
            log.warning("not told of the restart", errors=failed)

    def _work(self, notes: list[VoiceNote], deliver: Deliverer, *, in_ledger: bool) -> None:
        before: asyncio.Event | None = None
        for note in notes:
            turn = _InTurn(deliver(note), before)
            if not in_ledger:
                self._unwritten.add(turn)
            self._dispatch.submit(functools.partial(self._answer, note, turn, in_ledger=in_ledger))
            before = turn.done

    async def _answer(self, note: VoiceNote, turn: _InTurn, *, in_ledger: bool) -> None:
        outcome = await self._pipeline.answer(note, turn)
        turn.done.set()
        self._unwritten.discard(turn)
        if in_ledger:
            await self._ledger.settle(note, outcome)


class _InTurn:
    """Delivers after the notes before it in the same message: heard side by side, answered in order."""

    def __init__(self, deliver: Deliver, before: asyncio.Event | None) -> None:
        self._deliver = deliver
        self._before = before
        self.done = asyncio.Event()

    def working(self) -> AbstractAsyncContextManager[None]:
        return self._deliver.working()

    async def grow(self, pages: tuple[str, ...]) -> None:
        if self._before is None or self._before.is_set():
            await self._deliver.grow(pages)

    async def finish(self, final: Reply) -> None:
        if self._before is not None:
            await self._before.wait()
        await self._deliver.finish(final)
