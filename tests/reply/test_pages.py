"""Text on its way into messages: nothing hides in it, nothing in it does anything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reply import pages


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("x" * 2000, [2000]),
        ("x" * 2001, [1996, 5]),
        ("word " * 400, [2000]),
        ("\u20ac" * 2000, [2000]),
        # Discord would take 2000 of these; two units each, they are counted twice.
        ("\U0001f600" * 1000, [1000]),
        ("\U0001f600" * 1001, [998, 3]),
        ("```\n" + "x" * 1992 + "\n```", [2000]),
        ("```\n" + "x" * 1993 + "\n```", [2000, 9]),
        ("```python\n" + "x" * 4000 + "\n```", [2000, 2000, 42]),
    ],
    ids=["full", "over", "words", "bmp", "emoji-full", "emoji-over", "code-full", "code-over", "code-twice"],
)
def test_a_page_holds_2000_characters(text: str, lengths: list[int]) -> None:
    """All that Discord takes in one message and not one more, with the lines that close and open code."""
    assert [len(page) for page in pages.cut(text, 5)] == lengths


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [the docs](https://a.example/x).", "See the docs (<https://a.example/x>)."),
        ('[a](https://a.example "A title")', "a (<https://a.example>)"),
        ("[a](<https://a.example>)", "a (<https://a.example>)"),
        ("[a](https://a.example/w_(x))", "a (<https://a.example/w_(x)>)"),
        ("[https://bank.example](https://evil.example)", "https://bank.example (<https://evil.example>)"),
        ("[a](discord://x/y) [b](http://b.example)", "a (<discord://x/y>) b (<http://b.example>)"),
        ("[note] (not a link) [x](y)", "[note] (not a link) [x](y)"),
        ("https://a.example stays", "https://a.example stays"),
        ("[a](https:a.example)", "[a]\u200b(https:a.example)"),
        ("[a](<https:/a.example>)", "[a]\u200b(<https:/a.example>)"),
        ("[a](https:\\\\a.example)", "[a]\u200b(https:\\\\a.example)"),
        ("[a](ht\\tps\\://a.example)", "[a]\u200b(ht\\tps\\://a.example)"),
        ("[a](\x01https://a.example)", "[a]\u200b(\x01https://a.example)"),
        ("[a](mailto:a@example.org)", "[a]\u200b(mailto:a@example.org)"),
        ("[1](namely: this) `a[0](of: b)`", "[1](namely: this) `a[0](of: b)`"),
        ("[[1]](https://a.example)", "[[1]]\u200b(https://a.example)"),
        ("`[a](https://a.example)`", "`[a]\u200b(https://a.example)`"),
        ("```\n[a](https://a.example)\n```", "```\n[a]\u200b(https://a.example)\n```"),
    ],
)
def test_links_show_where_they_lead(text: str, shown: str) -> None:
    """Masked links are unmasked; in code, and where they are written strangely, they are kept from working."""
    assert pages.unmask_links(text) == shown


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "[",
                "]",
                "(",
                ")",
                "](",
                "https://e.example/",
                "https:e.example",
                "`",
                "```",
                "\n",
                "\\",
                "> ",
                "**",
                "a b",
                "<",
                ">",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_no_text_hides_where_a_link_leads(text: str) -> None:
    """However it is built, an address never follows its words as Discord's masked links need it."""
    assert not re.search(r"\]\(\s*<?https:", pages.unmask_links(text))


def test_a_name_is_shown_letter_by_letter() -> None:
    """Markdown, mentions and links in a file's name do nothing."""
    hostile = pages.plain("<@1> @everyone [x](https://e) `a`\n# b ||c||")
    assert not re.search(r"(?<!\\)[<>@\[\]()`#|*_~:]", hostile)
    assert "\n" not in hostile
    assert pages.plain("two\nlines") == "two lines"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See https://evil.example/a?b=c#d.", "See [link]"),
        ("See <https://evil.example>, then go.", "See [link], then go."),
        ("HTTP://EVIL.EXAMPLE/A", "[link]"),
        ("discord.gg/abc and www.evil.example:80/a", "[link] and [link]"),
        ("steam://run/5 or ftp://a.b/c", "[link] or [link]"),
        ("At 3.15 p.m. it ended.Then came 1.5 more: e.g. this, i.e. that...", None),
        ("anna@example.org", None),
        ("What?Yes. **No** https: //", None),
    ],
)
def test_links_are_left_out(text: str, shown: str | None) -> None:
    """Whatever may be taken for an address; nothing else."""
    assert pages.without_links(text, "[link]") == (text if shown is None else shown)
