"""Limits of what people can press, choose from and fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord.rest.errors import ApiError
from sandbox.discord.rest.interactive import check_choices, check_form, check_interactive

if TYPE_CHECKING:
    from tests.sandbox.discord.clients import Json


def button(**fields: object) -> Json:
    """A button, with other fields than usual."""
    return {"type": 2, "style": 2, "label": "b", "custom_id": "c"} | fields


def select(*options: Json, **fields: object) -> Json:
    """A select menu."""
    return {"type": 3, "custom_id": "c", "options": list(options)} | fields


def option(value: str = "v", **fields: object) -> Json:
    """One of its options."""
    return {"label": "l", "value": value} | fields


def form(*fields: Json, **others: object) -> Json:
    """A form."""
    return {"title": "t", "custom_id": "c", "components": list(fields)} | others


def labelled(**fields: object) -> Json:
    """A text field with its label."""
    label = fields.pop("label", "l")
    return {"type": 18, "label": label, "component": {"type": 4, "style": 2, "custom_id": "q"} | fields}


@pytest.mark.parametrize(
    "component",
    [
        {"type": 1, "components": []},
        {"type": 1, "components": [button(custom_id=str(number)) for number in range(6)]},
        {"type": 1, "components": [button(), select(option())]},
        button(custom_id="c" * 101),
        button(custom_id=""),
        button(label=None),
        button(style=7),
        button(style=5, url="u" * 513),
        select(),
        select(*[option(str(number)) for number in range(26)]),
        select(option(label="l" * 101)),
        select(option(label="")),
        select(option("v" * 101)),
        select(option(description="d" * 101)),
        select(option(), option()),
        select(option(), max_values=2),
        select(option(), custom_id="c" * 101),
    ],
)
def test_what_a_message_cannot_have(component: Json) -> None:
    """Rows that are empty or too full, buttons without a label, menus without options or with too many or too long ones."""
    with pytest.raises(ApiError) as refused:
        check_interactive(component)
    assert refused.value.problem.code == 50035


@pytest.mark.parametrize(
    "bad",
    [
        form(),
        form(*[labelled(custom_id=str(number)) for number in range(6)]),
        form(labelled(), title="t" * 46),
        form(labelled(), title=""),
        form(labelled(), custom_id="c" * 101),
        form(labelled(label="l" * 46)),
        form(labelled(label="")),
        form(labelled(placeholder="p" * 101)),
        form(labelled(max_length=4001)),
        form(labelled(style=3)),
        form(labelled(), labelled()),
        form(button()),
        form({"type": 1, "components": [{"type": 4, "style": 1, "custom_id": "q"}]}),
    ],
)
def test_forms_that_are_refused(bad: Json) -> None:
    """Without fields or with too many, with texts too long, with one custom id twice, with what is no field."""
    with pytest.raises(ApiError) as refused:
        check_form(bad)
    assert refused.value.problem.code == 50035


@pytest.mark.parametrize(
    "bad",
    [
        [{"name": "n", "value": "v"}] * 26,
        [{"name": "n" * 101, "value": "v"}],
        [{"name": "", "value": "v"}],
        [{"name": "n", "value": "v" * 101}],
    ],
)
def test_choices_that_are_refused(bad: list[Json]) -> None:
    """Too many, or too long."""
    with pytest.raises(ApiError) as refused:
        check_choices(bad)
    assert refused.value.problem.code == 50035


def test_what_just_fits() -> None:
    """The limits themselves are allowed."""
    check_interactive({"type": 1, "components": [button(custom_id=str(number)) for number in range(5)]})
    check_interactive(button(custom_id="c" * 100, label=None, emoji={"name": "✨"}))
    check_interactive(select(*[option(f"{number}".rjust(100), label="l" * 100) for number in range(25)]))
    check_form(
        form(*[labelled(custom_id=str(number), label="l" * 45) for number in range(5)], title="t" * 45)
    )
    check_choices([{"name": "n" * 100, "value": "v" * 100}] * 25)
    check_choices([])
