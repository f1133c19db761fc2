"""One use of a command, button or form: what was sent to the bot, and what it has answered so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from sandbox.discord import changes, wire
from sandbox.discord.permissions import Permission, permissions_in
from sandbox.discord.state import ChannelKind, Json

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Message, User
    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

ANSWER_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0
_UPLOAD_LIMIT = 10 * 1024 * 1024
_AS_A_GUEST = (
    Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.MENTION_EVERYONE
    | Permission.USE_EXTERNAL_EMOJIS
)
"""What the bot may do where only the person using it has installed it."""


class InteractionKind(IntEnum):
    """Discord's interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    FORM = 5


class Callback(IntEnum):
    """Discord's types of the first answer."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    FORM = 9


@dataclass(slots=True, eq=False)
class Interaction:
    """What a person did, and the bot's answers to it."""

    world: World
    messages: MessageWire
    id: int
    token: str
    kind: InteractionKind
    user: User
    channel: Channel
    data: Json
    at: float
    owners: dict[str, int]
    """Who installed the bot for this use: "0" the server (0 in a direct channel), "1" the person."""
    source: Message | None = None
    """The message whose button was pressed, also when a form came in between."""
    opened_by: Interaction | None = None
    """The interaction that was answered with the form."""
    acknowledged: Callback | None = None
    original: Message | None = None
    """The first answer, also while it only says that the bot is thinking."""
    followups: list[Message] = field(default_factory=list["Message"])
    form: Json | None = None
    choices: list[Json] | None = None

    @property
    def response(self) -> Message | None:
        """The first answer once it says something."""
        return None if self.original is None or self.original.loading else self.original

    @property
    def deferred(self) -> bool:
        """Whether the bot asked for time first."""
        return self.acknowledged in (Callback.DEFERRED_MESSAGE, Callback.DEFERRED_UPDATE)

    @property
    def only_installed_by_user(self) -> bool:
        """Whether the bot is here as a guest: it has only this interaction."""
        return "0" not in self.owners

    @property
    def must_be_ephemeral(self) -> bool:
        """Whether all answers are hidden: the person may not use guest bots openly here."""
        if not self.only_installed_by_user or self.channel.guild is None:
            return False
        return not self.world.permissions(self.channel, self.user) & Permission.USE_EXTERNAL_APPS

    async def answered(self, timeout: float = 10.0) -> Message:  # noqa: ASYNC109
        """The first answer, when it says something."""
        return await self.world.changes.wait_for(lambda: self.response, timeout)

    async def followed_up(self, number: int = 1, timeout: float = 10.0) -> Message:  # noqa: ASYNC109
        """The follow-up of that number, when it is there."""
        await self.world.changes.wait_for(lambda: len(self.followups) >= number, timeout)
        return self.followups[number - 1]

    async def form_shown(self, timeout: float = 10.0) -> Json:  # noqa: ASYNC109
        """The form the bot answered with."""
        return await self.world.changes.wait_for(lambda: self.form, timeout)

    async def choices_shown(self, timeout: float = 10.0) -> list[Json]:  # noqa: ASYNC109
        """The choices the bot offered, perhaps none."""
        await self.world.changes.wait_for(lambda: self.choices is not None, timeout)
        return self.choices or []

    def changed(self) -> None:
        """Tell that there is an answer, or another version of one."""
        self.world.changes.tell(changes.InteractionAnswered(self))

    def metadata_json(self) -> Json:
        """What an answer says of where it comes from."""
        kind = InteractionKind.COMMAND if self.kind is InteractionKind.AUTOCOMPLETE else self.kind
        body: Json = {
            "id": str(self.id),
            "type": int(kind),
            "user": wire.user_json(self.user),
            "authorizing_integration_owners": {key: str(owner) for key, owner in self.owners.items()},
        }
        if kind is InteractionKind.COMPONENT and self.source is not None:
            body["interacted_message_id"] = str(self.source.id)
        if kind is InteractionKind.FORM and self.opened_by is not None:
            body["triggering_interaction_metadata"] = self.opened_by.metadata_json()
        if "target_id" in self.data:
            body["target_message_id"] = self.data["target_id"]
        return body

    def event_json(self) -> Json:
        """The INTERACTION_CREATE event."""
        guild = self.channel.guild
        granted = self.world.permissions(self.channel) or _AS_A_GUEST
        body: Json = {
            "id": str(self.id),
            "application_id": str(self.world.application.id),
            "type": int(self.kind),
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(self.channel.id),
            "channel": wire.channel_json(self.channel),
            "app_permissions": str(int(granted)),
            "locale": self.user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": {key: str(owner) for key, owner in self.owners.items()},
            "context": context_of(self.world, self.channel),
            "attachment_size_limit": _UPLOAD_LIMIT,
        }
        if self.source is not None:
            body["message"] = self.messages.message(self.source, content=True)
        if guild is None:
            return body | {"user": wire.user_json(self.user)}
        member = guild.members[self.user.id]
        permissions = permissions_in(self.channel, member)
        body["channel"]["permissions"] = str(int(permissions))
        return body | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": wire.member_json(member) | {"permissions": str(int(permissions))},
        }


def context_of(world: World, channel: Channel) -> int:
    """Discord's interaction context: 0 a server, 1 a direct channel with the bot, 2 another private one."""
    if channel.guild is not None:
        return 0
    return 1 if channel.kind is ChannelKind.DM and world.me in channel.recipients else 2
