"""Answers to commands: what stands there in the end, and what becomes of them where it cannot stand there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import discord
import pytest

from bot import errors, reply
from bot.client import InteractionDelivery

if TYPE_CHECKING:
    from sandbox.discord import Message
    from sandbox.discord.interactions import Interaction
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


class Asked:
    """Anna has used a command, and the bot has asked for time."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.discord.world.register_commands(None, [COMMAND])
        self.used: Interaction = scene.discord.slash(scene.anna, scene.channel, "ask")
        state = scene.client._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as discord.py does
        self.interaction: discord.Interaction = discord.Interaction(
            data=self.used.event_json(),  # pyright: ignore[reportArgumentType] - as it comes by the gateway
            state=state,
        )
        self._order = itertools.count()

    async def delivery(self) -> InteractionDelivery:
        """Where the answer of the next file goes."""
        first = next(self._order) == 0
        if first:
            await self.interaction.response.defer(thinking=True)
        return InteractionDelivery(self.interaction, first=first, private=False)

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


async def test_pages_too_many_are_taken_back(asked: Asked) -> None:
    """Half an answer and then its end in one sentence: of the half, nothing stays. One that is gone does no harm."""
    delivery = await asked.delivery()
    await delivery.grow(("one", "two", "three"))
    asked.scene.discord.delete(asked.answers()[1])
    await delivery.finish(reply.RESTARTING)
    assert asked.said() == list(reply.RESTARTING.pages)


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


async def test_other_trouble_is_not_taken_for_an_end(asked: Asked) -> None:
    """It shows in the log as what it is."""
    delivery = await asked.delivery()
    asked.scene.discord.faults.add(
        "PATCH", "/webhooks/.*", status=404, body={"code": 10003, "message": "Unknown Channel"}
    )
    with pytest.raises(discord.NotFound):
        await delivery.finish(HEARD)
    assert asked.in_private() == []


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
