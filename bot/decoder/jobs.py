"""What a decoder process is asked, and what it answers: the values that cross between the processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.decoder.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file to make fit. `budget` is the most bytes a part may have, before base64."""

    source: str
    target_folder: str
    formats: tuple[str, ...]
    budget: int
    most_seconds: float
    part_seconds: float
    told: str | None = None
    """A named pipe, where it is told of each part of a long note as soon as that is ready (`Told`, as JSON)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file to be sent, and the stretch of the note it holds."""

    path: str
    start: float
    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a part while the rest of its note is still being decoded."""

    part: Part
    format: str
    known_seconds: float
    """How long the note is at least, or says it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A file that cannot be sent; `seconds` where its length is known, `found` as in `UnfitError`."""

    verdict: Verdict
    seconds: float | None = None
    found: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What can be sent: the source itself, or one or several parts made from it in the target folder, in order.

    Parts in which there is no voice are left out.
    """

    parts: tuple[Part, ...]
    format: str
    transcoded: bool
    seconds: float
    """The length of the note."""
    cut_short: Verdict | None = None
    """Why nobody read what comes after that, where the recording goes on: DAMAGED or SILENT."""
