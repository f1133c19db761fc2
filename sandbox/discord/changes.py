"""One class for each kind of change in the stand-in's world. The gateway, the page, the screen and tests get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.discord.interactions import Interaction
    from sandbox.discord.state import Channel, Guild, Json, Member, Message, Thread, User


@dataclass(frozen=True, slots=True)
class MessageCreated:
    """A message appeared."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message has a new version, or gained a thread."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message is gone."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessagesDeleted:
    """Several messages of a channel went at once."""

    channel: Channel
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class ReactionChanged:
    """Someone added a reaction, or took it back."""

    message: Message
    user: User
    emoji: str
    added: bool
    burst: bool = False
    """Whether it is a super reaction."""


@dataclass(frozen=True, slots=True)
class TypingStarted:
    """Someone is shown as typing."""

    channel: Channel
    user: User
    at: float


@dataclass(frozen=True, slots=True)
class ChannelCreated:
    """A channel of a server appeared."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelUpdated:
    """A channel's name or permissions changed, or a thread was archived, unarchived, locked or unlocked."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelDeleted:
    """A channel or thread is gone."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ThreadCreated:
    """A thread appeared."""

    thread: Thread


@dataclass(frozen=True, slots=True)
class ThreadMemberJoined:
    """Someone is in a thread now."""

    thread: Thread
    user: User


@dataclass(frozen=True, slots=True)
class GuildJoined:
    """The bot was added to a server."""

    guild: Guild


@dataclass(frozen=True, slots=True)
class GuildAvailable:
    """A server in which the bot has been all the time can be seen by it."""

    guild: Guild


@dataclass(frozen=True, slots=True)
class GuildUpdated:
    """What a server as a whole is set to changed."""

    guild: Guild


@dataclass(frozen=True, slots=True)
class GuildLeft:
    """The bot was removed from a server."""

    guild: Guild


@dataclass(frozen=True, slots=True)
class MemberUpdated:
    """A member's roles changed."""

    member: Member


@dataclass(frozen=True, slots=True)
class RolesUpdated:
    """What a server's roles grant changed."""

    guild: Guild


@dataclass(frozen=True, slots=True)
class CommandsRegistered:
    """The list of the bot's commands, global (None) or of one server, was replaced."""

    guild_id: int | None
    commands: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class InteractionSent:
    """A person used a command, pressed a button, sent in a form."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class InteractionAnswered:
    """The bot acknowledged an interaction, or one of its answers appeared or changed."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A gateway session is ready, or was resumed."""

    shard_id: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class SessionLost:
    """A gateway session has no connection any more."""

    shard_id: int


@dataclass(frozen=True, slots=True)
class Call:
    """A request over REST or to the CDN was answered."""

    method: str
    path: str
    status: int
    at: float


Change = (
    MessageCreated
    | MessageEdited
    | MessageDeleted
    | MessagesDeleted
    | ReactionChanged
    | TypingStarted
    | ChannelCreated
    | ChannelUpdated
    | ChannelDeleted
    | ThreadCreated
    | ThreadMemberJoined
    | GuildJoined
    | GuildAvailable
    | GuildUpdated
    | GuildLeft
    | MemberUpdated
    | RolesUpdated
    | CommandsRegistered
    | InteractionSent
    | InteractionAnswered
    | SessionStarted
    | SessionLost
    | Call
)


def guild_of(change: Change) -> Guild | None:
    """The server a change of messages, channels, threads or roles is in; None for all other changes."""
    channel: Channel | None = None
    match change:
        case MessageCreated(message) | MessageEdited(message) | MessageDeleted(message):
            channel = message.channel
        case ReactionChanged(message=message):
            channel = message.channel
        case MessagesDeleted(channel=channel) | TypingStarted(channel=channel):
            pass
        case ChannelCreated(channel) | ChannelUpdated(channel) | ChannelDeleted(channel):
            pass
        case ThreadCreated(channel) | ThreadMemberJoined(thread=channel):
            pass
        case RolesUpdated(guild):
            return guild
        case _:
            pass
    return channel.guild if channel is not None else None
