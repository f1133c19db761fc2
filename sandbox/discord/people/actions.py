"""What people do on Discord: post, reply, forward, edit, delete, open threads, use commands."""

from __future__ import annotations

import base64
import copy
import random
from typing import TYPE_CHECKING

from sandbox.discord.kinds import ChannelKind, MessageFlag, MessageKind
from sandbox.discord.people.server_admins import ServerAdmins
from sandbox.discord.state import Channel, Message, Reference, Thread, Upload, User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.interactions import Interaction
    from sandbox.discord.people.interaction_sender import InteractionSender
    from sandbox.discord.people.user_input import OptionValue
    from sandbox.discord.world import World

_REPLY = 0
_FORWARD = 1


class People(ServerAdmins):
    """Tests and the demo act for people with these methods. Permissions are checked for commands, not for the rest."""

    def __init__(self, world: World, interactions: InteractionSender) -> None:
        super().__init__(world)
        self.interactions = interactions

    # Channels

    def direct_channel(self, user: User) -> Channel:
        """The direct messages between someone and the bot."""
        return self.world.direct_channel(user)

    def open_thread(
        self,
        parent: Channel,
        owner: User,
        name: str,
        *,
        private: bool = False,
        starter: Message | None = None,
    ) -> Thread:
        """A person opens a thread."""
        kind = ChannelKind.PRIVATE_THREAD if private else ChannelKind.PUBLIC_THREAD
        if parent.kind is ChannelKind.ANNOUNCEMENT:
            kind = ChannelKind.ANNOUNCEMENT_THREAD
        return self.world.open_thread(parent, owner, name, kind=kind, starter=starter)

    def open_post(
        self, forum: Channel, author: User, title: str, content: str = "", *, files: Sequence[Upload] = ()
    ) -> Message:
        """A person opens a forum post. Returns its first message, whose id is the post's; its `channel` is the post."""
        post = self.world.open_thread(forum, author, title)
        return self._publish(self._message(post, author, content, files), number=post.id)

    # Messages

    def post(
        self,
        channel: Channel,
        author: User,
        content: str = "",
        *,
        files: Sequence[Upload] = (),
        reply_to: Message | None = None,
        ping: bool = True,
    ) -> Message:
        """Someone posts a message, or replies to one; `<@id>` in the text mentions."""
        message = self._message(channel, author, content, files)
        if reply_to is not None:
            guild_id = channel.guild.id if channel.guild else None
            message.kind = MessageKind.REPLY
            message.reference = Reference(_REPLY, reply_to.id, channel.id, guild_id)
            message.referenced = reply_to
            if ping and reply_to.author is not author and reply_to.author not in message.mentions:
                message.mentions.append(reply_to.author)
        return self._publish(message)

    def post_voice(
        self,
        channel: Channel,
        author: User,
        data: bytes,
        *,
        duration: float,
        waveform: str | None = None,
        filename: str = "voice-message.ogg",
        content_type: str | None = "audio/ogg",
        size: int | None = None,
    ) -> Message:
        """Someone posts a voice message (`duration` in seconds; without a waveform, some made-up one)."""
        noise = random.Random(len(data)).randbytes(min(256, max(1, int(duration * 10))))  # noqa: S311
        upload = Upload(
            filename,
            data,
            content_type,
            size,
            duration,
            waveform if waveform is not None else base64.b64encode(noise).decode(),
        )
        message = self._message(channel, author, "", [upload])
        message.flags |= MessageFlag.IS_VOICE_MESSAGE
        return self._publish(message)

    def post_by_webhook(
        self, channel: Channel, name: str, content: str = "", *, files: Sequence[Upload] = ()
    ) -> Message:
        """A program posts through a webhook, under any name. Discord documents `webhook_id` alone to tell it by."""
        webhook = User(self.world.snowflakes.next(), name)
        message = self._message(channel, webhook, content, files)
        message.webhook_id = webhook.id
        return self._publish(message)

    def forward(self, message: Message, channel: Channel, author: User) -> Message:
        """Someone forwards a message: its content is in a snapshot, the outer fields are empty."""
        guild = message.channel.guild
        forwarded = self._message(channel, author, "", ())
        forwarded.reference = Reference(_FORWARD, message.id, message.channel.id, guild.id if guild else None)
        forwarded.snapshot = message.snapshot or copy.copy(message)
        forwarded.flags |= MessageFlag.HAS_SNAPSHOT
        return self._publish(forwarded)

    def edit(self, message: Message, content: str) -> None:
        """The author changes the text."""
        message.content = content
        self.world.edit(message)

    def remove_file(self, message: Message, number: int = 0) -> None:
        """The author edits a message so that it has one of its files less."""
        del message.attachments[number]
        self.world.edit(message)

    def delete(self, *messages: Message) -> None:
        """Someone deletes a message, or several of a channel in bulk."""
        self.world.delete(messages)

    def delete_channel(self, channel: Channel) -> None:
        """Someone deletes a channel or thread."""
        self.world.delete_channel(channel)

    def react(self, message: Message, user: User, emoji: str, *, burst: bool = False) -> None:
        """Someone reacts; with `burst`, with a super reaction. A server's own emoji is written `<:name:id>`."""
        self.world.react(message, user, emoji, burst=burst)

    def take_back(self, message: Message, user: User, emoji: str) -> None:
        """Someone takes a reaction back."""
        self.world.react(message, user, emoji, added=False)

    def type_in(self, channel: Channel, user: User) -> None:
        """Someone types."""
        self.world.type_in(channel, user)

    def archive(self, thread: Thread, *, locked: bool = False) -> None:
        """Someone closes a thread; a locked one stays closed to all without MANAGE_THREADS."""
        self.world.update_thread(thread, archived=True, locked=locked)

    # Commands

    def install_for(self, user: User) -> None:
        """Someone installs the bot for themselves, to use it anywhere."""
        self.interactions.installed_by.add(user.id)

    def slash(self, user: User, channel: Channel, name: str, /, **options: OptionValue) -> Interaction:
        """Someone uses a slash command (`"settings show"` for a subcommand).

        Raises:
            CannotUseError: Discord would not let them.
        """
        return self.interactions.slash(user, channel, name, options)

    def autocomplete(
        self, user: User, channel: Channel, name: str, option: str, typed: str, /, **options: OptionValue
    ) -> Interaction:
        """Someone is typing `typed` into an option with autocomplete; `options` are those filled in already."""
        return self.interactions.autocomplete(user, channel, name, option, {**options, option: typed})

    def context_menu(self, user: User, message: Message, name: str) -> Interaction:
        """Someone uses a command of a message's context menu."""
        return self.interactions.message_menu(user, message, name)

    def press(
        self, user: User, message: Message, custom_id: str, values: list[str] | None = None
    ) -> Interaction:
        """Someone presses a button of a message, or chooses in a select menu."""
        return self.interactions.press(user, message, custom_id, values)

    def forge(
        self, user: User, message: Message, custom_id: str, values: list[str] | None = None
    ) -> Interaction:
        """A program in someone's name presses what the message does not have; with `values`, in a select menu."""
        return self.interactions.forge(user, message, custom_id, values)

    def submit(
        self, interaction: Interaction, values: Mapping[str, str | list[str] | list[Upload]]
    ) -> Interaction:
        """Someone sends the form (modal) that an interaction was answered with; `values` are by custom id."""
        return self.interactions.submit(interaction, values)

    def _message(self, channel: Channel, author: User, content: str, files: Sequence[Upload]) -> Message:
        world = self.world
        roles = channel.guild.roles if channel.guild else []
        return Message(
            id=world.snowflakes.next(),
            channel=channel,
            author=author,
            at=world.clock(),
            content=content,
            attachments=[world.attach(upload, channel.id) for upload in files],
            mentions=[user for user in world.users.values() if user.mention in content],
            mention_roles=[role for role in roles if f"<@&{role.id}>" in content],
        )

    def _publish(self, message: Message, number: int | None = None) -> Message:
        message.id = number or message.id
        return self.world.publish(message)
