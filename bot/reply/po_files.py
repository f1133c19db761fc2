"""Reads the catalogues as translators write them, `.po` files, for gettext.

Babel, which writes these files (`make messages`), reads them, too. But it makes an object with twenty attributes of each
sentence, and loads what it knows of all countries. At the start, when the names of commands are wanted in every language, that
takes a tenth of a second and three megabytes for what is a dictionary.
"""

from __future__ import annotations

import io
import json
import struct
from gettext import GNUTranslations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAGIC = 0x950412DE
_HEAD = struct.Struct("<7I")
_PLACE = struct.Struct("<2I")


def translations(lines: Iterable[str]) -> GNUTranslations:
    """The translations in the lines of a file, without those that are in doubt (`fuzzy`) or no longer wanted (`#~`).

    Raises:
        ValueError: they are not the lines of such a file.
    """
    messages: dict[str, str] = {}
    for entry in _entries(lines):
        said = [text for field, text in entry.items() if field.startswith("msgstr")]
        # Of a plural in which a form is missing, some numbers would be told with nothing.
        if all(said) and "fuzzy" not in entry.get("#,", ""):
            # A sentence for one and for many, and all forms of its translation, are one text each to gettext.
            messages["\0".join(text for field, text in entry.items() if field.startswith("msgid"))] = (
                "\0".join(said)
            )
    return GNUTranslations(io.BytesIO(_compiled(messages)))


def _entries(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """The fields of each entry: `msgid`, `msgid_plural`, `msgstr` or `msgstr[0]` and so on, and its flags as `#,`."""
    entry: dict[str, str] = {}
    field = ""
    for line in map(str.strip, lines):
        if field.startswith("msgstr") and line and not line.startswith(('"', "msgstr")):
            yield entry
            entry, field = {}, ""
        if line.startswith("#,"):
            entry["#,"] = line
        elif line and not line.startswith("#"):
            name, quote, quoted = line.partition('"')
            field = name.strip() or field
            # What may be escaped there is what JSON escapes.
            entry[field] = entry.get(field, "") + str(json.loads(quote + quoted))
    if field.startswith("msgstr"):
        yield entry


def _compiled(messages: dict[str, str]) -> bytes:
    """As gettext reads it: two tables of lengths and places, for the sentences in order and for what they become; all texts."""
    pairs = sorted((key.encode(), said.encode()) for key, said in messages.items())
    tables = _PLACE.size * len(pairs)
    place = _HEAD.size + 2 * tables
    head = _HEAD.pack(_MAGIC, 0, len(pairs), _HEAD.size, _HEAD.size + tables, 0, place)
    places: list[bytes] = []
    texts: list[bytes] = []
    for text in [*(key for key, _ in pairs), *(said for _, said in pairs)]:
        places.append(_PLACE.pack(len(text), place))
        texts.append(text + b"\0")
        place += len(text) + 1
    return b"".join((head, *places, *texts))
