"""The messages of one note's answer: each posted once, edited as it changes, and written down."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import io
from typing import TYPE_CHECKING

import discord
import structlog

from bot.client.refusals import ARCHIVED, EDITED_TOO_OFTEN, UNKNOWN_MESSAGE, passes
from bot.client.strays import is_page, strays
from bot.models import Posted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.client.threads import Destination
    from bot.models import Claim, VoiceNote
    from bot.reply import Reply

    OnPosted = Callable[[Posted], Awaitable[None]]

log = structlog.get_logger("earshot.pages")

_LONGEST_EDIT = 45.0
"""Seconds. discord.py waits for as long as Discord says, which is an hour where old messages were edited too often."""


class Pages:
    """The pages of a note's answer.

    Args:
        client: logged in.
        claim: the note, and what is known of the pages that stand already.
        taken: ids of messages that are pages of some note of the same message. Those posted here are added.
        on_posted: awaited before and after each new page, with all pages that stand by then. It raises StoppedError if
            nothing more may be posted.
    """

    def __init__(self, client: discord.Client, claim: Claim, taken: set[int], on_posted: OnPosted) -> None:
        self._client = client
        self._note = claim.note
        self._resumed = claim.resumed
        self._on_posted = on_posted
        self._taken = taken
        self.channel_id: int | None = claim.posted.channel_id if claim.posted else None
        """Where the pages stand; also where the first one was about to be posted by an earlier attempt."""
        self.ids: list[int] = list(claim.posted.pages) if claim.posted else []
        """The messages, in order."""
        self.edit_refused = False
        """Whether it was an edit that Discord refused last: the same words may pass as a new message."""
        self._shown: list[str | None] = [None] * len(self.ids)
        self._taken.update(self.ids)
        self._instead_of: dict[int, int] = {}
        """Of pages that were taken back: the number of the page, and the message it was."""
        self._looked_in: set[int] = set()
        self._strays: list[discord.Message] = []
        self._adding: asyncio.Task[None] | None = None

    async def settled(self) -> None:
        """Wait for a page that was still being posted when an earlier call was cancelled. It counts once it is there."""
        if self._adding is not None:
            await asyncio.wait([self._adding])

    async def write_down(self, channel_id: int) -> None:
        """Have the pages that stand written down; a worker that was taken for dead learns from this that it lost the note.

        Raises:
            StoppedError: nothing more may be posted.
        """
        await self._on_posted(Posted(channel_id=channel_id, pages=tuple(self.ids)))

    async def show(
        self,
        destination: Destination,
        pages: Sequence[str],
        final: Reply | None,
        forms: Sequence[Reply] = (),
    ) -> None:
        """Post and edit so that `pages` stand there; if they are those of a final answer, with its file and no others.

        Args:
            destination: where.
            pages: the texts.
            final: the final answer whose pages these are, if they are.
            forms: all forms in which the answer may have been posted by an earlier attempt.

        Raises:
            discord.HTTPException, aiohttp.ClientError, OSError: Discord did not do it.
            StoppedError: nothing more may be posted.
        """
        await self._look_for_strays(destination)
        for index, text in enumerate(pages):
            attached = final if final is not None and index == len(pages) - 1 else None
            known = {text, *(form.pages[index] for form in forms if index < len(form.pages))}
            await self._show_page(destination, index, text, attached, known)
        if final is not None:
            await self.take_back(destination, len(pages))

    async def take_back(self, destination: Destination, index: int) -> None:
        """Delete the pages from that number on. One that Discord does not let us delete is left, with a line in the log.

        The ledger still has them until the next page is written down: whoever goes on after a death finds them gone.
        """
        for page in reversed(self.ids[index:]):
            try:
                await destination.channel.get_partial_message(page).delete()
            except discord.HTTPException as error:
                if passes(error) or error.code == ARCHIVED:
                    raise
                if not isinstance(error, discord.NotFound):
                    log.info("a page can't be deleted", channel=destination.channel.id, code=error.code)
        self._instead_of.update(enumerate(self.ids[index:], index))
        del self.ids[index:], self._shown[index:]

    async def _look_for_strays(self, destination: Destination) -> None:
        me = self._client.user
        if not self._resumed or me is None or destination.channel.id in self._looked_in:
            return
        self._strays = await strays(destination, self._note, author_id=me.id, taken=self._taken)
        self._looked_in.add(destination.channel.id)

    async def _show_page(
        self, destination: Destination, index: int, text: str, attached: Reply | None, known: set[str]
    ) -> None:
        has_file = attached is not None and attached.file_text is not None
        while True:
            if is_new := index >= len(self.ids):
                # Shielded: if this call is cancelled, the page that is being posted still has to be written down.
                self._adding = asyncio.create_task(self._add(destination, index, text, attached, known))
                await asyncio.shield(self._adding)
            if self._shown[index] == text and (is_new or not has_file):
                return
            try:
                if await self._edited(destination, index, text, attached):
                    return
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                # Somebody deleted this page, but not the note: it is posted anew. Shielded likewise.
                self._adding = asyncio.create_task(self._replace(destination, index, text, attached, known))
                await asyncio.shield(self._adding)
                has_file = has_file and self._shown[index] is None
                continue
            # It takes no more edits: it and those after it are posted anew.
            await self.take_back(destination, index)

    async def _add(
        self, destination: Destination, index: int, text: str, attached: Reply | None, known: set[str]
    ) -> None:
        """Have a page stand there that did not; then have it written down."""
        instead_of = self._instead_of.get(index)
        page, shown = await self._posted(destination, index, text, attached, known, instead_of)
        self.ids.append(page)
        self._taken.add(page)
        self._shown.append(shown)
        self.channel_id = destination.channel.id
        await self.write_down(destination.channel.id)

    async def _replace(
        self, destination: Destination, index: int, text: str, attached: Reply | None, known: set[str]
    ) -> None:
        """Have a page stand there whose message was deleted; then have it written down."""
        page, shown = await self._posted(destination, index, text, attached, known, self.ids[index])
        self.ids[index] = page
        self._taken.add(page)
        self._shown[index] = shown
        await self.write_down(destination.channel.id)

    async def _posted(
        self,
        destination: Destination,
        index: int,
        text: str,
        attached: Reply | None,
        known: set[str],
        instead_of: int | None,
    ) -> tuple[int, str | None]:
        """Post a page, or find the one that an earlier attempt has posted: the message, and what is on it, if it is known."""
        stray = next((each for each in self._strays if is_page(each, self._note, index, known)), None)
        if stray is not None:
            self._strays.remove(stray)
            return stray.id, None
        # Also before posting: a worker that was taken for dead meanwhile learns it from this, and posts nothing.
        await self.write_down(destination.channel.id)
        message = await self._post(destination, index, text, attached, instead_of=instead_of)
        # If Discord knew the nonce, this is the page as it was posted before, perhaps with less text on it.
        return message.id, text if message.content.strip() == text.strip() else None

    async def _edited(self, destination: Destination, index: int, text: str, attached: Reply | None) -> bool:
        """Edit a page; False if it takes no more edits, whatever they say."""
        page = destination.channel.get_partial_message(self.ids[index])
        try:
            async with asyncio.timeout(_LONGEST_EDIT):
                await page.edit(content=text, attachments=files_of(attached))
        except (TimeoutError, KeyError):
            # KeyError: discord.py looks for a pause in each 429, and this one may have none.
            log.info("a page takes no more edits for now", channel=destination.channel.id)
            return False
        except discord.HTTPException as error:
            if error.code == EDITED_TOO_OFTEN:
                return False
            self.edit_refused = not passes(error)
            raise
        self._shown[index] = text
        return True

    async def _post(
        self,
        destination: Destination,
        index: int,
        text: str,
        attached: Reply | None,
        *,
        instead_of: int | None,
    ) -> discord.Message:
        self.edit_refused = False
        send = functools.partial(
            destination.channel.send,
            text,
            nonce=_nonce(self._note, index, instead_of),
            files=files_of(attached),
            suppress_embeds=True,
        )
        if destination.reply_to is None:
            return await send()
        # Every page is a reply: that is how it is known as this note's, and refused once the note is deleted.
        return await send(reference=destination.reply_to.to_reference(fail_if_not_exists=True))


def files_of(attached: Reply | None) -> list[discord.File]:
    """The file of a reply that has one; a new one each time, since sending it uses it up."""
    if attached is None or attached.file_text is None:
        return []
    return [discord.File(io.BytesIO(attached.file_text.encode()), filename=attached.file_name)]


def _nonce(note: VoiceNote, page: int, instead_of: int | None) -> str:
    """The same for the same page of the same note, in every run: Discord then posts it once. 24 characters.

    A page that takes the place of a message has a nonce of its own, which that message's id decides.
    """
    name = f"{note.message_id}:{note.attachment.id}:{page}" + (f":{instead_of}" if instead_of else "")
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
