"""Whether an answer says anything at all."""

from __future__ import annotations

import pytest

from bot.completion.blank import says_nothing


@pytest.mark.parametrize(
    "text",
    [
        "", " \n", "\u200b\u2060", "\ufeff", "\u2800", "\u3164", "\u00ad", "```\n```", "```text\n\n```", "**", "****", "---",
        "> ", "# ", "- ", "* * *", "``", '""', "“”", "[](https://example.com)", "![]()", "<br>", "&nbsp;", "&#8203;", "\ud83d",
        "|  |\n|--|", "\u202a\u202c",
    ],
)  # fmt: skip
def test_white_space_and_empty_markdown_say_nothing(text: str) -> None:
    """Nobody would see anything in it."""
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "1",
        "…",
        "?",
        "👍",
        "\U0001fae8",
        "\ud83d\ude00",
        "哈",
        "é",
        "...",
        "- a",
        "```\na\n```",
        "&amp;",
        "<a>",
    ],
)
def test_whatever_can_be_seen_says_something(text: str) -> None:
    """A sign may be an answer."""
    assert not says_nothing(text)
