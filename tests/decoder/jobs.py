"""What a file is brought to a decoder process with, and what comes back; shared by its tests."""

from __future__ import annotations

from pathlib import Path

from bot.decoder import Fit, Job, Part, Unfit, Verdict, prepare

PLENTY = 18_000_000


def job(source: Path, **wanted: object) -> Job:
    """The job a file usually comes with, but for what is `wanted` otherwise."""
    usual: dict[str, object] = {
        "formats": ("wav", "mp3"),
        "budget": PLENTY,
        "most_seconds": 3_600.0,
        "part_seconds": 900.0,
    }
    return Job(source=str(source), target_folder=str(source.parent), **{**usual, **wanted})  # pyright: ignore[reportArgumentType] - the test says what it wants


def verdict(source: Path, **wanted: object) -> Verdict:
    """Why the file is refused; it has to be."""
    unfit = prepare(job(source, **wanted))
    assert isinstance(unfit, Unfit)
    return unfit.verdict


def fit(source: Path, **wanted: object) -> Fit:
    """What is sent of the file; something has to be."""
    result = prepare(job(source, **wanted))
    assert isinstance(result, Fit)
    return result


def only(result: Fit) -> Part:
    """The one part there is, which is the whole."""
    [part] = result.parts
    assert part.start == 0.0
    assert Path(part.path).stat().st_size == part.bytes
    return part
