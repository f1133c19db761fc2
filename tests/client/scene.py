"""The real client, logged in by REST to the stand-in, and notes people posted there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot import errors
from bot.client.posting.delivery import DeliveryContext, ThreadDelivery
from bot.models import Attachment, ChannelKind, Claim, Posted, Prompt, PromptSource, VoiceNote

if TYPE_CHECKING:
    import discord

    from sandbox.discord import Channel, Discord, Guild, Message, Thread, User
    from tests.sandbox.discord.clients import Clock


class DiedError(Exception):
    """The end of a process, as far as what it was doing is concerned."""


class Steps:
    """A clock for what the bot remembers, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleeping: list[tuple[float, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        """Seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Sleep until so much time has passed by `elapse`."""
        woken = asyncio.get_running_loop().create_future()
        self._sleeping.append((self.now + seconds, woken))
        await woken

    async def elapse(self, seconds: float) -> None:
        """Let time pass in steps of a second, and whoever sleeps wake."""
        until = self.now + seconds
        while self.now < until:
            await asyncio.sleep(0)  # Whoever has just begun is asleep after that.
            self.now = min(self.now + 1.0, until)
            due = [each for each in self._sleeping if each[0] <= self.now]
            self._sleeping = [each for each in self._sleeping if each[0] > self.now]
            for _, woken in due:
                if not woken.done():
                    woken.set_result(None)
        await asyncio.sleep(0)


@dataclass(slots=True)
class Scene:
    """One server with a channel, somebody in it, and the bot's client.

    `clock` is the stand-in's, `steps` the bot's.
    """

    discord: Discord
    client: discord.Client
    clock: Clock
    guild: Guild
    channel: Channel
    anna: User
    steps: Steps = field(default_factory=Steps)
    context: DeliveryContext = field(init=False)
    recorded: list[Posted] = field(default_factory=list[Posted])
    dies: bool = False
    """Whether the process ends where a page that stands should be written down."""
    loses: bool = False
    """Whether somebody else has begun work on the notes."""

    def __post_init__(self) -> None:
        self.context = self.another_process()

    def another_process(self) -> DeliveryContext:
        """What a process knows at its start."""
        return DeliveryContext(self.client, clock=self.steps, sleep=self.steps.sleep)

    def post(self, channel: Channel | None = None) -> Message:
        """Anna posts a voice message."""
        self.clock.now += 1
        return self.discord.post_voice(channel or self.channel, self.anna, b"OggS", duration=1.0)

    def note(
        self, message: Message, channel_kind: ChannelKind = ChannelKind.TEXT, *, file: str | None = None
    ) -> VoiceNote:
        """What is known of the recording in a message; `file` names it, where there are several."""
        attachment = message.attachments[0]
        return VoiceNote(
            message_id=message.id,
            channel_id=message.channel.id,
            guild_id=message.channel.guild.id if message.channel.guild else None,
            channel_kind=channel_kind,
            author_id=message.author.id,
            attachment=Attachment(
                id=attachment.id + sum((file or "").encode()),
                filename=file or attachment.filename,
                size=attachment.size,
                url="",
            ),
            prompt=Prompt(text="What is said?", source=PromptSource.DEFAULT),
            voice=file is None,
            titled=file is not None,
        )

    def posted(
        self, channel_kind: ChannelKind = ChannelKind.TEXT, channel: Channel | None = None
    ) -> VoiceNote:
        """A note just posted."""
        return self.note(self.post(channel), channel_kind)

    def delivery(self, claim: VoiceNote | Claim, taken: set[int] | None = None) -> ThreadDelivery:
        """Where an answer goes; of a note nobody has worked on yet, or of a case."""
        claim = claim if isinstance(claim, Claim) else Claim(note=claim)
        return ThreadDelivery(
            self.context, claim, set(claim.message_pages) if taken is None else taken, self._record
        )

    async def _record(self, posted: Posted) -> None:
        if self.loses:
            raise errors.SupersededError
        if self.dies and posted.pages:
            raise DiedError
        self.recorded.append(posted)

    def thread(self, note: VoiceNote) -> Thread:
        """The thread on a note."""
        return self.guild.threads[note.message_id]

    def said(self, channel: Channel) -> list[str]:
        """What the bot has said there."""
        return [message.content for message in channel.messages if message.author is self.discord.me]

    def asked(self, method: str, ending: str) -> int:
        """How many requests ended in that."""
        return len([call for call in self.discord.calls_to(method) if call.path.endswith(ending)])
