"""Earshot: hears the voice notes of a Discord server and answers in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Final

VERSION: Final = "0.1.0"
