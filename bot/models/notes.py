"""Notes: a recording, what is asked of it, and how that is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto

from bot.asks import LISTENED

# The ledger reads notes by their annotations.
from bot.models.messages import Attachment, ChannelKind, Origin  # noqa: TC001


class PromptSource(StrEnum):
    """Where a prompt was set. One listed earlier wins over one listed later."""

    COMMAND = auto()
    CHANNEL = auto()
    SERVER = auto()
    DEFAULT = auto()
    """The operator's `PROMPT`, or its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The text sent to the model beside the audio, and who set it."""

    text: str
    source: PromptSource


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """Which recording: the channel and message it stands in, and the attachment it is."""

    channel_id: int
    message_id: int
    attachment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message that asks about a note. Its words are read from Discord when it is answered: they are not stored."""

    message_id: int
    channel_id: int
    """Where it was asked, and is answered: the note's thread or, where there is none, the note's channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation with the model about a recording."""

    text: str
    by_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a note is answered where it stands: what its server had decided when it was taken in."""

    in_reply: bool = False
    """Whether the answer stands below the note instead of in a thread on it."""
    thread_name: str = "length"
    """What a thread is called after: `length`, `speaker`, or the first `words` of the answer."""
    speaker: str = ""
    """What whoever speaks is called, where a thread is called after that."""
    buttons: bool = True
    """Whether there are buttons under an answer that all can see."""
    footer: tuple[str, ...] = ()
    """What is told in small print: `model`, `seconds`, `cost`."""
    model: str | None = None
    """The model that hears it, where it is not the operator's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceNote:
    """One audio file somebody wants heard, and what the model is asked about it."""

    message_id: int
    channel_id: int
    guild_id: int | None
    channel_kind: ChannelKind
    author_id: int
    attachment: Attachment
    prompt: Prompt
    voice: bool = False
    """Recorded in Discord. Its file then has a name that means nothing to people."""
    titled: bool = False
    """Whether the file's name stands above the answer, because its message has several files."""
    ask: str = LISTENED
    """The key of what is asked (`bot.asks`)."""
    asked_by: int | None = None
    """Who asked, where that need not be the author."""
    question: Question | None = None
    """The message that asks, where one does."""
    private: bool = False
    """Whether only the person who asked sees the answer."""
    loose: bool = False
    """Whether the file came with a command, so that it stands in no message."""
    origin: Origin | None = None
    """The message that was forwarded, where the note is in one that forwards it."""
    locale: str = "en-US"
    """Discord's tag of the language the bot's own sentences about the note are in; the answer itself may be in another."""
    called: str | None = None
    """What is asked for, where that is a preset that the server has made: its emoji and name."""
    parent_id: int | None = None
    """The channel a thread belongs to, where the note is in a thread."""
    manner: Manner = field(default_factory=Manner)

    @property
    def person_id(self) -> int:
        """Who wants the answer: whoever asked or, where a note asks for itself, its author."""
        return self.asked_by or self.author_id

    @property
    def key(self) -> NoteKey:
        """Which recording it is about."""
        return NoteKey(
            channel_id=self.channel_id, message_id=self.message_id, attachment_id=self.attachment.id
        )

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """Where it is, the nearest first: the channel; of a thread, the thread and then its channel."""
        return (self.channel_id,) if self.parent_id is None else (self.channel_id, self.parent_id)

    @property
    def home_id(self) -> int:
        """Whose share of the work the note counts to: its server's or, in direct messages, its author's."""
        return self.guild_id if self.guild_id is not None else self.author_id
