"""The languages: every sentence in each, with what belongs in it, and within what Discord takes."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from bot import errors, reply, rules
from bot.budgets import Period, Whose
from bot.models import Answer, Attachment, ChannelKind, Ending, Prompt, PromptSource, Unheard, VoiceNote
from bot.reply import error_messages, languages, panel, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babel.messages.catalog import Catalog

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot" / "reply" / "locale"
TRANSLATED = ("de", "es_ES", "fr", "ja", "pt_BR", "ru", "zh_CN")
SPOKEN = ("en-US", "zh-CN", "de", "fr", "es-ES", "pt-BR", "ja", "ru")


def catalogue(name: str) -> Catalog:
    """What the file of a language holds, with sentences that are no longer said."""
    with (FOLDER / name / "LC_MESSAGES" / "earshot.po").open("rb") as file:
        return read_po(file, locale=name)


def forms(message: str | Sequence[str] | None) -> list[str]:
    """A sentence, or its singular and plurals."""
    return [message] if isinstance(message, str) else list(message or ())


def marks(sentence: str) -> list[str]:
    """What means something to Discord: Markdown, and the beginnings of mentions."""
    return sorted(re.findall(r"[*_`~|<>#@]+", re.sub(r"\{.*?\}", "", sentence)))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make messages` finds in the code now."""
    path = tmp_path_factory.mktemp("pot") / "earshot.pot"
    pybabel = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "--quiet",
        "extract",
        "--output-file",
        str(path),
    ]
    subprocess.run(pybabel, cwd=ROOT, check=True)  # noqa: S603 - ours
    return path


def test_the_template_has_the_sentences_of_the_code(fresh: Path) -> None:
    """After a change of what the bot says: make messages."""
    assert (FOLDER / "earshot.pot").read_text() == fresh.read_text()


def test_every_sentence_is_found_by_every_python(fresh: Path) -> None:
    """In an f-string, Babel finds one from Python 3.12 on alone: it would not be translated, or the template would change."""
    with fresh.open("rb") as file:
        found = {form for message in read_po(file) for form in forms(message.id)}
    trees = [
        ast.parse(path.read_text()) for folder in ("bot", "cogs") for path in (ROOT / folder).rglob("*.py")
    ]
    in_f_strings = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    assert said_in(trees) - found == set()
    assert len(said_in(trees)) > 300
    assert said_in(in_f_strings) == set()


def said_in(nodes: Sequence[ast.AST]) -> set[str]:
    """What stands in calls of those whose arguments are sentences, `words("…")` and the like."""
    return {
        argument.value
        for node in nodes
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] in {"words", "_words", "plural", "_"}
        for argument in call.args[:2]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_there_is_a_catalogue_for_each_language() -> None:
    """And none that nobody can be answered in."""
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == sorted(TRANSLATED)
    assert sorted(tag.replace("-", "_") for tag in reply.LOCALES) == sorted((*TRANSLATED, "en_US"))


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_sentence_is_translated(name: str, fresh: Path) -> None:
    """Each that is said, in all its forms; none in doubt, and none that is no longer said."""
    with fresh.open("rb") as file:
        wanted = {tuple(forms(message.id)) for message in read_po(file, locale=name)}
    found = catalogue(name)
    assert {tuple(forms(message.id)) for message in found} == wanted
    assert not found.obsolete
    for message in found:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        said = forms(message.string)
        assert all(said), message.id
        assert len(said) == (found.num_plurals if isinstance(message.id, tuple) else 1), message.id


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_has_what_its_sentence_has(name: str) -> None:
    """The same values, the same marks of Discord's and no other, no white space around it."""
    for message in catalogue(name):
        english = forms(message.id)
        if not english[0]:
            continue
        # A singular may leave the number out, but every form has to take what is given.
        values = {tuple(sorted(re.findall(r"\{.*?\}", form))) for form in (*english, *forms(message.string))}
        assert len(values) == 1, message.id
        for said in forms(message.string):
            assert said == said.strip(), message.id
            assert said.startswith("-# ") == english[0].startswith("-# "), message.id
            assert said.startswith("- ") == english[0].startswith("- "), message.id
            assert marks(said) == marks(english[0]), message.id
            assert said.count("{") == said.count("}"), message.id
            assert len(said) <= 300, "the longest sentence has to fit beside a long prompt"


@pytest.mark.parametrize("name", TRANSLATED)
def test_few_sentences_are_the_same_in_two_languages(name: str) -> None:
    """A word may be; a sentence that is was forgotten."""
    for message in catalogue(name):
        # Without its values: a line of nothing else has to be the same.
        if message.id and re.search(r"\w \w", re.sub(r"\{.*?\}", "", forms(message.id)[0])):
            assert forms(message.string)[0] != forms(message.id)[0], message.id


MOST = {
    "A button": 80,
    "A choice": 100,
    "A placeholder": 150,
    "A title of a form": 45,
    "A label in a form": 45,
    "A description in a form": 100,
    "A name of a thread": 100,
}
"""Characters that Discord takes, by how the comment for translators begins."""


@pytest.mark.parametrize("name", TRANSLATED)
def test_what_stands_in_little_room_is_short(name: str) -> None:
    """With twenty characters for each value in it, as a duration needs."""
    seen: set[str] = set()
    for message in catalogue(name):
        for kind, most in MOST.items():
            if message.id and any(comment.startswith(kind) for comment in message.auto_comments):
                seen.add(kind)
                for said in (*forms(message.id), *forms(message.string)):
                    assert len(re.sub(r"\{.*?\}", "x" * 20, said)) <= most, said
    assert seen == MOST.keys()


SAMPLE = Attachment(id=5, filename="memo.ogg", size=9, url="https://cdn.example/memo.ogg", seconds=35_999.0)
NOTE = VoiceNote(
    message_id=1,
    channel_id=2,
    guild_id=3,
    channel_kind=ChannelKind.TEXT,
    author_id=4,
    attachment=SAMPLE,
    prompt=Prompt(text="x", source=PromptSource.DEFAULT),
    voice=True,
)


@pytest.mark.parametrize("locale", SPOKEN)
def test_what_is_said_fits_where_it_stands(locale: str) -> None:
    """A thread's name holds 100 characters, a message 2000: with the longest prompt, and with all that is missing."""
    words = reply.words_for(locale)
    assert 1 <= len(reply.thread_name(NOTE, words)) <= 100
    for source in PromptSource:
        prompt = Prompt(text="word " * 800, source=source)
        assert len(reply.prompt_shown(prompt, 10**18, words)) <= 2000
    for has_threads in (False, True):
        told = reply.prompt_set("word " * 800, 10**18, words, has_threads=has_threads)
        before, after = (settings.said(rules.PROMPT, text, (), words) for text in ("*" * 4000, "_" * 4000))
        changed = panel.changed(rules.PROMPT, before, after, words, channel_id=10**18)
        assert len(f"{told}\n{changed}") <= 2000
    for ending, rest in itertools.product(Ending, Unheard):
        answer = Answer(text="word. " * 4000, model="m", ending=ending, only_first=12_345.0, rest=rest)
        assert all(1 <= len(page) <= 2000 for page in reply.finished(answer, words=words).pages)


def kinds_of(kind: type[errors.EarshotError]) -> list[type[errors.EarshotError]]:
    """All errors below one."""
    return [each for child in kind.__subclasses__() for each in (child, *kinds_of(child))]


NUMBERED = [
    errors.TooLong(limit=10_800, seconds=14_425.4),
    errors.TooLong(limit=90),
    errors.TooLarge(limit=100_000_000, size=250_000_000),
    errors.TooLarge(limit=500_000),
    errors.TooManyChannels(limit=8, channels=16),
    errors.TooManyChannels(limit=8),
    errors.RateTooHigh(limit=384_000, rate=705_600),
    errors.RateTooHigh(limit=384_000),
    errors.TooManyPresets(limit=25),
    errors.OptedOut(own=True),
    errors.OptedOut(own=False),
    *(
        errors.ValueUnusable(name)
        for name in ("answers", "longest-note", "barred-channels", "barred-roles", "prompt", "gone")
    ),
    errors.ValueTooHigh("longest-note", 90.0),
    errors.WholeServerOnly("month-cost"),
    *(
        errors.OverBudget(whose=whose, period=period, opens_at=86_400.0)
        for whose in Whose
        for period in Period
    ),
    *(errors.Forbidden(permission) for permission in error_messages.PERMISSIONS),
]


@pytest.mark.parametrize("locale", SPOKEN)
def test_every_error_has_words_in_every_language(locale: str) -> None:
    """As many different ones as in English, none with a brace in it, and none of them English elsewhere."""
    words = reply.words_for(locale)
    plain = [
        kind("detail")
        for kind in kinds_of(errors.EarshotError)
        if kind.__module__ == errors.__name__ and kind not in {type(error) for error in NUMBERED}
    ]
    cases = [*plain, *NUMBERED]
    told = {reply.sentence(error, words) for error in cases}
    english = {reply.sentence(error, reply.ENGLISH) for error in cases}
    assert len(told) == len(english)
    assert not any("{" in sentence for sentence in told)
    assert locale == "en-US" or not told & english


PEOPLE_READ = ("cogs", "bot/client", "bot/notes", "bot/reply")
OPERATORS_READ = {"login.py"}
NOT_SAID = {
    *error_messages.PERMISSIONS,  # translated when they are said
    "unknown message",  # what Discord says
    *map(languages.english_name, languages.OFFERED),  # what the model is told
    "dict[str, Any]",  # types
    "dict[str, str]",
}
SENTENCE = re.compile(r"[A-Za-z’']{2,},? [A-Za-z’']{2,}")
TRANSLATES = {"_", "words", "_words", "_their_words", "plural"}


class Literals(ast.NodeVisitor):
    """Collects texts of several words that are neither marked for translation nor for the log, an error or a docstring."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        """A docstring is one on its own."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """The text of an error is for the log."""

    def visit_Call(self, node: ast.Call) -> None:
        """What is called decides."""
        name = ast.unparse(node.func)
        if name == "cast":
            # The first argument is a type.
            for argument in node.args[1:]:
                self.visit(argument)
            return
        last = name.rpartition(".")[2]
        if last in TRANSLATES or name.startswith(("log.", "write", "errors.", "re.")):
            for argument in node.keywords if last in TRANSLATES else ():
                self.visit(argument)
            return
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """A text of several words."""
        if isinstance(node.value, str) and SENTENCE.search(node.value):
            self.found.append((node.lineno, node.value))


def literals(source: str) -> list[tuple[int, str]]:
    """What `Literals` collects in some code."""
    visitor = Literals()
    visitor.visit(ast.parse(source))
    return visitor.found


def test_a_sentence_that_nobody_translates_is_found() -> None:
    """As a text, and as a part of one."""
    found = literals(
        '"""Doc strings."""\nawait send("Not so good.")\nsay(f"{who} is away now")\nwords("All is well.")\n'
        'cast("dict[str, Any]", said("Nor that."))'
    )
    assert [text for _, text in found] == ["Not so good.", " is away now", "Nor that."]


def test_no_sentence_for_people_stands_untranslated_in_the_code() -> None:
    """Where messages are made and sent."""
    found = {
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for folder in PEOPLE_READ
        for path in sorted((ROOT / folder).glob("*.py"))
        if path.name not in OPERATORS_READ
        for line, text in literals(path.read_text())
        if text not in NOT_SAID
    }
    assert "\n".join(sorted(found)) == ""


@pytest.mark.parametrize(
    ("discord", "ours"),
    [
        ("de", "de"),
        ("en-GB", "en-US"),
        ("es-419", "es-ES"),
        ("zh-TW", "zh-CN"),
        ("pt-BR", "pt-BR"),
        ("it", "en-US"),
        ("ar", "en-US"),
        ("", "en-US"),
        (None, "en-US"),
    ],
)
def test_the_nearest_language_is_spoken(discord: str | None, ours: str) -> None:
    """A language has one catalogue for all its countries; what is not spoken is answered in English."""
    assert reply.words_for(discord).locale == ours


def test_a_language_is_read_once() -> None:
    """However many ask for it."""
    assert reply.words_for("es-419") is reply.words_for("es-ES")


def test_values_are_put_in_as_they_are() -> None:
    """Braces in what people wrote mean nothing; a number of Discord's is no number to people."""
    assert (
        reply.ENGLISH("In {where}: {what}", where="{what}", what="{0.__class__}")
        == "In {what}: {0.__class__}"
    )
    assert reply.ENGLISH("{id}", id=10**18) == "1000000000000000000"


def test_a_value_that_is_missing_is_a_mistake_in_the_code() -> None:
    """And is not shown to people as a brace."""
    with pytest.raises(KeyError):
        reply.ENGLISH("In {where}")


def test_english_counts_from_two_in_the_plural() -> None:
    """With the number as it is written in English."""
    told = [
        reply.ENGLISH.plural("{count} part of {what}", "{count} parts of {what}", n, what="it")
        for n in (1, 2, 4000)
    ]
    assert told == ["1 part of it", "2 parts of it", "4,000 parts of it"]


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en-US", ["0 sec", "42 sec", "3 min 5 sec", "1 hr", "2 hr 10 min", "0.5 MB", "44.1 kHz", "1,234.6"]),
        (
            "de",
            [
                "0 Sek.",
                "42 Sek.",
                "3 Min. 5 Sek.",
                "1 Std.",
                "2 Std. 10 Min.",
                "0,5 MB",
                "44,1 kHz",
                "1.234,6",
            ],
        ),
        ("ja", ["0 秒", "42 秒", "3 分 5 秒", "1 時間", "2 時間 10 分", "0.5 MB", "44.1 kHz", "1,234.6"]),
        ("ru", ["0 с", "42 с", "3 мин 5 с", "1 ч", "2 ч 10 мин", "0,5 МБ", "44,1 кГц", "1 234,6"]),  # noqa: RUF001 - Russian letters
        ("zh-CN", ["0秒", "42秒", "3分钟 5秒", "1小时", "2小时 10分钟", "0.5 MB", "44.1 kHz", "1,234.6"]),
    ],
)
def test_times_and_sizes_are_written_as_the_language_does(locale: str, told: list[str]) -> None:
    """Short: they stand in brackets, and in the names of threads."""
    words = reply.words_for(locale)
    said = [words.duration(seconds) for seconds in (0.4, 42, 185, 3600, 7829)]
    said += [words.megabytes(512_300), words.kilohertz(44_100), words.number(1234.56)]
    assert [each.replace("\xa0", " ") for each in said] == told


def test_durations_are_rounded_up_to_the_next_unit_where_they_reach_it() -> None:
    """59.6 seconds are a minute."""
    told = [reply.ENGLISH.duration(seconds) for seconds in (59.4, 59.6, 3141.6, 7200, 7800)]
    assert told == ["59 sec", "1 min", "52 min 22 sec", "2 hr", "2 hr 10 min"]
