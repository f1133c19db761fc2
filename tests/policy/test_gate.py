"""The gate: nothing is downloaded that may not be heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import errors, rules
from bot.policy.gate import Gate
from bot.policy.rule_book import RuleBook
from bot.storage.consent import Consent
from bot.storage.guild_settings import WHOLE_SERVER, GuildSettings
from tests.fixtures import file_of, note_of, settings_of
from tests.fixtures_database import clock, database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

SPEAKER, FORWARDER, OTHER = 4, 5, 6
GUILD, CHANNEL, PARENT, ELSEWHERE = 3, 2, 20, 21
MEMBER, MUTED = 31, 32


async def nobody(guild_id: int, person_id: int) -> frozenset[int]:
    """Discord is not asked for roles where nobody has rules about them."""
    raise AssertionError((guild_id, person_id))


@pytest.fixture
def consent(database: Database) -> Consent:
    """Nobody has opted out."""
    return Consent(database)


@pytest.fixture
def rule_book(database: Database) -> RuleBook:
    """No server has decided anything."""
    return RuleBook(guild_settings=GuildSettings(database), settings=settings_of(max_minutes=1.0))


@pytest.fixture
def gate(consent: Consent, rule_book: RuleBook) -> Gate:
    """For notes of up to a minute."""
    return Gate(consent=consent, rule_book=rule_book)


@pytest.mark.parametrize("seconds", [None, 0.5, 60.0])
async def test_what_is_not_too_long_passes(gate: Gate, seconds: float | None) -> None:
    """Also what Discord tells no length of: that is looked at once the file is there."""
    await gate.admit(note_of(attachment=file_of(seconds=seconds)), roles_of=nobody)


async def test_what_is_too_long_does_not(gate: Gate) -> None:
    """It is told how long it is, and how long it might be."""
    with pytest.raises(errors.TooLong) as refused:
        await gate.admit(note_of(attachment=file_of(seconds=60.5)), roles_of=nobody)
    assert (refused.value.limit, refused.value.seconds) == (60.0, 60.5)


async def test_who_does_not_want_to_be_heard_is_not(gate: Gate, consent: Consent) -> None:
    """Whoever asks; the moment they have said so, and until they say otherwise."""
    await consent.opt_out(SPEAKER)
    for asked_by, own in ((None, True), (SPEAKER, True), (OTHER, False)):
        with pytest.raises(errors.OptedOut) as refused:
            await gate.admit(note_of(author_id=SPEAKER, asked_by=asked_by), roles_of=nobody)
        assert refused.value.own is own
    await gate.admit(note_of(author_id=OTHER, asked_by=SPEAKER), roles_of=nobody)
    await consent.opt_in(SPEAKER)
    await gate.admit(note_of(author_id=SPEAKER), roles_of=nobody)


async def test_who_spoke_first_counts_where_it_is_known(gate: Gate, consent: Consent) -> None:
    """A recording that somebody else forwards is still theirs."""
    await consent.opt_out(SPEAKER)
    forwarded = note_of(author_id=FORWARDER)
    await gate.admit(forwarded, roles_of=nobody)
    with pytest.raises(errors.OptedOut) as refused:
        await gate.admit(forwarded, SPEAKER, roles_of=nobody)
    assert not refused.value.own


@pytest.mark.parametrize(
    ("setting", "value", "passes"),
    [
        (rules.BARRED_CHANNELS, {CHANNEL}, False),
        (rules.BARRED_CHANNELS, {ELSEWHERE, PARENT}, False),
        (rules.BARRED_CHANNELS, {ELSEWHERE}, True),
        (rules.ALLOWED_CHANNELS, {ELSEWHERE}, False),
        (rules.ALLOWED_CHANNELS, {ELSEWHERE, CHANNEL}, True),
        (rules.ALLOWED_CHANNELS, {PARENT}, True),
    ],
)
async def test_channels_a_server_has_named(
    gate: Gate, rule_book: RuleBook, setting: rules.Setting[frozenset[int]], value: set[int], *, passes: bool
) -> None:
    """A thread counts to its channel; nothing is heard where it is not wanted, for nobody."""
    await rule_book.change(GUILD, WHOLE_SERVER, setting, setting.kind.write(frozenset(value)), OTHER)
    note = note_of(guild_id=GUILD, channel_id=CHANNEL, parent_id=PARENT)
    if passes:
        await gate.admit(note, roles_of=nobody)
        return
    with pytest.raises(errors.ChannelBarred):
        await gate.admit(note, roles_of=nobody)
    await gate.admit(note_of(guild_id=None, channel_id=CHANNEL), roles_of=nobody)


@pytest.mark.parametrize(
    ("setting", "theirs", "passes"),
    [
        (rules.ALLOWED_ROLES, {MEMBER}, True),
        (rules.ALLOWED_ROLES, {MUTED}, False),
        (rules.ALLOWED_ROLES, set[int](), False),
        (rules.BARRED_ROLES, {MEMBER, GUILD}, False),
        (rules.BARRED_ROLES, {MUTED}, True),
        (rules.BARRED_ROLES, set[int](), True),
    ],
)
async def test_roles_a_server_has_named(
    gate: Gate, rule_book: RuleBook, setting: rules.Setting[frozenset[int]], theirs: set[int], *, passes: bool
) -> None:
    """Those of who asks: whose recording it is, if nobody else does."""
    await rule_book.change(GUILD, WHOLE_SERVER, setting, str(MEMBER), OTHER)
    asked: list[tuple[int, int]] = []

    async def roles_of(guild_id: int, person_id: int) -> frozenset[int]:
        asked.append((guild_id, person_id))
        return frozenset(theirs)

    note = note_of(guild_id=GUILD, author_id=SPEAKER, asked_by=OTHER)
    if passes:
        await gate.admit(note, roles_of=roles_of)
    else:
        with pytest.raises(errors.RoleBarred):
            await gate.admit(note, roles_of=roles_of)
    assert asked == [(GUILD, OTHER)]


async def test_a_server_may_hear_less_than_the_operator_allows(gate: Gate, rule_book: RuleBook) -> None:
    """Not more; and a channel less than its server, or more."""
    note = note_of(guild_id=GUILD, channel_id=CHANNEL, attachment=file_of(seconds=45.0))
    await rule_book.change(GUILD, WHOLE_SERVER, rules.LONGEST_NOTE, "0.5", OTHER)
    with pytest.raises(errors.TooLong) as refused:
        await gate.admit(note, roles_of=nobody)
    assert refused.value.limit == 30.0
    await rule_book.change(GUILD, CHANNEL, rules.LONGEST_NOTE, "500", OTHER)
    await gate.admit(note, roles_of=nobody)
    with pytest.raises(errors.TooLong) as refused:
        await gate.admit(
            note_of(guild_id=GUILD, channel_id=CHANNEL, attachment=file_of(seconds=61.0)), roles_of=nobody
        )
    assert refused.value.limit == 60.0
