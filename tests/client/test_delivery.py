"""An answer's pages: posted once, edited as they change, found again after a death; or why they are not there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import pytest

from bot import errors, reply
from bot.client.delivery import ThreadDelivery
from bot.client.withdrawal import withdraw
from bot.models import ChannelKind, Claim, Posted, State
from bot.storage import database
from bot.storage.ledger import Ledger
from sandbox.discord import ChannelKind as DiscordChannelKind
from sandbox.discord import Permission
from tests.client.scene import DiedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scene import Scene

POSTING = r"/channels/\d+/messages"
EDITING = r"/channels/\d+/messages/\d+"
HEARD = reply.Reply(("Heard.",))
LONG = reply.Reply(("one", "two", "-# All of it is in the file."), file_text="one two three\n")
NONCE_SECONDS = 200
"""After so long Discord has forgotten a nonce."""


async def test_an_answer_is_posted_and_written_down(scene: Scene) -> None:
    """Page by page, in a thread on the note."""
    note = scene.posted()
    await scene.delivery(note).finish(reply.Reply(("one", "two")))
    thread = scene.thread(note)
    assert scene.said(thread) == ["one", "two"]
    pages = tuple(message.id for message in thread.messages)
    # Before each page, too: whoever has lost the note meanwhile must not post it.
    assert scene.recorded == [Posted(channel_id=thread.id, pages=pages[:count]) for count in (0, 1, 1, 2)]


async def test_an_answer_grows(scene: Scene) -> None:
    """Pages that stand there already are edited where they changed, others are added."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("It",))
    scene.steps.now += 2
    await delivery.grow(("It grows", "and"))
    await delivery.finish(reply.Reply(("It grows", "and grows.")))
    first, second = scene.thread(note).messages
    assert (first.versions, second.versions) == (["It", "It grows"], ["and", "and grows."])


async def test_pages_too_many_are_taken_back(scene: Scene) -> None:
    """What has come of the answer is more than what it ends in; one that is gone already does no harm."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("one", "two", "three"))
    scene.discord.delete(scene.thread(note).messages[1])
    await delivery.finish(HEARD)
    assert scene.said(scene.thread(note)) == ["Heard."]


async def test_edits_keep_a_pace(scene: Scene) -> None:
    """What comes too early is left out; the end never is."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("one",))
    scene.steps.now += 1.0
    await delivery.grow(("one two",))
    scene.steps.now += 0.3
    await delivery.grow(("one two three",))
    await delivery.finish(HEARD)
    [page] = scene.thread(note).messages
    assert page.versions == ["one", "one two three", "Heard."]


async def test_somebody_is_typing_until_something_is_shown(scene: Scene) -> None:
    """Where the note is; that it is not allowed to be shown does no harm."""
    delivery = scene.delivery(scene.posted())
    async with delivery.working():
        await scene.discord.wait_for(lambda: scene.channel.typing)
    scene.discord.faults.add("POST", ".*/typing", status=403)
    async with scene.delivery(scene.posted()).working():
        await scene.discord.wait_for(lambda: scene.asked("POST", "/typing") == 2)


async def test_a_page_somebody_deleted_is_posted_anew(scene: Scene) -> None:
    """It is the note that tells whether an answer is wanted."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("one", "two"))
    first, second = scene.thread(note).messages
    scene.discord.delete(first)
    await delivery.finish(reply.Reply(("one!", "two")))
    assert scene.said(scene.thread(note)) == ["two", "one!"]
    new = scene.thread(note).messages[1]
    assert scene.recorded[-1].pages == (new.id, second.id)


async def test_a_page_deleted_again_and_again_is_posted_anew_each_time(scene: Scene) -> None:
    """Within the minutes for which Discord knows what was posted: a deleted page's nonce is no good any more."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("It",))
    thread = scene.thread(note)
    for text in ("It gr", "It grows"):
        scene.discord.delete(thread.messages[0])
        scene.steps.now += 2
        await delivery.grow((text,))
        assert scene.said(thread) == [text]


async def test_a_page_posted_anew_is_posted_once(scene: Scene) -> None:
    """Though the process ends before the new one is written down."""
    claim = Claim(note=scene.posted())
    await scene.delivery(claim).finish(HEARD)
    thread = scene.thread(claim.note)
    claim = replace(claim, posted=scene.recorded[-1])
    scene.discord.delete(thread.messages[0])
    await died(scene, claim, reply.Reply(("Heard it.",)))
    scene.discord.forbid(scene.channel, Permission.READ_MESSAGE_HISTORY)
    await scene.delivery(replace(claim, number=2)).finish(reply.Reply(("Heard it.",)))
    assert scene.said(thread) == ["Heard it."]


async def died(scene: Scene, claim: Claim, final: reply.Reply = HEARD) -> None:
    """An attempt whose process ends between posting a page and writing it down; then another process begins."""
    scene.dies = True
    with pytest.raises(DiedError):
        await scene.delivery(claim).finish(final)
    scene.dies = False
    scene.context = scene.another_process()


@pytest.mark.parametrize("channel_kind", [ChannelKind.TEXT, ChannelKind.THREAD])
async def test_a_page_nobody_wrote_down_is_found(scene: Scene, channel_kind: ChannelKind) -> None:
    """The next attempt takes it for its own, though Discord has forgotten its nonce."""
    claim = Claim(note=scene.posted(channel_kind))
    await died(scene, claim)
    scene.clock.now += NONCE_SECONDS
    scene.discord.post(scene.channel, scene.anna, "Meanwhile.")
    await scene.delivery(replace(claim, number=2)).finish(HEARD)
    thread = scene.thread(claim.note) if channel_kind is ChannelKind.TEXT else scene.channel
    [page] = [message for message in thread.messages if message.author is scene.discord.me]
    assert scene.recorded[-1] == Posted(channel_id=thread.id, pages=(page.id,))


async def test_of_two_pages_one_is_found(scene: Scene) -> None:
    """The first one was written down, and is not taken for the second."""
    claim = Claim(note=scene.posted())
    delivery = scene.delivery(claim)
    await delivery.grow(("one",))
    scene.dies = True
    with pytest.raises(DiedError):
        await delivery.finish(reply.Reply(("one", "two")))
    scene.dies = False
    scene.context = scene.another_process()
    scene.clock.now += NONCE_SECONDS
    claim = replace(claim, posted=scene.recorded[-1], number=2)
    await scene.delivery(claim).finish(reply.Reply(("one", "two")))
    assert scene.said(scene.thread(claim.note)) == ["one", "two"]


async def test_answers_to_others_are_no_strays(scene: Scene) -> None:
    """Where several notes are answered in one place, each page is a reply to its own."""
    first, second = scene.posted(ChannelKind.THREAD), scene.posted(ChannelKind.THREAD)
    await scene.delivery(second).finish(HEARD)
    await scene.delivery(Claim(note=first, number=2)).finish(HEARD)
    answers = [message for message in scene.channel.messages if message.author is scene.discord.me]
    assert [answer.referenced and answer.referenced.id for answer in answers] == [
        second.message_id,
        first.message_id,
    ]


async def test_a_nonce_keeps_a_page_from_standing_there_twice(scene: Scene) -> None:
    """Even where nobody looks: the bot may not read what was written. What has changed meanwhile is edited."""
    claim = Claim(note=scene.posted())
    await died(scene, claim)
    scene.discord.forbid(scene.channel, Permission.READ_MESSAGE_HISTORY)
    await scene.delivery(replace(claim, number=2)).finish(reply.Reply(("Heard it all.",)))
    [page] = scene.thread(claim.note).messages
    assert page.versions == ["Heard.", "Heard it all."]


async def test_a_file_is_whole_though_its_page_was_there(scene: Scene) -> None:
    """A page known by its nonce, with other words on it, gets words and file."""
    claim = Claim(note=scene.posted())
    await died(scene, claim, reply.Reply(("Too long.",), file_text="one two three\n"))
    await scene.delivery(claim).finish(reply.Reply(("It is long.",), file_text="one two three\n"))
    [page] = scene.thread(claim.note).messages
    assert page.content == "It is long."
    assert [file.data for file in page.attachments] == [b"one two three\n"]


async def test_pages_written_down_are_not_posted_again(scene: Scene) -> None:
    """Nor those of the other notes of the message taken for strays."""
    message = scene.post()
    first, second = (Claim(note=scene.note(message, file=name)) for name in ("a.ogg", "b.ogg"))
    await scene.delivery(first).finish(reply.Reply(("**a.ogg**\nHeard.",)))
    posted = scene.recorded[-1]
    scene.context = scene.another_process()
    scene.clock.now += NONCE_SECONDS
    first, second = replace(first, posted=posted, number=2), replace(second, number=2)
    taken = set(posted.pages)
    for claim, name in ((first, "a.ogg"), (second, "b.ogg")):
        await scene.delivery(claim, taken).finish(reply.Reply((f"**{name}**\nHeard.",)))
    thread = scene.thread(first.note)
    assert scene.said(thread) == ["**a.ogg**\nHeard.", "**b.ogg**\nHeard."]


async def test_a_stray_goes_to_the_note_it_names(scene: Scene) -> None:
    """Of several in a message: the first one's page is not taken for the second one's."""
    message = scene.post()
    first, second = (Claim(note=scene.note(message, file=name)) for name in ("a.ogg", "b.ogg"))
    await died(scene, first, reply.Reply(("**a.ogg**\nHeard.",)))
    scene.clock.now += NONCE_SECONDS
    first, second = replace(first, number=2), replace(second, number=2)
    taken: set[int] = set()
    for claim, name in ((second, "b.ogg"), (first, "a.ogg")):
        await scene.delivery(claim, taken).finish(reply.Reply((f"**{name}**\nHeard.",)))
    assert scene.said(scene.thread(first.note)) == ["**a.ogg**\nHeard.", "**b.ogg**\nHeard."]


async def test_notes_of_a_message_share_a_thread(scene: Scene) -> None:
    """It is opened once."""
    message = scene.post()
    claims = [Claim(note=scene.note(message, file=name)) for name in ("a.ogg", "b.ogg", "c.ogg")]
    finals = [reply.Reply((f"**{claim.note.attachment.filename}**\nHeard.",)) for claim in claims]
    taken: set[int] = set()
    deliveries = [scene.delivery(claim, taken) for claim in claims]
    await asyncio.gather(*(each.finish(final) for each, final in zip(deliveries, finals, strict=True)))
    assert len(scene.said(scene.thread(claims[0].note))) == 3
    assert scene.asked("POST", "/threads") == 1


async def test_a_file_with_the_last_page(scene: Scene) -> None:
    """Where the answer is too long for messages."""
    note = scene.posted()
    await scene.delivery(note).finish(LONG)
    messages = scene.thread(note).messages
    assert [[file.data for file in message.attachments] for message in messages] == [
        [],
        [],
        [b"one two three\n"],
    ]


async def test_files_are_not_allowed(scene: Scene) -> None:
    """The beginning stands there, and which permission the rest would need."""
    scene.discord.forbid(scene.channel, Permission.ATTACH_FILES)
    note = scene.posted()
    await scene.delivery(note).finish(LONG)
    *beginning, notice = scene.thread(note).messages
    assert [message.content for message in beginning] == ["one", "two"]
    assert "“Attach Files”" in notice.content
    assert notice.attachments == []


async def test_threads_that_cannot_be_spoken_in(scene: Scene) -> None:
    """The answer is beside the note, and the next one's thread is not even opened."""
    scene.discord.forbid(scene.channel, Permission.SEND_MESSAGES_IN_THREADS)
    for count in (1, 2):
        await scene.delivery(scene.posted()).finish(HEARD)
        assert scene.said(scene.channel) == ["Heard."] * count
    assert scene.asked("POST", "/threads") == 1


async def test_a_channel_that_cannot_be_spoken_in(scene: Scene) -> None:
    """The author is told in private, once an hour; for ten minutes nothing there is even heard."""
    speaking = (
        Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS | Permission.CREATE_PUBLIC_THREADS
    )
    scene.discord.forbid(scene.channel, speaking)
    private = scene.discord.direct_channel(scene.anna)
    for _ in range(2):
        with pytest.raises(errors.Forbidden, match="Send Messages"):
            await scene.delivery(scene.posted()).finish(HEARD)
        assert len(scene.said(private)) == 1
    tried = scene.asked("POST", f"/channels/{scene.channel.id}/messages")
    with pytest.raises(errors.Forbidden):
        async with scene.delivery(scene.posted()).working():
            pass
    assert tried == scene.asked("POST", f"/channels/{scene.channel.id}/messages") == 1
    scene.steps.now += 3601
    with pytest.raises(errors.Forbidden):
        await scene.delivery(scene.posted()).finish(HEARD)
    assert len(scene.said(private)) == 2
    scene.discord.allow(scene.channel, speaking)
    scene.steps.now += 601
    await scene.delivery(note := scene.posted()).finish(HEARD)
    assert scene.said(scene.thread(note)) == ["Heard."]


async def test_neither_channel_nor_author_can_be_told(scene: Scene) -> None:
    """It is an answer that could not be given, and no more."""
    scene.discord.forbid(scene.channel, Permission.SEND_MESSAGES | Permission.CREATE_PUBLIC_THREADS)
    scene.discord.world.refuse_direct_messages.add(scene.anna.id)
    with pytest.raises(errors.Forbidden):
        await scene.delivery(scene.posted()).finish(HEARD)


async def test_what_cannot_be_read_cannot_be_replied_to(scene: Scene) -> None:
    """The note is there all the same: its author hears which permission is missing."""
    voice = scene.discord.add_channel(scene.guild, "talk", DiscordChannelKind.VOICE)
    scene.discord.forbid(voice, Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(errors.Forbidden, match="Read Message History"):
        await scene.delivery(scene.posted(ChannelKind.VOICE, voice)).finish(HEARD)
    [told] = scene.said(scene.discord.direct_channel(scene.anna))
    assert "“Read Message History”" in told


async def test_a_thread_closed_meanwhile_is_opened_again(scene: Scene) -> None:
    """For the end of the answer; progress alone does not disturb it."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("It",))
    thread = scene.thread(note)
    scene.discord.archive(thread)
    scene.steps.now += 2
    with pytest.raises(discord.HTTPException):
        await delivery.grow(("It gr",))
    assert thread.archived
    await delivery.finish(reply.Reply(("It grows",)))
    assert not thread.archived
    assert scene.said(thread) == ["It grows"]


async def test_a_thread_locked_meanwhile(scene: Scene) -> None:
    """What has come stays as it is, and the author is told; other notes of the channel are answered as ever."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("It",))
    thread = scene.thread(note)
    scene.discord.archive(thread, locked=True)
    with pytest.raises(errors.Forbidden, match="Manage Threads"):
        await delivery.finish(reply.Reply(("It grows",)))
    assert (thread.archived, scene.said(thread)) == (True, ["It"])
    await scene.delivery(other := scene.posted()).finish(HEARD)
    assert scene.said(scene.thread(other)) == ["Heard."]


async def test_a_note_in_a_thread_that_is_locked(scene: Scene) -> None:
    """Nothing can be said there; for a while, nothing is tried."""
    thread = scene.discord.open_thread(scene.channel, scene.anna, "planning")
    note = scene.posted(ChannelKind.THREAD, thread)
    scene.discord.archive(thread, locked=True)
    with pytest.raises(errors.Forbidden, match="Manage Threads"):
        await scene.delivery(note).finish(HEARD)
    with pytest.raises(errors.Forbidden):
        async with scene.delivery(note).working():
            pass


async def test_a_deleted_note_is_not_replied_to(scene: Scene) -> None:
    """Where the answer would be beside it."""
    voice = scene.discord.add_channel(scene.guild, "talk", DiscordChannelKind.VOICE)
    message = scene.post(voice)
    scene.discord.delete(message)
    with pytest.raises(errors.Gone):
        await scene.delivery(scene.note(message, ChannelKind.VOICE)).finish(HEARD)


async def test_a_thread_deleted_with_half_an_answer_in_it(scene: Scene) -> None:
    """Whoever deleted it wants no other half."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(("It",))
    scene.discord.delete_channel(scene.thread(note))
    with pytest.raises(errors.Gone):
        await delivery.finish(HEARD)


@pytest.mark.parametrize("status", [503, 429, 401])
async def test_discord_is_away(scene: Scene, status: int) -> None:
    """A later attempt may succeed, and does."""
    note = scene.posted()
    delivery = scene.delivery(note)
    scene.discord.faults.add("POST", POSTING, status=status)
    with pytest.raises(errors.DiscordAway):
        await delivery.finish(HEARD)
    await delivery.finish(HEARD)
    assert scene.said(scene.thread(note)) == ["Heard."]


async def test_a_broken_connection_is_discord_being_away(scene: Scene) -> None:
    """It is not told from any other."""
    delivery = scene.delivery(note := scene.posted())
    await delivery.grow(("It",))
    scene.discord.faults.add("PATCH", EDITING, cut_after=0)
    with pytest.raises(errors.DiscordAway):
        await delivery.finish(HEARD)
    assert len(scene.said(scene.thread(note))) == 1


async def test_a_page_being_posted_is_not_parted_from_its_record(scene: Scene) -> None:
    """Whoever cancels an answer: what was on its way counts, and is taken back with the rest."""
    scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    held = asyncio.Event()
    fault = scene.discord.faults.add("POST", POSTING, hold=held)
    delivery = scene.delivery(note := scene.posted())
    finishing = asyncio.create_task(delivery.finish(HEARD))
    await asyncio.wait_for(fault.met.wait(), 10)
    finishing.cancel()
    await asyncio.wait([finishing])
    thread = scene.thread(note)
    assert [posted.pages for posted in scene.recorded] == [()]
    held.set()
    await delivery.withdraw()
    assert len(scene.recorded[-1].pages) == 1
    assert thread.deleted


async def test_a_thread_with_nothing_in_it_is_taken_back(scene: Scene) -> None:
    """It was opened, and then the note was deleted."""
    scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    scene.discord.faults.add("POST", POSTING, status=503)
    delivery = scene.delivery(note := scene.posted())
    with pytest.raises(errors.DiscordAway):
        await delivery.finish(HEARD)
    thread = scene.thread(note)
    await delivery.withdraw()
    assert thread.deleted


async def test_a_thread_with_nothing_in_it_is_taken_back_by_another_process(
    scene: Scene, tmp_path: Path
) -> None:
    """Whoever opened it died before the first page; the ledger knows of it when the note is deleted."""
    scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    note = scene.posted()
    async with database.opened(f"sqlite:///{tmp_path}/a.db") as engine:
        ledger = Ledger(engine)
        await ledger.receive([note])
        [claim] = await ledger.claim(note.message_id)

        async def record(posted: Posted) -> None:
            await ledger.posted(claim, posted)
            raise DiedError

        with pytest.raises(DiedError):
            await ThreadDelivery(scene.context, claim, set(), record).finish(HEARD)
        thread = scene.thread(note)
        assert (thread.messages, thread.deleted) == ([], False)
        [answer] = await ledger.forget([note.message_id])
        await withdraw(scene.client, answer)
    assert thread.deleted


async def test_there_may_be_nothing_to_take_back(scene: Scene) -> None:
    """Nobody is asked."""
    await scene.delivery(scene.posted()).withdraw()
    assert scene.asked("DELETE", "") == 0


async def test_whoever_has_lost_the_note_posts_nothing(scene: Scene) -> None:
    """Somebody else began work on it: that is learnt before the page is posted."""
    note = scene.posted()
    scene.loses = True
    with pytest.raises(errors.SupersededError):
        await scene.delivery(note).finish(HEARD)
    assert scene.said(scene.thread(note)) == []


async def test_of_two_files_of_one_name_each_keeps_its_answer(scene: Scene, tmp_path: Path) -> None:
    """The process ends after the first answer: its pages are known from the ledger, though its note is finished."""
    message = scene.post()
    notes = [scene.note(message, file="memo.ogg"), scene.note(message, file="memo.ogg")]
    notes[1] = replace(notes[1], attachment=replace(notes[1].attachment, id=notes[1].attachment.id + 1))
    async with database.opened(f"sqlite:///{tmp_path}/a.db") as engine:
        ledger = Ledger(engine)
        await ledger.receive(notes)

        async def answer(claim: Claim, text: str, taken: set[int]) -> None:
            async def on_posted(posted: Posted) -> None:
                await ledger.posted(claim, posted)

            delivery = ThreadDelivery(scene.context, claim, taken, on_posted)
            await delivery.finish(reply.Reply((f"**memo.ogg**\n{text}",)))
            await ledger.settle(claim, State.POSTED)

        first, second = await ledger.claim(message.id)
        await answer(first, "The first.", set())
        scene.context = scene.another_process()
        scene.clock.now += NONCE_SECONDS
        [second] = await ledger.claim(message.id)
        await answer(second, "The second.", set(second.message_pages))
    assert scene.said(scene.thread(notes[0])) == ["**memo.ogg**\nThe first.", "**memo.ogg**\nThe second."]


async def test_of_two_files_of_one_name_answered_anew_each_keeps_its_answer(scene: Scene) -> None:
    """The process has ended before either was answered: the page just posted for one is not taken for the other's."""
    message = scene.post()
    notes = [scene.note(message, file="memo.ogg"), scene.note(message, file="memo.ogg")]
    notes[1] = replace(notes[1], attachment=replace(notes[1].attachment, id=notes[1].attachment.id + 1))
    taken: set[int] = set()
    deliveries = [scene.delivery(Claim(note=note, number=2), taken) for note in notes]
    for delivery, text in zip(deliveries, ("The first.", "The second."), strict=True):
        await delivery.finish(reply.Reply((f"**memo.ogg**\n{text}",)))
    assert scene.said(scene.thread(notes[0])) == ["**memo.ogg**\nThe first.", "**memo.ogg**\nThe second."]
