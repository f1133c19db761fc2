"""Text cut into Discord's messages, so that markdown, links and signs stay whole. Pure."""

from __future__ import annotations

import re

PAGE_CHARACTERS = 2000
"""The most one message may hold.

Discord's API counts Unicode code points: https://github.com/discord/discord-api-docs/issues/1315. Here UTF-16 units are
counted. They are never fewer, so a page is never refused; one full of emoji is only cut earlier than it had to be.
"""

_FENCE = "```"
_LANGUAGE = re.compile(r"[\w+.#-]{0,40}(?=\n|$)")
# Possessive and bounded, so that no text takes long to be searched.
_MASKED_LINK = re.compile(
    r"\[([^\[\]\n]++)\]\(\s*+<?+(\w++://[^\s<>()]++(?:\([^\s<>()]*+\)[^\s<>()]*+)*+)>?+[^)\n]{0,500}\)"
)
# Addresses need no slashes to be taken for such, and may be escaped. After a colon in prose and code comes a space.
_MASKING = re.compile(r"\](?=\(\s*[^\s()]{1,200}:[^\s)])")
_CODE = re.compile(r"(```.*?(?:```|$)|`[^`\n]+`)", re.DOTALL)
_LINK = re.compile(r"<?https?://\S+")
# What a filter may take for an address: with a scheme, or a name with dots in it and perhaps a path. A sentence that begins
# without a space before it is none, as far as it begins with a capital letter.
_ADDRESS = re.compile(
    r"<?\b[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s<>]+>?"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?![\w-])(?:[:/?][^\s<>()]*)?"
)
# Where a page may end, best first: after a paragraph, a line, a sentence, a word.
_BREAKS = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])"),
    re.compile(r"\s+"),
)


def plain(text: str) -> str:
    """`text` (a file's name, for example) escaped, so that Discord shows it as it is, without Markdown."""
    return re.sub(r"([\\`*_~|<>\[\]()#@:])", r"\\\1", text.replace("\n", " "))


def unmask_links(text: str) -> str:
    """`text` with `[words](address)` shown as `words (<address>)`: a model must not hide where a link leads.

    Code keeps its brackets. So does what is written too strangely to be taken apart; but as there is no telling
    what Discord makes of it, an invisible space then keeps words and address from becoming a link.
    """
    shown = "".join(
        part if index % 2 else _MASKED_LINK.sub(r"\1 (<\2>)", part)
        for index, part in enumerate(_CODE.split(text))
    )
    return _MASKING.sub("]\u200b", shown)


def without_links(text: str, instead: str) -> str:
    """`text` with `instead` for each address in it, also for those that are written without `https://`."""
    return _ADDRESS.sub(instead, text)


def cut(text: str, most: int) -> tuple[str, ...]:
    """`text` cut into pages; of one with more than `most`, one page more than that and no further.

    A code fence open at a cut is closed before it and opened again after it.
    """
    pages: list[str] = []
    opening = ""
    rest = text
    while rest and len(pages) <= most:
        budget = PAGE_CHARACTERS - units(opening)
        if len(rest) <= budget and units(rest) <= budget:
            pages.append(opening + rest)
            break
        # Room for the line that closes a fence, whether or not one will be open.
        cut = _best_cut(rest, budget - len(_FENCE) - 1)
        head, rest = rest[:cut], rest[cut:]
        fence = _open_fence(opening + head)
        if fence is None:
            pages.append((opening + head).rstrip())
            opening, rest = "", rest.lstrip()
        else:
            pages.append(f"{(opening + head).rstrip()}\n{_FENCE}")
            opening, rest = f"{fence}\n", rest.lstrip("\n")
    return tuple(pages)


def _best_cut(text: str, most_units: int) -> int:
    """The index after which `text` is best cut, so that no more than `most_units` UTF-16 units stand before it."""
    limit = index_at(text, most_units)
    window = text[: limit + 1]
    whole_links = [match.span() for match in _LINK.finditer(text, 0, min(len(text), limit + PAGE_CHARACTERS))]
    for pattern in _BREAKS:
        best = 0
        for match in pattern.finditer(window):
            end = min(match.end(), limit)
            if match.start() <= limit and not any(start < end < stop for start, stop in whole_links):
                best = end
        # A break in the first half would leave a stump of a page; a weaker break further on reads better.
        if best > limit // 2:
            return best
    for start, stop in whole_links:
        if start < limit < stop:
            # A link that fits no page at all has to be cut somewhere.
            return start if start and stop - start < most_units else limit
    return limit


def index_at(text: str, most_units: int) -> int:
    """The largest index with at most `most_units` UTF-16 units before it, not inside a joined character."""
    index = min(most_units, len(text))
    while units(text[:index]) > most_units:
        index -= max(1, (units(text[:index]) - most_units) // 2)
    whole = index
    while 0 < whole < len(text) and _joined(text[whole - 1], text[whole]):
        whole -= 1
    return whole or index


def _joined(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong together: an emoji made of several, the backticks of a fence."""
    return left == "\u200d" or right in "\u200d\ufe0f" or left == right == "`"


def units(text: str) -> int:
    """The length of `text` in UTF-16 units: a character beyond U+FFFF, an emoji say, is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _open_fence(text: str) -> str | None:
    """What opened the code `text` ends in, if it ends in some. Discord takes any three backticks for it."""
    parts = text.split(_FENCE)
    if len(parts) % 2:
        return None
    language = _LANGUAGE.match(parts[-1])
    return _FENCE + (language[0] if language else "")


def closed(text: str) -> str:
    """`text` with the code it may end in closed: half a fence shows as backticks."""
    return text if _open_fence(text) is None else f"{text}\n{_FENCE}"
