"""Limits: which caps hold for whom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.budgets import Limit, Period, Whose
from bot.facts import Source
from bot.policy.limits import Limits, ServerLimits, caps
from bot.rules import Level, Rules
from tests.fixtures import settings_of

amounts = st.none() | st.floats(min_value=0, max_value=1e6)
some_limits = st.builds(Limit, seconds=amounts, cost=amounts)


@given(some_limits, some_limits)
def test_a_server_can_only_set_less(operators: Limit, servers: Limit) -> None:
    """Whatever it sets, no more is allowed than the operator does; and no more than it has set."""
    [cap] = caps(Limits(server_day=operators), ServerLimits(day=servers), guild_id=3, person_id=4, now=0) or [
        None
    ]
    for of in ("seconds", "cost"):
        set_ = [value for limit in (operators, servers) if (value := getattr(limit, of)) is not None]
        held = getattr(cap.limit, of) if cap else None
        assert held == min(set_, default=None)


def test_which_caps_hold() -> None:
    """In direct messages none of a server; a server's own about a person counts there alone."""
    limit = Limit(seconds=60.0)
    limits = Limits(person_day=limit, server_day=limit, server_month=limit, day=limit, month=limit)
    servers = ServerLimits(person_day=Limit(seconds=30.0))

    def held(guild_id: int | None) -> list[tuple[Whose, Period, int | None, int | None]]:
        found = caps(limits, servers, guild_id=guild_id, person_id=4, now=0)
        return [(cap.whose, cap.period, cap.person_id, cap.guild_id) for cap in found]

    assert held(None) == [
        (Whose.PERSON, Period.DAY, 4, None),
        (Whose.BOT, Period.DAY, None, None),
        (Whose.BOT, Period.MONTH, None, None),
    ]
    assert held(3) == [
        (Whose.PERSON, Period.DAY, 4, 3),
        (Whose.PERSON, Period.DAY, 4, None),
        (Whose.SERVER, Period.DAY, None, 3),
        (Whose.SERVER, Period.MONTH, None, 3),
        (Whose.BOT, Period.DAY, None, None),
        (Whose.BOT, Period.MONTH, None, None),
    ]
    assert caps(Limits(), ServerLimits(), guild_id=3, person_id=4, now=0) == ()
    # What a server allows a person is no cap where the operator allows no more anyway.
    servers = ServerLimits(person_day=limit)
    assert len(caps(limits, servers, guild_id=3, person_id=4, now=0)) == 5


def test_the_operators_limits() -> None:
    """Minutes and credits, each by its variable; none is none."""
    assert Limits.of(settings_of()) == Limits()
    assert Limits.of(settings_of(budget_person_day_minutes=1.5, budget_month_cost=20.0)) == Limits(
        person_day=Limit(seconds=90), month=Limit(cost=20)
    )


def test_a_servers_limits() -> None:
    """As its rules have them; those that nobody has set are none."""
    theirs = Level(Source.SERVER, {"person-minutes": "1.5", "month-cost": "20"})
    assert ServerLimits.of(Rules((theirs,))) == ServerLimits(
        person_day=Limit(seconds=90), month=Limit(cost=20)
    )
    assert ServerLimits.of(Rules()) == ServerLimits()
