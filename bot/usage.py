"""`python -m bot usage`: what was used, by server, day and model, for the operator; also while the bot runs."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot import storage
from bot.budgets import DAY_SECONDS, Period, Sum
from bot.storage import By, UsageSums
from bot.terminal import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings import Settings

_TABLES = {By.SERVER: "server", By.DAY: "day", By.MODEL: "model"}


async def usage(settings: Settings, *, days: int, as_json: bool, as_csv: bool) -> int:
    """Print what was used; the exit status, which is 0.

    Args:
        settings: name the database.
        days: of how many days, today included. They begin at midnight in UTC.
        as_json: print JSON.
        as_csv: print CSV, one line for each sum.

    Raises:
        DatabaseError: it can't be read.
        OutputLostError: there is nobody to print for.
    """
    today, until = Period.DAY.around(time.time())
    since = today - (days - 1) * DAY_SECONDS
    async with storage.opened_to_read(settings.database_url) as database:
        rows = UsageSums(database)
        total = next(iter(await rows.sums(By.EVERYTHING, since, until)), Sum())
        tables = {name: await rows.sums(by, since, until) for by, name in _TABLES.items()}
    if as_json:
        found = {
            "since": _day(since // DAY_SECONDS),
            "until": _day(until // DAY_SECONDS - 1),
            "total": _values(total),
            **{
                f"{name}s": [{name: _key(name, each), **_values(each)} for each in sums]
                for name, sums in tables.items()
            },
        }
        answer(json.dumps(found))
    elif as_csv:
        answer(_csv(total, tables))
    else:
        answer(_text(total, tables, days))
    return 0


def _csv(total: Sum, tables: dict[str, list[Sum]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["by", "key", *_values(total)])
    writer.writerow(["total", "", *_values(total).values()])
    for name, sums in tables.items():
        writer.writerows([name, _key(name, each), *_values(each).values()] for each in sums)
    return out.getvalue().rstrip("\n")


def _text(total: Sum, tables: dict[str, list[Sum]], days: int) -> str:
    lines = [f"{days} days (UTC), today included" if days > 1 else "Today (UTC)"]
    lines += _columns("", [("total", total)])
    for name, sums in tables.items():
        if sums:
            shown = [(str(_key(name, each) or _unknown(name)), each) for each in sums]
            lines += ["", *_columns(f"by {name}", shown)]
    return "\n".join(lines)


def _unknown(name: str) -> str:
    return "direct messages" if name == "server" else "not known"


def _columns(heading: str, sums: Sequence[tuple[str, Sum]]) -> list[str]:
    """A table as lines, its numbers one below the other."""
    rows = [(heading, "minutes", "answers", "tokens", "cost")]
    rows += [
        (
            name,
            f"{each.seconds / 60:.1f}",
            str(each.answers),
            str(each.tokens),
            "not told" if each.cost is None else f"{each.cost:.6f}",
        )
        for name, each in sums
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]


def _key(name: str, each: Sum) -> int | str | None:
    return _day(int(each.key)) if name == "day" and each.key is not None else each.key


def _day(number: float) -> str:
    return datetime.fromtimestamp(number * DAY_SECONDS, UTC).date().isoformat()


def _values(each: Sum) -> dict[str, Any]:
    return {
        "seconds": round(each.seconds, 3),
        "answers": each.answers,
        "tokens": each.tokens,
        "cost": each.cost,
    }
