"""What the page asks to be done: the world changes as by people's own acts, and Discord's client's rules hold."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from sandbox import voice
from sandbox.discord import ChannelKind, Discord, Message, Permission, User
from sandbox.discord.kinds import MessageFlag
from sandbox.sample import NOTE

if TYPE_CHECKING:
    from sandbox.discord import Interaction
    from tests.sandbox.discord.clients import Http, Scene

File = tuple[str, str, bytes]
"""The field it was chosen for, its name, and what is in it."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Does things as the page would for somebody."""

    http: Http
    person: User

    async def do(self, what: str, *files: File, **about: Any) -> dict[str, Any]:
        """What comes of it."""
        status, answer = await self.tried(what, *files, **about)
        assert status == 200, answer
        return answer

    async def tried(self, what: str, *files: File, **about: Any) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        form = aiohttp.FormData()
        form.add_field("act", json.dumps({"as": str(self.person.id), "do": what} | about))
        for field, name, data in files:
            form.add_field(field, io.BytesIO(data), filename=name, content_type="audio/ogg")
        origin = f"http://{self.http.sandbox.cdn_host}"
        async with self.http.session.post(
            f"{origin}/page/acts", data=form, headers={"Origin": origin}
        ) as response:
            return response.status, await response.json()


@pytest.fixture
def ann(http: Http, scene: Scene) -> Doer:
    """Somebody who is ann."""
    return Doer(http, scene.ann)


@pytest.fixture
def owner(http: Http, scene: Scene) -> Doer:
    """Somebody who manages the server."""
    return Doer(http, scene.guild.owner)


def where(message: Message) -> dict[str, str]:
    """A message as the page names it."""
    return {"channel": str(message.channel.id), "message": str(message.id)}


async def test_messages(sandbox: Discord, scene: Scene, ann: Doer) -> None:
    """A message with a file, a reply that mentions, a change, a deletion."""
    channel = str(scene.channel.id)
    await ann.do("post", ("files", "a.ogg", b"sound"), channel=channel, text=f"Hi {sandbox.me.mention}")
    [first] = scene.channel.messages
    assert (first.author, first.mentions) == (scene.ann, [sandbox.me])
    assert [(item.filename, item.data) for item in first.attachments] == [("a.ogg", b"sound")]
    answer = sandbox.post(scene.channel, sandbox.me, "Hello")
    await ann.do("post", channel=channel, text="And?", reply_to=str(answer.id))
    reply = scene.channel.messages[-1]
    assert (reply.referenced, reply.mentions) == (answer, [sandbox.me])
    await ann.do("edit", **where(reply), text="And now?")
    assert reply.versions == ["And?", "And now?"]
    await ann.do("delete", **where(reply))
    assert scene.channel.messages == [first, answer]
    direct = sandbox.direct_channel(scene.ann)
    await ann.do("forward", **where(first), to=str(direct.id))
    [forwarded] = direct.messages
    assert forwarded.snapshot is not None
    assert forwarded.snapshot.content == first.content


async def test_a_recording_becomes_a_voice_message(sandbox: Discord, scene: Scene, ann: Doer) -> None:
    """Whatever the browser recorded, it is posted as Discord's clients do: flag, Ogg, duration and waveform."""
    await ann.do("voice", ("files", "recording", NOTE.read_bytes()), channel=str(scene.channel.id))
    [message] = scene.channel.messages
    [file] = message.attachments
    assert message.flags & MessageFlag.IS_VOICE_MESSAGE
    assert (file.filename, file.upload.content_type) == ("voice-message.ogg", "audio/ogg")
    recorded = voice.record(NOTE)
    assert (file.upload.duration, file.upload.waveform) == (recorded.seconds, recorded.waveform)
    refused = await ann.do("voice", ("files", "recording", b"no sound"), channel=str(scene.channel.id))
    assert refused["problem"].startswith("What was recorded is no audio")


async def test_threads_and_posts(sandbox: Discord, scene: Scene, ann: Doer) -> None:
    """A thread on a message, and a post in a forum, which is entered then."""
    message = sandbox.post(scene.channel, scene.ann, "Hi")
    opened = await ann.do("open_thread", **where(message), name="About it")
    assert message.thread is not None
    assert (opened["channel"], message.thread.name) == (str(message.id), "About it")
    again = await ann.do("open_thread", **where(message), name="Again")
    assert again == {"problem": "There can be no thread on this message."}
    forum = sandbox.add_channel(scene.guild, "ideas", ChannelKind.FORUM)
    posted = await ann.do("open_post", channel=str(forum.id), title="A bell", text="Louder?")
    post = sandbox.world.channels[int(posted["channel"])]
    assert (post.name, [each.content for each in post.messages]) == ("A bell", ["Louder?"])
    for title, text in (("", "Louder?"), ("A bell", ""), ("b" * 101, "Louder?")):
        assert "problem" in await ann.do("open_post", channel=str(forum.id), title=title, text=text)


async def test_reactions_typing_and_languages(sandbox: Discord, scene: Scene, ann: Doer) -> None:
    """A reaction, taken back by the same act; somebody is shown as typing, and speaks another language."""
    message = sandbox.post(scene.channel, sandbox.me, "Hi")
    await ann.do("react", **where(message), emoji="🇩🇪")
    assert message.reactions == {"🇩🇪": [scene.ann]}
    await ann.do("react", **where(message), emoji="🇩🇪")
    assert message.reactions == {}
    await ann.do("type", channel=str(scene.channel.id))
    assert scene.channel.typing[-1].user is scene.ann
    await ann.do("speak", locale="ja")
    assert scene.ann.locale == "ja"
    assert "problem" in await ann.do("speak", locale="xx")


COMMANDS: list[dict[str, Any]] = [
    {
        "name": "ask",
        "description": "Ask",
        "name_localizations": {"de": "frag"},
        "description_localizations": {"de": "Fragen"},
        "options": [
            {
                "type": 3,
                "name": "about",
                "description": "What",
                "required": True,
                "autocomplete": True,
                "name_localizations": {"de": "worum"},
            },
            {"type": 7, "name": "where", "description": "Where", "channel_types": [0]},
            {
                "type": 3,
                "name": "how",
                "description": "How",
                "choices": [{"name": "Soon", "value": "s", "name_localizations": {"de": "Bald"}}],
            },
            {"type": 11, "name": "file", "description": "File"},
        ],
    },
    {
        "name": "set",
        "description": "Set",
        "default_member_permissions": str(int(Permission.MANAGE_GUILD)),
        "options": [
            {"type": 1, "name": "on", "description": "On", "name_localizations": {"en-GB": "switched-on"}}
        ],
    },
    {"name": "Sum up", "type": 3, "name_localizations": {"de": "Zusammenfassen"}},
]


async def register(http: Http) -> None:
    """The bot registers its commands."""
    reply = await http.call("PUT", f"/applications/{http.sandbox.application.id}/commands", COMMANDS)
    assert reply.status == 200, reply.body


async def test_commands_are_offered_in_ones_language(
    sandbox: Discord, http: Http, scene: Scene, ann: Doer, owner: Doer
) -> None:
    """Those a person may use where they are, with names in their language, and channels of the kind that is taken."""
    await register(http)
    sandbox.add_channel(scene.guild, "lounge", ChannelKind.VOICE)
    channel = str(scene.channel.id)
    offered = await owner.do("offers", channel=channel)
    assert [(each["name"], each["label"]) for each in offered["slash"]] == [
        ("ask", "ask"),
        ("set on", "set switched-on"),
    ]
    await ann.do("speak", locale="de")
    offered = await ann.do("offers", channel=channel)
    [ask] = offered["slash"]
    assert (ask["name"], ask["label"], ask["description"]) == ("ask", "frag", "Fragen")
    about, at, how, file = ask["options"]
    assert (about["label"], about["required"], about["completes"]) == ("worum", True, True)
    assert at["choices"] == [{"value": channel, "label": "#general"}]
    assert how["choices"] == [{"value": "s", "label": "Bald"}]
    assert file["kind"] == "file"
    assert offered["menus"] == [{"name": "Sum up", "label": "Zusammenfassen"}]


async def answered(
    doer: Doer, body: dict[str, Any], what: str, *files: File, **about: Any
) -> tuple[Interaction, dict[str, Any]]:
    """Somebody uses something, and the bot answers with `body`: the interaction, and what the page is told."""
    interactions = doer.http.sandbox.world.interactions
    before = len(interactions)
    doing = asyncio.create_task(doer.do(what, *files, **about))
    await doer.http.sandbox.wait_for(lambda: len(interactions) > before)
    used = [*interactions.values()][-1]
    reply = await doer.http.call("POST", f"/interactions/{used.id}/{used.token}/callback", body)
    assert reply.status == 204, reply.body
    return used, await doing


async def test_commands_are_used(http: Http, scene: Scene, ann: Doer) -> None:
    """What is sent to the bot is what Discord's client sends: base names, ids of what was chosen, and the locale."""
    await register(http)
    await ann.do("speak", locale="de")
    channel = str(scene.channel.id)
    about: dict[str, Any] = {"channel": channel, "command": "ask"}

    choices = {"type": 8, "data": {"choices": [{"name": "Milk", "value": "m"}]}}
    asked, told = await answered(
        ann, choices, "complete", **about, option="about", typed="mi", options={"where": channel}
    )
    assert told["choices"] == [{"value": "m", "label": "Milk"}]
    assert asked.event_json()["locale"] == "de"
    assert {"type": 3, "name": "about", "value": "mi", "focused": True} in asked.data["options"]

    values = {"about": "m", "where": channel, "how": "s"}
    said = {"type": 4, "data": {"content": "Yes"}}
    used, _ = await answered(ann, said, "slash", ("file", "a.ogg", b"1"), **about, options=values)
    sent = {option["name"]: option["value"] for option in used.data["options"]}
    [attachment] = used.data["resolved"]["attachments"].values()
    assert sent == {**values, "file": attachment["id"]}
    assert (attachment["filename"], list(used.data["resolved"]["channels"])) == ("a.ogg", [channel])

    message = scene.channel.messages[-1]
    used, _ = await answered(ann, said, "menu", **where(message), command="Sum up")
    assert used.data["target_id"] == str(message.id)


async def test_a_form_is_only_for_who_opened_it(http: Http, scene: Scene, ann: Doer, owner: Doer) -> None:
    """Its values, and a file in it, reach the bot; another person cannot send it."""
    await register(http)
    fields = [
        {"type": 10, "content": "Please"},
        {"type": 18, "label": "Why", "component": {"type": 4, "custom_id": "why", "style": 1}},
        {"type": 18, "label": "File", "component": {"type": 19, "custom_id": "file", "required": False}},
        {
            "type": 18,
            "label": "Who",
            "component": {"type": 5, "custom_id": "who", "required": False},
        },
    ]
    form = {"type": 9, "data": {"custom_id": "f", "title": "Form", "components": fields}}
    about: dict[str, Any] = {"channel": str(scene.channel.id), "command": "ask", "options": {"about": "x"}}
    opener, told = await answered(ann, form, "slash", **about)
    assert [field["kind"] for field in told["form"]["fields"]] == ["words", "text", "files", "select"]
    sending: dict[str, Any] = {"interaction": told["interaction"], "values": {"why": "So"}}
    assert (await owner.do("submit", **sending))["problem"] == "This form was opened by someone else."
    said = {"type": 4, "data": {"content": "Thanks"}}
    sent, _ = await answered(ann, said, "submit", ("file", "a.txt", b"1"), **sending)
    assert sent.opened_by is opener
    assert sent.data["components"][1]["component"]["value"] == "So"
    assert len(sent.data["resolved"]["attachments"]) == 1


@pytest.mark.parametrize(
    ("what", "about", "says"),
    [
        ("post", {"text": "  "}, "There is nothing to send."),
        ("post", {"text": "a" * 2001}, "A message has 2000 characters at most."),
        ("post", {"text": "a", "channel": "1"}, "This channel is gone."),
        ("post", {"text": "a", "reply_to": "1"}, "This message is gone."),
        ("react", {"message": "1", "emoji": "a"}, "This message is gone."),
        ("slash", {"command": "nothing", "options": {}}, "no command 'nothing' is registered"),
    ],
)
async def test_what_cannot_be_done_is_told(
    scene: Scene, ann: Doer, what: str, about: dict[str, Any], says: str
) -> None:
    """In a sentence; and nothing happens."""
    answer = await ann.do(what, **{"channel": str(scene.channel.id), **about})
    assert answer["problem"].startswith(says)
    assert scene.channel.messages == []


async def test_permissions_hold(sandbox: Discord, scene: Scene, ann: Doer, owner: Doer) -> None:
    """Who may not write, attach, record, react, open threads or delete cannot; who manages the server can."""
    everyone = scene.guild.everyone
    message = sandbox.post(scene.channel, sandbox.me, "Hi")
    channel = str(scene.channel.id)
    deletes = "ann may not delete messages of others here."
    assert (await ann.do("delete", **where(message)))["problem"] == deletes
    assert (await ann.do("edit", **where(message), text="Ha"))["problem"].startswith("Only their author")
    sandbox.forbid(
        scene.channel,
        Permission.ATTACH_FILES
        | Permission.SEND_VOICE_MESSAGES
        | Permission.ADD_REACTIONS
        | Permission.CREATE_PUBLIC_THREADS,
        everyone,
    )
    for what, files, about in (
        ("post", [("files", "a.ogg", b"1")], {"text": "a"}),
        ("voice", [("files", "a.ogg", b"1")], {}),
        ("react", [], {"emoji": "a", "message": str(message.id)}),
        ("open_thread", [], {"name": "a", "message": str(message.id)}),
    ):
        answer = await ann.do(what, *files, channel=channel, **about)
        assert answer["problem"].startswith("ann may not "), what
    sandbox.forbid(scene.channel, Permission.SEND_MESSAGES, everyone)
    assert (await ann.do("post", channel=channel, text="a"))["problem"] == "ann may not write here."
    assert await owner.do("post", channel=channel, text="a") == {}
    thread = sandbox.open_thread(scene.channel, sandbox.me, "thread", starter=message)
    assert await ann.do("post", channel=str(thread.id), text="a") == {}
    sandbox.archive(thread, locked=True)
    locked = await ann.do("post", channel=str(thread.id), text="a")
    assert locked["problem"] == "ann may not write in a locked thread here."
    sandbox.forbid(scene.channel, Permission.VIEW_CHANNEL, everyone)
    assert (await ann.do("post", channel=channel, text="a"))["problem"] == "This channel is gone."
    assert await owner.do("delete", **where(message)) == {}


async def test_files_have_limits(scene: Scene, ann: Doer) -> None:
    """10 MiB each, 10 to a message, and no more at once than the stand-in takes."""
    about = {"channel": str(scene.channel.id), "text": ""}
    large = ("files", "a.ogg", bytes(10 * 1024 * 1024 + 1))
    assert (await ann.do("post", large, **about))["problem"] == "Discord takes files of up to 10 MB."
    many = [("files", "a.ogg", b"1")] * 11
    assert (await ann.do("post", *many, **about))["problem"] == "A message has 10 files at most."
    assert scene.channel.messages == []


@pytest.mark.parametrize(
    "about",
    [{"do": "nothing"}, {"as": "me"}, {"as": "1"}, {"do": "post"}, {"do": "submit", "interaction": "1"}],
)
async def test_what_is_no_act_is_refused(scene: Scene, ann: Doer, about: dict[str, Any]) -> None:
    """With a status of its own."""
    assert (await ann.tried(**{"what": "post", **about}))[0] == 400


async def test_nobody_is_the_bot(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Or an account that is in no server."""
    for user in (sandbox.me, sandbox.add_user("stranger")):
        answer = await Doer(http, user).do("post", channel=str(scene.channel.id), text="a")
        assert answer["problem"] == "Nobody can be that one."
