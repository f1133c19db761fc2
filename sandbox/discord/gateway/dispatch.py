"""Turns changes of the world into gateway events, for the sessions that are to get them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.discord import changes, wire
from sandbox.discord.gateway.sessions import Intent, Session
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Channel, Json, Thread

if TYPE_CHECKING:
    from sandbox.discord.changes import Change
    from sandbox.discord.state import Guild, Message
    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

_AboutMessages = (
    changes.MessageCreated | changes.MessageEdited | changes.MessageDeleted | changes.MessagesDeleted
)
_AboutChannels = changes.ChannelCreated | changes.ChannelUpdated | changes.ChannelDeleted
_AboutThreads = changes.ThreadCreated | changes.ThreadMemberJoined
_AboutGuilds = (
    changes.GuildJoined
    | changes.GuildAvailable
    | changes.GuildUpdated
    | changes.GuildLeft
    | changes.RolesUpdated
    | changes.MemberUpdated
)


class Dispatcher:
    """Sends a change as an event to a session if the session's shard and intents and the bot's permissions cover it."""

    def __init__(self, world: World, messages: MessageWire) -> None:
        self._world = world
        self._messages = messages

    def dispatch(self, change: Change, session: Session) -> None:
        """Send the session the event for a change, if it is to get one."""
        if isinstance(change, _AboutMessages):
            self._about_messages(change, session)
        elif isinstance(change, changes.ReactionChanged):
            self._about_reaction(change, session)
        elif isinstance(change, changes.TypingStarted):
            self._about_typing(change, session)
        elif isinstance(change, _AboutThreads):
            self._about_threads(change, session)
        elif isinstance(change, _AboutChannels):
            self._about_channels(change, session)
        elif isinstance(change, _AboutGuilds):
            self._about_guilds(change, session)
        elif isinstance(change, changes.InteractionSent) and session.covers(change.interaction.channel.guild):
            session.dispatch("INTERACTION_CREATE", change.interaction.event)

    def introduce(self, session: Session, guild: Guild, *, joined_now: bool) -> None:
        """Send GUILD_CREATE with all of a server; one that the bot did not join just now was `unavailable` until then."""
        everyone = session.wants(Intent.GUILD_MEMBERS)
        body = wire.gateway_guild_json(guild, self._world.me, all_members=everyone)
        session.dispatch("GUILD_CREATE", body if joined_now else body | {"unavailable": False})

    def _about_messages(self, change: _AboutMessages, session: Session) -> None:
        channel = change.channel if isinstance(change, changes.MessagesDeleted) else change.message.channel
        wanted = session.wants_in(channel, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
        if not wanted or not self._sees(channel):
            return
        match change:
            case changes.MessageCreated(message):
                session.dispatch("MESSAGE_CREATE", self._event(session, message))
            case changes.MessageEdited(message):
                session.dispatch("MESSAGE_UPDATE", self._event(session, message))
            case changes.MessageDeleted(message):
                session.dispatch("MESSAGE_DELETE", {"id": str(message.id)} | _channel_ids(channel))
            case changes.MessagesDeleted(_, messages):
                ids = [str(message.id) for message in messages]
                session.dispatch("MESSAGE_DELETE_BULK", {"ids": ids} | _channel_ids(channel))

    def _about_reaction(self, change: changes.ReactionChanged, session: Session) -> None:
        message = change.message
        wanted = session.wants_in(
            message.channel, Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS
        )
        if not wanted or not self._sees(message.channel):
            return
        body: Json = {
            "user_id": str(change.user.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": _emoji(change.emoji),
            "burst": change.burst,
            "type": int(change.burst),
        }
        guild = message.channel.guild
        if change.added and guild is not None and (member := guild.members.get(change.user.id)) is not None:
            body["member"] = wire.member_json(member)
        event = "MESSAGE_REACTION_ADD" if change.added else "MESSAGE_REACTION_REMOVE"
        session.dispatch(event, _channel_ids(message.channel) | body)

    def _about_typing(self, change: changes.TypingStarted, session: Session) -> None:
        channel = change.channel
        wanted = session.wants_in(channel, Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING)
        if wanted and self._sees(channel):
            body: Json = {"user_id": str(change.user.id), "timestamp": int(change.at)}
            if channel.guild is not None and (member := channel.guild.members.get(change.user.id)):
                body["member"] = wire.member_json(member)
            session.dispatch("TYPING_START", _channel_ids(channel) | body)

    def _about_threads(self, change: _AboutThreads, session: Session) -> None:
        thread = change.thread
        if not self._hears_of(session, thread) or not self._sees(thread):
            return
        match change:
            case changes.ThreadCreated():
                body = wire.thread_for_json(thread, self._world.me) | {"newly_created": True}
                session.dispatch("THREAD_CREATE", body)
            case changes.ThreadMemberJoined(_, user):
                if user is self._world.me:
                    member = wire.thread_member_json(thread, user.id)
                    session.dispatch("THREAD_MEMBER_UPDATE", member | _guild_id_json(thread))

    def _about_channels(self, change: _AboutChannels, session: Session) -> None:
        channel = change.channel
        if not self._hears_of(session, channel):
            return
        body = wire.channel_json(channel)
        kind = "THREAD" if isinstance(channel, Thread) else "CHANNEL"
        match change:
            case changes.ChannelCreated():
                session.dispatch(f"{kind}_CREATE", body)
            case changes.ChannelUpdated():
                session.dispatch(f"{kind}_UPDATE", body)
            case changes.ChannelDeleted():
                if isinstance(channel, Thread):
                    body = {key: body[key] for key in ("id", "type", "parent_id", "guild_id")}
                session.dispatch(f"{kind}_DELETE", body)

    def _about_guilds(self, change: _AboutGuilds, session: Session) -> None:
        guild = change.member.guild if isinstance(change, changes.MemberUpdated) else change.guild
        if not session.covers(guild):
            return
        match change:
            case changes.GuildJoined() | changes.GuildAvailable():
                self.introduce(session, guild, joined_now=isinstance(change, changes.GuildJoined))
            case changes.GuildUpdated():
                if self._world.joined(guild):
                    session.dispatch("GUILD_UPDATE", wire.guild_json(guild))
            case changes.GuildLeft():
                session.dispatch("GUILD_DELETE", {"id": str(guild.id)})
            case changes.RolesUpdated():
                for role in guild.roles if self._world.joined(guild) else ():
                    body: Json = {"guild_id": str(guild.id), "role": wire.role_json(guild, role)}
                    session.dispatch("GUILD_ROLE_UPDATE", body)
            case changes.MemberUpdated(member):
                if member.user is self._world.me or session.wants(Intent.GUILD_MEMBERS):
                    body = wire.member_json(member) | {"guild_id": str(guild.id)}
                    session.dispatch("GUILD_MEMBER_UPDATE", body)

    def _event(self, session: Session, message: Message) -> Json:
        return self._messages.event(message, content=session.wants(Intent.MESSAGE_CONTENT))

    def _sees(self, channel: Channel) -> bool:
        return bool(self._world.permissions(channel) & Permission.VIEW_CHANNEL)

    def _hears_of(self, session: Session, channel: Channel) -> bool:
        """Whether the session gets the events of the server the channel is in."""
        guild = channel.guild
        return (
            guild is not None
            and session.covers(guild)
            and session.wants(Intent.GUILDS)
            and self._world.joined(guild)
        )


def _emoji(written: str) -> Json:
    """An emoji; one of a server's own is written `<:name:id>`, and has no name once it is deleted."""
    found = re.fullmatch(r"<:(\w*):(\d+)>", written)
    return {"id": found[2], "name": found[1] or None} if found else {"id": None, "name": written}


def _guild_id_json(channel: Channel) -> Json:
    return {"guild_id": str(channel.guild.id)} if channel.guild else {}


def _channel_ids(channel: Channel) -> Json:
    return {"channel_id": str(channel.id)} | _guild_id_json(channel)
