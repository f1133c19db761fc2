"""Catalogues are read as Babel reads them, however people write them."""

from __future__ import annotations

import io
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.reply.po_files import translations

FOLDER = Path(__file__).parents[2] / "bot" / "reply" / "locale"
HEAD = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"
"""


def read(text: str) -> GNUTranslations:
    """What a file with that head and text has."""
    return translations((HEAD + text).splitlines(keepends=True))


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*/LC_MESSAGES/earshot.po")), ids=lambda path: path.parts[-3]
)
def test_every_language_is_read_as_babel_reads_it(path: Path) -> None:
    """All sentences, in all their forms, and by which numbers those go."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    theirs = GNUTranslations(compiled)
    with path.open(encoding="utf-8") as lines:
        ours = translations(lines)
    assert len(catalogue) > 400
    for message in catalogue:
        if isinstance(message.id, str):
            assert ours.gettext(message.id) == theirs.gettext(message.id) == (message.string or message.id)
            continue
        one, many = message.id
        for count in (0, 1, 2, 5, 11, 21, 22, 1_000_000):
            assert ours.ngettext(one, many, count) == theirs.ngettext(one, many, count)
    assert ours.info() == theirs.info()


def test_lines_belong_together() -> None:
    """Of one sentence, as long as it is; with all that may be escaped in it."""
    found = read('\n#: bot/a.py\nmsgid ""\n"One "\n"line.\\n"\n"“\\"\\\\”"\nmsgstr "Eine "\n  "Zeile.\\t"\n')
    assert found.gettext('One line.\n“"\\”') == "Eine Zeile.\t"


def test_a_sentence_has_a_form_for_each_number() -> None:
    """As many as its language has."""
    found = read(
        '\nmsgid "{count} note"\nmsgid_plural "{count} notes"\nmsgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "c"\n'
    )
    assert [found.ngettext("{count} note", "{count} notes", count) for count in (1, 4, 5)] == ["a", "b", "c"]


def test_a_sentence_that_lacks_a_form_stays_english() -> None:
    """For all numbers: it is said in one language."""
    found = read(
        '\nmsgid "{count} note"\nmsgid_plural "{count} notes"\nmsgstr[0] "a"\nmsgstr[1] ""\nmsgstr[2] "c"\n'
    )
    assert [found.ngettext("{count} note", "{count} notes", count) for count in (1, 4, 5)] == [
        "{count} note",
        "{count} notes",
        "{count} notes",
    ]


def test_entries_need_nothing_between_them() -> None:
    """Nor a line's end at the end."""
    found = read('msgid "a"\nmsgstr "A"\nmsgid "b"\nmsgstr "B"\n# Somebody.\nmsgid "c"\nmsgstr "C"')
    assert [found.gettext(each) for each in "abc"] == ["A", "B", "C"]
    windows = translations((HEAD + 'msgid "a"\nmsgstr "A"\n').replace("\n", "\r\n").splitlines(keepends=True))
    assert windows.gettext("a") == "A"


def test_what_is_in_doubt_or_not_there_stays_english() -> None:
    """As is what was wanted once; what comes after is read."""
    found = read(
        '\n#, fuzzy, python-brace-format\nmsgid "a"\nmsgstr "A"\n'
        '\n#~ msgid "b"\n#~ msgstr "B"\n'
        '\nmsgid "c"\nmsgstr ""\n'
        '\n#, python-brace-format\nmsgid "d"\nmsgstr "D"\n'
    )
    assert [found.gettext(each) for each in "abcd"] == ["a", "b", "c", "D"]


@pytest.mark.parametrize("line", ["msgid", 'msgid "', "<html>", 'msgstr "\\q"'])
def test_what_is_no_such_file_is_told(line: str) -> None:
    """By an error that says so."""
    with pytest.raises(ValueError, match=r"line|char|escape|Unterminated|Expecting"):
        read(f"{line}\n")
