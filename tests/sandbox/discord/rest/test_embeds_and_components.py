"""Limits of embeds and components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord.rest.embeds_and_components import check_components, check_embeds
from sandbox.discord.rest.errors import ApiError

if TYPE_CHECKING:
    from tests.sandbox.discord.clients import Json


def button(custom_id: str, label: str = "b") -> Json:
    """A button."""
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id}


def row(*inside: Json) -> Json:
    """A row."""
    return {"type": 1, "components": list(inside)}


@pytest.mark.parametrize(
    "embeds",
    [
        [{"title": "x"}] * 11,
        [{"title": "x" * 257}],
        [{"description": "x" * 4097}],
        [{"fields": [{"name": "x" * 257, "value": "y"}]}],
        [{"description": "x" * 3001}] * 2,
    ],
)
def test_embeds_that_are_refused(embeds: list[Json]) -> None:
    """Embeds are refused if there are too many, or if their texts are too long, alone or together."""
    with pytest.raises(ApiError) as refused:
        check_embeds(embeds)
    assert refused.value.problem.code == 50035


@pytest.mark.parametrize(
    ("components", "v2"),
    [
        ([button("outside a row")], False),
        ([{"type": 10, "content": "not in the old layout"}], False),
        ([row(button("1"))] * 6, False),
        ([row(*(button(str(number)) for number in range(6)))], False),
        ([row(button("same"), button("same"))], False),
        ([row(button("1", "x" * 81))], False),
        ([{"type": 10, "content": "x" * 2001}] * 2, True),
        ([{"type": 10, "content": "x"}] * 41, True),
    ],
)
def test_components_that_are_refused(components: list[Json], *, v2: bool) -> None:
    """Components are refused where they may not stand, if too many or too long, and with the same custom id twice."""
    with pytest.raises(ApiError) as refused:
        check_components(components, v2=v2)
    assert refused.value.problem.code == 50035


def test_what_just_fits() -> None:
    """The limits themselves are allowed."""
    check_embeds([{"description": "x" * 3000}] * 2)
    check_components([row(*(button(f"{at}{number}") for number in range(5))) for at in range(5)], v2=False)
    check_components([{"type": 10, "content": "x" * 100}] * 40, v2=True)
