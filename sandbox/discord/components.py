"""Walking the nested JSON of message components (buttons, select menus, form fields), as the API carries it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.discord.state import Json


def every_component(components: list[Json]) -> Iterator[Json]:
    """Yield each component and, after it, those nested in it."""
    for component in components:
        yield component
        yield from every_component(component.get("components") or [])
        for single in ("accessory", "component"):
            if (inner := component.get(single)) is not None:
                yield from every_component([inner])


def with_ids(components: list[Json]) -> list[Json]:
    """Return a copy in which components without an `id` have one, counted from 1, as Discord assigns them."""
    return cast("list[Json]", _with_ids(components, count(1)))


def _with_ids(value: Any, numbers: count[int]) -> Any:
    if isinstance(value, list):
        return [_with_ids(item, numbers) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    component = cast("Json", value)
    if isinstance(component.get("type"), int) and not component.get("id"):
        component = component | {"id": next(numbers)}
    nested = ("components", "component", "accessory")
    return {key: _with_ids(item, numbers) if key in nested else item for key, item in component.items()}
