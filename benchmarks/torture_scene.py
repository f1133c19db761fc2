"""The scene for `torture`: people post in ten servers, requests to Discord fail at random, and the model is slow."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from benchmarks.ledger import LISTENED, PRESS, QUESTION, key_of, kind_of
from benchmarks.torture_notes import (
    QUESTION_TEXT,
    SECONDS,
    SlowModel,
    TortureNote,
    asked_about,
    is_asked_about,
    is_pressed,
    torture_note,
    words_in,
)
from benchmarks.torture_verdict import BotMessage, DiscordRequest, Evidence, Note
from sandbox.bot_process import settings_for
from sandbox.discord import Discord
from sandbox.discord.components import every_component
from sandbox.discord.interactions import ANSWER_SECONDS
from sandbox.faults import Faults
from sandbox.openroute import Openroute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from benchmarks.torture_verdict import Kill
    from sandbox.discord import Channel, Message, User
    from sandbox.discord.changes import Change

_SERVERS = 10
_SHARE_OF_FAILURES = 0.03
_CDN = r"/attachments/.*"
# Not the CDN, whose answers are streamed and can't be replaced at the end; not the gateway, which is broken instead.
_REST = r"(?!/gateway/?$|/attachments/).*"
# (status, whether the request has its effect although it fails)
_FAILURES = ((500, False), (502, True), (503, False), (503, True))
_ID = re.compile(r"\d{15,}")
_CONNECTED_WITHIN = 60.0
_ANSWERED_WITHIN = 3600.0
"""Seconds. Whoever waits for longer has long been found missing."""
_LABEL = "Summary"


class TortureScene:
    """The running stand-ins and the people who post, an async context manager. `seed` decides what is random."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(f"{seed}:scene")  # noqa: S311 - no secret
        self._model = SlowModel(on_call=self._count_exchange)
        self._discord = Discord(faults=_random_faults(random.Random(f"{seed}:weather")))  # noqa: S311
        self._openroute = Openroute(answer=self._model.answer)
        self._stack = AsyncExitStack()
        self._notes: dict[int, tuple[Message, TortureNote]] = {}
        """By the key of what is asked."""
        self._unfinished: set[int] = set()
        self._people: list[asyncio.Future[None]] = []
        self._exchanges = 0
        self._exchanged = asyncio.Event()
        self._discord.world.changes.listen(self._notice)
        self._channels = [self._server(f"Server {number}") for number in range(1, _SERVERS + 1)]

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._discord)
        await self._stack.enter_async_context(self._openroute)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for going_on in self._people:
            going_on.cancel()
        await asyncio.gather(*self._people, return_exceptions=True)
        await self._stack.aclose()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which a bot joins this scene."""
        return {
            **settings_for(self._discord, self._openroute),
            "LOG_FORMAT": "json",
            "NOTICE": "off",
        }

    def post(self, number: int) -> None:
        """Post the note of that number in one of the servers, chosen at random."""
        note = torture_note(number, self._seed)
        channel, person = self._chance.choice(self._channels)
        message = self._discord.post_voice(
            channel, person, note.sound, duration=SECONDS, filename="note.wav", content_type="audio/wav"
        )
        self._expect(message, LISTENED, note)
        self._people.append(asyncio.ensure_future(self._go_on(message, person, note)))

    async def _go_on(self, message: Message, person: User, note: TortureNote) -> None:
        """Once a note is answered, press a button or ask a question about it, if that is the plan for its number."""
        if is_pressed(note.number):
            answer = await self._discord.wait_for(lambda: with_button(message), _ANSWERED_WITHIN)
            self._expect(message, PRESS, asked_about(note, PRESS, self._seed))
            await press_button(self._discord, person, answer)
        if is_asked_about(note.number):
            thread = await self._discord.wait_for(lambda: message.thread, _ANSWERED_WITHIN)
            self._expect(message, QUESTION, asked_about(note, QUESTION, self._seed))
            self._discord.post(thread, person, f"{self._discord.me.mention} {QUESTION_TEXT}")

    def _expect(self, message: Message, kind: str, asked: TortureNote) -> None:
        key = key_of(message.id, kind)
        self._model.register(message.id, kind, asked)
        self._notes[key] = message, asked
        self._unfinished.add(key)

    @property
    def numbers(self) -> dict[int, int]:
        """The numbers of all that was asked so far, by key."""
        return {key: note.number for key, (_, note) in self._notes.items()}

    def unfinished(self) -> set[int]:
        """The keys of what was asked and is not completely answered on Discord."""
        for key in tuple(self._unfinished):
            message, note = self._notes[key]
            said = message.thread.messages if message.thread is not None else ()
            found = {
                word for answer in said for number, word in words_in(answer.content) if number == note.number
            }
            if len(found) >= note.words:
                self._unfinished.remove(key)
        return set(self._unfinished)

    @property
    def still_to_ask(self) -> bool:
        """Whether somebody has not yet pressed or asked what they are going to."""
        return any(not going_on.done() for going_on in self._people)

    def worked_on_by(self, process: str) -> set[int]:
        """The keys of what this process was the last to ask the model."""
        last = {call.key: call.process for call in self._model.calls}
        return {key for key, asking in last.items() if asking == process}

    def forget_nonces(self, keys: Iterable[int]) -> None:
        """Have Discord forget the nonces of these answers, as it does after minutes: sent again, they are new."""
        for key in keys:
            message, _ = self._notes[key]
            for answer in message.thread.messages if message.thread is not None else ():
                answer.nonce = None

    def drop_gateway(self, *, resumable: bool) -> None:
        """Break the gateway's connections; unless `resumable`, the sessions are gone, too."""
        self._discord.gateway.drop(resumable=resumable)

    async def after(self, exchanges: int) -> None:
        """Wait until so many changes on Discord and calls of the model have happened."""
        until = self._exchanges + exchanges
        while self._exchanges < until:
            self._exchanged.clear()
            await self._exchanged.wait()

    async def connected(self) -> None:
        """Wait until a bot is connected. Raises TimeoutError after a minute."""
        await self._discord.ready(_CONNECTED_WITHIN)

    async def settled(self, seconds: float) -> None:
        """Wait until a bot is connected and nothing has happened for so many seconds."""
        await self.connected()
        seen = -1
        while seen != self._exchanges:
            seen = self._exchanges
            await asyncio.sleep(seconds)

    def evidence(self, kills: Sequence[Kill]) -> Evidence:
        """Everything `torture_verdict.judge` needs, collected from the stand-ins."""
        discord = self._discord
        of_note: defaultdict[int, list[int]] = defaultdict(list)
        for key, (message, _) in self._notes.items():
            of_note[message.id].append(key)
            of_note[message.attachments[0].id].append(key)
        return Evidence(
            notes={
                key: Note(note.number, note.words, message.id, kind_of(key))
                for key, (message, note) in self._notes.items()
            },
            said=[as_said(message) for message in messages_of_the_bot(discord)],
            threads=[thread for guild in discord.world.guilds.values() for thread in guild.threads],
            calls=self._model.calls,
            kills=kills,
            requests=[
                DiscordRequest(key, call.at)
                for call in discord.calls
                for number in _ID.findall(call.path)
                for key in of_note.get(int(number), ())
            ],
        )

    @property
    def oddities(self) -> list[str]:
        """A sentence for each request of the bot that the real APIs would have refused."""
        return [
            *(f"Discord knows no {method} {path}" for method, path in sorted(set(self._discord.unknown))),
            *(f"the completion API knows no {method} {path}" for method, path in self._openroute.unknown),
            *(f"the completion API refused: {error}" for error in self._openroute.rejected),
            *(f"{process} sent a sound nobody posted" for process in self._model.unknown),
        ]

    def _server(self, name: str) -> tuple[Channel, User]:
        guild = self._discord.add_guild(name)
        person = self._discord.add_user(f"Somebody in {name}")
        self._discord.add_member(guild, person)
        return self._discord.add_channel(guild), person

    def _notice(self, _: Change) -> None:
        self._count_exchange()

    def _count_exchange(self) -> None:
        self._exchanges += 1
        self._exchanged.set()


def _random_faults(chance: random.Random) -> Faults:
    """Faults that let a few percent of the requests fail, some of them after they had their effect."""
    faults = Faults(chance)
    faults.add("GET", _CDN, times=None, share=_SHARE_OF_FAILURES, status=503)
    for status, after_handling in _FAILURES:
        share = _SHARE_OF_FAILURES / len(_FAILURES)
        faults.add("*", _REST, times=None, share=share, status=status, after_handling=after_handling)
    return faults


async def press_button(discord: Discord, person: User, answer: Message) -> None:
    """Press the button, as people do: twice at once, and again as long as Discord says that nobody answers."""
    custom_id = _button_of(answer)
    while custom_id is not None:
        presses = [discord.press(person, answer, custom_id) for _ in range(2)]
        await asyncio.sleep(ANSWER_SECONDS)
        if any(press.acknowledged for press in presses):
            return


def messages_of_the_bot(discord: Discord) -> list[Message]:
    """What the bot has said for all to see, and what stands there now, the oldest first."""
    found = [
        message
        for channel in discord.world.channels.values()
        for message in channel.messages
        if message.author is discord.me and not message.ephemeral
    ]
    return sorted(found, key=lambda message: message.id)


def with_button(message: Message) -> Message | None:
    """The answer in a note's thread under which the button is; None as long as there is none."""
    said = message.thread.messages if message.thread is not None else ()
    return next((answer for answer in said if _button_of(answer) is not None), None)


def _button_of(answer: Message) -> str | None:
    """The custom id of the button that asks for a summary."""
    for component in every_component(answer.components):
        if component.get("label") == _LABEL:
            return component["custom_id"]
    return None


def as_said(message: Message) -> BotMessage:
    """A message as `torture_verdict` takes it."""
    replied = message.reference.message_id if message.reference is not None else None
    return BotMessage(message.channel.id, replied, message.content, words_in(message.content))
