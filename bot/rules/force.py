"""What is in force in one place: the levels at which something can be set, the nearest first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bot.facts import Source
from bot.rules.kinds import Model, Unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.rules.declared import Setting

T = TypeVar("T")

_OPERATORS = {Source.OPERATOR, Source.DEFAULT}


@dataclass(frozen=True, slots=True)
class Level:
    """What is set at one level, by the names of settings, as it is stored."""

    source: Source
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What is in force in one place.

    Args:
        levels: the nearest first: the thread, its channel, the server, the operator. The last has what the operator set.
        models: the names of those that a server can choose.
    """

    levels: tuple[Level, ...] = ()
    models: tuple[str, ...] = ()

    def of(self, setting: Setting[T]) -> T:
        """The value in force: of a ceiling no more than the operator's."""
        value, _ = self._found(setting)
        return self._held_down(setting, value)

    def source(self, setting: Setting[Any]) -> Source:
        """Who has set it."""
        value, source = self._found(setting)
        if self._held_down(setting, value) != value:
            return Source.OPERATOR
        return source

    def stored(self, setting: Setting[Any]) -> str:
        """The value in force as it would be stored."""
        return setting.kind.write(self.of(setting))

    def most(self, setting: Setting[float | None]) -> float | None:
        """The most that a number can be set to, if the operator has set a ceiling."""
        if not setting.ceiling:
            return None
        for level in self.levels:
            if level.source in _OPERATORS and (found := _value(setting, level, self.models)):
                return found[0]
        return None

    def _found(self, setting: Setting[T]) -> tuple[T, Source]:
        for level in self.levels:
            if found := _value(setting, level, self.models):
                return found[0], level.source
        return setting.default, Source.DEFAULT

    def _held_down(self, setting: Setting[T], value: T) -> T:
        most = self.most(setting)  # pyright: ignore[reportArgumentType] - None for all but numbers
        if most is None or not isinstance(value, float) or value <= most:
            return value
        return most  # pyright: ignore[reportReturnType] - it is a number


def _value(setting: Setting[T], level: Level, models: tuple[str, ...]) -> tuple[T] | None:
    """What is set at a level, as the only item; None if nothing is, or nothing that can be used (another version may have written it)."""
    stored = level.values.get(setting.name)
    if stored is None:
        return None
    operators = level.source in _OPERATORS
    try:
        value = setting.kind.read_operators(stored) if operators else setting.kind.read(stored)
    except Unusable:
        return None
    chosen = isinstance(setting.kind, Model) and not operators
    return None if chosen and value not in models else (value,)
