"""What somebody at the page does, as one of the people there: the same methods do it that the tests call for people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from sandbox import voice
from sandbox.discord.interactions import ANSWER_SECONDS, Interaction
from sandbox.discord.locales import LOCALES, localised
from sandbox.discord.page import controls, sight
from sandbox.discord.page.offers import offers
from sandbox.discord.people import CannotUseError
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Channel, Json, Message, Role, Thread, Upload, User

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sandbox.discord.people import People

Files = dict[str, list[Upload]]
"""Uploaded files, by the name of the field or option they were chosen for; those of a message have the name `files`."""

_LARGEST = 10 * 1024 * 1024
_MOST_FILES = 10
_LONGEST = 2000
_ENTITIES = {"users", "channels", "roles", "mentionables"}


class Acts:
    """One method for each thing that can be done. All raise `CannotUseError` where Discord's client would not let them."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._world = people.world
        self._known: dict[str, Callable[[User, Json, Files], Json | Awaitable[Json]]] = {
            "post": self._post,
            "voice": self._voice,
            "open_post": self._open_post,
            "open_thread": self._open_thread,
            "forward": self._forward,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "type": self._type,
            "speak": self._speak,
            "offers": self._offers,
            "slash": self._slash,
            "complete": self._complete,
            "menu": self._menu,
            "press": self._press,
            "submit": self._submit,
        }

    async def do(self, act: Json, files: Files) -> Json:
        """Do what `act` says: `do`, `as` (whose id), and what that act needs. Returns what comes of it at once.

        Raises:
            CannotUseError: that person cannot do that; the message is a sentence.
            KeyError, TypeError, ValueError: it is no act this page sends.
        """
        user = self._world.users[int(act["as"])]
        if user not in sight.people(self._world):
            raise CannotUseError("Nobody can be that one.")
        if any(len(upload.data) > _LARGEST for uploads in files.values() for upload in uploads):
            raise CannotUseError("Discord takes files of up to 10 MB.")
        done = self._known[act["do"]](user, act, files)
        return done if isinstance(done, dict) else await done

    # Messages

    def _post(self, user: User, act: Json, files: Files) -> Json:
        channel, text, uploads = self._where_to_write(user, act), _text(act), _uploads(files)
        if uploads:
            self._need(user, channel, Permission.ATTACH_FILES, "attach files")
        if not text.strip() and not uploads:
            raise CannotUseError("There is nothing to send.")
        reply_to = self._message(user, {**act, "message": act["reply_to"]}) if act.get("reply_to") else None
        self._people.post(channel, user, text, files=uploads, reply_to=reply_to)
        return {}

    async def _voice(self, user: User, act: Json, files: Files) -> Json:
        channel = self._where_to_write(user, act)
        self._need(user, channel, Permission.SEND_VOICE_MESSAGES, "send voice messages")
        try:
            recorded = await asyncio.to_thread(
                voice.from_recording, files["files"][0].data, "What was recorded"
            )
        except voice.NotAudioError as error:
            raise CannotUseError(str(error)) from error
        self._people.post_voice(
            channel, user, recorded.data, duration=recorded.seconds, waveform=recorded.waveform
        )
        return {}

    def _open_post(self, user: User, act: Json, files: Files) -> Json:
        forum, title = self._channel(user, act), str(act["title"]).strip()
        self._need(user, forum, Permission.SEND_MESSAGES, "open posts")
        if not 1 <= len(title) <= 100:  # noqa: PLR2004 - Discord's limit
            raise CannotUseError("A post needs a title of up to 100 characters.")
        text, uploads = _text(act), _uploads(files)
        if not text.strip() and not uploads:
            raise CannotUseError("A post needs a message or a file.")
        post = self._people.open_post(forum, user, title, text, files=uploads)
        return {"channel": str(post.channel.id)}

    def _open_thread(self, user: User, act: Json, _: Files) -> Json:
        message = self._message(user, act)
        self._need(user, message.channel, Permission.CREATE_PUBLIC_THREADS, "open threads")
        if message.thread is not None or message.channel.kind.is_thread:
            raise CannotUseError("There can be no thread on this message.")
        name = str(act["name"]).strip()[:100] or "Thread"
        thread = self._people.open_thread(message.channel, user, name, starter=message)
        return {"channel": str(thread.id)}

    def _forward(self, user: User, act: Json, _: Files) -> Json:
        there = self._where_to_write(user, {"channel": act["to"]})
        self._people.forward(self._message(user, act), there, user)
        return {}

    def _edit(self, user: User, act: Json, _: Files) -> Json:
        message = self._message(user, act)
        if message.author is not user:
            raise CannotUseError("Only their author can change messages.")
        self._people.edit(message, _text(act))
        return {}

    def _delete(self, user: User, act: Json, _: Files) -> Json:
        message = self._message(user, act)
        if message.author is not user:
            self._need(user, message.channel, Permission.MANAGE_MESSAGES, "delete messages of others")
        self._people.delete(message)
        return {}

    def _react(self, user: User, act: Json, _: Files) -> Json:
        message, emoji = self._message(user, act), str(act["emoji"]).strip()
        if not emoji:
            raise CannotUseError("There is no emoji.")
        if user in message.reactions.get(emoji, []):
            self._people.take_back(message, user, emoji)
            return {}
        if emoji not in message.reactions:
            self._need(user, message.channel, Permission.ADD_REACTIONS, "add reactions")
        self._people.react(message, user, emoji)
        return {}

    def _type(self, user: User, act: Json, _: Files) -> Json:
        self._people.type_in(self._where_to_write(user, act), user)
        return {}

    def _speak(self, user: User, act: Json, _: Files) -> Json:
        if act["locale"] not in LOCALES:
            raise CannotUseError("Discord's client has no such language.")
        self._people.set_locale(user, act["locale"])
        return {}

    # Interactions

    def _offers(self, user: User, act: Json, _: Files) -> Json:
        channel = self._channel(user, act)
        return offers(self._people.interactions.offered(user, channel), channel, self._world, user)

    async def _slash(self, user: User, act: Json, files: Files) -> Json:
        channel = self._channel(user, act)
        options = self._options(user, channel, act, files)
        return await self._answer(self._people.slash(user, channel, act["command"], **options))

    async def _complete(self, user: User, act: Json, files: Files) -> Json:
        channel, option = self._channel(user, act), str(act["option"])
        options = {
            name: value for name, value in self._options(user, channel, act, files).items() if name != option
        }
        asked = self._people.autocomplete(user, channel, act["command"], option, str(act["typed"]), **options)
        return await self._answer(asked)

    async def _menu(self, user: User, act: Json, _: Files) -> Json:
        return await self._answer(self._people.context_menu(user, self._message(user, act), act["command"]))

    async def _press(self, user: User, act: Json, _: Files) -> Json:
        message = self._message(user, act)
        return await self._answer(self._people.press(user, message, act["custom_id"], act.get("values")))

    async def _submit(self, user: User, act: Json, files: Files) -> Json:
        opener = {str(used.id): used for used in self._world.interactions.values()}[act["interaction"]]
        if opener.user is not user:
            raise CannotUseError("This form was opened by someone else.")
        values: Mapping[str, Any] = {**act["values"], **files}
        return await self._answer(self._people.submit(opener, values))

    async def _answer(self, used: Interaction) -> Json:
        """The bot's form or choices, once it has acknowledged the interaction."""
        try:
            await self._world.changes.wait_for(lambda: used.acknowledged is not None, ANSWER_SECONDS)
        except TimeoutError:
            raise CannotUseError(f"{self._world.me.name} did not respond in time.") from None
        answer: Json = {"interaction": str(used.id)}
        if used.form is not None:
            answer["form"] = controls.form(used.form, used.channel, self._world, used.user)
        if used.choices is not None:
            locale = used.user.locale
            answer["choices"] = [
                {"value": choice["value"], "label": localised(choice, "name", locale)}
                for choice in used.choices
            ]
        return answer

    def _options(self, user: User, channel: Channel, act: Json, files: Files) -> dict[str, Any]:
        """The values typed and chosen, as objects of this world; those of a command that is not offered are left as they are."""
        there = offers(self._people.interactions.offered(user, channel), channel, self._world, user)
        commands = cast("list[Json]", there["slash"])
        declared = [
            cast("list[Json]", each["options"]) for each in commands if each["name"] == act["command"]
        ]
        kinds = {option["name"]: option["kind"] for options in declared for option in options}
        values = cast("Json", act.get("options") or {})
        chosen = {
            name: self._entity(channel, int(value)) if kinds.get(name) in _ENTITIES else value
            for name, value in values.items()
        }
        return chosen | {name: uploads[0] for name, uploads in files.items()}

    def _entity(self, channel: Channel, number: int) -> User | Channel | Role:
        roles = {role.id: role for role in channel.guild.roles} if channel.guild else {}
        for known in (self._world.users, self._world.channels, roles):
            if number in known:
                return known[number]
        raise CannotUseError("What was chosen is gone.")

    # What is there

    def _channel(self, user: User, act: Json) -> Channel:
        channel = self._world.channels.get(int(act["channel"]))
        if channel is None or not sight.sees(self._world, user, channel):
            raise CannotUseError("This channel is gone.")
        return channel

    def _where_to_write(self, user: User, act: Json) -> Channel:
        channel = self._channel(user, act)
        if isinstance(channel, Thread):
            self._need(user, channel, Permission.SEND_MESSAGES_IN_THREADS, "write in threads")
            if channel.locked:
                self._need(user, channel, Permission.MANAGE_THREADS, "write in a locked thread")
        else:
            self._need(user, channel, Permission.SEND_MESSAGES, "write")
        return channel

    def _message(self, user: User, act: Json) -> Message:
        number = int(act["message"])
        for message in sight.messages(self._world, user):
            if message.id == number:
                return message
        raise CannotUseError("This message is gone.")

    def _need(self, user: User, channel: Channel, permission: Permission, what: str) -> None:
        if not self._world.permissions(channel, user) & permission:
            raise CannotUseError(f"{user.name} may not {what} here.")


def _text(act: Json) -> str:
    text = str(act.get("text") or "")
    if len(text) > _LONGEST:
        raise CannotUseError("A message has 2000 characters at most.")
    return text


def _uploads(files: Files) -> Sequence[Upload]:
    uploads = files.get("files") or []
    if len(uploads) > _MOST_FILES:
        raise CannotUseError("A message has 10 files at most.")
    return uploads
