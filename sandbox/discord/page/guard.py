"""Keeps other sites' pages away: a browser on this machine would carry their requests to a port of its own.

A name that suddenly leads to 127.0.0.1 (DNS rebinding) is known by its `Host`, a form or a script of another site by its
`Origin`, which a browser lets no page choose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yarl import URL

if TYPE_CHECKING:
    from aiohttp import web

_OURS = {"127.0.0.1", "localhost"}
_READS = {"GET", "HEAD"}


def comes_from_here(request: web.Request) -> bool:
    """Whether a request was made to this machine by name, and by the page itself if it changes anything."""
    host = request.headers.get("Host", "")
    try:
        if URL(f"http://{host}").host not in _OURS:
            return False
    except ValueError:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return request.method in _READS
    return origin == f"http://{host}"
