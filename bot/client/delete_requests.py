"""Answers that somebody wants deleted: who may have that done, and what becomes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import errors

if TYPE_CHECKING:
    import discord

    from bot.client.actions import Actions
    from bot.client.recordings import Recordings
    from bot.client.withdrawals import Withdrawals
    from bot.models import NoteKey
    from bot.notes import Asker
    from bot.reply import Words

_MOMENT = 1.0
"""Seconds. What can be pressed already may be written down only a moment later."""


class DeleteRequests:
    """Deletes answers for those who may have them deleted.

    Args:
        asker, recordings, actions, withdrawals: as they are named.
    """

    def __init__(
        self, *, asker: Asker, recordings: Recordings, actions: Actions, withdrawals: Withdrawals
    ) -> None:
        self._asker = asker
        self._recordings = recordings
        self._actions = actions
        self._withdrawals = withdrawals

    async def may_delete(self, interaction: discord.Interaction, key: NoteKey) -> bool:
        """Whether a person may have the answers to a recording deleted: who speaks in it, or who manages messages.

        Raises:
            DownloadFailed: Discord does not tell now.
        """
        if interaction.permissions.manage_messages:
            return True
        try:
            seen = await self._recordings.pressed(interaction, key, private=True)
        except errors.Gone:
            return False
        return seen.author_id == interaction.user.id

    async def delete(self, interaction: discord.Interaction, key: NoteKey, under: int, words: Words) -> str:
        """Delete an answer, if that may be; the sentence that says what came of it.

        Args:
            interaction: whoever wants it.
            key: the recording.
            under: a page of the answer.
            words: their language.
        """
        # What the select offered is no permission: it may be older than the right to choose it.
        if not await self.may_delete(interaction, key):
            return words(
                "Only who speaks in the recording, or who may manage messages, can have its answers deleted."
            )
        gone = await self._withdrawals.delete(key.message_id, under)
        if gone is None and await self._asker.attachment_of(key.message_id, under):
            await asyncio.sleep(_MOMENT)
            gone = await self._withdrawals.delete(key.message_id, under)
        if gone is False:
            return words("The answer can't be deleted right now. I will keep trying until it is gone.")
        if gone:
            return words("The answer is deleted.")
        later = words("This answer can't be deleted now. Please try again in a minute.")
        if interaction.channel_id is None or await self._asker.attachment_of(key.message_id, under):
            # It is still being worked on.
            return later
        try:
            gone = await self._actions.delete_own(
                interaction.channel_id, interaction.guild_id, under, about=key.message_id
            )
        except errors.DiscordAway:
            gone = False
        return words("The answer is deleted.") if gone else later
