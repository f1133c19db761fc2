"""Limits: what the operator and a server allow, and which caps come of that for somebody somewhere. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.budgets import UNLIMITED, Cap, Limit, Period, Whose
from bot.rules import MONTH_COST, PERSON_MINUTES, SERVER_MINUTES

if TYPE_CHECKING:
    from bot.rules import Rules
    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """The limits that a server has set itself."""

    person_day: Limit = UNLIMITED
    """For each person in that server."""
    day: Limit = UNLIMITED
    month: Limit = UNLIMITED

    @classmethod
    def of(cls, rules: Rules) -> ServerLimits:
        """As the rules of a server have them."""
        return cls(
            person_day=Limit(seconds=_seconds(rules.of(PERSON_MINUTES))),
            day=Limit(seconds=_seconds(rules.of(SERVER_MINUTES))),
            month=Limit(cost=rules.of(MONTH_COST)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The operator's limits: for each person, for each server, and for the whole bot."""

    person_day: Limit = UNLIMITED
    server_day: Limit = UNLIMITED
    server_month: Limit = UNLIMITED
    day: Limit = UNLIMITED
    month: Limit = UNLIMITED

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """As the settings have them."""

        def limit(minutes: float | None, cost: float | None) -> Limit:
            return Limit(seconds=_seconds(minutes), cost=cost)

        return cls(
            person_day=limit(settings.budget_person_day_minutes, settings.budget_person_day_cost),
            server_day=limit(settings.budget_server_day_minutes, settings.budget_server_day_cost),
            server_month=limit(settings.budget_server_month_minutes, settings.budget_server_month_cost),
            day=limit(settings.budget_day_minutes, settings.budget_day_cost),
            month=limit(settings.budget_month_minutes, settings.budget_month_cost),
        )


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * 60


def caps(
    limits: Limits, servers: ServerLimits, *, guild_id: int | None, person_id: int | None, now: float
) -> tuple[Cap, ...]:
    """All limits on what somebody asks for somewhere, the narrowest first. Pure.

    A server can set less than the operator, never more. What it sets for a person is about what they use there.

    Args:
        limits: the operator's.
        servers: the server's own.
        guild_id: the server; None in direct messages.
        person_id: who asks; None for what holds whoever does.
        now: seconds since 1970.
    """
    found: list[tuple[Whose, Period, Limit, int | None, int | None]] = []
    if person_id is not None:
        if guild_id is not None:
            stricter = servers.person_day.where_less_than(limits.person_day)
            found.append((Whose.PERSON, Period.DAY, stricter, person_id, guild_id))
        found.append((Whose.PERSON, Period.DAY, limits.person_day, person_id, None))
    if guild_id is not None:
        day, month = (
            limits.server_day.and_at_most(servers.day),
            limits.server_month.and_at_most(servers.month),
        )
        found += [
            (Whose.SERVER, Period.DAY, day, None, guild_id),
            (Whose.SERVER, Period.MONTH, month, None, guild_id),
        ]
    found += [
        (Whose.BOT, Period.DAY, limits.day, None, None),
        (Whose.BOT, Period.MONTH, limits.month, None, None),
    ]
    held: list[Cap] = []
    for whose, period, limit, person, guild in found:
        if limit.limits:
            since, until = period.around(now)
            held.append(
                Cap(
                    whose=whose,
                    period=period,
                    limit=limit,
                    since=since,
                    until=until,
                    person_id=person,
                    guild_id=guild,
                )
            )
    return tuple(held)
