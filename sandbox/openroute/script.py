"""Answers written beforehand, told step by step: a test decides what comes, and when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recogniser.asking import RejectedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line in the stream."""

    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk sent as it is written here, for what only other gateways do."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes of the stream as they are written here: fields, events and bodies that are no chunk of this API."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Breakdown:
    """An error inside status 200. Nothing comes after it but the stream's end."""

    status: int
    message: str
    kind: str = "server"

    @property
    def error(self) -> RejectedError:
        """What is told."""
        return RejectedError(self.status, self.message, self.kind)


@dataclass(frozen=True, slots=True)
class HangUp:
    """The connection is dropped here."""


Told = str | Comment | Chunk | Raw | Breakdown | HangUp
Step = Told | asyncio.Event
"""What is told, text as plain strings, or an event that must be set before the answer goes on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What stands after the text: each part can be missing, as it is with some gateways."""

    finish_reason: str | None = "stop"
    usage: bool = True
    done: bool = True


@dataclass(frozen=True, slots=True)
class Framing:
    """How the stream is put on the wire. The standard allows all of it, but for the label."""

    newline: bytes = b"\n"
    byte_order_mark: bool = False
    bytewise: bool = False
    """Each byte is sent by itself, so that lines, characters and CR LF are cut in two."""
    content_type: str = "text/event-stream"


@dataclass(slots=True, eq=False)
class Script:
    """What the next `times` requests are answered with."""

    steps: tuple[Step, ...]
    model: str | None
    times: int
    ending: Ending
    asked: str = ""
    """What stands in the words of the requests it answers."""
    framing: Framing = Framing()
    used: int = 0
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once an answer has come to an event: all before it is on the wire."""

    async def tell(self) -> AsyncIterator[Told]:
        """The steps, each when its time has come."""
        for step in self.steps:
            if isinstance(step, asyncio.Event):
                self.waiting.set()
                await step.wait()
            else:
                yield step
