"""What /usage says."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from bot import reply
from bot.budgets import Cap, Limit, Period, Span, Sum, Used, Whose
from bot.reply.usage import Report, chart_description, each_day, usage

WORDS = reply.ENGLISH
TOTAL = Sum(seconds=3723.0, answers=12, tokens=45_678, cost=0.0421)
SHOWN = "12 answers to 1 hr 2 min of audio; 45,678 tokens; 0.042 credits."


def said(**wanted: object) -> list[str]:
    """The lines of a report on this month in a server, but for what is `wanted`."""
    usual: dict[str, object] = {"span": Span.MONTH, "in_server": True, "total": TOTAL, "left": []}
    return usage(Report(**{**usual, **wanted}), WORDS).splitlines()  # pyright: ignore[reportArgumentType]


def cap(whose: Whose, period: Period, limit: Limit) -> Cap:
    """One that ends at 90,000 seconds."""
    return Cap(whose=whose, period=period, limit=limit, since=0, until=90_000)


@pytest.mark.parametrize("span", Span)
def test_of_which_time(span: Span) -> None:
    """Each says another, in a server and of a person."""
    assert said(span=span)[0].startswith("**Used in this server")
    assert said(span=span, in_server=False)[0].startswith("**Used by you")
    assert len({said(span=each)[0] for each in Span}) == 4


def test_sums() -> None:
    """With the cost where the endpoint tells it, and never rounded to nothing."""
    assert said()[1:] == [SHOWN]
    assert said(total=Sum(seconds=5.0, answers=1, tokens=9))[1:] == ["1 answer to 5 sec of audio; 9 tokens."]
    assert "0.0000012 credits" in said(total=Sum(seconds=5.0, answers=1, cost=1.2e-6))[1]
    assert said(total=Sum())[1:] == ["Nothing was used."]


def test_what_is_left() -> None:
    """The person's and the server's; what all servers have together is the operator's to see."""
    left = [
        (cap(Whose.PERSON, Period.DAY, Limit(seconds=600.0)), Used(seconds=90.0)),
        (
            dataclasses.replace(cap(Whose.PERSON, Period.DAY, Limit(seconds=60.0)), guild_id=3),
            Used(seconds=5.0),
        ),
        (cap(Whose.SERVER, Period.DAY, Limit(seconds=0.0)), Used()),
        (cap(Whose.SERVER, Period.MONTH, Limit(seconds=6000.0, cost=20.0)), Used(seconds=60.0, cost=0.5)),
        (cap(Whose.BOT, Period.MONTH, Limit(cost=100.0)), Used(cost=99.0)),
    ]
    assert said(left=left)[2:] == [
        "**Budgets**",
        "- You, today: 1 min 30 sec of 10 min used; a new day begins <t:90000:R>.",
        "- You in this server, today: 5 sec of 1 min used; a new day begins <t:90000:R>.",
        "- This server, today: 0 sec of 0 sec used; a new day begins <t:90000:R>.",
        "- This server, this month: 1 min of 1 hr 40 min used; a new month begins <t:90000:R>.",
        "- This server, this month: 0.50 of 20.00 credits used; a new month begins <t:90000:R>.",
    ]
    assert said(left=left[4:])[2:] == []


def test_by_whom_and_where() -> None:
    """As mentions; who is no longer known is told as such."""
    people = [Sum(key=4, seconds=60.0, answers=1, cost=0.5), Sum(key=None, seconds=30.0, answers=1)]
    channels = [Sum(key=2, seconds=90.0, answers=2, cost=0.5)]
    assert said(people=people, channels=channels)[2:] == [
        "**By person**",
        "- <@4>: 1 min, 0.50 credits",
        "- no longer known: 30 sec",
        "**By channel**",
        "- <#2>: 1 min 30 sec, 0.50 credits",
    ]


def test_each_day_has_its_place() -> None:
    """Also those on which nothing was used."""
    sums = [Sum(key=10, seconds=90.0), Sum(key=12, seconds=30.0)]
    shown = each_day(sums, 9 * 86_400.0, 13 * 86_400.0)
    assert shown == [
        (date(1970, 1, 10), 0.0),
        (date(1970, 1, 11), 1.5),
        (date(1970, 1, 12), 0.0),
        (date(1970, 1, 13), 0.5),
    ]
    assert chart_description(shown, WORDS) == (
        "Bars: minutes of audio each day, from 1970-01-10 to 1970-01-13. The most is 1.5 on 1970-01-11."
    )
