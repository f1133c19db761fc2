"""The gate: may this recording be heard, for this person, here and now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors, rules

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.models import VoiceNote
    from bot.policy.rule_book import RuleBook
    from bot.rules import Rules
    from bot.storage import Consent

    RolesOf = Callable[[int, int], Awaitable[frozenset[int]]]

_MINUTE = 60.0


class Gate:
    """What every note passes before anything of it is downloaded. The pipeline asks it, so no door leads round it.

    Args:
        consent: who does not want to be heard.
        rule_book: what servers have decided.
    """

    def __init__(self, *, consent: Consent, rule_book: RuleBook) -> None:
        self._consent = consent
        self._rule_book = rule_book

    async def admit(self, note: VoiceNote, speaker_id: int | None = None, *, roles_of: RolesOf) -> None:
        """Let a note pass.

        Args:
            note: what is to be heard.
            speaker_id: who posted it first, where it was forwarded and Discord tells.
            roles_of: tells the roles of a member of a server; asked only where the server has rules about them.

        Raises:
            OptedOut: who speaks in it does not want to be heard.
            ChannelBarred, RoleBarred: the server does not want it.
            TooLong: by what Discord says of it.
            DiscordAway: it can't be told now what roles somebody has.
        """
        await self.admit_voice(note.author_id, asked_by=note.person_id)
        if speaker_id is not None:
            await self.admit_voice(speaker_id, asked_by=note.person_id)
        in_force = await self.admit_person(note.guild_id, note.channel_ids, note.person_id, roles_of=roles_of)
        _check_length(in_force, note.attachment.seconds)

    async def admit_person(
        self, guild_id: int | None, channel_ids: tuple[int, ...], person_id: int, *, roles_of: RolesOf
    ) -> Rules:
        """Let somebody ask for something about a channel, whatever it is; the rules there.

        Args:
            guild_id: the server; None in direct messages.
            channel_ids: the channel; for a thread, the thread and then its channel.
            person_id: who asks.
            roles_of: as for `admit`.

        Raises:
            ChannelBarred, RoleBarred: the server does not want it.
            DiscordAway: it can't be told now what roles somebody has.
        """
        in_force = await self._rule_book.at(guild_id, channel_ids)
        if not may_be_heard_in(in_force, channel_ids):
            raise errors.ChannelBarred
        if guild_id is not None and (in_force.of(rules.ALLOWED_ROLES) or in_force.of(rules.BARRED_ROLES)):
            _check_roles(in_force, await roles_of(guild_id, person_id))
        return in_force

    async def longest(self, note: VoiceNote) -> float:
        """The longest recording that is heard where a note is, in seconds."""
        return _longest(await self._rule_book.at(note.guild_id, note.channel_ids))

    async def admit_voice(self, speaker_id: int, *, asked_by: int) -> None:
        """Let pass what somebody has said, also where it is written down already.

        Raises:
            OptedOut: they do not want to be heard.
        """
        if await self._consent.has_opted_out(speaker_id):
            raise errors.OptedOut(own=speaker_id == asked_by)


def may_be_heard_in(in_force: Rules, channel_ids: tuple[int, ...]) -> bool:
    """Whether a server wants anything heard in a channel, or in a thread of a channel. Pure."""
    allowed, barred = in_force.of(rules.ALLOWED_CHANNELS), in_force.of(rules.BARRED_CHANNELS)
    if barred.intersection(channel_ids):
        return False
    return not allowed or bool(allowed.intersection(channel_ids))


def _check_roles(in_force: Rules, roles: frozenset[int]) -> None:
    allowed, barred = in_force.of(rules.ALLOWED_ROLES), in_force.of(rules.BARRED_ROLES)
    if barred & roles or (allowed and not allowed & roles):
        raise errors.RoleBarred


def _check_length(in_force: Rules, seconds: float | None) -> None:
    most = _longest(in_force)
    if seconds is not None and seconds > most:
        raise errors.TooLong(limit=most, seconds=seconds)


def _longest(in_force: Rules) -> float:
    return (in_force.of(rules.LONGEST_NOTE) or float("inf")) * _MINUTE
