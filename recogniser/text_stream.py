"""Reads the event stream of a text server, line by line; anything that is not an answer in the usual format is a failure. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDS = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}
"""Why an answer may end, as servers say it and as it is passed on. Any other reason is a failure's."""
_FAILED = re.compile("error|fail|exception", re.IGNORECASE)
_SILENT = ("", ":", "id:", "retry:")
"""How lines begin that say nothing of the answer; the first is for blank ones."""
_MOST_CHARACTERS = 1_000_000


class TextServerError(Exception):
    """The text server gave no answer, or not all of one; the text says why, and can be shown to anybody."""


@dataclass(slots=True)
class TextStream:
    """An answer as it comes, and what came beside its text."""

    finish_reason: str | None = None
    usage: Mapping[str, Any] | None = None
    done: bool = False
    """Whether the server has said that nothing follows."""
    _size: int = 0

    def feed(self, line: str) -> str:
        """The text in one line, which is often empty.

        Raises:
            TextServerError: the line tells of a failure, or is none of an event stream.
        """
        line = line.strip().removeprefix("\ufeff")
        if not line or line.startswith(_SILENT[1:]):
            return ""
        field, _, value = line.partition(":")
        if field == "event" and not _FAILED.search(value):
            return ""
        if field != "data":
            raise TextServerError("it told of an error" if _FAILED.search(line) else "it sent no answer")
        if value.strip() == "[DONE]":
            self.done = True
            return ""
        return self._text_of(_parsed(value))

    def end(self) -> None:
        """Call it when nothing follows.

        Raises:
            TextServerError: the answer is not at its end, or says nothing.
        """
        if not self.done and self.finish_reason is None:
            raise TextServerError("it broke off")
        if not self._size:
            raise TextServerError("it wrote nothing")

    def _text_of(self, chunk: Mapping[str, Any]) -> str:
        choices = _sequence(chunk.get("choices"))
        choice = _mapping(choices[0] if choices else None)
        delta = _mapping(choice.get("delta"))
        if any(told.get("error") for told in (chunk, choice, delta, _mapping(choice.get("message")))):
            raise TextServerError("it told of an error")
        if usage := _mapping(chunk.get("usage")):
            self.usage = usage
        elif choices is None:
            raise TextServerError("it sent no answer")
        reason = choice.get("finish_reason")
        if reason is not None:
            self.finish_reason = _ENDS.get(str(reason))
            if self.finish_reason is None:
                raise TextServerError("it broke off")
        text = delta.get("content")
        if text is None:
            return ""
        if not isinstance(text, str):
            raise TextServerError("it sent no answer")
        self._size += len(text.strip())
        if self._size > _MOST_CHARACTERS:
            raise TextServerError("its answer did not end")
        # Half a character becomes a question mark: nothing could send it on.
        return text.encode(errors="replace").decode()


def _parsed(value: str) -> Mapping[str, Any]:
    try:
        chunk: object = json.loads(value)
    except (ValueError, RecursionError):
        chunk = None
    if not isinstance(chunk, dict):
        raise TextServerError("it sent no answer")
    return cast("Mapping[str, Any]", chunk)


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _sequence(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None
