"""What one chunk of a stream, or a whole answer, says. It is read defensively: gateways change types without notice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.completion.failures import failure_of
from bot.completion.reasons import Finish, finish_of
from bot.completion.shapes import first_mapping, mapping, number, sequence
from bot.models import MOST_TOKENS, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

_INNER = re.compile("think|thought|reason")
"""In the type of a content part that is not meant for people."""
_ERRORS = {"error", "errors", "exception"}
"""Fields, in whatever letters, that hold a failure; empty ones, also an error without any content, hold none."""
_STATUSES = range(400, 600)
_WELL = {"", "ok", "success", "succeed", "succeeded"}
"""What a message says where nothing is wrong."""
_NAME = re.compile(r"[\w.:/@+-]{1,100}", re.ASCII)
"""Of a model, or of an answer. Anything else may be anybody's words, and would get into the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What one chunk of a stream, or a whole answer, says."""

    text: str = ""
    whole: bool = False
    """Whether `text` came as a message: all of the answer, not the next piece of it (with most servers)."""
    choice: bool = False
    """Whether it was about the answer at all, and not only about its cost."""
    refusal: str = ""
    finish: Finish | None = None
    model: str | None = None
    usage: Usage | None = None
    generation_id: str | None = None


def read_chunk(data: object) -> Chunk:
    """Read a chunk (`choices[0].delta`) or a whole answer (`choices[0].message`).

    Raises:
        EarshotError: the failure it tells of, in whatever shape, whatever the HTTP status was.
    """
    body = first_mapping(data)
    if isinstance(data, str) and data.strip():
        raise failure_of(None, {"error": data})
    if "choices" not in body and "choices" in mapping(body.get("data")):
        # In an envelope.
        body = mapping(body.get("data"))
    choice = first_mapping(body.get("choices"))
    delta, message = mapping(choice.get("delta")), mapping(choice.get("message"))
    finish = finish_of(choice)
    if finish is Finish.FAILURE or _fails(body, choice, delta, message):
        raise failure_of(None, body)
    piece = _said(delta) or _text(choice.get("text"))
    return Chunk(
        text=piece or _said(message),
        whole=not piece and bool(message),
        choice=bool(choice),
        refusal=_refusal(delta) or _refusal(message),
        finish=finish,
        model=name_in(body.get("model")),
        usage=read_usage(body.get("usage")),
        generation_id=name_in(body.get("id")),
    )


def name_in(value: object) -> str | None:
    """`value` if it can be the name of a model or an answer's id, else None."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _fails(*told: Mapping[str, Any]) -> bool:
    """Whether a body, or any of the objects within it, tells of a failure."""
    body, *inner = told
    if (
        any(_tells(value) for each in told for key, value in each.items() if key.lower() in _ERRORS)
        or any(body.get(key) in ("error", "failed") for key in ("type", "object", "event", "status"))
        or any(body.get(key) is False for key in ("success", "ok"))
        or number(mapping(body.get("base_resp")).get("status_code"))
    ):
        return True
    if any(inner) or body.get("usage"):
        return False
    # Words, or the number of an error, where an answer should be.
    if any(
        (number(body.get(key)) or 0) in _STATUSES for key in ("code", "status", "status_code", "statusCode")
    ):
        return True
    words = (body.get(key) for key in ("message", "msg", "error_message", "error_msg", "errmsg"))
    return any(isinstance(told, str) and told.strip().lower() not in _WELL for told in words) or any(
        body.get(key) not in (None, "", 0, "0", [], {})
        for key in ("detail", "error_code", "errcode", "fault")
    )


def _tells(value: object) -> bool:
    """Whether a field for a failure holds one. Servers written in Go send an error whose fields are all empty."""
    fields = mapping(value)
    return any(fields.values()) if fields else bool(value)


def _said(message: Mapping[str, Any]) -> str:
    google = mapping(mapping(message.get("extra_content")).get("google"))
    if google.get("thought") is True:
        return ""
    return _text(message.get("content")) or _text(mapping(message.get("audio")).get("transcript"))


def _text(content: object) -> str:
    """A message's content: a string, or parts with a `text` each, of which those that are thoughts are left out."""
    if isinstance(content, str):
        return content
    parts = map(mapping, sequence(content) or [content])
    return "".join(text for part in parts if not _inner(part) and isinstance(text := part.get("text"), str))


def _inner(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    return part.get("thought") is True or (isinstance(kind, str) and _INNER.search(kind.lower()) is not None)


def _refusal(message: Mapping[str, Any]) -> str:
    told = message.get("refusal")
    if isinstance(told, str) and told:
        return told
    parts = (mapping(part).get("refusal") for part in sequence(message.get("content")))
    return "".join(part for part in parts if isinstance(part, str))


def read_usage(data: object) -> Usage | None:
    """Tokens and cost, where the answer tells them."""
    usage = mapping(data)
    if not usage:
        return None
    details = mapping(usage.get("prompt_tokens_details"))
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")) or 0,
        completion_tokens=_count(usage.get("completion_tokens")) or 0,
        total_tokens=_count(usage.get("total_tokens")) or 0,
        audio_tokens=_count(details.get("audio_tokens")),
        cost=_cost(usage.get("cost")),
    )


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_TOKENS else None


def _cost(value: object) -> float | None:
    return None if isinstance(value, str) else number(value)
