"""Answers to commands: in the response Discord is already waiting for."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.reply import Reply

_TOO_MANY_FOLLOW_UPS = 40094
"""Five are allowed where the bot is not a member."""


class InteractionDelivery:
    """One note's answer to a command that was deferred.

    Args:
        interaction: deferred.
        first: whether this answer takes the place of the “thinking” message, or follows it.
        private: whether only the person who asked sees it.
    """

    def __init__(self, interaction: discord.Interaction, *, first: bool, private: bool) -> None:
        self._interaction = interaction
        self._first = first
        self._private = private
        self._posted: list[tuple[discord.InteractionMessage | discord.WebhookMessage | None, str]] = []

    def working(self) -> AbstractAsyncContextManager[None]:
        """Show nothing: Discord says “thinking” by itself."""
        return contextlib.nullcontext()

    async def grow(self, pages: tuple[str, ...]) -> None:
        """Post or edit so that `pages` stand there."""
        await self._show(pages, None)

    async def finish(self, final: Reply) -> None:
        """Post or edit so that the final pages stand there; in private where the interaction has run out."""
        try:
            await self._show(final.pages, final.file_text)
        except discord.HTTPException as error:
            if error.status not in {401, 404} and error.code != _TOO_MANY_FOLLOW_UPS:
                raise
            # What stands there already is only left out where it can be trusted to be up to date.
            first = len(self._posted) if error.code == _TOO_MANY_FOLLOW_UPS else 0
            for index, text in enumerate(final.pages[first:], first):
                last = index == len(final.pages) - 1
                files = [_file(final.file_text)] if final.file_text is not None and last else []
                await self._interaction.user.send(
                    text, files=files, allowed_mentions=discord.AllowedMentions.none()
                )

    async def withdraw(self) -> None:
        """Nothing: Discord takes an answer away with its command."""

    async def _show(self, pages: tuple[str, ...], file_text: str | None) -> None:
        for index, text in enumerate(pages):
            files = [_file(file_text)] if file_text is not None and index == len(pages) - 1 else []
            if index < len(self._posted) and (files or self._posted[index][1] != text):
                await self._edit(index, text, files)
            elif index >= len(self._posted):
                await self._post(index, text, files)

    async def _edit(self, index: int, text: str, files: list[discord.File]) -> None:
        page = self._posted[index][0]
        nobody = discord.AllowedMentions.none()
        if page is None:
            await self._interaction.edit_original_response(
                content=text, attachments=files, allowed_mentions=nobody
            )
        else:
            await page.edit(content=text, attachments=files, allowed_mentions=nobody)
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
            allowed_mentions=discord.AllowedMentions.none(),
            wait=True,
        )
        self._posted.append((page, text))


def _file(text: str | None) -> discord.File:
    return discord.File(io.BytesIO((text or "").encode()), filename="answer.txt")
