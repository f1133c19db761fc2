"""The scene for `soak`: what people in ten servers do with the bot, day after day, and the model that answers them.

Each recording tells its number in tones; the words of each answer tell which note, press or question it is to.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from benchmarks.ledger import LISTENED, PRESS, QUESTION, key_of
from benchmarks.spoken_numbers import SECONDS, UnreadableError, number_in, spoken
from benchmarks.torture_notes import OFFSETS, QUESTION_TEXT, TortureNote, kind_asked, words_in
from benchmarks.torture_scene import press_button, with_button
from recogniser.sound import RATE
from sandbox.bot_process import settings_for
from sandbox.discord import Discord
from sandbox.discord.changes import Call as ApiCall
from sandbox.discord.changes import MessageCreated, MessageEdited
from sandbox.discord.interactions import ANSWER_SECONDS
from sandbox.discord.permissions import OF_EVERYONE, Permission
from sandbox.openroute import Openroute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from types import TracebackType

    from sandbox.discord import Channel, Message, User
    from sandbox.discord.changes import Change
    from sandbox.openroute import Received

_SERVERS = 10
_CONNECTED_WITHIN = 60.0
_PRESSED_EVERY, _ASKED_EVERY = 10, 12
_DELETED_EVERY, _DELETED = 20, (7,)
"""Of so many notes, those with this remainder are deleted once they are answered."""
_REGRETTED_EVERY, _REGRETTED = 40, 19
"""Likewise, those that are deleted at once."""
_CHANGED_EVERY = 25
"""A server's settings are changed once for so many notes."""
_SETTING = "person-minutes"
_FIRST_VALUE = 100_000
"""Minutes: more than anybody talks. Each change sets a minute more."""
# Number of words of an answer: how many notes of a hundred have one of that length.
_LENGTHS = {30: 88, 300: 9, 700: 3}
_SLOWNESS = (0.02, 0.5)
"""Seconds from the first word to the last, at least and at most."""
_PIECES = 6
_QUIET_AFTER = 5.0
"""Seconds after the last that is said in it that a thread is closed, as Discord closes it after a day."""


@dataclass(slots=True)
class Call:
    """The model was asked something, by which process and when (Unix seconds, also below)."""

    key: int
    process: str
    at: float
    ended: float | None = None
    """When all of the answer was sent; None: whoever asked was gone before."""


@dataclass(slots=True)
class Asked:
    """A note, a press or a question, and what its answer is."""

    message: Message
    kind: str
    note: TortureNote
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when all words of the answer stand in the note's thread."""
    gone: bool = False
    """Whether its note was deleted, so that nothing may stand there in the end."""


class SoakPeople:
    """The running stand-ins and the people, an async context manager. `seed` decides what they do."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(f"{seed}:people")  # noqa: S311 - no secret
        self.discord = Discord()
        self.discord.limits.overall = None
        self.openroute = Openroute(answer=self._answer)
        self._stack = AsyncExitStack()
        self.asked: dict[int, Asked] = {}
        """All that was asked so far, by `key_of`."""
        self.calls: list[Call] = []
        self.did: Counter[str] = Counter()
        """How often people did what they do beside posting."""
        self.values: dict[int, int] = {}
        """What was last set in each server, by its id."""
        self._by_number: dict[tuple[int, str], int] = {}
        self._lives: set[asyncio.Task[None]] = set()
        self._exchanges = 0
        self._unreadable = 0
        self.discord.world.changes.listen(self._notice)
        self._places = [self._server(f"Server {number}") for number in range(1, _SERVERS + 1)]

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.discord)
        await self._stack.enter_async_context(self.openroute)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)
        await self._stack.aclose()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which a bot joins this scene."""
        return {**settings_for(self.discord, self.openroute), "LOG_FORMAT": "json", "NOTICE": "off"}

    @property
    def setting(self) -> str:
        """The name of what servers set."""
        return _SETTING

    @property
    def busy(self) -> int:
        """How many notes people are not done with."""
        return len(self._lives)

    @property
    def exchanges(self) -> int:
        """How much has happened on Discord and at the model so far."""
        return self._exchanges

    async def connected(self) -> None:
        """Wait until a bot is connected. Raises TimeoutError after a minute."""
        await self.discord.ready(_CONNECTED_WITHIN)

    async def settled(self, seconds: float) -> None:
        """Wait until a bot is connected and nothing has happened for so many seconds.

        That it looks at its pace whether notes of long ago are still there is not waited for.
        """
        await self.connected()
        seen = -1
        while seen != self._exchanges:
            seen = self._exchanges
            await asyncio.sleep(seconds)

    def live(self, number: int) -> None:
        """Have somebody post the note of that number, and do with it what people do."""
        life = asyncio.create_task(self._live(number))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    async def _live(self, number: int) -> None:
        channel, person, manager = self._chance.choice(self._places)
        message = self.discord.post_voice(channel, person, spoken(number), duration=SECONDS)
        asked = [self._expect(message, LISTENED, number)]
        if number % _REGRETTED_EVERY == _REGRETTED:
            await asyncio.sleep(self._chance.uniform(0, 1))
            self._delete(message, asked)
            await self._close(message)
            return
        await asked[0].answered.wait()
        if number % _PRESSED_EVERY == 0:
            asked.append(self._expect(message, PRESS, number))
            self.did["presses"] += 1
            answer = await self.discord.wait_for(lambda: with_button(message), _CONNECTED_WITHIN)
            await press_button(self.discord, person, answer)
            await asked[-1].answered.wait()
        if number % _ASKED_EVERY == 0 and message.thread is not None:
            asked.append(self._expect(message, QUESTION, number))
            self.discord.post(message.thread, person, f"{self.discord.me.mention} {QUESTION_TEXT}")
            self.did["questions"] += 1
            await asked[-1].answered.wait()
        if number % _CHANGED_EVERY == 0:
            await self._change_setting(channel, manager)
        if number % _DELETED_EVERY in _DELETED:
            self._delete(message, asked)
        await self._close(message)

    async def _close(self, message: Message) -> None:
        """Have Discord archive the thread on a message, if there still is one."""
        await asyncio.sleep(_QUIET_AFTER)
        if message.thread is not None and not message.thread.deleted:
            self.discord.archive(message.thread)

    def _expect(self, message: Message, kind: str, number: int) -> Asked:
        key = key_of(message.id, kind)
        self._by_number[number, kind] = key
        asked = self.asked[key] = Asked(message, kind, _note(number, kind, self._seed))
        return asked

    def _delete(self, message: Message, asked: Iterable[Asked]) -> None:
        for each in asked:
            each.gone = True
        self.discord.delete(message)
        self.did["deletions"] += 1

    async def _change_setting(self, channel: Channel, manager: User) -> None:
        """Set another number in a server, again as long as Discord says that nobody answers."""
        guild = channel.home.id
        value = self.values.get(guild, _FIRST_VALUE) + 1
        self.values[guild] = value
        self.did["settings"] += 1
        while self.values[guild] == value:
            change = self.discord.slash(manager, channel, "settings set", name=_SETTING, value=str(value))
            try:
                await change.answered(ANSWER_SECONDS)
            except TimeoutError:
                continue
            return

    async def _answer(self, received: Received) -> AsyncIterator[str]:
        # They hold the audio twice, which would fill the memory, and nobody needs them.
        self.openroute.requests.clear()
        self.openroute.answers.clear()
        try:
            number = number_in(received.audio.sound.pcm, RATE) if received.audio else -1
        except UnreadableError:
            number = -1
        key = self._by_number.get((number, kind_asked(received)))
        if key is None:
            self._unreadable += 1
            yield "What is this?"
            return
        note = self.asked[key].note
        call = Call(key, received.headers.get("X-Title", "?"), time.time())
        self.calls.append(call)
        self._exchanges += 1
        for piece in note.answer:
            await asyncio.sleep(note.seconds / (_PIECES + 1))
            yield piece
        call.ended = time.time()

    def _notice(self, change: Change) -> None:
        if isinstance(change, ApiCall):
            # What it does is told by itself.
            return
        self._exchanges += 1
        if not isinstance(change, MessageCreated | MessageEdited):
            return
        message = change.message
        if message.author is not self.discord.me:
            return
        for number in {number for number, _ in words_in(message.content)}:
            # A thread on a message has that message's id.
            asked = self.asked.get(key_of(message.channel.id, _kind_of(number)))
            if asked is None or asked.answered.is_set():
                continue
            said = {word for each in message.channel.messages for word in words_in(each.content)}
            if sum(of == number for of, _ in said) >= asked.note.words:
                asked.answered.set()

    @property
    def oddities(self) -> list[str]:
        """A sentence for each request of the bot that the real APIs would have refused."""
        return [
            *(f"Discord knows no {method} {path}" for method, path in sorted(set(self.discord.unknown))),
            *(f"the completion API knows no {method} {path}" for method, path in self.openroute.unknown),
            *(f"the completion API refused: {error}" for error in self.openroute.rejected),
            *([f"the model got {self._unreadable} sounds that nobody posted"] if self._unreadable else []),
        ]

    def _server(self, name: str) -> tuple[Channel, User, User]:
        guild = self.discord.add_guild(name)
        person, manager = (self.discord.add_user(f"{who} in {name}") for who in ("Somebody", "Who decides"))
        self.discord.add_member(guild, person)
        self.discord.add_member(guild, manager, OF_EVERYONE | Permission.MANAGE_GUILD)
        return self.discord.add_channel(guild), person, manager


def _note(number: int, kind: str, seed: int) -> TortureNote:
    """What is asked, and its answer: the same for the same seed."""
    number += OFFSETS.get(kind, 0)
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
    [words] = chance.choices(list(_LENGTHS), weights=list(_LENGTHS.values()))
    return TortureNote(number, words, chance.uniform(*_SLOWNESS), b"")


def _kind_of(number: int) -> str:
    return next((kind for kind in (QUESTION, PRESS) if number > OFFSETS[kind]), LISTENED)
