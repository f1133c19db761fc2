"""Sends people in direct messages what can't be said where they asked: a sentence, or the whole answer."""

from __future__ import annotations

import contextlib
import hashlib
import time
from typing import TYPE_CHECKING

import discord
from cachetools import TTLCache

from bot import reply
from bot.client.posting.pages import files_of
from bot.client.posting.refusals import FAILED, missing_permission, passes
from bot.models import ChannelKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models import VoiceNote
    from bot.reply import Reply, Words

_SECONDS_BETWEEN = 3600.0
_MOST_PEOPLE = 100_000
_LOOKED_THROUGH = 50
"""Direct messages, at most."""


class PrivateMessages:
    """Sends direct messages, to one person about one channel at most once an hour.

    Args:
        client: logged in.
        clock: gives seconds, monotonic.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._told: TTLCache[tuple[int, int], bool] = TTLCache(_MOST_PEOPLE, _SECONDS_BETWEEN, clock)

    async def tell(self, note: VoiceNote, text: str) -> None:
        """Send a sentence about the note to whoever wants the answer.

        Raises:
            discord.HTTPException, aiohttp.ClientError, OSError: it did not reach them.
        """
        key = (note.channel_id, note.person_id)
        if key in self._told:
            return
        self._told[key] = True
        user = await self._client.fetch_user(note.person_id)
        await user.send(f"{_where(note)}\n{text}")

    async def answer(self, note: VoiceNote, final: Reply, *, look_back: bool) -> None:
        """Send whoever wants an answer what is refused where it should stand.

        Args:
            note: whose answer.
            final: the answer.
            look_back: whether an earlier attempt may have sent it already.

        Raises:
            discord.HTTPException, aiohttp.ClientError, OSError: it did not reach them, in whatever form.
        """
        user = await self._client.fetch_user(note.person_id)
        words = reply.words_for(note.locale)
        remark = f"-# {_where(note)}\n{words(reply.REFUSED_THERE)}"
        name = f"{note.message_id}:{note.attachment.id}:{note.ask}"
        await answer_privately(
            user,
            final,
            words,
            remark=remark,
            name=name,
            heading=reply.title(note),
            look_back=look_back,
        )


async def answer_privately(
    user: discord.User | discord.Member,
    final: Reply,
    words: Words,
    *,
    remark: str,
    name: str,
    heading: str = "",
    look_back: bool = False,
) -> None:
    """Send somebody an answer, in the first form that Discord takes.

    Args:
        user: who gets it.
        final: the answer.
        words: their language.
        remark: sent before it.
        name: what the answer is to, in any words of ours: if it is sent twice within minutes, it arrives once.
        heading: the title of the note, if it has one.
        look_back: whether to look first what of it has arrived already.

    Raises:
        discord.HTTPException, aiohttp.ClientError, OSError: it did not reach them, in whatever form.
    """
    channel = await user.create_dm()
    arrived = (
        {message.content: message async for message in channel.history(limit=_LOOKED_THROUGH)}
        if look_back
        else {}
    )
    refusal: discord.HTTPException | None = None
    for number, form in enumerate(reply.forms(final, heading, words=words)):
        sent: list[discord.Message] = []
        texts = (remark, *form.pages)
        try:
            for index, text in enumerate(texts):
                if (there := arrived.get(text.strip())) is not None:
                    sent.append(there)
                    continue
                whole = f"{name}:{number}:{index}:{text}"
                nonce = hashlib.blake2b(whole.encode(), digest_size=12).hexdigest()
                files = files_of(form) if index == len(texts) - 1 else []
                sent.append(await channel.send(text, nonce=nonce, files=files, suppress_embeds=True))
        except discord.HTTPException as error:
            if passes(error) or missing_permission(error, ChannelKind.DIRECT):
                raise
            refusal = error
            for message in sent:
                arrived.pop(message.content, None)
                with contextlib.suppress(*FAILED):
                    await message.delete()
        else:
            return
    if refusal is not None:
        raise refusal


def _where(note: VoiceNote) -> str:
    words = reply.words_for(note.locale)
    channel = f"<#{note.channel_id}>"
    # NOTE: Stands above a sentence or an answer, in a direct message.
    return words("About your recording in {channel}:", channel=channel)
