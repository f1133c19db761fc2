"""The completion API's JSON: built and read by pure functions.

What comes back is read defensively: gateways add fields, leave them out, and change their types without notice.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bot import errors
from bot.models import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

# Statuses that pass by themselves, whatever the body says.
PASSING = {408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
_MOST_TOKENS = 2**31 - 1
"""No answer has more; a count beyond it is a mistake, and would not fit the ledger."""
_NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a request asks for beside the audio. Only what a setting asks for is ever sent."""

    model: str
    fallbacks: tuple[str, ...] = ()
    max_tokens: int | None = None
    data_collection: str | None = None
    zdr: bool = False
    user: str | None = None
    """A pseudonym for the person, so that a provider's block hits them and not the whole account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: in words alone, or about audio of `audio_format`, which goes where the body is cut."""

    prompt: str
    audio_format: str | None = None
    so_far: str = ""
    """What the model has answered already, before it was stopped."""
    go_on: str = ""
    """Asks it to continue."""


def request_body(question: Question, wishes: Wishes) -> tuple[bytes, bytes]:
    """The request's JSON, cut where the base64 of the audio belongs: what stands before it and after it."""
    # Nobody can know the mark, so neither prompt nor answer can hold it.
    mark = secrets.token_hex(16)
    content: str | list[dict[str, Any]] = question.prompt
    if question.audio_format is not None:
        content = [
            {"type": "text", "text": question.prompt},
            {"type": "input_audio", "input_audio": {"data": mark, "format": question.audio_format}},
        ]
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if question.so_far:
        messages += [
            {"role": "assistant", "content": question.so_far},
            {"role": "user", "content": question.go_on},
        ]
    body: dict[str, Any] = {"model": wishes.model, "messages": messages, "stream": True}
    if wishes.fallbacks:
        body["models"] = [wishes.model, *wishes.fallbacks]
    if wishes.max_tokens is not None:
        body["max_tokens"] = wishes.max_tokens
    provider: dict[str, Any] = {}
    if wishes.data_collection is not None:
        provider["data_collection"] = wishes.data_collection
    if wishes.zdr:
        provider["zdr"] = True
    if provider:
        body["provider"] = provider
    if wishes.user is not None:
        body["user"] = wishes.user
    # Half a character (from a command line in another encoding) becomes a question mark.
    before, _, after = json.dumps(body, ensure_ascii=False).encode(errors="replace").partition(mark.encode())
    return before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one chunk of a stream, or a whole answer, says."""

    text: str = ""
    refusal: str = ""
    finish_reason: str | None = None
    model: str | None = None
    usage: Usage | None = None
    generation_id: str | None = None


def read_piece(data: object) -> Piece:
    """Read a chunk (`choices[0].delta`) or a whole answer (`choices[0].message`).

    Raises:
        EarshotError: the error it carries, whatever the HTTP status was.
    """
    body = _mapping(data)
    choices = body.get("choices")
    first = cast("list[object]", choices)[0] if isinstance(choices, list) and choices else None
    choice = _mapping(first)
    if body.get("error"):
        raise error_of(None, body)
    if choice.get("error") or choice.get("finish_reason") == "error":
        raise error_of(None, choice)
    said = _mapping(choice.get("delta")) or _mapping(choice.get("message"))
    text = _text(said.get("content")) or _text(_mapping(said.get("audio")).get("transcript"))
    reason = choice.get("finish_reason")
    return Piece(
        text=text,
        refusal=_text(said.get("refusal")),
        finish_reason=reason if isinstance(reason, str) else None,
        model=_text(body.get("model")) or None,
        usage=read_usage(body.get("usage")),
        generation_id=_text(body.get("id")) or None,
    )


def _text(content: object) -> str:
    """A message's content: a string, or a list of parts with a `text` each."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = (_mapping(part).get("text") for part in cast("list[object]", content))
        return "".join(text for text in texts if isinstance(text, str))
    return ""


def read_usage(data: object) -> Usage | None:
    """Tokens and cost, where the answer tells them."""
    usage = _mapping(data)
    if not usage:
        return None
    details = _mapping(usage.get("prompt_tokens_details"))
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")) or 0,
        completion_tokens=_count(usage.get("completion_tokens")) or 0,
        total_tokens=_count(usage.get("total_tokens")) or 0,
        audio_tokens=_count(details.get("audio_tokens")),
        cost=_cost(usage.get("cost")),
    )


def error_of(  # noqa: PLR0911 - a table, written as a match
    status: int | None, data: object, *, retry_after: str | None = None, host: str = ""
) -> errors.EarshotError:
    """The error an answer means: by its body's `availability`, its status, the body's own code, in that order.

    Args:
        status: of the HTTP answer; None where the error came inside a 200.
        data: the parsed body, of whatever shape.
        retry_after: the header, as it came.
        host: named where the key was refused, since several services share its variable's name.
    """
    told = _mapping(data).get("error")
    error = {"message": told} if isinstance(told, str) else _mapping(told)
    code = status if status is not None else _code(error.get("code"))
    availability = _mapping(error.get("availability"))
    retryable = availability.get("retryable")
    pause = _seconds(availability.get("retry_after")) or _seconds(retry_after)
    detail = _detail(status, error)
    if retryable is True or (retryable is None and code in PASSING):
        return errors.EndpointBusy(detail, retry_after=pause)
    match code:
        case 401:
            return errors.KeyRefused(f"{host} refused the key ({detail})")
        case 402:
            return errors.OutOfCredit(detail)
        case 403:
            return errors.ModelRefused(detail)
        case 404:
            return errors.ModelUnknown(detail)
        case 413:
            return errors.RequestTooLarge(detail)
        case 400 | 422 if _is_refusal(error):
            return errors.ModelRefused(detail)
        case None:
            # An error inside a 200 without a code is a provider's that gave up half way.
            return errors.EndpointBusy(detail, retry_after=pause)
        case _:
            return errors.RequestRefused(detail)


def _detail(status: int | None, error: Mapping[str, Any]) -> str:
    """For the log: numbers and names. An error's own words may repeat the prompt or the key, and stay out of it."""
    named = {
        "status": status,
        "code": error.get("code"),
        "type": _mapping(error.get("metadata")).get("error_type"),
    }
    told = (
        f"{what} {value}"
        for what, value in named.items()
        if isinstance(value, int | str) and _NAME.fullmatch(str(value))
    )
    return ", ".join(told) or "an error without a code"


def _is_refusal(error: Mapping[str, Any]) -> bool:
    kind = _text(_mapping(error.get("metadata")).get("error_type")).lower()
    return any(word in kind for word in ("moderation", "content", "refus", "safety"))


def _code(value: object) -> int | None:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        named = {
            "rate_limit_exceeded": 429,
            "insufficient_quota": 402,
            "model_not_found": 404,
            "server_error": 500,
        }
        return int(value) if re.fullmatch("[1-5][0-9]{2}", value) else named.get(value, 400)
    return None


def _seconds(value: object) -> float | None:
    seconds = _float(value)
    return seconds if seconds is not None and 0 < seconds < float("inf") else None


def _float(value: object) -> float | None:
    try:
        return float(cast("str", value))
    except (TypeError, ValueError, OverflowError):
        return None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None


def _cost(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    cost = _float(value)
    return cost if cost is not None and 0 <= cost < float("inf") else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
