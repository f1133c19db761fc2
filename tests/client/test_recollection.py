"""What was said before is read from Discord, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.client.recollection import Recollection
from bot.models import ChannelKind, Posted, Question
from bot.reply import Reply
from sandbox.discord import Upload

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from sandbox.discord import Channel, Message
    from tests.client.scene import Scene


def asked(note: VoiceNote, message: Message) -> VoiceNote:
    """A question about a note."""
    return replace(note, question=Question(message_id=message.id, channel_id=message.channel.id))


def said(scene: Scene, channel: Channel, text: str, *, reply_to: Message | None = None) -> Message:
    """Anna writes something, a second later."""
    scene.clock.now += 1
    return scene.discord.post(channel, scene.anna, text, reply_to=reply_to)


async def test_all_of_a_thread_up_to_the_question(scene: Scene) -> None:
    """In order, with who said it; the mention of the bot is left out, and so is what came after."""
    note = scene.posted()
    await scene.delivery(note).finish(Reply(("Milk.",)))
    thread = scene.thread(note)
    said(scene, thread, "Hm.")
    question = said(scene, thread, f"{scene.discord.me.mention} how much?")
    said(scene, thread, "Later.")
    found = await Recollection(scene.client).said_about(asked(note, question))
    me, anna = scene.discord.me.id, scene.anna
    ours = [message.id for message in thread.messages if message.author.id == me]
    assert [(each.author_id, each.name, each.text, each.ours) for each in found] == [
        (me, scene.discord.me.name, "Milk.", True),
        (anna.id, "Anna", "Hm.", False),
        (anna.id, "Anna", " how much?", False),
    ]
    assert found[0].id == ours[0]


async def test_in_a_channel_only_what_replies(scene: Scene) -> None:
    """To the note, to its answer, or to such a reply: others talk there, too."""
    voice = scene.posted(ChannelKind.VOICE)
    note_message = scene.channel.messages[-1]
    await scene.delivery(voice).finish(Reply(("Milk.",)))
    answer = scene.channel.messages[-1]
    said(scene, scene.channel, "Something else.")
    first = said(scene, scene.channel, "How much?", reply_to=answer)
    said(scene, scene.channel, "Something else.", reply_to=scene.channel.messages[-2])
    question = said(scene, scene.channel, "And when?", reply_to=first)
    found = await Recollection(scene.client).said_about(asked(voice, question))
    assert [each.text for each in found] == ["Milk.", "How much?", "And when?"]
    assert note_message.id not in {each.id for each in found}


async def test_a_question_that_was_deleted_is_gone(scene: Scene) -> None:
    """There is nothing to answer."""
    note = scene.posted()
    await scene.delivery(note).finish(Reply(("Milk.",)))
    question = said(scene, scene.thread(note), "How much?")
    scene.discord.delete(question)
    with pytest.raises(errors.Gone):
        await Recollection(scene.client).said_about(asked(note, question))


async def test_while_discord_is_away_it_is_read_later(scene: Scene) -> None:
    """A question waits like a note."""
    note = scene.posted()
    await scene.delivery(note).finish(Reply(("Milk.",)))
    question = said(scene, scene.thread(note), "How much?")
    scene.discord.faults.add("GET", r"/channels/\d+/messages", status=403, body=b"blocked")
    with pytest.raises(errors.DiscordAway):
        await Recollection(scene.client).said_about(asked(note, question))


async def test_what_asks_nothing_has_no_past(scene: Scene) -> None:
    """Discord is not asked."""
    assert await Recollection(scene.client).said_about(scene.posted()) == ()


async def test_the_text_of_an_answer(scene: Scene) -> None:
    """Of all its pages; None if one of them is gone."""
    note = scene.posted()
    pages = [scene.discord.post(scene.channel, scene.discord.me, text) for text in ("One.", "Two.")]
    posted = Posted(channel_id=scene.channel.id, pages=tuple(page.id for page in pages))
    assert await Recollection(scene.client).text_of(note, posted) == "One.\nTwo."
    scene.discord.delete(pages[1])
    assert await Recollection(scene.client).text_of(note, posted) is None


async def test_the_text_of_an_answer_that_is_a_file(scene: Scene) -> None:
    """The file holds all of it."""
    note = scene.posted()
    whole = "word " * 5000
    beginning = scene.discord.post(scene.channel, scene.discord.me, "word")
    rest = scene.discord.post(
        scene.channel, scene.discord.me, "", files=[Upload("answer.txt", whole.encode(), "text/plain")]
    )
    posted = Posted(channel_id=scene.channel.id, pages=(beginning.id, rest.id))
    assert await Recollection(scene.client).text_of(note, posted) == whole.strip()
