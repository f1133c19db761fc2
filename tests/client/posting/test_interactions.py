"""Answers to commands: what stands there in the end, and what becomes of them where it cannot stand there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot import errors, reply
from bot.client import InteractionDelivery, acknowledge, answer_at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Message
    from sandbox.discord.interactions import Interaction
    from sandbox.faults import Fault
    from tests.client.scene import Scene

COMMAND = {
    "id": "1",
    "name": "ask",
    "description": "Ask",
    "type": 1,
    "integration_types": [0],
    "contexts": None,
    "default_member_permissions": None,
}
HEARD = reply.Reply(("Heard.",))
LONG = reply.Reply(("one", "two", "-# All of it is in the file."), file_text="one two three\n")
TOKEN_SECONDS = 15 * 60
CALLBACK = "/interactions/.*/callback"


class Pauses:
    """The bot's clock, which only its own pauses move. What waits for a time can be hung on it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.then: dict[float, Callable[[], object]] = {}

    def __call__(self) -> float:
        """Seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Pass the time."""
        self.now += seconds
        for at in [at for at in self.then if at <= self.now]:
            self.then.pop(at)()


class Asked:
    """Anna has used a command, and the bot has asked for time."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.pauses = Pauses()
        self.taken: set[int] = set()
        scene.discord.world.register_commands(None, [COMMAND])
        self.used: Interaction = scene.discord.slash(scene.anna, scene.channel, "ask")
        state = scene.client._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as discord.py does
        self.interaction: discord.Interaction = discord.Interaction(
            data=self.used.event_json(),  # pyright: ignore[reportArgumentType] - as it comes by the gateway
            state=state,
        )
        self._order = itertools.count()

    async def acknowledge(self, *, private: bool = False) -> None:
        """Ask for time."""
        await acknowledge(self.interaction, private=private, clock=self.pauses, sleep=self.pauses.sleep)

    async def delivery(
        self, *, private: bool = False, heading: str = "", words: reply.Words = reply.ENGLISH
    ) -> InteractionDelivery:
        """Where the answer of the next file goes."""
        first = next(self._order) == 0
        if first:
            await self.acknowledge(private=private)
        return InteractionDelivery(
            self.interaction,
            first=first,
            private=private,
            heading=heading,
            taken=self.taken,
            clock=self.pauses,
            sleep=self.pauses.sleep,
            words=words,
        )

    def fault(self, method: str = "*", *, code: int = 0, path: str = "/webhooks/.*", **fault: Any) -> Fault:
        """Something goes wrong with answers to the command."""
        if "status" in fault:
            fault["body"] = {"code": code, "message": "No"}
        return self.scene.discord.faults.add(method, path, **fault)

    def answers(self) -> list[Message]:
        """What stands there."""
        first = [self.used.response] if self.used.response is not None else []
        return [message for message in [*first, *self.used.followups] if not message.deleted]

    def said(self) -> list[str]:
        """The words of what stands there."""
        return [message.content for message in self.answers()]

    def in_private(self) -> list[str]:
        """What the bot has said to Anna alone."""
        return self.scene.said(self.scene.discord.direct_channel(self.scene.anna))


@pytest.fixture
def asked(scene: Scene) -> Asked:
    """A command that was used just now."""
    return Asked(scene)


async def test_an_answer_grows(asked: Asked) -> None:
    """From the promise to the last page, which has the file."""
    delivery = await asked.delivery()
    await delivery.grow(("on",))
    await delivery.grow(("one", "tw"))
    await delivery.finish(LONG)
    assert asked.said() == list(LONG.pages)
    assert [[file.data for file in message.attachments] for message in asked.answers()] == [
        [],
        [],
        [b"one two three\n"],
    ]


PICTURED = reply.Reply(("Bars.",), picture=reply.Picture(png=b"\x89PNG", name="a.png", description="A bar."))


async def test_a_picture_comes_with_what_is_to_be_seen_in_it(asked: Asked) -> None:
    """In words, for those who don't see it; also where the answer comes too late, in private."""
    delivery = await asked.delivery()
    await delivery.finish(PICTURED)
    [file] = asked.answers()[0].attachments
    assert (file.filename, file.data, file.upload.description) == ("a.png", b"\x89PNG", "A bar.")
    late = await asked.delivery()
    asked.scene.clock.now += TOKEN_SECONDS + 1
    await late.finish(PICTURED)
    direct = asked.scene.discord.direct_channel(asked.scene.anna)
    assert [file.upload.description for file in direct.messages[-1].attachments] == ["A bar."]


async def test_a_picture_that_is_refused_is_left_out(asked: Asked) -> None:
    """What the text says stays."""
    asked.fault("PATCH", status=400, code=50035)
    await (await asked.delivery()).finish(PICTURED)
    assert asked.said() == ["Bars."]
    assert asked.answers()[0].attachments == []


async def test_pages_too_many_are_taken_back(asked: Asked) -> None:
    """Half an answer and then its end in one sentence: of the half, nothing stays. One that is gone does no harm."""
    delivery = await asked.delivery()
    await delivery.grow(("one", "two", "three"))
    asked.scene.discord.delete(asked.answers()[1])
    await delivery.finish(reply.restarting(reply.ENGLISH))
    assert asked.said() == list(reply.restarting(reply.ENGLISH).pages)


async def test_a_second_file_is_answered_below_the_first(asked: Asked) -> None:
    """Its pages are its own, and taken back alone."""
    first, second = await asked.delivery(), await asked.delivery()
    await first.finish(reply.Reply(("one", "two")))
    await second.grow(("three", "four"))
    await second.finish(HEARD)
    assert asked.said() == ["one", "two", "Heard."]


@pytest.mark.parametrize("grown", [(), ("It",), ("It", "gr")])
async def test_a_deleted_answer_stays_deleted(asked: Asked, grown: tuple[str, ...]) -> None:
    """Whoever deleted it, or the promise of one, does not want it in private instead; nor the rest of it."""
    delivery = await asked.delivery()
    await delivery.grow(grown)
    original = asked.used.original
    assert original is not None
    asked.scene.discord.delete(original)
    await delivery.finish(LONG)
    assert asked.said() == list(LONG.pages[1 : len(grown)])
    assert asked.in_private() == []


async def test_an_answer_that_comes_too_late_comes_in_private(asked: Asked) -> None:
    """All of it: what stands there can't be finished."""
    delivery = await asked.delivery()
    await delivery.grow(("one", "tw"))
    asked.scene.clock.now += TOKEN_SECONDS + 1
    await delivery.finish(LONG)
    assert asked.in_private() == [reply.LATE, *LONG.pages]


async def test_neither_here_nor_in_private(asked: Asked) -> None:
    """It is an answer that could not be given, and no accident."""
    delivery = await asked.delivery()
    asked.scene.clock.now += TOKEN_SECONDS + 1
    asked.scene.discord.world.refuse_direct_messages.add(asked.scene.anna.id)
    with pytest.raises(errors.CommandExpired):
        await delivery.finish(LONG)


async def test_what_finds_no_room_below_a_command_comes_in_private(asked: Asked) -> None:
    """The rest alone: what stands there is up to date."""
    delivery = await asked.delivery()
    await delivery.grow(("one",))
    asked.scene.discord.faults.add(
        "POST", "/webhooks/.*", status=400, body={"code": 40094, "message": "Too many follow-ups"}
    )
    await delivery.finish(LONG)
    assert asked.said() == ["one"]
    assert asked.in_private() == [reply.NO_MORE_ROOM, *LONG.pages[1:]]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 400, "code": 40060, "after_handling": True},
        {"status": 500, "after_handling": True},
        {"status": 503, "after_handling": True},
        {"cut_after": 0},
        {"status": 500, "times": 5},
        {"status": 502},
        {"status": 403, "code": 40333},
    ],
)
async def test_a_deferral_reported_failed(asked: Asked, fault: dict[str, Any]) -> None:
    """Whether or not it took effect, the answer comes where it is waited for."""
    met = asked.fault("POST", path=CALLBACK, **fault)
    delivery = await asked.delivery()
    # Discord waits three seconds.
    assert asked.pauses.now < 1002
    await delivery.finish(HEARD)
    assert asked.said() == ["Heard."]
    assert met.used == fault.get("times", 1)
    assert asked.in_private() == []


async def test_a_deferral_that_came_too_late(asked: Asked) -> None:
    """Nothing can be done: Discord has told the person itself."""
    asked.scene.clock.now += 4
    with pytest.raises(discord.NotFound) as caught:
        await asked.acknowledge()
    assert caught.value.code == 10062


async def test_discord_is_away_while_time_is_asked_for(asked: Asked) -> None:
    """Not for ever, and as an error of ours."""
    asked.fault("POST", path=CALLBACK, status=503, times=None)
    with pytest.raises(errors.DiscordAway):
        await asked.acknowledge()
    assert 1000 + TOKEN_SECONDS - 60 < asked.pauses.now <= 1000 + TOKEN_SECONDS


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 429}, {"cut_after": 0}])
@pytest.mark.parametrize("grown", [(), ("It",)])
async def test_an_answer_waits_for_discord(
    asked: Asked, grown: tuple[str, ...], fault: dict[str, Any]
) -> None:
    """Many failures in a row, and then it stands there, once."""
    delivery = await asked.delivery()
    await delivery.grow(grown)
    met = asked.fault(times=12, **fault)
    await delivery.finish(reply.Reply(("one", "two")))
    assert asked.said() == ["one", "two"]
    assert met.used == 12
    assert asked.in_private() == []


async def test_discord_is_away_for_longer_than_it_waits(asked: Asked) -> None:
    """The answer comes in private."""
    delivery = await asked.delivery()
    asked.fault(status=503, times=None)
    await delivery.finish(HEARD)
    assert asked.in_private() == [reply.LATE, "Heard."]
    assert asked.pauses.now <= 1000 + TOKEN_SECONDS


async def test_discord_is_away_in_private_for_a_while(asked: Asked) -> None:
    """The answer arrives, once."""
    delivery = await asked.delivery()
    asked.fault(status=503, times=None)
    private = rf"/channels/{asked.scene.discord.direct_channel(asked.scene.anna).id}/messages"
    asked.fault("POST", path=private, status=503, times=2, after_handling=True)
    await delivery.finish(HEARD)
    assert asked.in_private() == [reply.LATE, "Heard."]


async def test_discord_is_away_in_private_too(asked: Asked) -> None:
    """It ends as a command that has run out."""
    delivery = await asked.delivery()
    asked.fault(status=503, times=None)
    asked.fault("POST", path="/users/@me/channels", status=503, times=None)
    with pytest.raises(errors.CommandExpired):
        await delivery.finish(HEARD)


@pytest.mark.parametrize("count", [1, 4])
async def test_an_interaction_not_known_yet(asked: Asked, count: int) -> None:
    """Right after the deferral, Discord may say so for a moment: that is no end."""
    delivery = await asked.delivery()
    asked.fault("PATCH", status=404, code=10015, times=count)
    await delivery.finish(HEARD)
    assert asked.said() == ["Heard."]
    assert asked.pauses.now < 1000 + 15


async def test_an_interaction_not_known_any_more(asked: Asked) -> None:
    """After a moment, it is taken for the end."""
    delivery = await asked.delivery()
    asked.fault(status=404, code=10015, times=None)
    await delivery.finish(HEARD)
    assert asked.in_private() == [reply.LATE, "Heard."]
    assert asked.pauses.now < 1000 + 60


@pytest.mark.parametrize(
    "fault",
    [{"status": 500, "after_handling": True}, {"status": 503, "after_handling": True}, {"cut_after": 0}],
)
async def test_a_page_posted_but_reported_failed(asked: Asked, fault: dict[str, Any]) -> None:
    """It stands there once, with its file, and goes on growing."""
    delivery = await asked.delivery()
    met = asked.fault("POST", times=2, **fault)
    await delivery.grow(("one", "tw"))
    await delivery.finish(LONG)
    assert asked.said() == list(LONG.pages)
    assert [len(message.attachments) for message in asked.answers()] == [0, 0, 1]
    assert met.used == 2


async def test_a_page_of_a_second_file_posted_but_reported_failed(asked: Asked) -> None:
    """The pages of the first one are not taken for it."""
    first, second = await asked.delivery(), await asked.delivery()
    await first.finish(reply.Reply(("one", "two")))
    asked.fault("POST", status=502, after_handling=True)
    await second.finish(HEARD)
    assert asked.said() == ["one", "two", "Heard."]


async def test_other_commands_pages_are_none_of_this_one(asked: Asked) -> None:
    """Nor what the bot says there otherwise."""
    other = Asked(asked.scene)
    await (await other.delivery()).finish(reply.Reply(("three", "four")))
    await asked.scene.client.get_partial_messageable(asked.scene.channel.id).send("five")
    delivery = await asked.delivery()
    asked.fault("POST", status=503)
    await delivery.finish(reply.Reply(("one", "two")))
    assert (asked.said(), other.said()) == (["one", "two"], ["three", "four"])


async def test_what_only_one_person_sees_is_said_rather_twice_than_never(asked: Asked) -> None:
    """There is no history of it in which to look."""
    delivery = await asked.delivery(private=True)
    asked.fault("POST", status=503)
    await delivery.finish(reply.Reply(("one", "two")))
    assert asked.said() == ["one", "two"]


async def test_growing_does_not_wait(asked: Asked) -> None:
    """Progress that Discord does not take is left out."""
    delivery = await asked.delivery()
    asked.fault("PATCH", status=503)
    with pytest.raises(discord.DiscordServerError):
        await delivery.grow(("It",))
    assert asked.pauses.now == 1000
    await delivery.finish(HEARD)
    assert asked.said() == ["Heard."]


@pytest.mark.parametrize("private", [True, False])
async def test_links_that_are_refused(asked: Asked, private: bool) -> None:  # noqa: FBT001
    """The answer comes without them."""
    asked.scene.discord.world.harmful_links.add("evil.example")
    await (await asked.delivery(private=private)).finish(
        reply.Reply(("See https://evil.example/a", "and this."))
    )
    assert asked.said()[0] == "See [link]"
    assert len(asked.said()) == 2


async def test_words_that_are_refused(asked: Asked) -> None:
    """They come in a file, which says whose answer it is."""
    asked.scene.discord.world.blocked_words.add("word")
    await (await asked.delivery(heading="**a.ogg**\n")).finish(reply.Reply(("**a.ogg**\nA word",)))
    [answer] = asked.answers()
    assert answer.content.startswith("**a.ogg**\n")
    assert answer.attachments[0].data == b"**a.ogg**\nA word\n"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 240000),
        (400, 200000),
        (400, 50035),
        (400, 50006),
        (413, 40005),
        (403, 50013),
        (404, 10003),
        (400, 0),
    ],
)
@pytest.mark.parametrize("grown", [(), ("It", "gr")])
async def test_whatever_edit_is_refused(asked: Asked, grown: tuple[str, ...], status: int, code: int) -> None:
    """The same words pass as new messages."""
    delivery = await asked.delivery()
    await delivery.grow(grown)
    asked.fault("PATCH", status=status, code=code, times=None)
    await delivery.finish(reply.Reply(("one", "two")))
    assert asked.said() == ["one", "two"]


@pytest.mark.parametrize("code", [240000, 50035, 99999])
async def test_where_nothing_passes_in_public(asked: Asked, code: int) -> None:
    """It comes in private; and instead of “thinking” stands that it does."""
    delivery = await asked.delivery()
    # An edit and a new message in two forms each.
    asked.fault(status=400, code=code, times=4)
    await delivery.finish(HEARD)
    assert asked.in_private() == [reply.REFUSED_THERE, "Heard."]
    assert asked.said() == [reply.SENT_PRIVATELY]


async def test_each_reads_their_language(scene: Scene) -> None:
    """What all can read is in the answer's, what only the person who asked can read is in theirs."""
    scene.anna.locale = "ja"
    asked = Asked(scene)
    delivery = await asked.delivery(words=reply.words_for("de"))
    asked.fault(status=400, code=240000, times=4)
    await delivery.finish(HEARD)
    [remark, answer] = asked.in_private()
    assert "こちらにお送りします" in remark
    assert answer == "Heard."
    assert asked.said() == [
        "Discord hat meine Antwort hier nicht zugelassen, deshalb habe ich sie dir als Direktnachricht geschickt."
    ]


async def test_where_it_does_not_even_pass_in_private(asked: Asked) -> None:
    """Instead of “thinking” stands why there is no answer."""
    delivery = await asked.delivery()
    asked.fault(status=400, code=240000, times=4)
    asked.scene.discord.world.refuse_direct_messages.add(asked.scene.anna.id)
    with pytest.raises(errors.AnswerRefused):
        await delivery.finish(HEARD)
    assert asked.said() == [reply.sentence(errors.AnswerRefused(), words=reply.ENGLISH)]


async def test_where_nothing_passes_at_all(asked: Asked) -> None:
    """It does not say for ever that the bot is thinking."""
    delivery = await asked.delivery()
    for method in ("PATCH", "POST"):
        asked.fault(method, status=400, code=50035, times=None)
    asked.fault("POST", path=r"/channels/\d+/messages", status=400, code=50035, times=None)
    with pytest.raises(errors.AnswerRefused):
        await delivery.finish(HEARD)
    assert asked.used.original is not None
    assert asked.used.original.deleted


async def test_a_sentence_at_once(asked: Asked) -> None:
    """Where nothing was said, and where the command is acknowledged already."""
    await answer_at_once(asked.interaction, "Sorry.")
    await answer_at_once(asked.interaction, "Really.")
    assert asked.said() == ["Sorry.", "Really."]
    assert all(message.ephemeral for message in asked.answers())
