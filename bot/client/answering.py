"""Answers interactions with what is heard, and shows to all what was answered in private."""

from __future__ import annotations

import asyncio
import functools
import itertools
from typing import TYPE_CHECKING

import discord
import structlog
from cachetools import TTLCache

from bot import reply
from bot.client.posting.acknowledgement import take_silently
from bot.client.posting.interactions import InteractionDelivery, answer_at_once
from bot.client.posting.refusals import FAILED
from bot.models import NoteKey
from bot.notes import intake
from bot.reply import Action, Press

if TYPE_CHECKING:
    from bot.client.recordings import Recordings
    from bot.models import SeenMessage, VoiceNote
    from bot.notes import RunningCommands, Wanted
    from bot.reply import Reply, Words

log = structlog.get_logger("earshot.answering")

_MOST_KEPT = 500
_KEPT_SECONDS = 3600.0
_REQUEST_SECONDS = 10.0


class Answering:
    """Has recordings heard for whoever used a command, a menu or a button under a private answer.

    Args:
        running, recordings: as they are named.
    """

    def __init__(self, *, running: RunningCommands, recordings: Recordings) -> None:
        self._running = running
        self._recordings = recordings
        self._kept: TTLCache[int, list[Reply]] = TTLCache(_MOST_KEPT, _KEPT_SECONDS)
        """Private answers of more than one message, by the interaction: Discord shows us no such message again."""
        self._shared: TTLCache[int, bool] = TTLCache(_MOST_KEPT, _KEPT_SECONDS)
        """The messages that were shared, or are just being shared."""

    async def answer(
        self,
        interaction: discord.Interaction,
        seen: SeenMessage,
        *,
        prompt: str | None = None,
        wanted: Wanted | None = None,
        private: bool,
        attachment_id: int | None = None,
    ) -> None:
        """Have the files of a message heard, and answer an interaction with what that came to.

        Args:
            interaction: acknowledged.
            seen: the message, or what stands for a command's file.
            prompt: the command's own, if it has one.
            wanted: what is asked instead of that or of the prompt in force.
            private: whether only the person who asked sees the answers.
            attachment_id: the file that is meant, if it is not all of them.
        """
        if not seen.loose:
            self._recordings.remember(seen)
        order = itertools.count()
        taken: set[int] = set()

        def deliver(note: VoiceNote) -> InteractionDelivery:
            return InteractionDelivery(
                interaction,
                first=next(order) == 0,
                private=private,
                words=reply.words_for(note.locale),
                heading=reply.title(note),
                taken=taken,
                on_final=functools.partial(self._keep, interaction.id) if private else None,
            )

        await self._running.answer(
            seen,
            deliver,
            prompt=prompt,
            wanted=wanted,
            asked_by=interaction.user.id,
            private=private,
            attachment_id=attachment_id,
        )

    def question_about(self, seen: SeenMessage) -> Press:
        """The form for a question about the first recording of a message, which is kept for when it comes back."""
        self._recordings.remember(seen)
        recording = intake.asked_for(seen)[0]
        key = NoteKey(channel_id=seen.channel_id, message_id=seen.id, attachment_id=recording.id)
        return Press(action=Action.QUESTION, note=key)

    async def share(self, interaction: discord.Interaction, words: Words, *, whole: bool) -> None:
        """Show everybody in the channel a private answer.

        Args:
            interaction: the press of the button under it.
            words: the person's language.
            whole: whether all of it stands in that message.
        """
        message = interaction.message
        if message is None:
            await answer_at_once(interaction, words("I don't know this button any more."))
            return
        if (why_not := _why_not_shared(interaction, words)) is not None:
            await answer_at_once(interaction, why_not)
            return
        # What Discord refused as a message is in a file, whatever the button says.
        whole = whole and not message.attachments
        final = reply.Reply((message.content,)) if whole else self._known(message)
        if final is None:
            await answer_at_once(
                interaction,
                words("I don't have all of this answer any more. Please ask again, and share that."),
            )
            return
        await take_silently(interaction)
        if message.id in self._shared:
            # Pressed twice: the second press was on its way when the button went.
            return
        self._shared[message.id] = True
        try:
            await self._remove_button(interaction, message)
            shown = reply.shared(final, interaction.user.id, words)
            await InteractionDelivery(interaction, first=False, private=False, words=words).finish(shown)
        except BaseException:
            self._shared.pop(message.id, None)
            raise

    @staticmethod
    async def _remove_button(interaction: discord.Interaction, message: discord.Message) -> None:
        """Take the button away: pressed again after a restart, it would show the answer again."""
        pressed = (interaction.data or {}).get("custom_id")
        view = discord.ui.View.from_message(message)
        view.stop()
        for item in list(view.children):
            if isinstance(item, discord.ui.Button) and item.custom_id == pressed:
                view.remove_item(item)
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                await interaction.edit_original_response(view=view)
        except FAILED as error:
            log.info("a button stays", error=type(error).__name__)

    def _keep(self, interaction_id: int, final: Reply) -> None:
        if not final.stands_alone:
            self._kept[interaction_id] = [*self._kept.get(interaction_id, []), final]

    def _known(self, message: discord.Message) -> Reply | None:
        origin = message.interaction_metadata
        kept = self._kept.get(origin.id, []) if origin else []
        return next((final for final in kept if final.pages[-1].strip() == message.content.strip()), None)


def _why_not_shared(interaction: discord.Interaction, words: Words) -> str | None:
    """Why a person may not show all what they see alone; None if they may. What they show is theirs to answer for."""
    may = interaction.permissions
    if interaction.guild_id is None:
        return None
    in_thread = isinstance(interaction.channel, discord.Thread)
    if not (may.send_messages_in_threads if in_thread else may.send_messages):
        return words("You may not write in this channel.")
    if not interaction.is_guild_integration() and not may.use_external_apps:
        return words("In this channel, Discord shows what I answer to you alone.")
    return None
