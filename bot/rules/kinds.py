"""The kinds of settings: what values each can have, and how they are stored, as short texts. Pure."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.facts import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_ON, _OFF = "on", "off"
_MOST_ID = 2**63 - 1
MOST_IDS = 25
"""As many channels or roles as a Discord select takes."""
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
PRESET = re.compile(r"preset:([a-z0-9-]{1,32})")
"""A preset in place of a prompt, as it is stored."""


class Unusable(ValueError):  # noqa: N818 - it is the value that is
    """A text is no value of a kind."""


class Kind(ABC, Generic[T]):
    """A kind of values, and how they are written down."""

    @abstractmethod
    def read(self, stored: str) -> T:
        """The value that a text stands for.

        Raises:
            Unusable: it stands for none.
        """

    @abstractmethod
    def write(self, value: T) -> str:
        """The text for a value."""

    def read_operators(self, stored: str) -> T:
        """As `read`, of what the operator has set: to that, the limits for servers do not apply."""
        return self.read(stored)


@dataclass(frozen=True, slots=True)
class Switch(Kind[bool]):
    """On or off."""

    def read(self, stored: str) -> bool:
        """`on` or `off`."""
        if stored not in {_ON, _OFF}:
            raise Unusable(stored)
        return stored == _ON

    def write(self, value: bool) -> str:  # noqa: FBT001 - it is the value
        """`on` or `off`."""
        return _ON if value else _OFF


@dataclass(frozen=True, slots=True)
class Choice(Kind[str]):
    """One of some; what each is called, by its key."""

    options: Mapping[str, str]

    def read(self, stored: str) -> str:
        """A key."""
        if stored not in self.options:
            raise Unusable(stored)
        return stored

    def write(self, value: str) -> str:
        """The key."""
        return value


@dataclass(frozen=True, slots=True)
class Several(Kind[tuple[str, ...]]):
    """Any number of some, in their order; what each is called, by its key."""

    options: Mapping[str, str]

    def read(self, stored: str) -> tuple[str, ...]:
        """Keys, separated by commas."""
        keys = {part for part in stored.split(",") if part}
        if not keys <= set(self.options):
            raise Unusable(stored)
        return tuple(key for key in self.options if key in keys)

    def write(self, value: tuple[str, ...]) -> str:
        """Keys, separated by commas."""
        return ",".join(value)


class Unit(Enum):
    """What a number counts."""

    MINUTES = "minutes"
    CREDITS = "credits"
    """The completion API's own money: US dollars, mostly."""


@dataclass(frozen=True, slots=True)
class Number(Kind[float | None]):
    """A number within limits; None where no limit of one's own is set."""

    unit: Unit
    least: float
    most: float

    def read(self, stored: str) -> float | None:
        """A decimal number."""
        value = self.read_operators(stored)
        if value is None or not self.least <= value <= self.most:
            raise Unusable(stored)
        return value

    def read_operators(self, stored: str) -> float | None:
        """A decimal number, however small or large: a limit that is not understood would be none."""
        try:
            value = float(stored)
        except ValueError:
            raise Unusable(stored) from None
        if not math.isfinite(value):
            raise Unusable(stored)
        return value

    def write(self, value: float | None) -> str:
        """As short as it can be."""
        return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Asked(Kind[str]):
    """A prompt, or `preset:` and the name of one."""

    most_characters: int

    def read(self, stored: str) -> str:
        """A text that says something."""
        if not stored.strip() or len(stored) > self.most_characters:
            raise Unusable(stored)
        return stored.strip()

    def write(self, value: str) -> str:
        """As it is."""
        return value


@dataclass(frozen=True, slots=True)
class _Ids(Kind[frozenset[int]]):
    def read(self, stored: str) -> frozenset[int]:
        """Ids, separated by commas."""
        parts = [part for part in stored.split(",") if part]
        if not all(part.isascii() and part.isdecimal() and 0 < int(part) <= _MOST_ID for part in parts):
            raise Unusable(stored)
        if len(set(parts)) > MOST_IDS:
            raise Unusable(stored)
        return frozenset(map(int, parts))

    def write(self, value: frozenset[int]) -> str:
        """Ids, separated by commas."""
        return ",".join(map(str, sorted(value)))


@dataclass(frozen=True, slots=True)
class Channels(_Ids):
    """Channels, by their ids."""


@dataclass(frozen=True, slots=True)
class Roles(_Ids):
    """Roles, by their ids."""


@dataclass(frozen=True, slots=True)
class Language(Kind[str | None]):
    """A language, by its tag; None for that which is spoken."""

    def read(self, stored: str) -> str | None:
        """A tag, or `spoken`."""
        if stored == SPOKEN:
            return None
        if not _TAG.fullmatch(stored):
            raise Unusable(stored)
        return stored

    def write(self, value: str | None) -> str:
        """The tag, or `spoken`."""
        return value or SPOKEN


@dataclass(frozen=True, slots=True)
class Model(Kind[str]):
    """One of the models that the operator offers."""

    def read(self, stored: str) -> str:
        """A name."""
        if not stored.strip():
            raise Unusable(stored)
        return stored.strip()

    def write(self, value: str) -> str:
        """The name."""
        return value


def preset_in(asked: str) -> str | None:
    """The name of the preset that stands in place of a prompt; None where it is a prompt."""
    found = PRESET.fullmatch(asked)
    return found[1] if found else None
