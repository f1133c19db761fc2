"""All servers, channels and accounts of the stand-in, with the methods that change them and tell of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.discord import changes
from sandbox.discord.changes import Change
from sandbox.discord.effective_permissions import permissions_for
from sandbox.discord.feed import Feed
from sandbox.discord.kinds import ChannelKind, MessageFlag, MessageKind
from sandbox.discord.snowflakes import Snowflakes
from sandbox.discord.state import (
    Attachment,
    Channel,
    Guild,
    Json,
    Message,
    Overwrite,
    Reference,
    Thread,
    Typing,
    Upload,
    User,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sandbox.discord.interactions import Interaction
    from sandbox.discord.permissions import Permission


@dataclass(slots=True, eq=False)
class Application:
    """The bot as its owner registered it; the switches are those of the developer portal."""

    id: int
    name: str
    token: str
    owner: User
    message_content: bool = True
    guild_members: bool = False
    presence: bool = False

    @property
    def flags(self) -> int:
        """The public flags: the privileged intents, in their form for small bots."""
        return self.message_content << 19 | self.guild_members << 15 | self.presence << 13


@dataclass(slots=True, eq=False)
class World:
    """Every server, channel and account. Every change to them is told on `changes`; nothing is checked here."""

    clock: Callable[[], float]
    snowflakes: Snowflakes
    application: Application
    me: User
    changes: Feed[Change] = field(default_factory=Feed[Change])
    users: dict[int, User] = field(default_factory=dict[int, User])
    guilds: dict[int, Guild] = field(default_factory=dict[int, Guild])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    attachments: dict[int, Attachment] = field(default_factory=dict[int, Attachment])
    command_permissions: dict[tuple[int, int], dict[tuple[int, int], bool]] = field(
        default_factory=dict[tuple[int, int], dict[tuple[int, int], bool]]
    )
    """What servers have set about commands, by server and command: by target and its kind (1: role, 2: person)."""
    commands: dict[int | None, list[Json]] = field(
        default_factory=lambda: dict[int | None, list[Json]]({None: []})
    )
    interactions: dict[str, Interaction] = field(default_factory=dict[str, "Interaction"])
    refuse_direct_messages: set[int] = field(default_factory=set[int])
    """Ids of people to whom the bot's direct messages are refused (50007)."""
    blocked_words: set[str] = field(default_factory=set[str])
    """Words for which the servers' automatic moderation refuses a message (200000)."""
    harmful_links: set[str] = field(default_factory=set[str])
    """Addresses that Discord refuses everywhere (240000)."""
    old_edits: int | None = None
    """How many more edits of messages older than an hour are taken (then 30046); None: any number."""
    could_ping: list[str] = field(default_factory=list[str])
    """The text of each message the bot sent or edited without forbidding every ping, whether or not it named anybody."""

    @classmethod
    def new(cls, clock: Callable[[], float], *, name: str, token: str) -> World:
        """A world with the bot's account and its owner's, and nothing else."""
        snowflakes = Snowflakes(clock)
        owner = User(snowflakes.next(), "owner")
        me = User(snowflakes.next(), name, bot=True)
        application = Application(me.id, name, token, owner)
        world = cls(clock, snowflakes, application, me)
        world.users = {owner.id: owner, me.id: me}
        return world

    def joined(self, guild: Guild) -> bool:
        """Whether the bot is a member there."""
        return self.me.id in guild.members

    def permissions(self, channel: Channel, user: User | None = None) -> Permission:
        """What the account (the bot when None) may do in a channel."""
        return permissions_for(channel, user or self.me)

    def attach(self, upload: Upload, folder: int, *, ephemeral: bool = False) -> Attachment:
        """Put a file on the CDN, in a folder named for a channel's id."""
        attachment = Attachment(self.snowflakes.next(), folder, upload, ephemeral)
        self.attachments[attachment.id] = attachment
        return attachment

    def publish(self, message: Message) -> Message:
        """Put a message into its channel (an ephemeral one only keeps its first version); wake an archived thread."""
        channel = message.channel
        message.history.append(Version(message.at, message.content, tuple(message.components)))
        if message.ephemeral:
            return message
        channel.by_id[message.id] = message
        channel.last_message_id = message.id
        if isinstance(channel, Thread):
            channel.sent += 1
            self.join_thread(channel, message.author)
        self.changes.tell(changes.MessageCreated(message))
        if isinstance(channel, Thread) and channel.archived:
            # Discord promises no order of the two. For a bot that does not know the thread, this is the harder one.
            self.update_thread(channel, archived=False)
        return message

    def edit(self, message: Message, *, people_see: bool = True, counts: bool = True) -> None:
        """Record the message's present text as a new version; without `people_see` no one is told.

        Only with `counts` is it edited from then on.
        """
        now = self.clock()
        if counts:
            message.edited_at = now
        message.history.append(Version(now, message.content, tuple(message.components)))
        if people_see and not message.ephemeral:
            self.changes.tell(changes.MessageEdited(message))

    def delete(self, messages: Sequence[Message]) -> None:
        """Remove messages of one channel; several go in one event, as Discord does it."""
        for message in messages:
            message.deleted = True
            message.channel.by_id.pop(message.id, None)
        match messages:
            case []:
                return
            case [message]:
                if not message.ephemeral:
                    self.changes.tell(changes.MessageDeleted(message))
            case _:
                self.changes.tell(changes.MessagesDeleted(messages[0].channel, tuple(messages)))

    def find_message(self, channel_id: int, message_id: int) -> Message | None:
        """The message of that channel, or None if there is none or it was deleted."""
        channel = self.channels.get(channel_id)
        return channel.by_id.get(message_id) if channel else None

    def type_in(self, channel: Channel, user: User) -> None:
        """Show someone as typing."""
        typing = Typing(user, self.clock())
        channel.typing.append(typing)
        self.changes.tell(changes.TypingStarted(channel, user, typing.at))

    def react(
        self, message: Message, user: User, emoji: str, *, added: bool = True, burst: bool = False
    ) -> None:
        """Add a reaction (`burst`: a super reaction), or take it back; doing so twice changes nothing."""
        people = message.reactions.setdefault(emoji, [])
        if (user in people) == added:
            return
        if added:
            people.append(user)
        else:
            people.remove(user)
        if not people:
            del message.reactions[emoji]
        self.changes.tell(changes.ReactionChanged(message, user, emoji, added, burst))

    def direct_channel(self, user: User) -> Channel:
        """The direct messages between the bot and someone; always the same channel."""
        for channel in self.channels.values():
            if (
                channel.kind is ChannelKind.DM
                and user in channel.recipients
                and self.me in channel.recipients
            ):
                return channel
        channel = Channel(self.snowflakes.next(), ChannelKind.DM, user.name, None, recipients=[user, self.me])
        self.channels[channel.id] = channel
        return channel

    def open_thread(
        self,
        parent: Channel,
        owner: User,
        name: str,
        *,
        kind: ChannelKind = ChannelKind.PUBLIC_THREAD,
        starter: Message | None = None,
        auto_archive_minutes: int = 1440,
    ) -> Thread:
        """A new thread; one on a message has that message's id."""
        now = self.clock()
        thread = Thread(
            id=starter.id if starter else self.snowflakes.next(),
            kind=kind,
            name=name,
            guild=parent.guild,
            parent=parent,
            owner_id=owner.id,
            starter=starter,
            auto_archive_minutes=auto_archive_minutes,
            archive_changed_at=now,
            created_at=now,
            members={owner.id: now},
        )
        self.channels[thread.id] = thread
        if parent.guild is not None:
            parent.guild.threads[thread.id] = thread
        self.changes.tell(changes.ThreadCreated(thread))
        if starter is not None:
            self._point_back(thread, starter)
            starter.thread = thread
            starter.flags |= MessageFlag.HAS_THREAD
            self.changes.tell(changes.MessageEdited(starter))
        return thread

    def _point_back(self, thread: Thread, starter: Message) -> None:
        """Add the empty first message that Discord puts into a thread on a message: it refers to that message."""
        reference = Reference(0, starter.id, starter.channel.id, thread.home.id)
        first = Message(thread.id, thread, starter.author, thread.created_at, reference=reference)
        first.kind = MessageKind.THREAD_STARTER_MESSAGE
        first.referenced = starter
        thread.by_id[first.id] = first
        self.changes.tell(changes.MessageCreated(first))

    def join_thread(self, thread: Thread, user: User) -> None:
        """Make someone a member of a thread."""
        if user.id not in thread.members:
            thread.members[user.id] = self.clock()
            self.changes.tell(changes.ThreadMemberJoined(thread, user))

    def update_thread(
        self, thread: Thread, *, archived: bool | None = None, locked: bool | None = None
    ) -> None:
        """Archive, unarchive, lock or unlock a thread; None leaves that as it is."""
        if archived is not None and archived != thread.archived:
            thread.archived = archived
            thread.archive_changed_at = self.clock()
        if locked is not None:
            thread.locked = locked
        self.changes.tell(changes.ChannelUpdated(thread))

    def delete_channel(self, channel: Channel) -> None:
        """Remove a channel with its threads, or a thread."""
        guild = channel.guild
        if guild is not None:
            for thread in [thread for thread in guild.threads.values() if thread.parent is channel]:
                self.delete_channel(thread)
            guild.channels.pop(channel.id, None)
            if guild.system_channel is channel:
                guild.system_channel = None
            guild.threads.pop(channel.id, None)
        self.channels.pop(channel.id, None)
        channel.deleted = True
        self.changes.tell(changes.ChannelDeleted(channel))

    def overwrite(self, channel: Channel, overwrite: Overwrite) -> None:
        """Replace a channel's overwrite for one role or member."""
        target = overwrite.target
        channel.overwrites[target.id] = overwrite
        self.changes.tell(changes.ChannelUpdated(channel))

    def register_commands(self, guild_id: int | None, commands: Iterable[Json]) -> None:
        """Replace the bot's commands, everywhere or in one server."""
        self.commands[guild_id] = list(commands)
        self.changes.tell(changes.CommandsRegistered(guild_id, tuple(self.commands[guild_id])))
