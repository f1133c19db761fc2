"""Whether an answer says anything at all, and what at its end is no part of it."""

from __future__ import annotations

import re
import unicodedata

_MARKDOWN = re.compile(
    r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$|!?\[\s*\]\([^)\s]*\)|</?(?:br|p|div|span|hr)\s*/?>",
    re.MULTILINE | re.IGNORECASE,
)
"""Fences, links without words and HTML: nothing by themselves."""
_END_MARKS = re.compile(
    r"\s*(<(/s|eos|end_of_turn|[|](im_end|end|eot_id|eom_id|endoftext|end_of_text|end_of_turn|return)[|])>\s*)+$"
)
"""By which models tell their own servers that they are done. A server whose template is wrong lets them through."""
_SYNTAX = frozenset("*_~`#>|-+=\\\"'“”‘’")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")
"""Letters and symbols that look like nothing."""
_UNSEEN = {"Cc", "Cf", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"}


def without_end_marks(text: str) -> str:
    """`text` without the marks by which a model says that it is done, at its end."""
    return _END_MARKS.sub("", text)


def says_nothing(text: str) -> bool:
    """Whether nobody would see anything in `text`: white space, invisible characters, Markdown around nothing."""
    # Some servers send an emoji in two halves, which are nothing by themselves.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    text = without_end_marks(text)
    if "&" in text:
        import html  # noqa: PLC0415 - two thousand names, and hardly ever one in an answer

        text = html.unescape(text)
    return all(
        character in _SYNTAX or character in _BLANK or unicodedata.category(character) in _UNSEEN
        for character in _MARKDOWN.sub("", text)
    )
