"""docs/scaling.md reckons with the figures that were measured, and not with those of last year."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
MEASURED = "\n".join(
    (DOCS / name).read_text(encoding="utf-8") for name in ("performance.md", "reliability.md")
)


def figures() -> list[str]:
    """What the page says was measured and stands elsewhere: in rows marked so of its first part, and in brackets."""
    page = (DOCS / "scaling.md").read_text(encoding="utf-8")
    first_part = page.partition("## When to leave SQLite")[0]
    rows = [
        line.split("|")[2].partition("=")[0]
        for line in first_part.splitlines()
        if line.endswith("| measured |")
    ]
    in_brackets = re.findall(r"([\d.,]+)(?:\s+ms|\s+s\s+at\s+most)?\s+\(measured[,)]", page)
    return sorted({number for text in [*rows, *in_brackets] for number in re.findall(r"\d[\d.,]*", text)})


@pytest.mark.parametrize("figure", figures())
def test_what_is_called_measured_was_measured(figure: str) -> None:
    """A run that changes a figure changes what is reckoned with it."""
    assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", MEASURED)
