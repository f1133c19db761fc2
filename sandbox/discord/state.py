"""The things of the stand-in's world: servers, channels, people, messages. They change; ids do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any

from sandbox.discord.permissions import NOTHING, Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.discord.interactions import Interaction

Json = dict[str, Any]
"""A JSON object as it goes over the wire."""


class ChannelKind(IntEnum):
    """Discord's channel types."""

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP_DM = 3
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15

    @property
    def is_thread(self) -> bool:
        """Whether the channel is a thread."""
        return self in (
            ChannelKind.ANNOUNCEMENT_THREAD,
            ChannelKind.PUBLIC_THREAD,
            ChannelKind.PRIVATE_THREAD,
        )

    @property
    def is_private(self) -> bool:
        """Whether the channel is outside every server."""
        return self in (ChannelKind.DM, ChannelKind.GROUP_DM)


class MessageKind(IntEnum):
    """Discord's message types, as far as they occur here."""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER_MESSAGE = 21
    CONTEXT_MENU_COMMAND = 23


class MessageFlag(IntFlag):
    """Discord's message flags, as far as they matter here."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


@dataclass(slots=True, eq=False)
class User:
    """An account, of a person or of a bot."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"

    @property
    def mention(self) -> str:
        """What in a message's text mentions the account."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    """A role; the one with the server's id is everyone's."""

    id: int
    name: str
    permissions: Permission
    managed_by: User | None = None


@dataclass(slots=True, eq=False)
class Member:
    """An account in a server."""

    user: User
    guild: Guild
    joined_at: float
    roles: list[Role] = field(default_factory=list[Role])

    @property
    def id(self) -> int:
        """The account's id."""
        return self.user.id


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel grants and refuses to a role or a member."""

    target: Role | Member
    allow: Permission = NOTHING
    deny: Permission = NOTHING


@dataclass(slots=True, eq=False)
class Guild:
    """A server. The bot is a member of it, or people only use its commands there."""

    id: int
    name: str
    owner: User
    roles: list[Role]
    locale: str = "en-US"
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    channels: dict[int, Channel] = field(default_factory=dict[int, "Channel"])
    threads: dict[int, Thread] = field(default_factory=dict[int, "Thread"])

    @property
    def everyone(self) -> Role:
        """The role of all members."""
        return self.roles[0]


@dataclass(frozen=True, slots=True)
class Typing:
    """Someone was shown as typing."""

    user: User
    at: float


@dataclass(slots=True, eq=False)
class Channel:
    """A channel that holds messages; `guild` is None for a DM, `parent` is set for a thread."""

    id: int
    kind: ChannelKind
    name: str
    guild: Guild | None
    parent: Channel | None = None
    position: int = 0
    recipients: list[User] = field(default_factory=list[User])
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    by_id: dict[int, Message] = field(default_factory=dict[int, "Message"])
    typing: list[Typing] = field(default_factory=list[Typing])
    last_message_id: int | None = None
    deleted: bool = False

    @property
    def messages(self) -> list[Message]:
        """What people and bots wrote and all can see now, oldest first."""
        starter = MessageKind.THREAD_STARTER_MESSAGE
        return [message for message in self.by_id.values() if message.kind is not starter]

    @property
    def home(self) -> Guild:
        """The server the channel is in.

        Raises:
            LookupError: it is in none.
        """
        if self.guild is None:
            raise LookupError(f"{self.name} is in no server")
        return self.guild


@dataclass(slots=True, eq=False)
class Thread(Channel):
    """A thread; its `starter` is the message it hangs on, or None."""

    owner_id: int = 0
    starter: Message | None = None
    archived: bool = False
    locked: bool = False
    auto_archive_minutes: int = 1440
    archive_changed_at: float = 0.0
    created_at: float = 0.0
    sent: int = 0
    members: dict[int, float] = field(default_factory=dict[int, float])
    """Who has joined (user id) and when."""

    @property
    def parent_id(self) -> int:
        """The channel the thread belongs to; 0 for none, which no thread has."""
        return self.parent.id if self.parent else 0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file someone attaches. `size` is what Discord will claim; None: the true one."""

    filename: str
    data: bytes
    content_type: str | None = None
    size: int | None = None
    duration: float | None = None
    waveform: str | None = None
    description: str | None = None


@dataclass(slots=True, eq=False)
class Attachment:
    """An uploaded file; `folder` and the id are its place on the CDN."""

    id: int
    folder: int
    upload: Upload
    ephemeral: bool = False

    @property
    def filename(self) -> str:
        """The name it was uploaded under."""
        return self.upload.filename

    @property
    def data(self) -> bytes:
        """What the CDN serves."""
        return self.upload.data

    @property
    def size(self) -> int:
        """The size Discord claims, in bytes."""
        return len(self.upload.data) if self.upload.size is None else self.upload.size


@dataclass(frozen=True, slots=True)
class Reference:
    """The message another one replies to (type 0) or forwards (type 1)."""

    type: int
    message_id: int
    channel_id: int
    guild_id: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from some moment on."""

    at: float
    content: str
    components: Sequence[Json] = ()


@dataclass(slots=True, eq=False)
class Message:
    """A message. `history` has every version of it, the first one included."""

    id: int
    channel: Channel
    author: User
    at: float
    content: str = ""
    kind: MessageKind = MessageKind.DEFAULT
    flags: MessageFlag = field(default_factory=lambda: MessageFlag(0))
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    mentions: list[User] = field(default_factory=list[User])
    mention_roles: list[Role] = field(default_factory=list[Role])
    mention_everyone: bool = False
    tts: bool = False
    nonce: str | int | None = None
    webhook_id: int | None = None
    """Of a message that came through a webhook; its author is no account then."""
    reference: Reference | None = None
    referenced: Message | None = None
    snapshot: Message | None = None
    interaction: Interaction | None = None
    thread: Thread | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict[str, list[User]])
    edited_at: float | None = None
    deleted: bool = False
    history: list[Version] = field(default_factory=list[Version])

    @property
    def ephemeral(self) -> bool:
        """Whether only the person who used a command sees it."""
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still says that the bot is thinking."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def versions(self) -> list[str]:
        """Its text over time."""
        return [version.content for version in self.history]
