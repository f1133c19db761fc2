"""/recap: the notes somebody has missed, as people see it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import CannotUseError, Permission, Upload
from tests.journeys.stage import PATIENCE, SAMPLE
from tests.journeys.test_buttons import buttons

if TYPE_CHECKING:
    from sandbox.discord import Channel, Message, User
    from tests.journeys.stage import Stage

NOT_HEARD = {"CATCH_UP_HOURS": "0"}
"""The bot then leaves alone what was posted before it came."""
MEMO = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")
NO_AUDIO = Upload("memo.mp3", b"\x89PNG\r\n" * 20, "audio/mpeg")


@pytest.fixture
def ben(stage: Stage) -> User:
    """Somebody who was away."""
    person = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, person)
    return person


def entry(stage: Stage, note: Message, gist: str, *, length: str = " · 11 sec") -> str:
    """A note in the list: who, when, how long, a link, and what its answer begins with."""
    at = int(note.at)
    home = stage.guild.id if note.channel.guild else "@me"
    link = f"https://discord.com/channels/{home}/{note.channel.id}/{note.id}"
    return f"<@{note.author.id}> · <t:{at}:t> (<t:{at}:R>){length} · {link}\n> {gist}"


async def answered_note(stage: Stage, text: str, channel: Channel | None = None) -> Message:
    """A note that was answered by the listening bot."""
    stage.openroute.script(text)
    note = stage.post_note(channel)
    await stage.said(await stage.thread_on(note), text)
    return note


async def recap_of(
    stage: Stage, person: User, where: Channel | None = None, /, **options: int | Channel
) -> str:
    """All that /recap says in the end, in private."""
    asked = stage.discord.slash(person, where or stage.channel, "recap", **options)
    answer = await asked.answered(PATIENCE)
    assert answer.ephemeral
    await stage.discord.wait_for(lambda: "> …" not in answer.content, PATIENCE)
    return answer.content


async def test_standing_answers_are_listed_and_nothing_is_paid(stage: Stage, ben: User) -> None:
    """Who, when, how long, a link, and the first words of the answer in the thread, without Markdown; oldest first."""
    async with stage.bot():
        first = await answered_note(stage, "Buy *milk*, he says.\n\nSoon.")
        second = await answered_note(stage, f"<@{ben.id}> " + "and bread " * 60 + "!")
        told = await recap_of(stage, ben)
    heading, *entries = told.split("\n\n")
    assert re.fullmatch(r"2 notes here since <t:\d+:f>:", heading)
    assert entries[0] == entry(stage, first, r"Buy \*milk\*, he says. Soon.")
    assert entries[1].startswith(entry(stage, second, rf"\<\@{ben.id}\> and bread and bread"))
    assert entries[1].endswith("…")
    assert len(entries[1].partition("\n> ")[2]) <= 200
    assert len(stage.openroute.requests) == 2


async def test_the_list_begins_after_ones_own_last_message(stage: Stage, ben: User) -> None:
    """With `hours`, it goes back that far instead."""
    async with stage.bot():
        before = await answered_note(stage, "Long known.")
        mine = stage.discord.post(stage.channel, ben, "I'm off")
        after = await answered_note(stage, "Something new.")
        since = await recap_of(stage, ben)
        in_hours = await recap_of(stage, ben, hours=1)
    assert since.split("\n\n") == [
        f"1 note here since your last message, <t:{int(mine.at)}:f>:",
        entry(stage, after, "Something new."),
    ]
    assert in_hours.split("\n\n")[1:] == [
        entry(stage, before, "Long known."),
        entry(stage, after, "Something new."),
    ]


async def test_there_may_be_nothing(stage: Stage, ben: User) -> None:
    """One sentence, and no button."""
    async with stage.bot():
        stage.discord.post(stage.channel, stage.anna, "hello")
        asked = stage.discord.slash(ben, stage.channel, "recap")
        answer = await asked.answered(PATIENCE)
    assert re.fullmatch(r"There are no notes here since <t:\d+:f>\.", answer.content)
    assert answer.components == []


async def test_what_nobody_heard_is_heard_now_and_once(stage: Stage, ben: User) -> None:
    """The list grows meanwhile. What can't be heard says why; asked again, nothing is paid again."""
    gate = asyncio.Event()
    stage.openroute.script("Heard ", gate, "at last.")
    note = stage.post_note()
    broken = stage.discord.post(stage.channel, stage.anna, files=[NO_AUDIO])
    source = stage.discord.post(stage.discord.add_channel(stage.guild, "elsewhere"), stage.anna, files=[MEMO])
    async with stage.bot(**NOT_HEARD) as bot:
        await bot.logged("ready")
        asked = stage.discord.slash(ben, stage.channel, "recap")
        answer = await asked.answered(PATIENCE)
        growing = answer.content
        gate.set()
        await stage.discord.wait_for(lambda: "at last." in answer.content, PATIENCE)
        assert list(buttons(answer)) == ["Summarise all"]
        stage.openroute.script("Forwarded.")
        stage.discord.forward(source, stage.channel, stage.anna)
        forwarded = stage.channel.messages[-1]
        await stage.said(await stage.thread_on(forwarded), "Forwarded.")
        again = await recap_of(stage, ben)
    assert entry(stage, note, "…") in growing
    assert answer.content.split("\n\n")[1:] == [
        entry(stage, note, "Heard at last."),
        entry(
            stage,
            broken,
            "*This file isn't audio I can read. I take voice messages and the usual audio files.*",
            length="",
        ),
    ]
    assert again.split("\n\n")[3] == entry(stage, forwarded, "Forwarded.", length="")
    assert len(stage.openroute.requests) == 2
    assert note.thread is None


async def test_two_who_ask_at_once_share_what_is_heard(stage: Stage, ben: User) -> None:
    """It is paid for once."""
    carl = stage.discord.add_user("carl")
    stage.discord.add_member(stage.guild, carl)
    gate = asyncio.Event()
    stage.openroute.script(gate, "Heard.", times=2)
    note = stage.post_note()
    async with stage.bot(**NOT_HEARD) as bot:
        await bot.logged("ready")
        asked = [stage.discord.slash(person, stage.channel, "recap") for person in (ben, carl)]
        for each in asked:
            # Both have their lists, in which something is waited for.
            assert entry(stage, note, "…") in (await each.answered(PATIENCE)).content
        gate.set()
        for each in asked:
            answer = await each.answered(PATIENCE)
            await stage.discord.wait_for(lambda answer=answer: "Heard." in answer.content, PATIENCE)
    assert len(stage.openroute.requests) == 1


async def test_of_many_the_newest_are_listed(stage: Stage, ben: User) -> None:
    """Twenty, on as many pages as they take, and a line that says there were more."""
    stage.openroute.script("Heard. " * 60, times=20)
    notes = [stage.post_note() for _ in range(21)]
    async with stage.bot(**NOT_HEARD) as bot:
        await bot.logged("ready")
        asked = stage.discord.slash(ben, stage.channel, "recap")
        # The button comes with the last page, when all of it stands.
        await stage.discord.wait_for(lambda: asked.followups and buttons(asked.followups[-1]), PATIENCE)
        assert asked.response is not None
        pages = [asked.response, *asked.followups]
    told = "\n\n".join(page.content for page in pages)
    assert len(pages) <= 5
    assert [f"/{note.id}\n" in told for note in notes] == [False, *[True] * 20]
    assert told.endswith("-# There were more notes: these are the newest 20.")
    assert all(len(page.content) <= 2000 for page in pages)
    assert len(stage.openroute.requests) == 20


async def test_a_chosen_channel_and_a_thread_are_read_by_themselves(stage: Stage, ben: User) -> None:
    """A channel without its threads, a thread without its channel."""
    quiet = stage.discord.add_channel(stage.guild, "quiet")
    thread = stage.discord.open_thread(quiet, stage.anna, "planning")
    stage.openroute.script("Heard.", times=3)
    in_channel, in_thread = stage.post_note(quiet), stage.post_note(thread)
    stage.post_note()
    async with stage.bot(**NOT_HEARD) as bot:
        await bot.logged("ready")
        of_channel = await recap_of(stage, ben, channel=quiet)
        of_thread = await recap_of(stage, ben, channel=thread)
        inside = await recap_of(stage, ben, thread)
    assert re.match(rf"1 note in <#{quiet.id}> since ", of_channel)
    assert of_channel.split("\n\n")[1:] == [entry(stage, in_channel, "Heard.")]
    assert of_thread.split("\n\n")[1:] == [entry(stage, in_thread, "Heard.")]
    assert inside.split("\n\n")[1:] == [entry(stage, in_thread, "Heard.")]
    assert len(stage.openroute.requests) == 2


async def test_nobody_is_told_what_they_may_not_read(stage: Stage, ben: User) -> None:
    """Not of a channel they can't see, nor of one whose history they may not read, nor of a thread they are not in."""
    secret = stage.discord.add_channel(stage.guild, "secret")
    stage.discord.forbid(secret, Permission.VIEW_CHANNEL, stage.guild.members[ben.id])
    live = stage.discord.add_channel(stage.guild, "live")
    stage.discord.forbid(live, Permission.READ_MESSAGE_HISTORY, stage.guild.members[ben.id])
    thread = stage.discord.open_thread(stage.channel, stage.anna, "between us", private=True)
    stage.discord.world.join_thread(thread, stage.discord.me)
    for channel in (secret, live, thread):
        stage.post_note(channel)
    stage.openroute.script("Heard.")
    async with stage.bot(**NOT_HEARD) as bot:
        await bot.logged("ready")
        for channel in (secret, live, thread):
            refused = await recap_of(stage, ben, channel=channel)
            assert refused == "You may not read the messages there, so I don't tell what is in them."
        assert "Heard." in await recap_of(stage, stage.anna, thread, hours=1)
    assert len(stage.openroute.requests) == 1


async def test_what_the_bot_may_not_read_it_says(stage: Stage, ben: User) -> None:
    """With the permission it lacks, as Discord calls it; and where it is no member, that."""
    live = stage.discord.add_channel(stage.guild, "live")
    stage.discord.forbid(live, Permission.READ_MESSAGE_HISTORY, stage.guild.members[stage.discord.me.id])
    stage.discord.forbid(stage.channel, Permission.VIEW_CHANNEL, stage.guild.members[stage.discord.me.id])
    elsewhere = stage.discord.add_guild("Elsewhere", bot=None)
    stage.discord.add_member(elsewhere, ben)
    chat = stage.discord.add_channel(elsewhere, "chat")
    group = stage.discord.add_group([ben, stage.anna])
    stage.discord.install_for(ben)
    async with stage.bot():
        here = await recap_of(stage, ben)
        there = await recap_of(stage, ben, channel=live)
        foreign = await recap_of(stage, ben, chat)
        private = await recap_of(stage, ben, group)
    assert here == "I can't read the messages there: I lack the permission “View Channel”."
    assert there == "I can't read the messages there: I lack the permission “Read Message History”."
    assert foreign.startswith("I'm no member of this server")
    assert private.startswith("I can't read messages in private conversations of others.")


async def test_in_direct_messages(stage: Stage) -> None:
    """Those of the person and the bot."""
    direct = stage.discord.direct_channel(stage.anna)
    stage.openroute.script("Heard.")
    async with stage.bot():
        note = stage.post_note(direct)
        await stage.said(direct, "Heard.")
        told = await recap_of(stage, stage.anna, direct, hours=2)
    assert told.split("\n\n")[1:] == [entry(stage, note, "Heard.")]


async def test_without_the_content_intent_it_says_so(stage: Stage, ben: User) -> None:
    """Only notes in messages that mention the bot are seen."""
    stage.discord.application.message_content = False
    stage.post_note()
    async with stage.bot() as bot:
        await bot.logged("ready")
        told = await recap_of(stage, ben)
    assert told.startswith("There are no notes here since ")
    assert told.endswith("I only see notes in messages that mention me.")


async def test_all_of_it_is_summed_up(stage: Stage, ben: User) -> None:
    """As a request of words alone, in the person's language; also after a restart, from what stands in the threads."""
    ben.locale = "de"
    async with stage.bot():
        await answered_note(stage, "Buy milk, she says. " * 20 + "Soon.")
        await answered_note(stage, "And bread, please.")
        asked = stage.discord.slash(ben, stage.channel, "recap")
        answer = await asked.answered(PATIENCE)
        [custom_id] = buttons(answer).values()
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.openroute.script("Milch und Brot.")
        summary = await stage.discord.press(ben, answer, custom_id).answered(PATIENCE)
        assert (summary.content, summary.ephemeral) == ("Milch und Brot.", True)
        stage.discord.forbid(stage.channel, Permission.READ_MESSAGE_HISTORY, stage.guild.members[ben.id])
        refused = await stage.discord.press(ben, answer, custom_id).answered(PATIENCE)
    [system, request] = stage.openroute.requests[-1].body["messages"]
    assert "never an instruction" in system["content"]
    words = request["content"] if isinstance(request["content"], str) else request["content"][0]["text"]
    assert words.startswith("Summarise in German ")
    first, second = re.findall(r"^Anna, [-\d]+ [:\d]+ UTC:\n(.*)$", words, re.MULTILINE)
    assert first == "Buy milk, she says. " * 20 + "Soon."
    assert second == "And bread, please."
    assert len(stage.openroute.requests) == 3
    assert "Milch" not in refused.content


async def test_a_press_is_judged_in_the_channel_it_is_about(stage: Stage, ben: User) -> None:
    """Pressed elsewhere, the button tells nobody more than they may read there now; what was deleted is not summed up."""
    quiet = stage.discord.add_channel(stage.guild, "quiet")
    async with stage.bot():
        note = await answered_note(stage, "Buy milk.", quiet)
        asked = stage.discord.slash(ben, stage.channel, "recap", channel=quiet)
        answer = await asked.answered(PATIENCE)
        [custom_id] = buttons(answer).values()
        stage.openroute.script("Milk.")
        summary = await stage.discord.press(ben, answer, custom_id).answered(PATIENCE)
        assert summary.content == "Milk."
        stage.discord.forbid(quiet, Permission.VIEW_CHANNEL, stage.guild.members[ben.id])
        # The gateway tells of it before the press.
        refused = await stage.discord.press(ben, answer, custom_id).answered(PATIENCE)
        stage.discord.allow(quiet, Permission.VIEW_CHANNEL, stage.guild.members[ben.id])
        thread = note.thread
        stage.discord.delete(note)
        await stage.discord.wait_for(lambda: thread is not None and not stage.of_the_bot(thread), PATIENCE)
        gone = await stage.discord.press(ben, answer, custom_id).answered(PATIENCE)
    assert refused.content == "You may not read the messages there, so I don't tell what is in them."
    assert gone.content == "No answers to these notes stand here any more. Use /recap again."
    assert len(stage.openroute.requests) == 2


async def test_hours_have_limits(stage: Stage, ben: User) -> None:
    """Discord lets nobody ask for more than two days."""
    async with stage.bot() as bot:
        await bot.logged("ready")
        with pytest.raises(CannotUseError):
            stage.discord.slash(ben, stage.channel, "recap", hours=49)
