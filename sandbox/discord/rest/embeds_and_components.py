"""Checks embeds and components of a message against Discord's limits, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sandbox.discord.components import every_component
from sandbox.discord.rest.errors import invalid
from sandbox.discord.rest.interactive import check_interactive

if TYPE_CHECKING:
    from sandbox.discord.state import Json

_EMBEDS = 10
_EMBED_TEXT = {"title": 256, "description": 4096}
_EMBED_FIELDS = 25
_EMBED_FIELD_TEXT = {"name": 256, "value": 1024}
_ALL_EMBED_TEXT = 6000
_ROWS = 5
_COMPONENTS_V2 = 40
_TEXT_V2 = 4000
_COMPONENT_TEXT = {"label": 80, "custom_id": 100, "placeholder": 150}
_ROW = 1
_TEXT = 10
_ONLY_IN_ROWS = range(2, 9)


def check_embeds(embeds: list[Json]) -> None:
    """Check the number of embeds and the lengths of their texts, one by one and together.

    Raises:
        ApiError: 50035, naming the field.
    """
    _at_most("embeds", embeds, _EMBEDS)
    total = 0
    for index, embed in enumerate(embeds):
        path = f"embeds.{index}"
        total += _texts(path, embed, _EMBED_TEXT)
        fields = cast("list[Json]", embed.get("fields") or [])
        _at_most(f"{path}.fields", fields, _EMBED_FIELDS)
        total += sum(_texts(f"{path}.fields.{at}", item, _EMBED_FIELD_TEXT) for at, item in enumerate(fields))
        for part, limit in (("footer", {"text": 2048}), ("author", {"name": 256})):
            total += _texts(f"{path}.{part}", embed.get(part) or {}, limit)
    if total > _ALL_EMBED_TEXT:
        raise invalid(
            "embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {_ALL_EMBED_TEXT}"
        )


def check_components(components: list[Json], *, v2: bool) -> None:
    """Check where components stand, how many there are, their texts and their custom ids; `v2`: by the rules of V2.

    Raises:
        ApiError: 50035, naming the field.
    """
    for index, component in enumerate(components):
        if component.get("type") in _ONLY_IN_ROWS or (not v2 and component.get("type") != _ROW):
            raise invalid(
                f"components.{index}.type",
                "UNION_TYPE_CHOICES",
                "Value of field 'type' is not possible here.",
            )
    everything = list(every_component(components))
    if v2:
        _at_most("components", everything, _COMPONENTS_V2)
        if sum(len(item.get("content") or "") for item in everything if item.get("type") == _TEXT) > _TEXT_V2:
            raise invalid("components", "COMPONENT_TEXT_TOO_LONG", f"Must be {_TEXT_V2} or fewer in length.")
    else:
        _at_most("components", components, _ROWS)
    ids: set[str] = set()
    for component in everything:
        _texts("components", component, _COMPONENT_TEXT)
        check_interactive(component)
        custom_id: str | None = component.get("custom_id")
        if custom_id is not None and custom_id in ids:
            raise invalid(
                "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        ids |= {custom_id} if custom_id is not None else set()


def _at_most(path: str, items: list[Any], limit: int) -> None:
    if len(items) > limit:
        raise invalid(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def _texts(path: str, holder: Json, limits: dict[str, int]) -> int:
    """Check the lengths of an object's texts; returns how long they are together."""
    total = 0
    for name, limit in limits.items():
        text: str = holder.get(name) or ""
        if len(text) > limit:
            raise invalid(f"{path}.{name}", "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")
        total += len(text)
    return total
