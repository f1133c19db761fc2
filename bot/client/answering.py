"""Answers interactions with what is heard, and shows to all what was answered in private."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import discord
from cachetools import TTLCache

from bot import reply
from bot.client.interactions import InteractionDelivery, answer_at_once
from bot.client.webhooks import single_requests
from bot.models import NoteKey
from bot.reply import Action, Press

if TYPE_CHECKING:
    from bot.client.recordings import Recordings
    from bot.models import SeenMessage, VoiceNote
    from bot.notes import Reception, Wanted
    from bot.reply import Reply, Words

_MOST_KEPT = 500
_KEPT_SECONDS = 3600.0


class Answering:
    """Has recordings heard for whoever used a command, a menu or a button under a private answer.

    Args:
        reception, recordings: as they are named.
    """

    def __init__(self, *, reception: Reception, recordings: Recordings) -> None:
        self._reception = reception
        self._recordings = recordings
        self._kept: TTLCache[int, list[Reply]] = TTLCache(_MOST_KEPT, _KEPT_SECONDS)
        """Private answers of more than one message, by the interaction: Discord shows us no such message again."""
        self._sharing: set[int] = set()

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

        await self._reception.answer_command(
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
        recording = self._reception.recordings_in(seen)[0]
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
            return
        if not _may_speak(interaction):
            await answer_at_once(interaction, words("You may not write in this channel."))
            return
        final = reply.Reply((message.content,)) if whole else self._known(message)
        if final is None:
            await answer_at_once(
                interaction,
                words("I don't have all of this answer any more. Please ask again, and share that."),
            )
            return
        if message.id in self._sharing:
            return
        self._sharing.add(message.id)
        try:
            # The button goes first: pressed again, it would show the answer again.
            view = discord.ui.View.from_message(message)
            view.stop()
            for item in list(view.children):
                if isinstance(item, discord.ui.Button) and item.custom_id == (interaction.data or {}).get(
                    "custom_id"
                ):
                    view.remove_item(item)
            with single_requests():
                await interaction.response.edit_message(view=view)
            shown = reply.shared(final, interaction.user.id, words)
            await InteractionDelivery(interaction, first=False, private=False, words=words).finish(shown)
        finally:
            self._sharing.discard(message.id)

    def _keep(self, interaction_id: int, final: Reply) -> None:
        if not final.stands_alone:
            self._kept[interaction_id] = [*self._kept.get(interaction_id, []), final]

    def _known(self, message: discord.Message) -> Reply | None:
        origin = message.interaction_metadata
        kept = self._kept.get(origin.id, []) if origin else []
        return next((final for final in kept if final.pages[-1].strip() == message.content.strip()), None)


def _may_speak(interaction: discord.Interaction) -> bool:
    """Whether a person may write where they are: what they have shown there is theirs to answer for."""
    may = interaction.permissions
    if interaction.guild_id is None:
        return True
    in_thread = isinstance(interaction.channel, discord.Thread)
    return may.send_messages_in_threads if in_thread else may.send_messages
