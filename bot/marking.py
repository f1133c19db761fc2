"""Marks sentences for the translators where they are written, which is not where they are translated."""

from __future__ import annotations


def marked(message: str) -> str:
    """`message` as it is; imported as `_`, this marks a sentence for `make messages` that is translated elsewhere."""
    return message
