"""docs/troubleshooting.md has every sentence that tells of trouble, and none that the bot no longer says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
SMALL_PRINT = "-# "
COMPLAINTS = {
    "SettingsError",
    "ValueError",
    "UnavailableError",
    "DatabaseError",
    "DatabaseInUseError",
    "CommandError",
}
"""The exceptions whose text an operator reads on the terminal."""
TOLD_AT_START = {
    *(
        "bot/settings.py",
        "bot/variables.py",
        "bot/proxies.py",
        "bot/storage/database.py",
        "bot/client/login.py",
        "bot/__main__.py",
    ),
    *("recogniser/weights.py", "recogniser/model.py", "recogniser/text_server.py"),
}


def plain(text: str) -> str:
    """A text without what only its form needs: small print, the names of placeholders, breaks of lines."""
    return " ".join(re.sub(r"\{[^{}]*\}", "{}", text.removeprefix(SMALL_PRINT)).split())


def is_sentence(text: str) -> bool:
    """Whether it is more than a label or a title: it ends as a sentence does, and has more than one word."""
    return text.endswith((".", "!", ":")) and " " in text


def forms(text: str | list[str] | tuple[str, ...]) -> list[str]:
    """The forms of a message, one for each number."""
    return [text] if isinstance(text, str) else list(text)


def catalogue() -> dict[str, set[str]]:
    """All that people are told on Discord, as the template has it, each with the files it comes from."""
    with (ROOT / "bot/reply/locale/earshot.pot").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    return {
        plain(form): {where for where, _ in message.locations}
        for message in messages
        for form in forms(message.id)[-1:]
    }


SAID_OF_TROUBLE = {"bot/reply/error_messages.py", "bot/reply/setting_errors.py", "bot/reply/remarks.py"}


def told() -> list[str]:
    """The sentences that tell people of trouble: those of errors, and those that Discord's doors answer with."""
    return [
        text
        for text, files in catalogue().items()
        if is_sentence(text)
        and any(name in SAID_OF_TROUBLE or name.startswith("bot/client/") for name in files)
    ]


def code() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the bot and the recogniser, by its path."""
    for folder in ("bot", "cogs", "recogniser"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def text_of(node: ast.expr, constants: dict[str, str]) -> str | None:
    """A string in the code, `{}` for each value put into it; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.Name(id=name):
            return constants.get(name)
        case _:
            return None


def constants_of(module: ast.Module) -> dict[str, str]:
    """The strings that a module gives names to."""
    return {
        node.targets[0].id: text
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and (text := text_of(node.value, {})) is not None
    }


def said_to_operators(path: str, module: ast.Module) -> Iterator[str]:
    """What is printed at start, and what is logged at the levels at which somebody should look."""
    constants = constants_of(module)
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        match node.func:
            case ast.Name(id=name) if path in TOLD_AT_START and (name in COMPLAINTS or name == "_complain"):
                pass
            case ast.Attribute(attr=name) if path in TOLD_AT_START and name in COMPLAINTS:
                pass
            case ast.Attribute(value=ast.Name(id="log"), attr="warning" | "error" | "exception"):
                pass
            case _:
                continue
        if (text := text_of(node.args[0], constants)) is not None:
            yield plain(text.splitlines()[0])
    if path == "bot/client/login.py":
        yield from (plain(text) for text in constants.values())


def of_the_code() -> set[str]:
    """Every line of every string in the code."""
    return {
        plain(line)
        for _, module in code()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for line in (text_of(node, {}) or "").splitlines()
    }


def quoted() -> list[str]:
    """What the document's tables quote: each sentence in a first cell."""
    cells = [line.split("|")[1] for line in DOCUMENT.splitlines() if line.startswith('| "')]
    return [text for cell in cells for text in re.findall(r'"([^"]*)"', cell)]


@pytest.mark.parametrize("sentence", told())
def test_every_sentence_of_trouble_is_explained(sentence: str) -> None:
    """What a person reads when something goes wrong, they find with what it means and what to do."""
    assert sentence in {plain(text) for text in quoted()}


def test_what_an_operator_reads_is_explained() -> None:
    """What stops the bot at its start, and every line of the log at a level that asks for a look."""
    said = {text for path, module in code() for text in said_to_operators(path, module)}
    assert said - {plain(text) for text in quoted()} == set()


def test_nothing_stale_is_explained() -> None:
    """Each sentence that is quoted is still said."""
    said = {*catalogue(), *of_the_code()}
    assert {text for text in quoted() if plain(text) not in said} == set()
