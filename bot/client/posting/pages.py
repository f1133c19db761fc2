"""The messages of one note's answer: each posted once, edited as it changes, and written down."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord
import structlog

from bot.client.posting.components import view_of
from bot.client.posting.refusals import ARCHIVED, EDITED_TOO_OFTEN, UNKNOWN_MESSAGE, passes
from bot.client.posting.strays import is_page, strays
from bot.models import Posted
from bot.supervision import to_its_end

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from bot.client.posting.threads import Destination
    from bot.models import Claim, VoiceNote
    from bot.reply import Reply

    OnPosted = Callable[[Posted], Awaitable[None]]

log = structlog.get_logger("earshot.pages")

_LONGEST_EDIT = 45.0
"""Seconds. discord.py waits for as long as Discord says, which is an hour where old messages were edited too often."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as it is to be: its number, text and, if it is the last one of a final answer, that answer with its file."""

    index: int
    text: str
    attached: Reply | None
    known: frozenset[str]
    """All texts under which an earlier attempt may have posted it."""

    @property
    def has_more(self) -> bool:
        """Whether it is more than its text."""
        return self.attached is not None and (self.attached.has_files or bool(self.attached.buttons))


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
        self._asked_at = claim.received_at
        self._alone = not claim.note.titled and not claim.before.asked
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
        self._wanted = 0
        """How many pages there are to be."""
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
        # Pages that were taken back and are to be posted anew stay on record: who goes on after a death finds them gone, and
        # gives those in their place the same nonces as here.
        missing = range(len(self.ids), self._wanted)
        gone = [self._instead_of[index] for index in missing if index in self._instead_of]
        await self._on_posted(Posted(channel_id=channel_id, pages=(*self.ids, *gone)))

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
        self._wanted = len(pages)
        for index, text in enumerate(pages):
            attached = final if final is not None and index == len(pages) - 1 else None
            known = {text, *(form.pages[index] for form in forms if index < len(form.pages))}
            await self._show_page(destination, _Page(index, text, attached, frozenset(known)))
        if final is not None:
            await self.take_back(destination, len(pages))

    async def take_back(self, destination: Destination, index: int) -> None:
        """Delete the pages from that number on. One that Discord does not let us delete is left, with a line in the log."""
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

    async def _show_page(self, destination: Destination, page: _Page) -> None:
        posted_now = False
        while True:
            if page.index >= len(self.ids):
                await self._shielded(self._add(destination, page))
                posted_now = True
            shown = self._shown[page.index] == page.text
            # What was posted now has its file and buttons; what stood there may have others.
            if shown and (posted_now or not page.has_more):
                return
            try:
                if await self._edited(destination, page):
                    return
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                # Somebody deleted this page, but not the note: it is posted anew.
                await self._shielded(self._replace(destination, page))
                posted_now = True
            else:
                # It takes no more edits: it and those after it are posted anew.
                await self.take_back(destination, page.index)

    async def _shielded(self, adding: Coroutine[None, None, None]) -> None:
        """If this call is cancelled, the page that is being posted still has to be written down."""
        self._adding = asyncio.create_task(adding)
        await to_its_end(self._adding)

    async def _add(self, destination: Destination, page: _Page) -> None:
        """Have a page stand there that did not; then have it written down."""
        message_id, shown = await self._posted(destination, page, self._instead_of.get(page.index))
        self.ids.append(message_id)
        self._taken.add(message_id)
        self._shown.append(shown)
        self.channel_id = destination.channel.id
        await self.write_down(destination.channel.id)

    async def _replace(self, destination: Destination, page: _Page) -> None:
        """Have a page stand there whose message was deleted; then have it written down."""
        message_id, shown = await self._posted(destination, page, self.ids[page.index])
        self.ids[page.index] = message_id
        self._taken.add(message_id)
        self._shown[page.index] = shown
        await self.write_down(destination.channel.id)

    async def _posted(
        self, destination: Destination, page: _Page, instead_of: int | None
    ) -> tuple[int, str | None]:
        """Post a page, or find the one that an earlier attempt has posted: the message, and what is on it, if it is known."""
        stray = next(
            (
                each
                for each in self._strays
                if is_page(each, self._note, page.index, page.known, alone=self._alone)
            ),
            None,
        )
        if stray is not None:
            self._strays.remove(stray)
            return stray.id, None
        # Also before posting: a worker that was taken for dead meanwhile learns it from this, and posts nothing.
        await self.write_down(destination.channel.id)
        message = await self._post(destination, page, instead_of)
        # If Discord knew the nonce, this is the page as it was posted before, perhaps with less text on it.
        return message.id, page.text if message.content.strip() == page.text.strip() else None

    async def _edited(self, destination: Destination, page: _Page) -> bool:
        """Edit a page; False if it takes no more edits, whatever they say."""
        message = destination.channel.get_partial_message(self.ids[page.index])
        try:
            async with asyncio.timeout(_LONGEST_EDIT):
                await message.edit(
                    content=page.text, attachments=files_of(page.attached), view=view_of(page.attached)
                )
        except (TimeoutError, KeyError):
            # KeyError: discord.py looks for a pause in each 429, and this one may have none.
            log.info("a page takes no more edits for now", channel=destination.channel.id)
            return False
        except discord.HTTPException as error:
            if error.code == EDITED_TOO_OFTEN:
                return False
            self.edit_refused = not passes(error)
            raise
        self._shown[page.index] = page.text
        return True

    async def _post(self, destination: Destination, page: _Page, instead_of: int | None) -> discord.Message:
        self.edit_refused = False
        view = view_of(page.attached)
        send = functools.partial(
            destination.channel.send,
            page.text,
            nonce=_nonce(self._note, self._asked_at, page.index, instead_of),
            files=files_of(page.attached),
            suppress_embeds=True,
            **({} if view is None else {"view": view}),
        )
        if destination.reply_to is None:
            return await send()
        # Every page is a reply: that is how it is known as this note's, and refused once the note is deleted.
        reference = destination.reply_to.to_reference(fail_if_not_exists=True)
        return await send(reference=reference)


def files_of(attached: Reply | None) -> list[discord.File]:
    """The files of a reply; new ones each time, since sending them uses them up."""
    files: list[discord.File] = []
    if attached is not None and attached.file_text is not None:
        files.append(discord.File(io.BytesIO(attached.file_text.encode()), filename=attached.file_name))
    if attached is not None and (picture := attached.picture) is not None:
        files.append(
            discord.File(io.BytesIO(picture.png), filename=picture.name, description=picture.description)
        )
    return files


def _nonce(note: VoiceNote, asked_at: float, page: int, instead_of: int | None) -> str:
    """The same for the same page of the same answer, in every run: Discord then posts it once. 24 characters.

    `asked_at` is when it was asked for: what somebody had deleted may be asked for again in the next moment.
    `instead_of` is the message in whose place the page is posted anew. Discord takes a deleted message's nonce for used, so
    each time it has to be another.
    """
    name = f"{note.message_id}:{note.attachment.id}:{page}:{note.ask}:{asked_at}"
    if instead_of:
        name += f":{instead_of}"
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
