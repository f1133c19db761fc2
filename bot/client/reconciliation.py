"""Takes back answers whose note was deleted while nobody listened, also while it was worked on."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import discord
import structlog

from bot.client.posting.refusals import FAILED, UNKNOWN_MESSAGE, passes
from bot.client.seen import attachment_ids

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from discord.http import HTTPClient

    from bot.client.withdrawals import Withdrawals
    from bot.models import AnsweredNote
    from bot.storage import Deletions, FinishedNotes

log = structlog.get_logger("earshot.reconciliation")

_PACE_SECONDS = 1.0
"""Between two calls to Discord: nobody waits for this, and people's notes do."""
_AGAIN_SECONDS = 60.0
_MESSAGES_A_CALL = 100


class Reconciliation:
    """Compares the ledger with what Discord has, after each new session.

    What is deleted while the bot is connected, Discord tells. After a time without a session, each note that is answered or
    worked on has to be looked for. The ledger keeps when that was done last, so that the next run goes on where this one ends.

    Args:
        client: logged in.
        shards: how many shards there are and which are this process's; None if all are.
        withdrawals: delete the answers.
        deletions: forget what was deleted.
        finished: knows the notes that are answered or worked on.
        clock: gives seconds since 1970.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        shards: Callable[[], tuple[int, Sequence[int]] | None],
        withdrawals: Withdrawals,
        deletions: Deletions,
        finished: FinishedNotes,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._shards = shards
        self._withdrawals = withdrawals
        self._deletions = deletions
        self._finished = finished
        self._clock = clock
        self._sleep = sleep
        self._wanted = asyncio.Event()

    def want(self) -> None:
        """A new session has begun: whatever was deleted before it was not told."""
        self._wanted.set()

    async def run(self) -> None:
        """Do what is wanted, whenever it is, until cancelled."""
        while True:
            await self.look()

    async def look(self) -> None:
        """Wait until it is wanted, and look for all notes once."""
        await self._wanted.wait()
        before = self._clock()
        self._wanted.clear()
        try:
            await self._look_through(before)
        except BaseException:
            # Whoever begins this anew goes on with it.
            self._wanted.set()
            raise

    async def _look_through(self, before: float) -> None:
        """Look for all notes that were written down before a time (seconds since 1970) and not looked for since."""
        withdrawn = 0
        aside: set[int] = set()
        while True:
            # Should the clock be set back meanwhile, what was looked for by the other time would be looked for without end.
            before = min(before, self._clock())
            notes = await self._finished.unchecked(
                before, most=_MESSAGES_A_CALL, shards=self._shards(), aside=aside
            )
            if not notes and not aside:
                break
            if not notes:
                aside.clear()
                continue
            try:
                withdrawn += await self._look_in_channel(notes, before)
            except FAILED as error:
                log.warning("deleted notes are looked for later", error=type(error).__name__)
                # Other channels first: it may be this one alone.
                aside.add(notes[0].channel_id)
                await self._sleep(_AGAIN_SECONDS)
            await self._sleep(_PACE_SECONDS)
        if withdrawn:
            log.info("answers whose note was deleted are taken back", answers=withdrawn)

    async def _look_in_channel(self, notes: Sequence[AnsweredNote], before: float) -> int:
        """Look for the newest of a channel's notes, and for those that the same call tells of; how many answers are taken back."""
        newest = max(note.message_id for note in notes)
        channel_id = notes[0].channel_id
        ids = [note.message_id for note in notes]
        http = self._client.http
        try:
            # As Discord tells it: discord.py gives up on a history in which it can't read one message.
            messages = await http.logs_from(channel_id, _MESSAGES_A_CALL, before=newest + 1)
            there = {int(message["id"]): attachment_ids(message) for message in messages}
            # Of what is older than the oldest message, a full answer says nothing.
            told_from = min(there) if len(messages) == _MESSAGES_A_CALL else 0
            told = {message_id for message_id in ids if message_id >= told_from}
            gone = [
                message_id
                for message_id in sorted(told - there.keys())
                if await _gone(http, channel_id, message_id)
            ]
        except discord.NotFound as error:
            if passes(error):
                raise
            # The channel itself was deleted, and all that was in it.
            return await self._withdrawals.in_passing(await self._deletions.forget(ids))
        except discord.Forbidden as error:
            if passes(error):
                raise
            # The bot may not look any more. It could not delete anything either.
            await self._finished.check(ids, before)
            return 0
        orphaned = await self._deletions.forget(gone)
        # Without the intent, messages in servers seem to have no files: that is no proof that these were removed.
        without = {note.message_id for note in notes if note.direct or self._client.intents.message_content}
        for message_id in sorted(told & there.keys()):
            attachments = there[message_id]
            if attachments or (attachments is not None and message_id in without):
                orphaned += await self._deletions.forget_others(message_id, attachments)
        await self._finished.check(sorted(told), before)
        return await self._withdrawals.in_passing(orphaned)


async def _gone(http: HTTPClient, channel_id: int, message_id: int) -> bool:
    """Whether a message that the history does not show was deleted.

    Without the permission to read it, the history is empty and not refused.
    """
    try:
        await http.get_message(channel_id, message_id)
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        return True
    return False
