"""Scripts: answers a test writes beforehand, sent step by step when the test lets them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recogniser.chat_request import RejectedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line in the stream."""

    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk sent as it is, for oddities of other gateways."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes of the stream as they are written here: fields, events and bodies that are no chunk of this API."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Breakdown:
    """An error sent inside status 200: as the stream's last chunk, or in the one body."""

    status: int
    message: str
    kind: str = "server"

    @property
    def error(self) -> RejectedError:
        """The error as the API's error body has it."""
        return RejectedError(self.status, self.message, self.kind)


@dataclass(frozen=True, slots=True)
class HangUp:
    """Drop the connection here."""


StreamItem = str | Comment | Chunk | Raw | Breakdown | HangUp
Step = StreamItem | asyncio.Event
"""Something to send (text is a plain string), or an event the answer waits for before it goes on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What comes after the text: reason, usage, `[DONE]`. Each can be left out, as some gateways do."""

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
    """The answer to the next `times` requests to `model` (None: any)."""

    steps: tuple[Step, ...]
    model: str | None
    times: int
    ending: Ending
    asked: str = ""
    """A text that must stand in the prompt of the requests it answers."""
    framing: Framing = Framing()
    used: int = 0
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an answer waits for one of its events: everything before that has been sent."""

    async def tell(self) -> AsyncIterator[StreamItem]:
        """The steps to send, in order, after the events between them are set."""
        for step in self.steps:
            if isinstance(step, asyncio.Event):
                self.waiting.set()
                await step.wait()
            else:
                yield step
