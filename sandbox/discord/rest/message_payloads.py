"""The body of a request that sends or edits a message: checked as Discord does, then made into a message."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from sandbox.discord.components import with_ids
from sandbox.discord.kinds import MessageFlag
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.embeds_and_components import check_components, check_embeds
from sandbox.discord.rest.errors import (
    BLOCKED_WORDS,
    EMPTY_MESSAGE,
    FILE_TOO_LARGE,
    HARMFUL_LINK,
    OLD_EDIT_LIMIT,
    ApiError,
    invalid,
)
from sandbox.discord.state import Channel, Json, Message, Role, Upload, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord.world import World

CONTENT_LIMIT = 2000
"""Counted in code points, as `len` does: https://github.com/discord/discord-api-docs/issues/1315."""
_NONCE_LIMIT = 25
_OLD = 3600.0
"""Seconds: the age from which edits of a message are counted."""
_FILE_DESCRIPTION_LIMIT = 1024
_FILE_LIMIT = 10
_UPLOAD_BYTES = 10 * 1024 * 1024
_SETTABLE = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.EPHEMERAL
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_VOICE_MESSAGE
    | MessageFlag.IS_COMPONENTS_V2
)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a message mentions, once `allowed_mentions` is applied."""

    users: list[User]
    roles: list[Role]
    everyone: bool


@dataclass(frozen=True, slots=True)
class MessagePayload:
    """The checked body of a request that sends or edits a message."""

    content: str
    embeds: list[Json]
    components: list[Json]
    flags: MessageFlag
    allowed_mentions: Json | None
    uploads: list[Upload]
    kept_attachments: list[int] | None
    nonce: str | int | None = None
    enforce_nonce: bool = False
    tts: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the message would have nothing to show."""
        return not (self.content.strip() or self.embeds or self.components or self.uploads)


def read_payload(body: Json, files: Mapping[int, Upload]) -> MessagePayload:
    """Check a body that sends or edits a message; white space around the text is removed.

    Raises:
        ApiError: 50035, naming the field; 40005 when a file is too large.
    """
    content = body.get("content")
    if content is not None and not isinstance(content, str):
        raise invalid("content", "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    content = content or ""
    if len(content) > CONTENT_LIMIT:
        raise invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {CONTENT_LIMIT} or fewer in length.")
    nonce: str | int | None = body.get("nonce")
    if nonce is not None and len(str(nonce)) > _NONCE_LIMIT:
        raise invalid("nonce", "NONCE_TYPE_TOO_LONG", f"Must be {_NONCE_LIMIT} or fewer in length.")
    embeds = cast("list[Json]", body.get("embeds") or [])
    check_embeds(embeds)
    flags = MessageFlag(body.get("flags") or 0)
    if flags & ~_SETTABLE:
        raise invalid("flags", "MESSAGE_FLAGS_INVALID", "Invalid flags.")
    if flags & MessageFlag.IS_COMPONENTS_V2 and (content or embeds):
        raise invalid(
            "content" if content else "embeds",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2",
        )
    components = cast("list[Json]", body.get("components") or [])
    check_components(components, v2=bool(flags & MessageFlag.IS_COMPONENTS_V2))
    uploads, kept = _attachments(body, files)
    return MessagePayload(
        content=content.strip(),
        embeds=[{"type": "rich"} | embed for embed in embeds],
        components=with_ids(components),
        flags=flags,
        allowed_mentions=_allowed_mentions(body),
        uploads=uploads,
        kept_attachments=kept,
        nonce=nonce,
        enforce_nonce=bool(body.get("enforce_nonce")),
        tts=bool(body.get("tts")),
    )


def new_message(
    world: World, channel: Channel, author: User, payload: MessagePayload, *, replied: User | None = None
) -> Message:
    """The message that a payload makes; the caller publishes it. `replied` is the author of the message replied to.

    Raises:
        ApiError: 50006 if it would have nothing to show, 200000 or 240000 if a filter refuses the text.
    """
    if payload.is_empty:
        raise ApiError(EMPTY_MESSAGE)
    _filter(world, channel, payload.content)
    mentions = mentioned(world, channel, author, payload, replied)
    ephemeral = bool(payload.flags & MessageFlag.EPHEMERAL)
    return Message(
        id=world.snowflakes.next(),
        channel=channel,
        author=author,
        at=world.clock(),
        content=payload.content,
        flags=payload.flags,
        attachments=[world.attach(upload, channel.id, ephemeral=ephemeral) for upload in payload.uploads],
        embeds=payload.embeds,
        components=payload.components,
        mentions=mentions.users,
        mention_roles=mentions.roles,
        mention_everyone=mentions.everyone,
        tts=payload.tts,
        nonce=payload.nonce,
    )


def apply_edit(world: World, message: Message, body: Json, payload: MessagePayload) -> None:
    """Change the parts of a message that the body of an edit names; the caller tells of it.

    Raises:
        ApiError: 50006 if nothing would be left to show, 30046 if the message is old and was edited often, 200000 or
            240000 if a filter refuses the text; the message stays as it was.
    """
    _filter(world, message.channel, payload.content)
    attachments = message.attachments
    if payload.kept_attachments is not None:
        attachments = [item for item in attachments if item.id in payload.kept_attachments]
    content = payload.content if "content" in body else message.content
    embeds = payload.embeds if "embeds" in body else message.embeds
    components = payload.components if "components" in body else message.components
    if not (content or embeds or components or attachments or payload.uploads):
        raise ApiError(EMPTY_MESSAGE)
    if world.old_edits is not None and world.clock() - message.at > _OLD:
        if not world.old_edits:
            raise ApiError(OLD_EDIT_LIMIT)
        world.old_edits -= 1
    message.attachments = [
        *attachments,
        *(
            world.attach(upload, message.channel.id, ephemeral=message.ephemeral)
            for upload in payload.uploads
        ),
    ]
    message.content, message.embeds, message.components = content, embeds, components
    if body.get("flags") is not None:
        settable = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2
        message.flags = message.flags & ~settable | payload.flags & settable
    if "content" in body:
        named = mentioned(world, message.channel, message.author, payload, None)
        message.mentions, message.mention_roles = named.users, named.roles
        message.mention_everyone = named.everyone


def _filter(world: World, channel: Channel, content: str) -> None:
    if any(link in content for link in world.harmful_links):
        raise ApiError(HARMFUL_LINK)
    if channel.guild is not None and any(word in content for word in world.blocked_words):
        raise ApiError(BLOCKED_WORDS)


def mentioned(
    world: World, channel: Channel, author: User, payload: MessagePayload, replied: User | None
) -> Mentions:
    """Whom the text mentions as far as `allowed_mentions` permits; without `allowed_mentions`, everyone it names."""
    allowed = payload.allowed_mentions
    if allowed is None or any(allowed.get(key) for key in ("parse", "users", "roles", "replied_user")):
        world.could_ping.append(payload.content)
    parse: list[str] = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    named_users = _named(allowed, "users")
    named_roles = _named(allowed, "roles")
    users = [
        world.users[int(found)]
        for found in dict.fromkeys(_USER.findall(payload.content))
        if int(found) in world.users and ("users" in parse or int(found) in named_users)
    ]
    ping = allowed is None or bool(allowed.get("replied_user"))
    if replied is not None and ping and replied not in users and replied is not author:
        users.append(replied)
    if channel.guild is None:
        return Mentions(users, [], everyone=False)
    roles = [
        role
        for role in channel.guild.roles
        if str(role.id) in _ROLE.findall(payload.content) and ("roles" in parse or role.id in named_roles)
    ]
    may = bool(world.permissions(channel, author) & Permission.MENTION_EVERYONE)
    everyone = may and "everyone" in parse and bool(_EVERYONE.search(payload.content))
    return Mentions(users, roles, everyone)


def _allowed_mentions(body: Json) -> Json | None:
    allowed: Json | None = body.get("allowed_mentions")
    for kind in ("users", "roles"):
        if allowed and kind in (allowed.get("parse") or []) and allowed.get(kind):
            raise invalid(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )
    return allowed


def _attachments(body: Json, files: Mapping[int, Upload]) -> tuple[list[Upload], list[int] | None]:
    """The new files with their descriptions, and the ids of the old ones that stay (None: all)."""
    if len(files) > _FILE_LIMIT:
        raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {_FILE_LIMIT} or fewer in length.")
    if sum(len(upload.data) for upload in files.values()) > _UPLOAD_BYTES:
        raise ApiError(FILE_TOO_LARGE)
    described: list[Json] | None = body.get("attachments")
    if described is None:
        return list(files.values()), None
    by_id = {int(item["id"]): item for item in described}
    uploads: list[Upload] = []
    for number, upload in files.items():
        about = by_id.pop(number, {})
        if len(about.get("description") or "") > _FILE_DESCRIPTION_LIMIT:
            limit = f"Must be {_FILE_DESCRIPTION_LIMIT} or fewer in length."
            raise invalid(f"attachments.{number}.description", "BASE_TYPE_MAX_LENGTH", limit)
        uploads.append(
            replace(
                upload,
                filename=about.get("filename") or upload.filename,
                description=about.get("description"),
                duration=about.get("duration_secs"),
                waveform=about.get("waveform"),
            )
        )
    return uploads, list(by_id)


def _named(allowed: Json | None, kind: str) -> set[int]:
    return {int(item) for item in cast("list[str]", (allowed or {}).get(kind) or [])}
