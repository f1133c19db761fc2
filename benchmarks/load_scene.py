"""The scene for `load` and `memory`: stand-ins without faults, people who post, and a model that answers at once.

Each of the model's answers holds a unique word. When that word appears on Discord, it tells which request was about which
note, without any knowledge of how the bot asks. All times are `time.monotonic` of this process, in seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

from sandbox.bot_process import settings_for
from sandbox.discord import Discord
from sandbox.discord.changes import Change, MessageCreated, MessageEdited
from sandbox.openroute import Openroute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from benchmarks.speech import Recording
    from sandbox.discord import Channel, User
    from sandbox.openroute import Received

T = TypeVar("T")

_SERVERS = 10
_CONNECTED_WITHIN = 60.0
_LOOKED_AROUND = 3.0
"""Seconds without a request to Discord after which a bot that has just connected counts as idle."""
_WORD = re.compile(r"\bword(\d+)\b")
_CDN = "/attachments/"
_SAID = (
    "Good morning, it's me. I'm running about twenty minutes late, the train stopped between two stations."
    " Could you open the shop and put the coffee on? The keys are where they always are."
)


@dataclass(slots=True)
class Posting:
    """A note that was posted, and when."""

    at: float
    first_byte: float | None = None
    """When the first byte of the first request to the model about it arrived; None: not yet."""
    answered: float | None = None
    """When the first part of its answer was on Discord; None: not yet."""
    changed: float = 0.0
    """When that was last changed."""
    words: set[str] = field(default_factory=set[str])
    """The words of answers to requests about it that stand there."""


class LoadScene:
    """The running stand-ins and the people who post, an async context manager.

    Args:
        limited: whether Discord refuses more than the 50 requests a second it allows a bot.
        pace: how many seconds the model needs for each second of a recording.
    """

    def __init__(self, *, limited: bool, pace: float = 0.0) -> None:
        self._pace = pace
        self._discord = Discord()
        if not limited:
            self._discord.limits.overall = None
        self._openroute = Openroute(answer=self._answer)
        self._stack = AsyncExitStack()
        self._words = itertools.count()
        self._asked: dict[int, float] = {}
        self._first_call = 0
        self.postings: dict[int, Posting] = {}
        """The notes posted since `begin`, by message id."""
        self._discord.world.changes.listen(self._notice)
        self._channels = itertools.cycle([self._server(f"Server {n}") for n in range(1, _SERVERS + 1)])

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._discord)
        await self._stack.enter_async_context(self._openroute)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which a bot joins this scene."""
        return {**settings_for(self._discord, self._openroute), "NOTICE": "off"}

    async def connected(self) -> None:
        """Wait until the bot is connected. Raises TimeoutError if it does not connect within a minute."""
        await self._discord.ready(_CONNECTED_WITHIN)

    async def ready(self) -> None:
        """Wait until the bot is connected and idle. Raises TimeoutError if it does not connect within a minute."""
        await self.connected()
        calls = -1
        while calls != len(self._discord.calls):
            calls = len(self._discord.calls)
            await asyncio.sleep(_LOOKED_AROUND)

    def post(self, recording: Recording) -> None:
        """Post the recording as a voice message, each time in the next server."""
        channel, person = next(self._channels)
        at = time.monotonic()
        message = self._discord.post_voice(
            channel,
            person,
            recording.data,
            duration=recording.seconds,
            filename=recording.filename,
            content_type=recording.content_type,
        )
        self.postings[message.id] = Posting(at)

    def begin(self) -> None:
        """Begin a measurement: forget the notes posted and the calls to Discord made so far."""
        self.postings.clear()
        self._first_call = len(self._discord.calls)

    @property
    def unanswered(self) -> int:
        """How many of the notes posted since `begin` are not answered yet."""
        return sum(posting.answered is None for posting in self.postings.values())

    @property
    def calls(self) -> int:
        """How many requests went to Discord's API since `begin`. Downloads, from another host without limits, don't count."""
        return sum(not call.path.startswith(_CDN) for call in self._discord.calls[self._first_call :])

    @property
    def waits(self) -> int:
        """How many requests Discord has answered with 429 so far."""
        return len(self._discord.limits.refused)

    async def wait_for(self, predicate: Callable[[], T | None], seconds: float) -> T:
        """Wait until `predicate` returns something true, and return that; asked at each change. Raises TimeoutError."""
        return await self._discord.wait_for(predicate, seconds)

    @property
    def oddities(self) -> list[str]:
        """A sentence for each request of the bot that the real APIs would have refused."""
        return [
            *(f"Discord knows no {method} {path}" for method, path in sorted(set(self._discord.unknown))),
            *(f"the completion API refused: {error}" for error in self._openroute.rejected),
        ]

    async def _answer(self, received: Received) -> AsyncIterator[str]:
        number = next(self._words)
        self._asked[number] = received.began
        # They hold the audio twice, which would fill the memory, and nobody needs them.
        self._openroute.requests.clear()
        await asyncio.sleep(received.seconds * self._pace)
        yield f"word{number} {_SAID}"

    def _notice(self, change: Change) -> None:
        if not isinstance(change, MessageCreated | MessageEdited):
            return
        message = change.message
        # A thread on a message has that message's id.
        posting = self.postings.get(message.channel.id)
        if posting is None or message.author is not self._discord.me:
            return
        for word in _WORD.findall(message.content):
            asked = self._asked[int(word)]
            posting.first_byte = min(asked, posting.first_byte or asked)
            posting.answered = posting.answered or time.monotonic()
            posting.changed = time.monotonic()
            posting.words.add(word)

    def _server(self, name: str) -> tuple[Channel, User]:
        guild = self._discord.add_guild(name)
        person = self._discord.add_user(f"Somebody in {name}")
        self._discord.add_member(guild, person)
        return self._discord.add_channel(guild), person
