"""What /usage says: what was used in a time, what is left of it, and by whom and where. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bot.budgets import DAY_SECONDS, Period, Span, Sum, Used, Whose
from bot.marking import marked as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.budgets import Cap
    from bot.reply.catalogue import Words

MOST_LISTED = 10
"""People, and channels."""
SPANS = {
    # NOTE: This and the next three are choices of the option "period" of the command /usage.
    Span.TODAY: _("today"),
    Span.WEEK: _("last 7 days"),
    Span.MONTH: _("this month"),
    Span.LAST_MONTH: _("last month"),
}
_IN_SERVER = {
    Span.TODAY: _("**Used in this server today** (days begin at midnight, UTC)"),
    Span.WEEK: _("**Used in this server in the last 7 days** (days begin at midnight, UTC)"),
    Span.MONTH: _("**Used in this server this month** (days begin at midnight, UTC)"),
    Span.LAST_MONTH: _("**Used in this server last month** (days begin at midnight, UTC)"),
}
_BY_PERSON = {
    # NOTE: Said to one person, in a direct message.
    Span.TODAY: _("**Used by you today** (days begin at midnight, UTC)"),
    Span.WEEK: _("**Used by you in the last 7 days** (days begin at midnight, UTC)"),
    Span.MONTH: _("**Used by you this month** (days begin at midnight, UTC)"),
    Span.LAST_MONTH: _("**Used by you last month** (days begin at midnight, UTC)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was used, as far as somebody may see it."""

    span: Span
    in_server: bool
    """Whether it is about a server; otherwise about the person who asks."""
    total: Sum
    left: Sequence[tuple[Cap, Used]]
    """What limits whoever asks, where they ask, and how much of it is used."""
    people: Sequence[Sum] = ()
    """For who may see that: the sums by person, largest first."""
    channels: Sequence[Sum] = ()


def usage(report: Report, words: Words) -> str:
    """The answer to /usage."""
    heading = (_IN_SERVER if report.in_server else _BY_PERSON)[report.span]
    lines = [words(heading), _total(report.total, words)]
    if limits := [line for cap, used in report.left for line in _left(cap, used, words)]:
        lines += [words("**Budgets**"), *limits]
    if report.people:
        lines += [words("**By person**"), *(_listed(each, "@", words) for each in report.people)]
    if report.channels:
        lines += [words("**By channel**"), *(_listed(each, "#", words) for each in report.channels)]
    return "\n".join(lines)


def chart_description(days: Sequence[tuple[date, float]], words: Words) -> str:
    """What is to be seen in the chart, for those who don't see it.

    Args:
        days: each with its minutes; not empty.
        words: the language.
    """
    most_day, most = max(days, key=lambda day: day[1])
    return words(
        "Bars: minutes of audio each day, from {first} to {last}. The most is {minutes} on {day}.",
        first=days[0][0].isoformat(),
        last=days[-1][0].isoformat(),
        minutes=words.number(most),
        day=most_day.isoformat(),
    )


def each_day(sums: Sequence[Sum], since: float, until: float) -> list[tuple[date, float]]:
    """Each day of a time with its minutes, those without any, too.

    Args:
        sums: by day.
        since: midnight, in seconds since 1970.
        until: likewise; without that day itself.
    """
    minutes = {each.key: each.seconds / 60 for each in sums}
    first, end = int(since // DAY_SECONDS), int(until // DAY_SECONDS)
    return [
        (datetime.fromtimestamp(day * DAY_SECONDS, UTC).date(), minutes.get(day, 0.0))
        for day in range(first, end)
    ]


def _total(total: Sum, words: Words) -> str:
    if not total.answers:
        return words("Nothing was used.")
    if total.cost is None:
        return words.plural(
            "{count} answer to {duration} of audio; {tokens} tokens.",
            "{count} answers to {duration} of audio; {tokens} tokens.",
            total.answers,
            duration=words.duration(total.seconds),
            tokens=words.number(total.tokens),
        )
    # NOTE: Credits are what the service behind the bot counts costs in.
    return words.plural(
        "{count} answer to {duration} of audio; {tokens} tokens; {cost} credits.",
        "{count} answers to {duration} of audio; {tokens} tokens; {cost} credits.",
        total.answers,
        duration=words.duration(total.seconds),
        tokens=words.number(total.tokens),
        cost=words.precise(total.cost),
    )


def _left(cap: Cap, used: Used, words: Words) -> list[str]:
    """A line for each thing that a cap limits. What all of the bot's servers use together is the operator's to see."""
    if cap.whose is Whose.BOT:
        return []
    said: list[str] = []
    if cap.limit.seconds is not None:
        said.append(
            words(
                "{used} of {limit} used",
                used=words.duration(used.seconds),
                limit=words.duration(cap.limit.seconds),
            )
        )
    if cap.limit.cost is not None:
        said.append(
            words(
                "{used} of {limit} credits used",
                used=words.precise(used.cost),
                limit=words.precise(cap.limit.cost),
            )
        )
    when = f"<t:{cap.until:.0f}:R>"
    return [f"- {_of(cap, each, when, words)}" for each in said]


def _of(cap: Cap, used: str, when: str, words: Words) -> str:
    match cap.whose, cap.period:
        case Whose.PERSON, _:
            # NOTE: {used} is for example "3 min of 10 min used", {when} is "in 5 hours". Likewise in the next three.
            if cap.guild_id is not None:
                return words(
                    "You in this server, today: {used}; a new day begins {when}.", used=used, when=when
                )
            return words("You, today: {used}; a new day begins {when}.", used=used, when=when)
        case _, Period.DAY:
            return words("This server, today: {used}; a new day begins {when}.", used=used, when=when)
        case _:
            return words("This server, this month: {used}; a new month begins {when}.", used=used, when=when)


def _listed(each: Sum, sign: str, words: Words) -> str:
    # NOTE: Stands in a list for people of whom it is not kept any more who they were.
    who = words("no longer known") if each.key is None else f"<{sign}{each.key}>"
    if each.cost is None:
        return f"- {who}: {words.duration(each.seconds)}"
    return words(
        # NOTE: A line of a list: a person or channel, a length of time, and a cost.
        "- {who}: {duration}, {cost} credits",
        who=who,
        duration=words.duration(each.seconds),
        cost=words.precise(each.cost),
    )
