"""Whether an answer says anything at all."""

from __future__ import annotations

import pytest

from bot.completion.blank import says_nothing, without_end_marks


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


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hello.</s>", "Hello."),
        ("Hello. <|im_end|>\n", "Hello."),
        ("Hello.<|eot_id|><|end_of_text|>", "Hello."),
        ("Hello.<end_of_turn>", "Hello."),
        ("He says </s> and goes.", "He says </s> and goes."),
        ("Hello.<s>", "Hello.<s>"),
        ("a < b > c", "a < b > c"),
        ("</s>", ""),
    ],
)
def test_marks_of_an_end_are_no_part_of_it(text: str, left: str) -> None:
    """At the end alone; somewhere else they may be what is talked about."""
    assert without_end_marks(text) == left
    assert says_nothing(text) == (not left)
