"""The bot's answers to interactions over REST: the callback is the first, the token's webhook takes the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.changes import InteractionAnswered
from sandbox.discord.components import with_ids
from sandbox.discord.interactions import (
    ANSWER_SECONDS,
    TOKEN_SECONDS,
    Callback,
    CommandKind,
    Interaction,
)
from sandbox.discord.kinds import InteractionKind, MessageFlag, MessageKind
from sandbox.discord.rest import message_payloads
from sandbox.discord.rest.bodies import answer, read_with_files
from sandbox.discord.rest.errors import (
    ALREADY_ACKNOWLEDGED,
    FOLLOWUP_LIMIT,
    INVALID_WEBHOOK_TOKEN,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    ApiError,
    invalid,
)
from sandbox.discord.rest.interactive import check_choices, check_form
from sandbox.discord.rest.lookup import Lookup
from sandbox.discord.rest.middlewares import PREFIX
from sandbox.discord.state import Json, Message, Reference, Upload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

_USER_INSTALL_FOLLOWUPS = 5
_SHOWS_MESSAGE = {Callback.MESSAGE, Callback.DEFERRED_MESSAGE}
_CHANGES_MESSAGE = {Callback.UPDATE, Callback.DEFERRED_UPDATE}
_ALLOWED = {
    InteractionKind.COMMAND: _SHOWS_MESSAGE | {Callback.FORM},
    InteractionKind.COMPONENT: _SHOWS_MESSAGE | _CHANGES_MESSAGE | {Callback.FORM},
    InteractionKind.AUTOCOMPLETE: {Callback.CHOICES},
    InteractionKind.FORM: _SHOWS_MESSAGE | _CHANGES_MESSAGE,
}


class InteractionRoutes:
    """Handlers below /interactions and /webhooks; the interaction's token in the path stands for the bot's."""

    def __init__(self, world: World, wire: MessageWire) -> None:
        self._world = world
        self._wire = wire
        self._find = Lookup(world)

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        webhook = PREFIX + "/webhooks/{webhook_id}/{webhook_token}"
        message = webhook + "/messages/{message_id}"
        return [
            web.post(
                PREFIX + "/interactions/{interaction_id}/{interaction_token}/callback", self.acknowledge
            ),
            web.post(webhook, self.follow_up),
            web.get(message, self.read),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
        ]

    async def acknowledge(self, request: web.Request) -> web.Response:
        """The first answer, which must come within three seconds and only once."""
        body, files = await read_with_files(request)
        interaction = self._world.interactions.get(request.match_info["interaction_token"])
        if (
            interaction is None
            or interaction.id != self._find.number(request, "interaction_id")
            or (interaction.acknowledged is None and self._world.clock() - interaction.at > ANSWER_SECONDS)
        ):
            raise ApiError(UNKNOWN_INTERACTION)
        if interaction.acknowledged is not None:
            raise ApiError(ALREADY_ACKNOWLEDGED)
        kind = body.get("type")
        allowed = _ALLOWED[interaction.kind]
        if interaction.source is None:
            allowed = allowed - _CHANGES_MESSAGE
        if kind not in allowed:
            raise invalid("type", "BASE_TYPE_CHOICES", f"Value must be one of {sorted(map(int, allowed))}.")
        callback = Callback(kind)
        self._act(interaction, callback, body.get("data") or {}, files)
        interaction.acknowledged = callback
        self._world.changes.tell(InteractionAnswered(interaction))
        if request.query.get("with_response", "").lower() not in ("1", "true"):
            return web.Response(status=204)
        return answer(self._callback_json(interaction, callback))

    async def follow_up(self, request: web.Request) -> web.Response:
        """A follow-up; if the bot has deferred and not answered yet, this becomes the first answer."""
        interaction = self._interaction(request)
        if interaction.acknowledged is None:
            raise ApiError(UNKNOWN_WEBHOOK)
        body, files = await read_with_files(request)
        payload = message_payloads.read_payload(body, files)
        original = interaction.original
        if original is not None and original.loading:
            self._fill(original, body, payload)
            self._world.changes.tell(InteractionAnswered(interaction))
            return answer(self._wire.message(original, content=True))
        if interaction.only_installed_by_user and len(interaction.followups) >= _USER_INSTALL_FOLLOWUPS:
            raise ApiError(FOLLOWUP_LIMIT)
        message = self._message(interaction, payload)
        message.kind = MessageKind.REPLY if original is not None else MessageKind.DEFAULT
        if original is not None:
            message.referenced = original
            message.reference = _reference_to(original)
        self._world.publish(message)
        interaction.followups.append(message)
        self._world.changes.tell(InteractionAnswered(interaction))
        return answer(self._wire.message(message, content=True))

    async def read(self, request: web.Request) -> web.Response:
        """Read one of the bot's answers."""
        _, message = self._answer(request)
        return answer(self._wire.message(message, content=True))

    async def edit(self, request: web.Request) -> web.Response:
        """Edit one of the bot's answers, or give the one it has deferred."""
        interaction, message = self._answer(request)
        body, files = await read_with_files(request)
        payload = message_payloads.read_payload(body, files)
        if message.loading:
            self._fill(message, body, payload)
        else:
            message_payloads.apply_edit(self._world, message, body, payload)
            self._world.edit(message)
        self._world.changes.tell(InteractionAnswered(interaction))
        return answer(self._wire.message(message, content=True))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one of the bot's answers."""
        interaction, message = self._answer(request)
        self._world.delete([message])
        self._world.changes.tell(InteractionAnswered(interaction))
        return web.Response(status=204)

    def _act(
        self, interaction: Interaction, callback: Callback, data: Json, files: Mapping[int, Upload]
    ) -> None:
        match callback:
            case Callback.MESSAGE:
                message = self._message(interaction, message_payloads.read_payload(data, files))
                interaction.original = self._world.publish(message)
            case Callback.DEFERRED_MESSAGE:
                hidden = MessageFlag(data.get("flags") or 0) & MessageFlag.EPHEMERAL
                message = self._blank(interaction, hidden | MessageFlag.LOADING)
                interaction.original = self._world.publish(message)
            case Callback.DEFERRED_UPDATE:
                interaction.original = interaction.source
            case Callback.UPDATE:
                interaction.original = interaction.source
                if interaction.original is not None:
                    message_payloads.apply_edit(
                        self._world, interaction.original, data, message_payloads.read_payload(data, files)
                    )
                    self._world.edit(interaction.original)
            case Callback.CHOICES:
                choices: list[Json] = data.get("choices") or []
                check_choices(choices)
                interaction.choices = choices
            case Callback.FORM:
                check_form(data)
                interaction.form = data | {"components": with_ids(data["components"])}

    def _blank(self, interaction: Interaction, flags: MessageFlag) -> Message:
        if interaction.must_be_ephemeral:
            flags |= MessageFlag.EPHEMERAL
        message = Message(
            id=self._world.snowflakes.next(),
            channel=interaction.channel,
            author=self._world.me,
            at=self._world.clock(),
            flags=flags,
            interaction=interaction.metadata,
        )
        if interaction.source is not None:
            message.kind = MessageKind.REPLY
            message.referenced = interaction.source
            message.reference = _reference_to(interaction.source)
        elif interaction.data.get("type", CommandKind.SLASH) == CommandKind.SLASH:
            message.kind = MessageKind.CHAT_INPUT_COMMAND
        else:
            message.kind = MessageKind.CONTEXT_MENU_COMMAND
        return message

    def _message(self, interaction: Interaction, payload: message_payloads.MessagePayload) -> Message:
        blank = self._blank(interaction, payload.flags)
        message = message_payloads.new_message(self._world, interaction.channel, self._world.me, payload)
        message.id, message.kind, message.flags = blank.id, blank.kind, blank.flags
        message.interaction = interaction.metadata
        message.reference, message.referenced = blank.reference, blank.referenced
        for attachment in message.attachments:
            attachment.ephemeral = message.ephemeral
        return message

    def _fill(self, message: Message, body: Json, payload: message_payloads.MessagePayload) -> None:
        """Turn the message that says “thinking” into the answer. That is no edit yet."""
        message_payloads.apply_edit(self._world, message, body, payload)
        message.flags &= ~MessageFlag.LOADING
        self._world.edit(message, counts=False)

    def _interaction(self, request: web.Request) -> Interaction:
        interaction = self._world.interactions.get(request.match_info["webhook_token"])
        if interaction is None or self._find.number(request, "webhook_id") != self._world.application.id:
            raise ApiError(UNKNOWN_WEBHOOK)
        if self._world.clock() - interaction.at > TOKEN_SECONDS:
            raise ApiError(INVALID_WEBHOOK_TOKEN)
        return interaction

    def _answer(self, request: web.Request) -> tuple[Interaction, Message]:
        interaction = self._interaction(request)
        if interaction.acknowledged is None:
            raise ApiError(UNKNOWN_WEBHOOK)
        wanted = request.match_info["message_id"]
        if wanted == "@original":
            message = interaction.original
        else:
            answers = [*interaction.followups, *filter(None, [interaction.original])]
            message = next((answer for answer in answers if str(answer.id) == wanted), None)
        if message is None or message.deleted:
            raise ApiError(UNKNOWN_MESSAGE)
        return interaction, message

    def _callback_json(self, interaction: Interaction, callback: Callback) -> Json:
        about: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
        message = interaction.original
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
            "channel_id": str(interaction.channel.id),
        }
        if interaction.channel.guild is not None:
            about["guild_id"] = str(interaction.channel.guild.id)
        if callback not in (Callback.MESSAGE, Callback.UPDATE):
            return {"interaction": about}
        shown = self._wire.message(message, content=True)
        return {"interaction": about, "resource": {"type": int(callback), "message": shown}}


def _reference_to(message: Message) -> Reference:
    guild = message.channel.guild
    return Reference(0, message.id, message.channel.id, guild.id if guild else None)
