"""What is read of Discord's messages, and of the files in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class ChannelKind(StrEnum):
    """What kind of channel a message is in. That decides where its answer can go."""

    TEXT = auto()
    """A text or announcement channel: a thread can be opened on the message."""
    THREAD = auto()
    """A thread or forum post: answered in place."""
    VOICE = auto()
    """The text chat of a voice or stage channel: Discord opens no threads there."""
    DIRECT = auto()
    """A direct message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file on Discord's CDN as Discord describes it. Only the id can be relied on: the rest may be wrong or missing."""

    id: int
    filename: str
    size: int
    """Bytes."""
    url: str
    """Signed; expires."""
    content_type: str | None = None
    seconds: float | None = None
    """Duration, where Discord announces one."""
    title: str | None = None
    """The name its author gave it, without ending, where `filename` is not that: Discord keeps Latin letters alone there."""

    @property
    def name(self) -> str:
        """What people call the file: its title, with the ending of `filename`."""
        title = " ".join((self.title or "").split())
        _, dot, ending = self.filename.rpartition(".")
        if not title or not dot or not ending or title.lower().endswith(f".{ending.lower()}"):
            return title or self.filename
        return f"{title}.{ending}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The message that was forwarded."""

    message_id: int
    channel_id: int
    guild_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMessage:
    """What is read of a Discord message. A forwarded one has the attachments of the message it forwards."""

    id: int
    channel_id: int
    parent_id: int | None
    """The channel a thread belongs to; None outside threads."""
    guild_id: int | None
    channel_kind: ChannelKind
    author_id: int
    author_is_bot: bool
    """Whether a program posted it: another bot, or a webhook."""
    is_voice: bool
    """Whether Discord says it was recorded with the microphone button."""
    attachments: tuple[Attachment, ...]
    loose: bool = False
    """Whether it is no message, but stands for a file that came with a command."""
    origin: Origin | None = None
    """The message that it forwards."""
    locale: str = "en-US"
    """Discord's tag of the language in which the bot says what it has to say about it."""
    by_webhook: bool = False
    """Whether a webhook posted it that is not an application's answer to a command."""
    author_name: str = ""
    """What its author is called there."""

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """Where it is, the nearest first: the channel; of a thread, the thread and then its channel."""
        return (self.channel_id,) if self.parent_id is None else (self.channel_id, self.parent_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that somebody wrote where a note is talked about."""

    id: int
    author_id: int
    name: str
    """What its author is called there."""
    text: str
    ours: bool = False
    """Whether the bot wrote it."""
