"""Servers in fair weather, and a model that answers at once: where the bot shows how much it can take.

Each answer has a word of its own. By it a request to the model and a message on Discord are known to be about the same
note, without any knowledge of how the bot asks. All times are of one clock, in this process (`time.monotonic`).
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
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
"""Seconds without a request to Discord after which a bot has done all that it does when it begins."""
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
    """When the first byte of the (first) request about it arrived."""
    answered: float | None = None
    """When (the first of) its answer stood on Discord."""


class LoadScene:
    """The stand-ins and the people, an async context manager.

    Args:
        limited: whether Discord bears no more than the 50 requests a second it grants a bot.
    """

    def __init__(self, *, limited: bool) -> None:
        self._discord = Discord()
        if not limited:
            self._discord.limits.overall = None
        self._openroute = Openroute(answer=self._answer)
        self._stack = AsyncExitStack()
        self._words = itertools.count()
        self._asked: dict[int, float] = {}
        self._first_call = 0
        self.postings: dict[int, Posting] = {}
        """By their messages' ids."""
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
        """What makes a bot live here."""
        return settings_for(self._discord, self._openroute)

    async def ready(self) -> None:
        """When the bot has begun a session and has looked around. Raises TimeoutError."""
        await self._discord.ready(_CONNECTED_WITHIN)
        calls = -1
        while calls != len(self._discord.calls):
            calls = len(self._discord.calls)
            await asyncio.sleep(_LOOKED_AROUND)

    def post(self, recording: Recording) -> None:
        """Somebody posts it as a voice message, in one server after the other."""
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
        """Forget the notes and the calls to Discord so far."""
        self.postings.clear()
        self._first_call = len(self._discord.calls)

    @property
    def unanswered(self) -> int:
        """How many notes nobody has answered."""
        return sum(posting.answered is None for posting in self.postings.values())

    @property
    def calls(self) -> int:
        """Requests to Discord since `begin`, downloads not counted: those go to another host, without limits."""
        return sum(not call.path.startswith(_CDN) for call in self._discord.calls[self._first_call :])

    @property
    def waits(self) -> int:
        """How many requests Discord told to wait, so far."""
        return len(self._discord.limits.refused)

    async def wait_for(self, predicate: Callable[[], T | None], seconds: float) -> T:
        """What `predicate` gives once that is true; asked at each change on Discord. Raises TimeoutError."""
        return await self._discord.wait_for(predicate, seconds)

    @property
    def oddities(self) -> list[str]:
        """What the bot asked for that the real APIs would have refused."""
        return [
            *(f"Discord knows no {method} {path}" for method, path in sorted(set(self._discord.unknown))),
            *(f"the completion API refused: {error}" for error in self._openroute.rejected),
        ]

    async def _answer(self, received: Received) -> AsyncIterator[str]:
        number = next(self._words)
        self._asked[number] = received.began
        # They hold the audio twice over, and nobody will ask for them.
        self._openroute.requests.clear()
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

    def _server(self, name: str) -> tuple[Channel, User]:
        guild = self._discord.add_guild(name)
        person = self._discord.add_user(f"Somebody in {name}")
        self._discord.add_member(guild, person)
        return self._discord.add_channel(guild), person
