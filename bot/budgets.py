"""Budgets as values: who may use how much within which period, what a note is charged to, and what was paid. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.models import Usage


DAY_SECONDS = 86_400


class Whose(StrEnum):
    """Whose budget it is."""

    PERSON = auto()
    """Of one person who wants answers."""
    SERVER = auto()
    BOT = auto()
    """The operator's own, for everybody together."""


class Period(StrEnum):
    """For how long a budget is. All periods begin at midnight in UTC."""

    DAY = auto()
    MONTH = auto()

    def around(self, moment: float) -> tuple[float, float]:
        """Beginning and end of the day or month that `moment` is in; all in seconds since 1970."""
        midnight = datetime.fromtimestamp(moment, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self is Period.DAY:
            return midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()
        first = midnight.replace(day=1)
        # No month has 32 days, and none is shorter than the 4 that are left over.
        return first.timestamp(), (first + timedelta(days=32)).replace(day=1).timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much may be used in a period; None where that is not limited."""

    seconds: float | None = None
    """Of audio."""
    cost: float | None = None
    """In the endpoint's credits."""

    @property
    def limits(self) -> bool:
        """Whether it limits anything."""
        return self.seconds is not None or self.cost is not None

    def and_at_most(self, other: Limit) -> Limit:
        """Both limits in one: of each the smaller."""
        return Limit(seconds=_smaller(self.seconds, other.seconds), cost=_smaller(self.cost, other.cost))

    def where_less_than(self, other: Limit) -> Limit:
        """Those of its limits that the other does not already hold to."""
        return Limit(
            seconds=_less(self.seconds, other.seconds),
            cost=_less(self.cost, other.cost),
        )


UNLIMITED = Limit()


def _less(value: float | None, than: float | None) -> float | None:
    return value if value is not None and (than is None or value < than) else None


def _smaller(first: float | None, second: float | None) -> float | None:
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A limit as it holds now: what of all that was paid for counts to it, and until when."""

    whose: Whose
    period: Period
    limit: Limit
    since: float
    """When its period began, and when it ends; seconds since 1970."""
    until: float
    person_id: int | None = None
    """What this person has asked for, if it is not what all have."""
    guild_id: int | None = None
    """What was asked for in this server, if it is not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How much was used: settled, or held by who is at it."""

    seconds: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What was paid for together."""

    key: int | str | None = None
    """What it is the sum for: an id, a number of days since 1970 (UTC), a model's name. None for all together, where it is not
    known any more, and for the server of direct messages."""
    seconds: float = 0.0
    answers: int = 0
    tokens: int = 0
    cost: float | None = None
    """None where the endpoint never told."""


class Span(StrEnum):
    """A time of which people want to know what was used."""

    TODAY = auto()
    WEEK = auto()
    """Today, and six days before."""
    MONTH = auto()
    LAST_MONTH = auto()

    def around(self, now: float) -> tuple[float, float]:
        """Beginning and end; all in seconds since 1970."""
        match self:
            case Span.TODAY:
                return Period.DAY.around(now)
            case Span.WEEK:
                since, until = Period.DAY.around(now)
                return since - 6 * DAY_SECONDS, until
            case Span.MONTH:
                return Period.MONTH.around(now)
            case Span.LAST_MONTH:
                return Period.MONTH.around(Period.MONTH.around(now)[0] - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is paid for: what was asked, where and by whom."""

    guild_id: int | None
    channel_id: int
    speaker_id: int | None
    """Whose voice it is; None if it is several people's."""
    asked_by: int
    ask: str
    """What is asked (`bot.asks`, or `recap`)."""
    message_id: int | None = None
    attachment_id: int | None = None
    stored: bool = False
    """Whether it is in the ledger: then nobody else asks the same at the same time, and what was held for it before was held
    by who is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One response of the completion API that has to be paid for."""

    model: str
    seconds: float
    """Of audio, where it was not counted with an earlier response to the same."""
    usage: Usage | None
    """None where the response ended before that was told."""


class Meter(Protocol):
    """Is told by whoever asks the model what that takes."""

    async def about_to_send(self, seconds: float) -> None:
        """So many seconds of audio are about to be sent, besides those that were paid for.

        Raises:
            OverBudget: that is more than there is left. They must not be sent.
        """
        ...

    async def about_to_ask(self) -> None:
        """A request is about to be sent that may have to be paid for: each attempt, at each model, and each that goes on.

        Raises:
            StoppedError: somebody else works on what it is for. It must not be sent.
        """
        ...

    def paid(self, paid: Paid) -> None:
        """A response has to be paid for."""
        ...
