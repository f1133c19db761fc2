"""Posts answers to commands, as responses to the interaction that each command is."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import discord
import structlog

from bot import errors, reply
from bot.client.refusals import UNKNOWN_MESSAGE

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.reply import Reply

log = structlog.get_logger("earshot.interactions")

_RUN_OUT = {10015, 50027}
"""Codes: the quarter of an hour is over in which Discord takes answers to a command."""
_TOO_MANY_FOLLOW_UPS = 40094
"""Five are allowed where the bot is not a member."""


class InteractionDelivery:
    """One note's answer to a command.

    Args:
        interaction: the command; it was deferred, so Discord shows “thinking” until the first answer.
        first: whether this answer replaces “thinking”. Those to further files of the message follow as messages of their
            own.
        private: whether only the person who asked sees it.
    """

    def __init__(self, interaction: discord.Interaction, *, first: bool, private: bool) -> None:
        self._interaction = interaction
        self._first = first
        self._private = private
        self._unwanted = False
        """Whether somebody has deleted a page. Then no new ones are posted, and the others are only edited."""
        self._posted: list[tuple[discord.InteractionMessage | discord.WebhookMessage | None, str]] = []

    def working(self) -> AbstractAsyncContextManager[None]:
        """Do nothing: Discord shows “thinking” by itself."""
        return contextlib.nullcontext()

    async def grow(self, pages: tuple[str, ...]) -> None:
        """Post or edit so that `pages` stand there."""
        await self._show(pages, None)

    async def finish(self, final: Reply) -> None:
        """Post or edit so that exactly the final pages stand there; in private where the interaction has run out.

        Raises:
            CommandExpired: it has run out, and the person takes no direct messages.
        """
        try:
            await self._show(final.pages, final.file_text)
            await self._remove_from(len(final.pages))
        except discord.HTTPException as error:
            if error.code not in {*_RUN_OUT, _TOO_MANY_FOLLOW_UPS}:
                raise
            if error.code == _TOO_MANY_FOLLOW_UPS:
                await self._send_privately(final, len(self._posted), reply.NO_MORE_ROOM)
            else:
                # All pages, since those that stand there may not be up to date.
                await self._send_privately(final, 0, reply.LATE)

    async def withdraw(self) -> None:
        """Do nothing: no message was deleted, since a command has none."""

    async def _send_privately(self, final: Reply, first: int, remark: str) -> None:
        try:
            await self._interaction.user.send(remark)
            for index, text in enumerate(final.pages[first:], first):
                last = index == len(final.pages) - 1
                files = [_file(final.file_text)] if final.file_text is not None and last else []
                await self._interaction.user.send(text, files=files)
        except discord.Forbidden as error:
            log.warning(
                "a command has run out, and its author takes no direct messages",
                channel=self._interaction.channel_id,
            )
            raise errors.CommandExpired from error

    async def _show(self, pages: tuple[str, ...], file_text: str | None) -> None:
        for index, text in enumerate(pages):
            files = [_file(file_text)] if file_text is not None and index == len(pages) - 1 else []
            if index < len(self._posted) and (files or self._posted[index][1] != text):
                await self._edit(index, text, files)
            elif index >= len(self._posted) and not self._unwanted:
                await self._post(index, text, files)

    async def _edit(self, index: int, text: str, files: list[discord.File]) -> None:
        page = self._posted[index][0]
        edit = self._interaction.edit_original_response if page is None else page.edit
        try:
            await edit(content=text, attachments=files)
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            log.info("an answer to a command was deleted", channel=self._interaction.channel_id)
            self._unwanted = True
        self._posted[index] = (page, text)

    async def _post(self, index: int, text: str, files: list[discord.File]) -> None:
        if index == 0 and self._first:
            self._posted.append((None, ""))
            await self._edit(index, text, files)
            return
        page = await self._interaction.followup.send(
            text,
            files=files,
            ephemeral=self._private,
            suppress_embeds=True,
            wait=True,
        )
        self._posted.append((page, text))

    async def _remove_from(self, index: int) -> None:
        """Delete what has grown beyond the final pages."""
        for page, _ in self._posted[index:]:
            if page is not None:
                with contextlib.suppress(discord.NotFound):
                    await page.delete()
        del self._posted[index:]


def _file(text: str | None) -> discord.File:
    return discord.File(io.BytesIO((text or "").encode()), filename="answer.txt")
