"""An event stream's bytes as events, after the WHATWG's standard for server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

Four things are read more kindly than there, because completion APIs need it:

- An event is complete when the stream ends, even without the blank line after it.
- Where the blank line between two events is missing, `alone` tells that a data line is an event by itself.
- The field `error`, by which servers of llama.cpp tell a failure, is kept.
- Lines that are no field at all are kept: a proxy may have put its own error among the events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import errors

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 4 * 1024 * 1024
"""Bytes of one line, and characters of one event. Nothing honest is larger, and it is all in memory at once."""
FAILED = re.compile(r"error|fail|exception", re.IGNORECASE)
"""In the name of an event that tells a failure."""
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK_LINES = re.compile(rb"(?:\r\n?|\n){3,}")
_BOM = b"\xef\xbb\xbf"


class LineDecoder:
    """Cuts blocks of bytes into lines, wherever the blocks were cut: at CR, LF or CR LF.

    Several blank lines in a row may come out as one; none of them means anything after the first.
    """

    def __init__(self) -> None:
        self._begun = bytearray()
        self._after_cr = False
        self._at_start = True

    def feed(self, block: bytes) -> list[str]:
        """The lines that `block` completes.

        Raises:
            EndpointBusy: a line did not end.
        """
        if self._after_cr:
            # The second half of a CR LF that was cut in two.
            block = block.removeprefix(b"\n")
        self._after_cr = block.endswith(b"\r")
        first, *others = _LINE_END.split(_BLANK_LINES.sub(b"\n\n", block))
        self._begun += first
        if len(self._begun) > LONGEST:
            raise errors.EndpointBusy("a line without end")
        if not others:
            return []
        *lines, rest = bytes(self._begun), *others
        self._begun = bytearray(rest)
        return [self._decoded(line) for line in lines]

    def end(self) -> str:
        """What has come of a last line without an end; mostly nothing."""
        return self._decoded(bytes(self._begun))

    def _decoded(self, line: bytes) -> str:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        return line.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Event:
    """What stands between two blank lines."""

    type: str = "message"
    data: str = ""
    error: str = ""
    """What fields named `error` held."""
    stray: str = ""
    """Lines that were no fields."""


class EventDecoder:
    """Collects lines into events.

    Args:
        alone: whether a data line is an event by itself. Asked only where another data line follows it directly.
    """

    def __init__(self, alone: Callable[[str], bool] = lambda _: False) -> None:
        self._alone = alone
        self._begin()

    def _begin(self) -> None:
        self._type = ""
        self._data: list[str] = []
        self._error: list[str] = []
        self._stray: list[str] = []
        self._size = 0

    @property
    def data(self) -> str | None:
        """The event's only line of data so far; None where there is none, or more than one."""
        return self._data[0] if len(self._data) == 1 else None

    def feed(self, line: str) -> Event | None:
        """Add a line; the event it completes, if any.

        Raises:
            EndpointBusy: an event did not end.
        """
        if not line:
            return self.end()
        self._size += len(line) + 1
        if self._size > LONGEST:
            raise errors.EndpointBusy("an event without end")
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        complete = None
        match name:
            case "data":
                if self.data is not None and self._alone(self.data):
                    complete = self.end()
                self._data.append(value)
            case "event":
                self._type = value
            case "error" | "Error" | "ERROR":
                self._error.append(value)
            case "" | "id" | "retry":
                pass
            case _:
                self._stray.append(line)
        return complete

    def end(self) -> Event | None:
        """The event as far as it has come, at a blank line or at the end of the stream; None where nothing came."""
        event = None
        if self._data or self._error or self._stray or FAILED.search(self._type):
            event = Event(
                type=self._type or "message",
                data="\n".join(self._data),
                error="\n".join(self._error),
                stray="\n".join(self._stray),
            )
        self._begin()
        return event
