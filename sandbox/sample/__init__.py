"""A short voice note (`NOTE`, Ogg/Opus) and a text file with its words (`WORDS`); README.md says what made them."""

from __future__ import annotations

from pathlib import Path

NOTE = Path(__file__).parent / "note.ogg"
WORDS = Path(__file__).parent / "note.txt"
