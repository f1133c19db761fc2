"""Interactions: a person's use of a command, button or form, and what the bot has answered to it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sandbox.discord.effective_permissions import permissions_for
from sandbox.discord.kinds import ChannelKind, InteractionKind
from sandbox.discord.permissions import Permission
from sandbox.discord.state import InteractionMetadata, Json

if TYPE_CHECKING:
    from sandbox.discord.feed import Feed
    from sandbox.discord.state import Channel, Message, User

ANSWER_SECONDS = 3.0
"""How long the bot may take to its first answer."""
TOKEN_SECONDS = 15 * 60.0
"""How long an interaction's token is good for."""
_SUBCOMMANDS = {1, 2}
"""The types of options that are a subcommand or a group of them."""


class CommandKind(IntEnum):
    """Discord's application command types."""

    SLASH = 1
    USER_MENU = 2
    MESSAGE_MENU = 3


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
    """What a person did, and the bot's answers to it. A test gets one for each action and waits for its answers."""

    feed: Feed[Any]
    """Tells of every change in the world: the methods that wait ask again after each."""
    id: int
    token: str
    kind: InteractionKind
    user: User
    channel: Channel
    data: Json
    """What the person chose and typed, as the API's `data` carries it."""
    at: float
    """When, in Unix seconds."""
    installed_by: dict[str, int]
    """Who installed the bot for this use: "0" the server (0 in a direct channel), "1" the person."""
    source: Message | None = None
    """The message whose button was pressed, also when a form came in between."""
    opened_by: Interaction | None = None
    """The interaction that was answered with the form."""
    event: Json = field(default_factory=dict[str, Any])
    """The INTERACTION_CREATE event the gateway sends for it."""
    acknowledged: Callback | None = None
    original: Message | None = None
    """The first answer, also while it only says that the bot is thinking."""
    followups: list[Message] = field(default_factory=list["Message"])
    form: Json | None = None
    choices: list[Json] | None = None

    @property
    def response(self) -> Message | None:
        """The first answer; None while there is none or it only says that the bot is thinking."""
        return None if self.original is None or self.original.loading else self.original

    @property
    def deferred(self) -> bool:
        """Whether the bot asked for time first."""
        return self.acknowledged in (Callback.DEFERRED_MESSAGE, Callback.DEFERRED_UPDATE)

    @property
    def only_installed_by_user(self) -> bool:
        """Whether only the person installed the bot, so that it may do nothing here but answer this interaction."""
        return "0" not in self.installed_by

    @property
    def must_be_ephemeral(self) -> bool:
        """Whether all answers are hidden, as the person may not use apps here that the server has not installed."""
        if not self.only_installed_by_user or self.channel.guild is None:
            return False
        return not permissions_for(self.channel, self.user) & Permission.USE_EXTERNAL_APPS

    @property
    def metadata(self) -> InteractionMetadata:
        """What the bot's answers say of the interaction they came from."""
        kind = InteractionKind.COMMAND if self.kind is InteractionKind.AUTOCOMPLETE else self.kind
        pressed = self.source if kind is InteractionKind.COMPONENT else None
        opener = self.opened_by if kind is InteractionKind.FORM else None
        return InteractionMetadata(
            id=self.id,
            kind=kind,
            user=self.user,
            installed_by=self.installed_by,
            command=_command(self.data) if kind is InteractionKind.COMMAND else None,
            pressed_message_id=pressed.id if pressed else None,
            target_message_id=self.data.get("target_id"),
            opened_by=opener.metadata if opener else None,
        )

    def event_json(self) -> Json:
        """The INTERACTION_CREATE event the gateway sends for it, for a test that builds discord.py's object itself."""
        return self.event

    async def answered(self, timeout: float = 10.0) -> Message:  # noqa: ASYNC109
        """Wait for the first answer that says something. Raises TimeoutError after `timeout` seconds."""
        return await self.feed.wait_for(lambda: self.response, timeout)

    async def followed_up(self, number: int = 1, timeout: float = 10.0) -> Message:  # noqa: ASYNC109
        """Wait for the follow-up of that number, counted from 1. Raises TimeoutError after `timeout` seconds."""
        await self.feed.wait_for(lambda: len(self.followups) >= number, timeout)
        return self.followups[number - 1]

    async def form_shown(self, timeout: float = 10.0) -> Json:  # noqa: ASYNC109
        """Wait for the form the bot answers with. Raises TimeoutError after `timeout` seconds."""
        return await self.feed.wait_for(lambda: self.form, timeout)

    async def choices_shown(self, timeout: float = 10.0) -> list[Json]:  # noqa: ASYNC109
        """Wait for the choices the bot offers, perhaps none. Raises TimeoutError after `timeout` seconds."""
        await self.feed.wait_for(lambda: self.choices is not None, timeout)
        return self.choices or []


def _command(data: Json) -> str:
    """The command in an interaction's data, as people see it: with its subcommand, and with a slash if it was typed."""
    name: str = data["name"]
    if data["type"] != CommandKind.SLASH:
        return name
    chosen: list[Json] = data.get("options") or []
    while chosen and chosen[0]["type"] in _SUBCOMMANDS:
        name += f" {chosen[0]['name']}"
        chosen = chosen[0].get("options") or []
    return f"/{name}"


def context_of(channel: Channel, bot: User) -> int:
    """Discord's interaction context: 0 a server, 1 a direct channel with the bot, 2 another private one."""
    if channel.guild is not None:
        return 0
    return 1 if channel.kind is ChannelKind.DM and bot in channel.recipients else 2
