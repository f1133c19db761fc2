"""A note's file, from Discord's CDN to disk: only from there, never more than allowed, within a time limit."""

from __future__ import annotations

import asyncio
import functools
import re
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot import errors, retry
from bot.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.models import Attachment, VoiceNote

_CHUNK = 65_536
_AN_ADDRESS = re.compile(r"[!-\[\]-~]+")
"""Visible ASCII, without backslashes."""
_HTTP_OK = 200
_LIMITS = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=30)
# Any other 4xx means that the link has expired, or the file is gone: the message itself knows which.
_PASSING = {408, 425, 429}


class FreshLink(Protocol):
    """Asks Discord for a note's attachment again, with a link that works."""

    async def __call__(self, note: VoiceNote) -> Attachment:
        """The attachment as it is now.

        Raises:
            Gone: message or attachment are no longer there.
        """
        ...


class Fetcher:
    """Downloads attachments.

    Args:
        session: for plain requests; no credentials are sent.
        hosts: `host` or `host:port` files may come from.
        max_bytes: the largest file.
        fresh_link: asked once when a link does not work any more.
        limits: seconds for a connection and for its next bytes; the total is that of all attempts together.
        sleep: waits so many seconds before the next attempt.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        hosts: tuple[str, ...],
        max_bytes: int,
        fresh_link: FreshLink | None = None,
        limits: aiohttp.ClientTimeout = _LIMITS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._hosts = hosts
        self._max_bytes = max_bytes
        self._fresh_link = fresh_link
        self._limits = limits
        self._sleep = sleep

    async def fetch(self, note: VoiceNote, target: Path) -> int:
        """Write the note's file to `target`; how many bytes it has.

        Raises:
            TooLarge: announced or found to be larger than allowed.
            Gone: the file is no longer there.
            DownloadFailed: it did not come, again and again, or not in time.
            DiskFailed: there is no room for it on disk.
        """
        attachment = note.attachment
        if attachment.size > self._max_bytes:
            raise errors.TooLarge(limit=self._max_bytes, size=attachment.size)
        try:
            # Around all attempts: each alone could drip for as long as it is allowed to.
            async with asyncio.timeout(self._limits.total):
                return await self._with_fresh_link(note, target)
        except TimeoutError as error:
            raise errors.DownloadFailed(f"not within {self._limits.total:g} s") from error

    async def _with_fresh_link(self, note: VoiceNote, target: Path) -> int:
        try:
            return await self._persistently(note.attachment, target)
        except errors.Gone:
            if self._fresh_link is None:
                raise
        return await self._persistently(await self._fresh_link(note), target)

    async def _persistently(self, attachment: Attachment, target: Path) -> int:
        return await retry.with_retries(
            functools.partial(self._download, attachment, target), sleep=self._sleep
        )

    async def _download(self, attachment: Attachment, target: Path) -> int:
        if not self._allowed(attachment.url):
            raise errors.Gone("its host is not among CDN_HOSTS")
        try:
            async with self._session.get(
                _as_it_is(attachment.url),
                allow_redirects=False,
                # What is packed could be a thousand times as large as what is counted.
                auto_decompress=False,
                headers={"Accept-Encoding": "identity"},
                timeout=aiohttp.ClientTimeout(
                    sock_connect=self._limits.sock_connect, sock_read=self._limits.sock_read
                ),
            ) as response:
                self._check(response)
                received = await self._save(response, target)
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise errors.DownloadFailed(type(error).__name__) from error
        except OSError as error:
            raise errors.DiskFailed(f"the file can't be written: {error.strerror}") from error
        # Less than Discord counted is a file cut short on its way. More is taken: its number is a claim, what
        # counts is our limit, and whether the bytes are any good the decoder tells.
        if received < attachment.size:
            raise errors.DownloadFailed(f"{received} of {attachment.size} bytes")
        return received

    def _check(self, response: aiohttp.ClientResponse) -> None:
        """Refuse what is not the file as it is. A redirect may lead anywhere, so it is not the file either."""
        if 400 <= response.status < 500 and response.status not in _PASSING:  # noqa: PLR2004 - HTTP's classes
            raise errors.Gone(f"status {response.status}")
        if response.status != _HTTP_OK:
            raise errors.DownloadFailed(f"status {response.status}", retry_after=_pause(response))
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise errors.DownloadFailed("compressed, though not asked for")
        if (announced := response.content_length) is not None and announced > self._max_bytes:
            raise errors.TooLarge(limit=self._max_bytes, size=announced)

    async def _save(self, response: aiohttp.ClientResponse, target: Path) -> int:
        received = 0
        with target.open("wb") as file:
            async for chunk in response.content.iter_chunked(_CHUNK):
                received += len(chunk)
                if received > self._max_bytes:
                    raise errors.TooLarge(limit=self._max_bytes)
                file.write(chunk)
        return received

    def _allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return parts.netloc in self._hosts and (
            parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        )


def _as_it_is(url: str) -> URL:
    """The address, to be requested letter by letter: it is signed, and what means the same is not the same any more."""
    # One with anything in it that can't stand in an address was not signed like that.
    return URL(url, encoded=_AN_ADDRESS.fullmatch(url) is not None)


def _pause(response: aiohttp.ClientResponse) -> float | None:
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else None
