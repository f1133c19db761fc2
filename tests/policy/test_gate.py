"""The gate: nothing is downloaded that may not be heard."""

from __future__ import annotations

import pytest

from bot import errors
from bot.policy.gate import Gate
from tests.fixtures import file_of, note_of


@pytest.mark.parametrize("seconds", [None, 0.5, 60.0])
async def test_what_is_not_too_long_passes(seconds: float | None) -> None:
    """Also what Discord tells no length of: that is looked at once the file is there."""
    await Gate(max_seconds=60.0).admit(note_of(attachment=file_of(seconds=seconds)))


async def test_what_is_too_long_does_not() -> None:
    """It is told how long it is, and how long it might be."""
    with pytest.raises(errors.TooLong) as refused:
        await Gate(max_seconds=60.0).admit(note_of(attachment=file_of(seconds=60.5)))
    assert (refused.value.limit, refused.value.seconds) == (60.0, 60.5)
