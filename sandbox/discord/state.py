"""What Discord consists of: servers, channels, people, messages. Objects that `World` changes; ids stay the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.discord.kinds import ChannelKind, InteractionKind, MessageFlag, MessageKind
from sandbox.discord.permissions import NOTHING, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]
"""A JSON object as it goes over the wire."""


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
    """A role; every member has the one whose id is the server's. `managed_by` is the bot it was made for."""

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
    """A server. It exists for its members whether or not the bot is one of them."""

    id: int
    name: str
    owner: User
    roles: list[Role]
    locale: str = "en-US"
    has_commands: bool = False
    """Whether the bot's commands were installed there without the bot."""
    system_channel: Channel | None = None
    """Where Discord greets new members."""
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    channels: dict[int, Channel] = field(default_factory=dict[int, "Channel"])
    threads: dict[int, Thread] = field(default_factory=dict[int, "Thread"])

    @property
    def everyone(self) -> Role:
        """The role of all members."""
        return self.roles[0]


@dataclass(frozen=True, slots=True)
class Typing:
    """Someone was shown as typing, from `at` (Unix seconds) on."""

    user: User
    at: float


@dataclass(slots=True, eq=False)
class Channel:
    """A channel that holds messages; `guild` is None for a direct one, `parent` is set for a thread."""

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
        """The messages of people and bots that all can see now, oldest first."""
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
    """A file someone attaches. `size` in bytes is what Discord will claim (None: the true one), `duration` is in seconds."""

    filename: str
    data: bytes
    content_type: str | None = None
    size: int | None = None
    duration: float | None = None
    waveform: str | None = None
    description: str | None = None


def _sanitised(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]", "", "_".join(decomposed.split())).strip("._")


@dataclass(slots=True, eq=False)
class Attachment:
    """An uploaded file. `folder` (the channel's id) and the file's id make its path on the CDN."""

    id: int
    folder: int
    upload: Upload
    ephemeral: bool = False

    @property
    def filename(self) -> str:
        """The name it was uploaded under, as far as an address can hold it: in plain Latin letters, without spaces."""
        stem, dot, ending = self.upload.filename.rpartition(".")
        if not dot:
            stem, ending = ending, ""
        return f"{_sanitised(stem) or f'file{self.id % 1000}'}{dot}{_sanitised(ending)}"

    @property
    def title(self) -> str | None:
        """The name it was uploaded under, without its ending, where `filename` is another; otherwise None."""
        if self.filename == self.upload.filename:
            return None
        return self.upload.filename.rpartition(".")[0] or self.upload.filename

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
class InteractionMetadata:
    """Which interaction a message of the bot answers, as Discord's `interaction_metadata` tells it."""

    id: int
    kind: InteractionKind
    user: User
    installed_by: Mapping[str, int]
    """Who installed the bot for this use: "0" the server (0 in a direct channel), "1" the person."""
    command: str | None = None
    """The command that was used, as it is shown above the answer: `/prompt show`, or a menu's name."""
    pressed_message_id: int | None = None
    """The message whose button was pressed."""
    target_message_id: str | None = None
    """The message whose context menu was used."""
    opened_by: InteractionMetadata | None = None
    """The interaction that was answered with the form this one sends in."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from `at` (Unix seconds) on."""

    at: float
    content: str
    components: Sequence[Json] = ()


@dataclass(slots=True, eq=False)
class Message:
    """A message. `history` has every version of it, the first one included; times are Unix seconds."""

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
    interaction: InteractionMetadata | None = None
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
        """Its text in each version, the first one included."""
        return [version.content for version in self.history]
