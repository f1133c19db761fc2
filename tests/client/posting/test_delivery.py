"""An answer's pages: posted once, edited as they change, found again after a death; or why they are not there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import pytest

from bot import errors, reply, storage
from bot.client.posting.delivery import ThreadDelivery
from bot.client.posting.withdrawal import withdraw
from bot.models import ChannelKind, Claim, Posted, State
from bot.storage.deletions import Deletions
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


async def test_what_is_answered_within_a_moment_takes_two_calls(scene: Scene) -> None:
    """The thread and the message in it."""
    note = scene.posted()
    delivery = scene.delivery(note)
    async with delivery.working():
        await scene.steps.elapse(0.9)
        await delivery.finish(HEARD)
        await scene.steps.elapse(30)
    assert scene.said(scene.thread(note)) == ["Heard."]
    assert [call.path.rsplit("/", 1)[1] for call in scene.discord.calls_to("POST")] == ["threads", "messages"]


async def test_somebody_is_typing_until_something_is_shown(scene: Scene) -> None:
    """Where the note is, from a second on, and for as long as it takes."""
    delivery = scene.delivery(scene.posted())
    async with delivery.working():
        await scene.steps.elapse(1)
        await scene.discord.wait_for(lambda: scene.asked("POST", "/typing") == 1)
        await scene.steps.elapse(7)
        assert scene.asked("POST", "/typing") == 1
        await scene.steps.elapse(2)
        await scene.discord.wait_for(lambda: scene.asked("POST", "/typing") == 2)
        await delivery.grow(("It",))
        await scene.steps.elapse(30)
        await delivery.finish(HEARD)
    assert len(scene.channel.typing) == 2


async def test_notes_of_a_channel_share_its_typing(scene: Scene) -> None:
    """It is shown for ten seconds, whichever of them it is sent for, and goes on when that one is answered."""
    first, second = scene.delivery(scene.posted()), scene.delivery(scene.posted())
    async with second.working():
        async with first.working():
            await scene.steps.elapse(8)
            await scene.discord.wait_for(lambda: scene.asked("POST", "/typing") == 1)
            await first.finish(HEARD)
        assert scene.asked("POST", "/typing") == 1
        await scene.steps.elapse(2)
        await scene.discord.wait_for(lambda: scene.asked("POST", "/typing") == 2)


async def test_typing_may_not_be_allowed(scene: Scene) -> None:
    """That does no harm."""
    scene.discord.faults.add("POST", ".*/typing", status=403)
    note = scene.posted()
    delivery = scene.delivery(note)
    async with delivery.working():
        await scene.steps.elapse(1)
        await scene.discord.wait_for(lambda: scene.asked("POST", "/typing") == 1)
        await delivery.finish(HEARD)
    assert scene.said(scene.thread(note)) == ["Heard."]


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
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        ledger = Ledger(database)
        await ledger.receive([note])
        [claim] = await ledger.claim(note.message_id)

        async def record(posted: Posted) -> None:
            await ledger.posted(claim, posted)
            raise DiedError

        with pytest.raises(DiedError):
            await ThreadDelivery(scene.context, claim, set(), record).finish(HEARD)
        thread = scene.thread(note)
        assert (thread.messages, thread.deleted) == ([], False)
        [answer] = await Deletions(database).forget([note.message_id])
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
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        ledger = Ledger(database)
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


LINKS = reply.Reply(("See https://evil.example/a and bad.example/b for it.",))


def in_private(scene: Scene) -> list[str]:
    """What the bot has said to Anna alone."""
    return scene.said(scene.discord.direct_channel(scene.anna))


async def test_links_that_are_refused(scene: Scene) -> None:
    """The answer stands there without them, and says so."""
    scene.discord.world.harmful_links.add("evil.example")
    await scene.delivery(note := scene.posted()).finish(LINKS)
    [said] = scene.said(scene.thread(note))
    assert said.startswith("See [link] and [link] for it.")
    assert "links" in said.splitlines()[-1]


async def test_words_that_are_refused(scene: Scene) -> None:
    """All of them are in a file, with the title of their note."""
    scene.discord.world.blocked_words.add("word")
    note = scene.note(scene.post(), file="memo.ogg")
    await scene.delivery(note).finish(reply.Reply(("**memo.ogg**\nA word", "and another.")))
    [page] = scene.thread(note).messages
    assert page.content.startswith("**memo.ogg**\n")
    assert page.attachments[0].data.decode() == "**memo.ogg**\nA word\nand another.\n"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 240000),
        (400, 200000),
        (403, 200000),
        (400, 50035),
        (400, 50006),
        (413, 40005),
        (400, 0),
        (403, 20001),
    ],
)
async def test_whatever_is_refused_once(scene: Scene, status: int, code: int) -> None:
    """The next form passes, in the thread; nothing is muted."""
    fault = scene.discord.faults.add("POST", POSTING, status=status, body={"code": code, "message": "No"})
    await scene.delivery(note := scene.posted()).finish(HEARD)
    [page] = scene.thread(note).messages
    assert page.attachments[0].data == b"Heard.\n"
    assert fault.used == 1
    await scene.delivery(other := scene.posted()).finish(HEARD)
    assert scene.said(scene.thread(other)) == ["Heard."]


async def test_a_file_that_is_refused(scene: Scene) -> None:
    """What of a long answer fits messages stands there, and that the rest does not."""
    note = scene.posted()
    delivery = scene.delivery(note)
    await delivery.grow(LONG.pages[:2])
    scene.discord.faults.add(
        "POST", POSTING, times=1, status=413, body={"code": 40005, "message": "Too large"}
    )
    scene.discord.faults.add(
        "PATCH", EDITING, times=1, status=413, body={"code": 40005, "message": "Too large"}
    )
    await delivery.finish(LONG)
    assert scene.said(scene.thread(note))[:2] == ["one", "two"]
    assert "Discord didn't take it as a file" in scene.said(scene.thread(note))[2]


async def test_a_page_that_takes_no_more_edits(scene: Scene) -> None:
    """It has said for two hours that the bot keeps trying. The answer is a new message, and it is gone."""
    claim = Claim(note=scene.posted())
    await scene.delivery(claim).grow(("I keep trying.",))
    [old] = scene.thread(claim.note).messages
    scene.clock.now += 7200
    scene.discord.world.old_edits = 0
    claim = replace(claim, posted=scene.recorded[-1], number=2)
    await scene.delivery(claim).finish(reply.Reply(("one", "two")))
    assert old.deleted
    assert scene.said(scene.thread(claim.note)) == ["one", "two"]
    pages = tuple(message.id for message in scene.thread(claim.note).messages)
    assert scene.recorded[-1].pages == pages


async def test_pages_that_take_no_more_edits_stay_in_order(scene: Scene) -> None:
    """Those after the first of them are posted anew as well."""
    delivery = scene.delivery(note := scene.posted())
    await delivery.grow(("one", "two", "three"))
    scene.clock.now += 7200
    scene.discord.world.old_edits = 0
    await delivery.finish(reply.Reply(("one", "two!", "three", "four")))
    assert scene.said(scene.thread(note)) == ["one", "two!", "three", "four"]


@pytest.mark.parametrize("dies_at", ["deleted", "posted", "posted, and known of"])
async def test_a_death_while_a_page_is_replaced(scene: Scene, dies_at: str) -> None:
    """Between deleting the old one and posting the new one, or before the new one is written down: one stands in the end."""
    claim = Claim(note=scene.posted())
    await scene.delivery(claim).grow(("I keep trying.",))
    claim = replace(claim, posted=scene.recorded[-1], number=2)
    scene.clock.now += 7200
    scene.discord.world.old_edits = 0
    if dies_at == "deleted":
        scene.discord.faults.add("POST", POSTING, status=503)
        with pytest.raises(errors.DiscordAway):
            await scene.delivery(claim).finish(HEARD)
        scene.context = scene.another_process()
    else:
        await died(scene, claim)
        scene.clock.now += NONCE_SECONDS
    await scene.delivery(replace(claim, number=3)).finish(HEARD)
    [page] = scene.thread(claim.note).messages
    assert (page.content, scene.recorded[-1].pages) == ("Heard.", (page.id,))


async def test_of_several_pages_replaced_by_one_nothing_stays(scene: Scene) -> None:
    """Neither in the thread nor on record."""
    delivery = scene.delivery(note := scene.posted())
    await delivery.grow(("one", "two", "three"))
    scene.clock.now += 7200
    scene.discord.world.old_edits = 0
    await delivery.finish(HEARD)
    [page] = scene.thread(note).messages
    assert (page.content, scene.recorded[-1].pages) == ("Heard.", (page.id,))


@pytest.mark.parametrize("pages", [1, 2])
async def test_a_death_soon_after_pages_were_taken_back(scene: Scene, pages: int) -> None:
    """Discord takes the nonces of deleted messages for used: the pages that come in their place have others, in every run."""
    claim = Claim(note=scene.posted())
    await scene.delivery(claim).grow(("one", "two")[:pages])
    claim = replace(claim, posted=scene.recorded[-1], number=2)
    scene.discord.faults.add("PATCH", EDITING, times=None, status=400, body={"code": 30046, "message": "No"})
    scene.discord.faults.add("POST", POSTING, status=503)
    with pytest.raises(errors.DiscordAway):
        await scene.delivery(claim).finish(reply.Reply(("1", "2")))
    scene.context = scene.another_process()
    claim = replace(claim, posted=scene.recorded[-1], number=3)
    await scene.delivery(claim).finish(reply.Reply(("1", "2")))
    assert scene.said(scene.thread(claim.note)) == ["1", "2"]


@pytest.mark.parametrize(("status", "code"), [(400, 50035), (403, 50005), (429, 30046), (400, 99999)])
async def test_whatever_edit_is_refused_for_ever(scene: Scene, status: int, code: int) -> None:
    """The same words pass as a new message."""
    delivery = scene.delivery(note := scene.posted())
    await delivery.grow(("It",))
    scene.discord.faults.add(
        "PATCH", EDITING, times=None, status=status, body={"code": code, "message": "No"}
    )
    await delivery.finish(HEARD)
    [page] = scene.thread(note).messages
    assert (page.content, scene.recorded[-1].pages) == ("Heard.", (page.id,))


async def test_a_429_without_a_pause(scene: Scene) -> None:
    """The library stumbles over it; the answer is a new message."""
    delivery = scene.delivery(note := scene.posted())
    await delivery.grow(("It",))
    body = {"code": 30046, "message": "Maximum number of edits to messages older than 1 hour reached"}
    scene.discord.faults.add("PATCH", EDITING, status=429, body=body, headers={"Via": "1.1 google"})
    await delivery.finish(HEARD)
    assert scene.said(scene.thread(note)) == ["Heard."]


def refuse_in(scene: Scene, channel_id: int, code: int = 240000, *, times: int | None = None) -> None:
    """Whatever is posted there is refused."""
    path = rf"/channels/{channel_id}/messages"
    scene.discord.faults.add("POST", path, times=times, status=400, body={"code": code, "message": "No"})


async def test_a_thread_in_which_nothing_passes(scene: Scene) -> None:
    """The answer is beside the note, and the thread is gone. What has died in between is found."""
    scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    claim = Claim(note=scene.posted())
    refuse_in(scene, claim.note.message_id)
    await died(scene, claim)
    scene.clock.now += NONCE_SECONDS
    claim = replace(claim, posted=scene.recorded[-1], number=2)
    await scene.delivery(claim).finish(HEARD)
    assert scene.said(scene.channel) == ["Heard."]
    assert claim.note.message_id not in scene.guild.threads


async def test_where_nothing_passes_in_public(scene: Scene) -> None:
    """The author has it in private, once, although it is tried twice; and reads so below the note."""
    claim = Claim(note=scene.posted())
    refuse_in(scene, claim.note.message_id)
    refuse_in(scene, scene.channel.id, times=2)
    scene.discord.world.refuse_direct_messages.clear()
    await scene.delivery(claim).finish(HEARD)
    assert [text for text in in_private(scene) if text == "Heard."] == ["Heard."]
    assert scene.said(scene.channel) == [reply.SENT_TO_AUTHOR]
    refuse_in(scene, scene.channel.id, times=2)
    scene.clock.now += NONCE_SECONDS
    claim = replace(claim, posted=Posted(channel_id=scene.channel.id, pages=()), number=2)
    await scene.delivery(claim).finish(HEARD)
    assert [text for text in in_private(scene) if text == "Heard."] == ["Heard."]


async def test_it_is_told_in_the_language_of_the_note(scene: Scene) -> None:
    """Beside it, and in private."""
    note = replace(scene.posted(), locale="fr")
    refuse_in(scene, note.message_id)
    refuse_in(scene, scene.channel.id, times=2)
    scene.discord.world.refuse_direct_messages.clear()
    await scene.delivery(note).finish(HEARD)
    remark = f"-# À propos de ton enregistrement dans <#{scene.channel.id}> :"
    assert [text for text in in_private(scene) if text.startswith(remark)]
    [told] = scene.said(scene.channel)
    assert told.startswith("Discord ne m’a pas laissé publier ma réponse ici")


async def test_where_it_does_not_even_pass_in_private(scene: Scene) -> None:
    """The author reads why there is no answer; that it was refused is no accident."""
    scene.discord.world.blocked_words.add("Heard")
    scene.discord.world.refuse_direct_messages.add(scene.anna.id)
    note = scene.posted()
    refuse_in(scene, note.message_id)
    refuse_in(scene, scene.channel.id, times=2)
    with pytest.raises(errors.AnswerRefused, match="240000"):
        await scene.delivery(note).finish(HEARD)
    assert scene.said(scene.channel) == [reply.sentence(errors.AnswerRefused(), words=reply.ENGLISH)]
    await scene.delivery(other := scene.posted()).finish(reply.Reply(("Fine.",)))
    assert scene.said(scene.thread(other)) == ["Fine."]


async def test_where_nothing_passes_at_all(scene: Scene) -> None:
    """It ends as an answer that was refused, in a note as in a direct message; an empty thread of ours is not left."""
    scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    scene.discord.faults.add("POST", POSTING, times=None, status=400, body={"code": 50035, "message": "No"})
    note = scene.posted()
    with pytest.raises(errors.AnswerRefused):
        await scene.delivery(note).finish(HEARD)
    assert note.message_id not in scene.guild.threads
    direct = scene.discord.direct_channel(scene.anna)
    with pytest.raises(errors.AnswerRefused):
        await scene.delivery(scene.posted(ChannelKind.DIRECT, direct)).finish(HEARD)


async def test_discord_is_away_half_way_down(scene: Scene) -> None:
    """What was refused in the thread waits, beside the note, for another attempt."""
    note = scene.posted()
    refuse_in(scene, note.message_id)
    scene.discord.faults.add("POST", rf"/channels/{scene.channel.id}/messages", status=503)
    with pytest.raises(errors.DiscordAway):
        await scene.delivery(note).finish(HEARD)
    await scene.delivery(Claim(note=note, posted=scene.recorded[-1], number=2)).finish(HEARD)
    assert scene.said(scene.channel) == ["Heard."]


@pytest.mark.parametrize(
    "body", [{"code": 40333, "message": "internal network error"}, {"code": 0, "message": ""}]
)
async def test_a_403_that_names_no_permission(scene: Scene, body: object) -> None:
    """Discord is away; the channel is not muted, and no thread is given up."""
    delivery = scene.delivery(note := scene.posted())
    scene.discord.faults.add("POST", POSTING, status=403, body=body)
    with pytest.raises(errors.DiscordAway):
        await delivery.finish(HEARD)
    assert scene.context.restrictions.refusal(note.channel_id) is None
    await delivery.finish(HEARD)
    assert scene.said(scene.thread(note)) == ["Heard."]
    assert in_private(scene) == []


@pytest.mark.parametrize("may_delete", [True, False])
async def test_a_thread_that_cannot_be_spoken_in_is_taken_back(scene: Scene, may_delete: bool) -> None:  # noqa: FBT001
    """Deleted, or archived where that is not allowed."""
    if may_delete:
        scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    scene.discord.forbid(scene.channel, Permission.SEND_MESSAGES_IN_THREADS)
    note = scene.posted()
    await scene.delivery(note).finish(HEARD)
    assert scene.said(scene.channel) == ["Heard."]
    if may_delete:
        assert note.message_id not in scene.guild.threads
    else:
        assert scene.thread(note).archived


@pytest.mark.parametrize("whose", ["opened by Anna", "with her message in it"])
async def test_a_thread_of_others_is_left(scene: Scene, whose: str) -> None:
    """One that somebody else opened, or wrote in."""
    scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    scene.discord.forbid(scene.channel, Permission.SEND_MESSAGES_IN_THREADS)
    message = scene.post()
    opener = scene.anna if whose == "opened by Anna" else scene.discord.me
    thread = scene.discord.open_thread(scene.channel, opener, "memo", starter=message)
    if whose == "with her message in it":
        scene.discord.post(thread, scene.anna, "Thanks in advance.")
    await scene.delivery(scene.note(message)).finish(HEARD)
    assert scene.said(scene.channel) == ["Heard."]
    assert (thread.deleted, thread.archived) == (False, False)
