"""Reading JSON whose shape nobody guarantees: each function gives a value of the type asked for, or an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """`value` if it is a JSON array, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def first_mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is a JSON object, or the first element of an array (Gemini wraps errors in one), else empty."""
    for each in sequence(value):
        if found := mapping(each):
            return found
    return mapping(value)


def number(value: object) -> float | None:
    """`value` as a finite number of at least zero, also where it came as a string; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if 0 <= read < float("inf") else None
