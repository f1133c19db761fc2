"""What was said about a note is read from Discord's own history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import asks, errors
from bot.client.recollection import Recollection
from bot.models import ChannelKind, Posted, Question
from sandbox.discord import ChannelKind as Kind
from sandbox.discord import Upload

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from sandbox.discord import Channel, Message
    from tests.client.scene import Scene


def asked(scene: Scene, note: Message, question: Message) -> VoiceNote:
    """A question about a note."""
    kind = ChannelKind.TEXT if note.channel.guild else ChannelKind.DIRECT
    return replace(
        scene.note(note, kind),
        ask=asks.question(question.id),
        question=Question(message_id=question.id, channel_id=question.channel.id),
    )


async def texts(scene: Scene, note: Message, question: Message) -> list[str]:
    """What is told about a question."""
    said = await Recollection(scene.client).said_about(asked(scene, note, question))
    assert said[-1].id == question.id
    return [each.text.strip() for each in said]


def talk(scene: Scene) -> tuple[Message, Channel]:
    """A note with a thread on it."""
    note = scene.post()
    return note, scene.discord.open_thread(scene.channel, scene.discord.me, "Voice note", starter=note)


async def test_all_that_is_said_in_the_thread(scene: Scene) -> None:
    """Up to the question, without the mention that makes one of it; nothing that comes after it."""
    note, thread = talk(scene)
    scene.discord.post(thread, scene.discord.me, "Heard.")
    scene.discord.post(thread, scene.anna, "Hm.")
    question = scene.discord.post(thread, scene.anna, f"{scene.discord.me.mention} why?")
    scene.discord.post(thread, scene.anna, "Later.")
    scene.discord.post(thread, scene.discord.me, "Half of the ans", reply_to=question)
    assert await texts(scene, note, question) == ["Heard.", "Hm.", "why?"]


async def test_the_answer_to_an_earlier_question_comes_before_the_next(scene: Scene) -> None:
    """Though it was posted later: all of its pages, below the question."""
    note, thread = talk(scene)
    first = scene.discord.post(thread, scene.anna, "One?")
    second = scene.discord.post(thread, scene.anna, "Two?")
    for page in ("Page one.", "Page two."):
        scene.discord.post(thread, scene.discord.me, page, reply_to=first)
    assert await texts(scene, note, second) == ["One?", "Page one.", "Page two.", "Two?"]


@pytest.mark.parametrize("where", ["voice", "direct"])
async def test_what_replies_to_a_note_without_a_thread(scene: Scene, where: str) -> None:
    """The chain of replies, and nothing else that is said there."""
    channel = (
        scene.discord.add_channel(scene.guild, "talk", Kind.VOICE)
        if where == "voice"
        else scene.discord.direct_channel(scene.anna)
    )
    note = scene.post(channel)
    answer = scene.discord.post(channel, scene.discord.me, "Heard.", reply_to=note)
    scene.discord.post(channel, scene.anna, "Something else.")
    question = scene.discord.post(channel, scene.anna, "Why?", reply_to=answer)
    assert await texts(scene, note, question) == ["Heard.", "Why?"]


async def test_a_chain_that_goes_further_back_than_is_read(scene: Scene) -> None:
    """The question is told in any case."""
    channel = scene.discord.direct_channel(scene.anna)
    note = scene.post(channel)
    answer = scene.discord.post(channel, scene.discord.me, "Heard.", reply_to=note)
    for number in range(120):
        scene.discord.post(channel, scene.anna, str(number))
    question = scene.discord.post(channel, scene.anna, "Why?", reply_to=answer)
    assert await texts(scene, note, question) == ["Why?"]


@pytest.mark.parametrize("how", ["deleted", "blank"])
async def test_a_question_that_is_none_any_more(scene: Scene, how: str) -> None:
    """Deleted, or edited until nothing of it was left."""
    note, thread = talk(scene)
    question = scene.discord.post(thread, scene.anna, "Why?")
    if how == "deleted":
        scene.discord.delete(question)
    else:
        scene.discord.edit(question, scene.discord.me.mention)
    with pytest.raises(errors.Gone):
        await Recollection(scene.client).said_about(asked(scene, note, question))


async def test_discord_is_away(scene: Scene) -> None:
    """Which is not the same as there being nothing."""
    note, thread = talk(scene)
    question = scene.discord.post(thread, scene.anna, "Why?")
    scene.discord.faults.add("GET", f"/channels/{thread.id}/messages", status=403, body={"code": 0})
    with pytest.raises(errors.DiscordAway):
        await Recollection(scene.client).said_about(asked(scene, note, question))


@pytest.mark.parametrize(
    ("pages", "text"),
    [
        (["One.", "Two."], "One.\nTwo."),
        (["**a.ogg**\n-# 📝 Transcript\nOne.", "-# Two."], "One.\n-# Two."),
        (["**Bold** words."], "**Bold** words."),
    ],
)
async def test_the_text_of_an_answer(scene: Scene, pages: list[str], text: str) -> None:
    """All of its pages, without what the bot has set above them."""
    note, thread = talk(scene)
    ids = tuple(scene.discord.post(thread, scene.discord.me, page).id for page in pages)
    posted = Posted(channel_id=thread.id, pages=ids)
    assert await Recollection(scene.client).text_of(scene.note(note), posted) == text


async def test_the_text_of_an_answer_in_a_file(scene: Scene) -> None:
    """The file has all of it; without one of its pages, nothing is told."""
    note, thread = talk(scene)
    first = scene.discord.post(thread, scene.discord.me, "One.")
    file = Upload("answer.txt", "One. Zwölf.\n".encode(), "text/plain")
    last = scene.discord.post(thread, scene.discord.me, "All of it is in the file.", files=[file])
    posted = Posted(channel_id=thread.id, pages=(first.id, last.id))
    recollection = Recollection(scene.client)
    assert await recollection.text_of(scene.note(note), posted) == "One. Zwölf."
    scene.discord.delete(first)
    assert await recollection.text_of(scene.note(note), posted) is None
