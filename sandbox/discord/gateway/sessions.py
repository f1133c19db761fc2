"""Gateway sessions: what a shard subscribed to, and the events kept so that it can resume."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from enum import IntFlag
from typing import TYPE_CHECKING, Protocol

from sandbox.discord.state import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord.state import Channel, Guild

_START_SECONDS = 5.0
_REPLAYABLE = 2000


class Intent(IntFlag):
    """What a session asks to be told of."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


class Connection(Protocol):
    """Where a session's payloads go while a client is connected."""

    def send(self, payload: Json) -> None:
        """Queue a payload; never waits."""
        ...


@dataclass(slots=True, eq=False)
class Session:
    """One shard's subscription. It outlives its connection so that it can be resumed."""

    shard_id: int
    shard_count: int
    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    connection: Connection | None = None
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque[Json](maxlen=_REPLAYABLE))
    lost_at: float | None = None
    rewrite: Callable[[str, Json], Json] = lambda _event, data: data
    """Changes an event before it is sent: for what Discord has not sent before."""

    def wants(self, intent: Intent) -> bool:
        """Whether it subscribed to a kind of event."""
        return bool(self.intents & intent)

    def covers(self, guild: Guild | None) -> bool:
        """Whether this shard gets a server's events; what belongs to no server (None) goes to shard 0."""
        if guild is None:
            return self.shard_id == 0
        return (guild.id >> 22) % self.shard_count == self.shard_id

    def wants_in(self, channel: Channel, in_guild: Intent, in_private: Intent) -> bool:
        """Whether it gets events of a channel: the shard must be right, and it must have asked for the intent named."""
        return self.covers(channel.guild) and self.wants(in_guild if channel.guild else in_private)

    def dispatch(self, event: str, data: Json) -> None:
        """Send an event; if no client is connected, it is kept for the resume."""
        self.sequence += 1
        payload: Json = {"op": 0, "t": event, "s": self.sequence, "d": self.rewrite(event, data)}
        self.sent.append(payload)
        if self.connection is not None:
            self.connection.send(payload)

    def can_replay_from(self, sequence: int) -> bool:
        """Whether every event after number `sequence` is still kept."""
        return sequence <= self.sequence and (not self.sent or sequence >= self.sent[0]["s"] - 1)

    def resume(self, connection: Connection, sequence: int) -> None:
        """Continue over a new connection: send the events after number `sequence`, then those to come."""
        self.connection = connection
        self.lost_at = None
        for payload in self.sent:
            if payload["s"] > sequence:
                connection.send(payload)


class SessionStartLimit:
    """Discord's limit on IDENTIFY: `max_concurrency` sessions every five seconds, whichever processes begin them.

    Args:
        clock: Unix seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: dict[int, float] = {}
        self.max_concurrency = 1
        """How many shards may identify at once: one for each remainder of shard id divided by this number."""

    def begin(self, shard_id: int) -> bool:
        """Whether a shard may identify now; if so, it counts against the limit."""
        share, now = shard_id % self.max_concurrency, self._clock()
        last = self._last.get(share)
        if last is not None and now - last < _START_SECONDS:
            return False
        self._last[share] = now
        return True
