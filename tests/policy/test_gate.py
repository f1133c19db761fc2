"""The gate: nothing is downloaded that may not be heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.policy.gate import Gate
from bot.storage.consent import Consent
from tests.fixtures import file_of, note_of
from tests.fixtures_database import clock, database_url, engine
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["clock", "database_url", "engine", "postgres", "postgres_url"]

SPEAKER, FORWARDER, OTHER = 4, 5, 6


@pytest.fixture
def consent(engine: AsyncEngine) -> Consent:
    """Nobody has opted out."""
    return Consent(engine)


@pytest.fixture
def gate(consent: Consent) -> Gate:
    """For notes of up to a minute."""
    return Gate(consent=consent, max_seconds=60.0)


@pytest.mark.parametrize("seconds", [None, 0.5, 60.0])
async def test_what_is_not_too_long_passes(gate: Gate, seconds: float | None) -> None:
    """Also what Discord tells no length of: that is looked at once the file is there."""
    await gate.admit(note_of(attachment=file_of(seconds=seconds)))


async def test_what_is_too_long_does_not(gate: Gate) -> None:
    """It is told how long it is, and how long it might be."""
    with pytest.raises(errors.TooLong) as refused:
        await gate.admit(note_of(attachment=file_of(seconds=60.5)))
    assert (refused.value.limit, refused.value.seconds) == (60.0, 60.5)


async def test_who_does_not_want_to_be_heard_is_not(gate: Gate, consent: Consent) -> None:
    """Whoever asks; the moment they have said so, and until they say otherwise."""
    await consent.opt_out(SPEAKER)
    for asked_by, own in ((None, True), (SPEAKER, True), (OTHER, False)):
        with pytest.raises(errors.OptedOut) as refused:
            await gate.admit(note_of(author_id=SPEAKER, asked_by=asked_by))
        assert refused.value.own is own
    await gate.admit(note_of(author_id=OTHER, asked_by=SPEAKER))
    await consent.opt_in(SPEAKER)
    await gate.admit(note_of(author_id=SPEAKER))


async def test_who_spoke_first_counts_where_it_is_known(gate: Gate, consent: Consent) -> None:
    """A recording that somebody else forwards is still theirs."""
    await consent.opt_out(SPEAKER)
    forwarded = note_of(author_id=FORWARDER)
    await gate.admit(forwarded)
    with pytest.raises(errors.OptedOut) as refused:
        await gate.admit(forwarded, SPEAKER)
    assert not refused.value.own
