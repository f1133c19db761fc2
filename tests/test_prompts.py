"""The strongest prompt wins."""

from __future__ import annotations

import itertools

import pytest

from bot.models import Prompt, PromptSource
from bot.prompts import clean, in_force, recap


@pytest.mark.parametrize("given", list(itertools.product([None, "", " \n", " text "], repeat=3)))
def test_the_nearest_wish_is_in_force(given: tuple[str | None, str | None, str | None]) -> None:
    """Command before channel before server before default; white space is no wish."""
    command, channel, server = given
    expected = Prompt(text="default", source=PromptSource.DEFAULT)
    for source, text in zip(
        (PromptSource.SERVER, PromptSource.CHANNEL, PromptSource.COMMAND),
        (server, channel, command),
        strict=True,
    ):
        if text == " text ":
            expected = Prompt(text="text", source=source)
    assert in_force(command=command, channel=channel, server=server, default="default") == expected


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [(None, None), ("", None), (" \n\u3000", None), (" Two\nlines. \n", "Two\nlines.")],
)
def test_white_space_is_no_prompt(text: str | None, cleaned: str | None) -> None:
    """Nor is it part of one, around it."""
    assert clean(text) == cleaned


def test_sources_are_listed_from_the_strongest() -> None:
    """As the list of them promises."""
    assert list(PromptSource) == [
        PromptSource.COMMAND,
        PromptSource.CHANNEL,
        PromptSource.SERVER,
        PromptSource.DEFAULT,
    ]


def test_a_recap_tells_who_said_what_and_when() -> None:
    """A name with a line break can't pass for somebody else's recording."""
    told = recap([("Anna\n\nBen", "2026-01-01 10:00 UTC", " Buy milk. "), ("Ben", "later", "Two.")], "German")
    assert told.startswith("Summarise in German ")
    assert told.endswith("\n\nAnna Ben, 2026-01-01 10:00 UTC:\nBuy milk.\n\nBen, later:\nTwo.")
