"""The CDN: makes signed links to attachments that expire, and serves the files to whoever has a valid one."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from sandbox.faults import CuttableResponse

if TYPE_CHECKING:
    from sandbox.discord.state import Attachment
    from sandbox.discord.world import World

_GONE = "This content is no longer available."
_CHUNK = 64 * 1024
_KEPT_APART = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
"""Discord serves files from a host of their own. Here the page is on the same one: a file called HTML must not act as if it were it."""


class Links:
    """Makes and checks the signed addresses of attachments."""

    def __init__(self, world: World, *, lifetime: float = 24 * 3600) -> None:
        self._world = world
        self._key = b"sandbox:" + world.application.token.encode()
        self.origin = ""
        """Scheme, host and port that the links begin with."""
        self.lifetime = lifetime
        """Seconds for which a link made from now on is valid; a negative number makes links that have expired already."""

    def url(self, attachment: Attachment) -> str:
        """Make a link to the attachment, valid for `lifetime` seconds from now."""
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        path = f"/{folder}/{attachment.folder}/{attachment.id}/{quote(attachment.filename)}"
        issued = int(self._world.clock())
        expires = int(issued + self.lifetime)
        return f"{self.origin}{path}?ex={expires:x}&is={issued:x}&hm={self._sign(path, expires, issued)}&"

    def attachment(self, path: str, query: dict[str, str]) -> Attachment | None:
        """The file an address leads to; None if the signature is wrong or has expired, or if there is no such file."""
        try:
            expires, issued = int(query["ex"], 16), int(query["is"], 16)
            attachment = self._world.attachments.get(int(path.split("/")[3]))
        except (KeyError, ValueError):
            return None
        genuine = hmac.compare_digest(query.get("hm", ""), self._sign(path, expires, issued))
        return attachment if genuine and self._world.clock() < expires else None

    def _sign(self, path: str, expires: int, issued: int) -> str:
        return hmac.new(self._key, f"{path}?{expires:x}&{issued:x}".encode(), hashlib.sha256).hexdigest()


class Cdn:
    """Serves attachments to whoever has a valid link."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def routes(self) -> list[web.RouteDef]:
        """The routes of attachments, for the server's application."""
        return [
            web.get(f"/{folder}/{{channel_id}}/{{attachment_id}}/{{filename}}", self.serve)
            for folder in ("attachments", "ephemeral-attachments")
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send the file in pieces, so that a fault can cut it off; 404 if the link is not valid."""
        attachment = self._links.attachment(request.rel_url.raw_path, dict(request.query))
        if attachment is None:
            return web.Response(status=404, text=_GONE)
        upload = attachment.upload
        response = CuttableResponse(
            request,
            headers={"Content-Type": upload.content_type or "application/octet-stream", **_KEPT_APART},
        )
        response.content_length = len(upload.data)
        await response.prepare(request)
        for start in range(0, len(upload.data), _CHUNK):
            await response.write(upload.data[start : start + _CHUNK])
        await response.write_eof()
        return response
