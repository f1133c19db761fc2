"""All that an error of the completion API says about itself, gathered from however deep gateways have wrapped it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.completion.pauses import pause_in
from bot.completion.shapes import first_mapping, mapping, sequence

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that an error says about itself."""

    status: int | None
    """Of the HTTP answer; None inside a 200."""
    number: int | None
    """The status or, inside a 200, the first number in the body that could be one."""
    names: tuple[str, ...]
    """Codes, types and reasons, each in snake case."""
    words: str
    """Messages, in small letters. They may repeat the prompt or the key, so they are weighed and never shown."""
    from_api: bool
    """Whether the body has an API's shape, and is not a proxy's page or nothing."""
    retryable: bool | None = None
    pause: float | None = None
    """Seconds the body or a header asked to wait."""


_NAMES = {
    "code", "type", "error_type", "status", "reason", "error_code", "errcode", "err_code", "status_code", "errorcode",
    "kind", "title", "__type",
}  # fmt: skip
"""Fields that hold a name or a number."""
_WORDS = {
    "message", "msg", "detail", "details", "error", "errors", "error_msg", "error_message", "errmsg", "errormessage",
    "status_msg", "raw", "description", "error_description", "title", "body", "reason", "fault", "faultstring", "cause",
}  # fmt: skip
"""Fields that hold words; or another error, sometimes as JSON in a string."""
_PASSED_OVER = {
    "usage", "content", "reasoning", "reasoning_content", "tool_calls", "logprobs", "input", "ctx", "loc", "headers",
    "prompt_filter_results", "content_filter_results", "content_filter_result", "model", "user_id",
}  # fmt: skip
_GENERIC = {
    "error", "errors", "none", "null", "unknown", "unknown_error", "exception", "failed", "failure", "new_api_error",
    "one_api_error", "v_api_error", "openai_error", "http_error", "message", "text", "chunk", "generic", "",
}  # fmt: skip
"""Names that say nothing."""
_MOST_DEPTH = 6
_MOST_VALUES = 300
_MOST_WORDS = 10_000
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_STATUSES = range(400, 600)


def evidence_of(status: int | None, data: object, *, pause: float | None = None, words: str = "") -> Evidence:
    """Gather all that an error says, however deep gateways have wrapped it."""
    names: list[str] = []
    numbers: list[int] = []
    said: list[str] = [words[:_MOST_WORDS]]
    for key, value in _fields(data):
        name = _snake(value) if isinstance(value, str) else ""
        if key == "flagged_input":
            names.append(key)
        if key in _NAMES and isinstance(value, int) and not isinstance(value, bool):
            numbers.append(value)
        elif key in _NAMES and re.fullmatch("[1-9][0-9]{2}", name):
            numbers.append(int(name))
        elif key in _NAMES and name not in _GENERIC and len(name.split()) == 1:
            names.append(name)
        if key in _WORDS and isinstance(value, str):
            said.append(value)
    first = first_mapping(data)
    error = first_mapping(first.get("error"))
    availability = mapping(error.get("availability")) or mapping(first.get("availability"))
    retryable = availability.get("retryable")
    inside = next((each for each in numbers if each in _STATUSES), None)
    return Evidence(
        status=status,
        number=status if status is not None else inside,
        names=tuple(names),
        words="\n".join(said)[:_MOST_WORDS].lower(),
        from_api=bool(first.get("error") or first.get("errors") or first.get("code") or first.get("message")),
        retryable=retryable if isinstance(retryable, bool) else None,
        pause=pause_in(list(_fields(data))) or pause,
    )


def _snake(name: str) -> str:
    return re.sub(r"[-.:/]+", "_", _HUMP.sub("_", name.strip()[:100])).lower()


def _fields(data: object) -> Iterator[tuple[str, Any]]:
    """Every field that may say something, from the outside inwards: its name in small letters, and its value."""
    waiting: list[tuple[object, int]] = [(data, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop(0)
        for key, inner in mapping(value).items():
            seen += 1
            if key.lower() in _PASSED_OVER or seen > _MOST_VALUES:
                continue
            yield key.lower(), inner
            within = _unwrapped(inner) if key.lower() in _WORDS else inner
            if depth < _MOST_DEPTH:
                waiting.append((within, depth + 1))
        if depth < _MOST_DEPTH:
            waiting.extend((inner, depth + 1) for inner in sequence(value)[:20])


def _unwrapped(value: object) -> object:
    """An upstream's error that a gateway passes on as a string."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")) and len(value) <= _MOST_WORDS:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value
