"""Reads what was said about a note before: Discord's own history is the memory, nothing of it is stored."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import discord
import structlog
from cachetools import TTLCache

from bot import errors
from bot.client.posting.refusals import FAILED, passes
from bot.models import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Origin, Posted, VoiceNote

log = structlog.get_logger("earshot.recollection")

_LOOKED_THROUGH = 100
"""Messages before a question, at most."""
_SPOKEN = {discord.MessageType.default, discord.MessageType.reply, discord.MessageType.thread_starter_message}
_HEADING = re.compile(r"\A(?:\*\*[^\n]*\*\*\n)?(?:-# [^\n]*\n)*")
"""What the bot sets above an answer: the file's name, and what was asked."""
_SMALL_PRINT = re.compile(r"\n\n-# [^\n]*(?:\n-# [^\n]*)*\s*\Z")
"""What it sets below: which model answered, where recordings go."""
_ROLES_SECONDS = 60.0
_MOST_MEMBERS = 5000
_FILE_SECONDS = 30.0
_MOST_FILE_BYTES = 4_000_000


class Recollection:
    """What was said about notes, as it stands on Discord.

    Args:
        client: logged in.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._roles: TTLCache[tuple[int, int], frozenset[int]] = TTLCache(_MOST_MEMBERS, _ROLES_SECONDS)

    async def said_about(self, note: VoiceNote) -> Sequence[Said]:
        """What was said since a note, up to the question that is asked about it, oldest first.

        In the note's thread, that is all; elsewhere, what replies to the note, to an answer, or to such a reply.

        Raises:
            Gone: the question, or its channel, is not there any more.
            DiscordAway: not now, but perhaps later.
        """
        question = note.question
        if question is None:
            return ()
        channel = self._client.get_partial_messageable(question.channel_id, guild_id=note.guild_id)
        try:
            messages = [
                message
                async for message in channel.history(
                    limit=_LOOKED_THROUGH,
                    before=discord.Object(question.message_id + 1),
                    after=discord.Object(note.message_id),
                    oldest_first=False,
                )
                if message.type in _SPOKEN
            ]
            # Of several questions asked in the same moment, the answer to the first comes after the second.
            answers = [
                message
                async for message in channel.history(
                    limit=_LOOKED_THROUGH, after=discord.Object(question.message_id), oldest_first=True
                )
                if self._is_ours(message)
            ]
        except FAILED as error:
            raise _problem(error) from error
        messages.reverse()
        if (
            not messages
            or messages[-1].id != question.message_id
            or not self._said(messages[-1]).text.strip()
        ):
            raise errors.Gone("the question was deleted")
        in_thread = question.channel_id == note.message_id
        before = messages if in_thread else _chain(messages, note.message_id)
        return [self._said(message) for message in _with_answers(before, answers)]

    async def text_of(self, note: VoiceNote, posted: Posted) -> str | None:
        """The text of an answer to a note as it stands on Discord; None if not all of it can be read."""
        try:
            return await self.read(posted, note.guild_id)
        except errors.EarshotError as error:
            log.info("a transcript can't be read again", message=note.message_id, error=error.kind)
            return None

    async def read(self, posted: Posted, guild_id: int | None) -> str | None:
        """The text of an answer as it stands on Discord; None if it has none.

        Raises:
            Gone: a page of it is not there any more, or can't be seen.
            DiscordAway: not now, but perhaps later.
        """
        channel = self._client.get_partial_messageable(posted.channel_id, guild_id=guild_id)
        texts: list[str] = []
        try:
            for page in posted.pages:
                message = await channel.fetch_message(page)
                if message.attachments and message.attachments[0].size <= _MOST_FILE_BYTES:
                    async with asyncio.timeout(_FILE_SECONDS):
                        return (await message.attachments[0].read()).decode(errors="replace").strip() or None
                texts.append(message.content)
        except FAILED as error:
            raise _problem(error) from error
        return _bare("\n".join(texts)) or None

    def _is_ours(self, message: discord.Message) -> bool:
        return self._client.user is not None and message.author.id == self._client.user.id

    async def speaker_of(self, origin: Origin) -> int | None:
        """Who posted a forwarded note first; None where Discord does not show us that message.

        Raises:
            DiscordAway: not now, but perhaps later.
        """
        channel = self._client.get_partial_messageable(origin.channel_id, guild_id=origin.guild_id)
        try:
            return (await channel.fetch_message(origin.message_id)).author.id
        except FAILED as error:
            problem = _problem(error)
            if isinstance(problem, errors.Gone):
                return None
            raise problem from error

    async def roles_of(self, guild_id: int, person_id: int) -> frozenset[int]:
        """The roles of a member of a server, as they were a minute ago at most; none of who is no member (a webhook).

        Raises:
            DiscordAway: not now, but perhaps later.
        """
        known = self._roles.get((guild_id, person_id))
        if known is not None:
            return known
        try:
            member = await self._client.http.get_member(guild_id, person_id)
            # Everybody has the role that has the server's id.
            roles = frozenset({guild_id, *map(int, member["roles"])})
        except FAILED as error:
            problem = _problem(error)
            if not isinstance(problem, errors.Gone):
                raise problem from error
            roles = frozenset[int]()
        self._roles[guild_id, person_id] = roles
        return roles

    def _said(self, message: discord.Message) -> Said:
        text = _bare(message.content) if self._is_ours(message) else message.content
        if self._client.user is not None:
            text = re.sub(rf"<@!?{self._client.user.id}>", "", text)
        return Said(
            id=message.id,
            author_id=message.author.id,
            name=message.author.display_name,
            text=text,
            ours=self._is_ours(message),
        )


def _bare(text: str) -> str:
    """An answer without what the bot sets above and below it."""
    return _SMALL_PRINT.sub("", _HEADING.sub("", text, count=1)).strip()


def _chain(messages: Sequence[discord.Message], note_id: int) -> list[discord.Message]:
    """The messages that reply to a note, or to one that does; and the last one, which is the question."""
    about = {note_id}
    found: list[discord.Message] = []
    for message in messages:
        if message.reference is not None and message.reference.message_id in about:
            about.add(message.id)
            found.append(message)
    if not found or found[-1] is not messages[-1]:
        # What it replies to is too long ago to be among these messages.
        found.append(messages[-1])
    return found


def _with_answers(
    messages: Sequence[discord.Message], answers: Sequence[discord.Message]
) -> list[discord.Message]:
    """The messages up to a question, with answers that were given after it below those to which they reply.

    The question is the last of them: what replies to it is left out.
    """
    *before, question = messages
    found: list[discord.Message] = []
    for message in before:
        found.append(message)
        found += [each for each in answers if each.reference and each.reference.message_id == message.id]
    return [*found, question]


def _problem(error: Exception) -> errors.EarshotError:
    if isinstance(error, discord.NotFound | discord.Forbidden) and not passes(error):
        return errors.Gone(f"code {error.code}")
    return errors.DiscordAway(type(error).__name__)
