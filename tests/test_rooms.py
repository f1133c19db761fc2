"""The map in CONTRIBUTING is the one that import-linter enforces, and rooms are entered by their doors."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import sqlalchemy as sa

from bot.storage import schema

ROOT = Path(__file__).parents[1]
ROOMS = ("audio", "client", "completion", "notes", "reply", "storage")


def enforced() -> list[set[str]]:
    """The layers of `bot`, from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [contract] = [each for each in contracts if each.get("containers") == ["bot"]]
    assert contract["exhaustive"] is True
    return [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]


def test_the_map_is_what_is_enforced() -> None:
    """Line by line, from the top."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    [drawn] = re.findall(r"```\n(__main__ .*?)```", text, re.DOTALL)
    layers = enforced()
    names = {name for layer in layers for name in layer}
    told = [{word for word in re.split(r"\s{2,}", line) if word in names} for line in drawn.splitlines()]
    assert told == layers


def test_every_module_is_named_on_the_map() -> None:
    """A newcomer finds each file of every room by the table of rooms."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for room in (
        "audio",
        "client",
        "client/posting",
        "completion",
        "decoder",
        "models",
        "notes",
        "reply",
        "storage",
    ):
        for module in (ROOT / "bot" / room).glob("*.py"):
            assert module.stem == "__init__" or f"`{module.stem}`" in text, f"{room}/{module.stem}"


def test_the_files_a_change_touches_are_there() -> None:
    """Each path that the page of changes names."""
    page = (ROOT / "docs" / "where.md").read_text()
    named = set(re.findall(r"`((?:bot|cogs|sandbox|tests|docs)/[\w/.]*)`", page))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_rooms_are_entered_by_their_doors() -> None:
    """What another room uses is exported by the package; modules inside are its own business."""
    trespassing: list[str] = []
    for path in sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]):
        inside = path.relative_to(ROOT).parts[1] if path.relative_to(ROOT).parts[0] == "bot" else ""
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            match = re.fullmatch(rf"bot\.({'|'.join(ROOMS)})\.(\w+).*", node.module)
            # The two kinds of dispatch are loaded by whoever chooses between them.
            if match and match[1] != inside and match[2] != "dispatch":
                trespassing.append(f"{path.relative_to(ROOT)}: {node.module}")
    assert trespassing == []


def test_every_table_is_on_the_privacy_page() -> None:
    """And every column that can hold what somebody said or asked."""
    page = (ROOT / "docs" / "privacy.md").read_text()
    for table in schema.metadata.tables.values():
        assert f"| `{table.name}` |" in page
        for column in table.columns:
            if (
                table.name == "notes"
                and isinstance(column.type, sa.Text | sa.JSON)
                and column.name != "posted"
            ):
                assert f"| `notes.{column.name}` |" in page, column.name


def test_the_bot_loads_what_it_uses_and_no_more() -> None:
    """What a fleet, a decoder, a migration, a proxy or a date needs: each is megabytes in a process that does without."""
    heavy = {
        "alembic",
        "av",
        "lameenc",
        "procrastinate",
        "psycopg",
        "sqlalchemy.orm",
        "sqlalchemy.ext.asyncio",
        "matplotlib",
        "aiohttp_socks",
        "babel.dates",
    }
    script = f"import sys, bot.run, bot.services; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - ours
    assert done.stdout == b"[]\n"
