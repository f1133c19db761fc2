"""A small ready-made scene for the demo: the stand-ins, a server with channels of each kind, and two people in it."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recogniser.listings import Model
from recogniser.model import NAME, Recogniser
from sandbox.bot_process import discord_settings, settings_for
from sandbox.discord import Channel, ChannelKind, Discord, Message, User
from sandbox.openroute import Openroute
from sandbox.traffic import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from sandbox.voice import Voice

_PATIENCE = 120.0
_QUIET = 15.0
_HEARS_ALONE = (
    "The model here is speech recognition on this machine (Whisper base). It writes down what is said, whatever it is"
    " asked for: no summaries, no translations, no answers to questions. For those, set OPENROUTE_API_KEY and start"
    " the demo again."
)
_REAL = "The model is real: what you record or ask is sent to the completion API of your key, and costs what it costs there."


class NoAnswerError(Exception):
    """A note was not answered with what was said in it; the message tells what came instead."""


@dataclass(slots=True)
class Scene:
    """The running stand-ins, and methods by which the person posts."""

    discord: Discord
    openroute: Openroute | None
    """None where the real completion API takes its place."""
    environment: dict[str, str]
    """The environment variables with which a bot joins this scene."""
    channel: Channel
    person: User
    last: Channel
    """Where the person wrote or was answered last."""

    def say(self, text: str) -> None:
        """The person writes a message where the last answer is."""
        self.discord.post(self.last, self.person, text)

    async def ask(self, voice: Voice) -> float:
        """The person posts a voice message. Returns after how many seconds all of the answer was there.

        Raises `NoAnswerError` if nothing, or something else, was answered.
        """
        before = len(self.openroute.answers) if self.openroute else 0
        began = time.monotonic()
        note = self.discord.post_voice(
            self.channel, self.person, voice.data, duration=voice.seconds, waveform=voice.waveform
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                while not self._answered(note, before):
                    try:
                        await self.discord.wait_for(lambda: self._answered(note, before), _QUIET)
                    except TimeoutError:
                        if self.openroute and self._said_about(note) and self.openroute.busy == 0:
                            raise
        except TimeoutError:
            said = self._said_about(note)
            raise NoAnswerError(
                f"The bot did not say what was heard, but: {said}"
                if said
                else f"The bot has not answered for {time.monotonic() - began:.0f} s."
            ) from None
        self.last = note.thread or self.channel
        return time.monotonic() - began

    def _answered(self, note: Message, before: int) -> bool:
        """Whether all of the answer is there; `before` is how many answers the stand-in's model had given then."""
        if self.openroute is None:
            # Buttons come with the end of an answer.
            return note.thread is not None and any(message.components for message in note.thread.messages)
        said = self._said_about(note)
        # The words the recogniser heard must be there; the bot may put others around them.
        return bool(said) and any(
            Counter(_words(heard)) <= Counter(_words(said)) for heard in self.openroute.answers[before:]
        )

    def _said_about(self, note: Message) -> str:
        """All the bot has said in the note's thread or in reply to it, attached texts included."""
        channels = [note.channel, *([note.thread] if note.thread else [])]
        said = [
            message
            for channel in channels
            for message in channel.messages
            if message.author is self.discord.me
            and (channel is note.thread or (message.reference and message.reference.message_id == note.id))
        ]
        return "\n".join(
            text
            for message in said
            for text in (
                message.content,
                *(item.data.decode() for item in message.attachments if item.filename.endswith(".txt")),
            )
            if text
        )


@asynccontextmanager
async def opened_scene(
    record: Path | None = None, *, discord_port: int = 0, openroute_port: int = 0
) -> AsyncGenerator[Scene]:
    """Run both stand-ins; the completion API answers with what the recogniser hears.

    Raises `UnavailableError` if there is no speech model.
    """
    recorder = Recorder(record) if record else None
    model = Model(id=NAME, name="Whisper base, on this machine")
    async with (
        await asyncio.to_thread(Recogniser) as listener,
        Openroute(listener, recorder=recorder, models=(model,), port=openroute_port) as openroute,
        Discord(recorder, port=discord_port) as discord,
    ):
        yield _scene(
            discord, openroute, settings_for(discord, openroute) | {"OPENROUTE_MODEL": model.id}, _HEARS_ALONE
        )


@asynccontextmanager
async def opened_scene_with(endpoint: Mapping[str, str], record: Path | None = None) -> AsyncGenerator[Scene]:
    """Run the stand-in for Discord alone; the completion API is the one that these settings of the bot lead to."""
    async with Discord(Recorder(record) if record else None) as discord:
        yield _scene(discord, None, {**endpoint, **discord_settings(discord)}, _REAL)


def _scene(discord: Discord, openroute: Openroute | None, environment: dict[str, str], about: str) -> Scene:
    """A server with a channel of each kind, one person who manages it and one who does not."""
    anna, ben = discord.add_user("Anna"), discord.add_user("Ben")
    guild = discord.add_guild("Workshop", owner=anna)
    discord.add_member(guild, ben)
    channel = discord.add_channel(guild, "general")
    discord.add_channel(guild, "ideas", ChannelKind.FORUM)
    discord.add_channel(guild, "lounge", ChannelKind.VOICE)
    for person in (anna, ben):
        discord.direct_channel(person)
    discord.page.about = about
    return Scene(discord, openroute, environment, channel, ben, channel)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
