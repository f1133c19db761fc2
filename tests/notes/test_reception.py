"""Notes come in: written down once, answered in order, kept for the next run at the end."""

from __future__ import annotations

import asyncio
import dataclasses

from bot import reply
from bot.models import OrphanedAnswer, Posted, Prompt, PromptSource, State
from bot.rules import PROMPT
from bot.storage.guild_settings import WHOLE_SERVER
from tests.fixtures import note_of
from tests.fixtures_cdn import Told
from tests.notes.desk import CHANNEL, DEFAULT, GUILD, OTHER, Desk, settled


async def test_a_note_is_answered_once(desk: Desk) -> None:
    """Seen again, live or in the history, it is known."""
    desk.setup.openroute.script("Yes.")
    message = desk.message(1, voice=True)
    assert await desk.reception.take_in(message) == 1
    assert await desk.reception.take_in(message) == 0
    await desk.until_finished(1)
    assert await desk.reception.take_in(message) == 0
    await settled(desk)
    [note] = desk.taken
    assert (note.voice, note.titled) == (True, False)
    assert desk.deliveries[1].final == reply.Reply(("Yes.",))
    desk.open()
    assert await desk.reception.take_in(message) == 0
    assert await desk.reception.resume() == 0
    await settled(desk)
    assert len(desk.taken) == 1


async def test_what_is_no_note_is_not_written_down(desk: Desk) -> None:
    """Nothing of it is kept."""
    message = dataclasses.replace(desk.message(1), attachments=(desk.setup.file(filename="cat.png", id=1),))
    assert await desk.reception.take_in(message) == 0
    assert await desk.ledger.claim(1) == []


async def test_several_notes_are_heard_side_by_side_and_answered_in_order(desk: Desk) -> None:
    """The last one's file comes first; its answer waits for those before it."""
    desk.gate(1, 2, 3)
    assert await desk.reception.take_in(desk.message(1, 2, 3)) == 3
    await desk.until_begun(1, 2, 3)
    for number, text in ((3, "Third."), (2, "Second."), (1, "First.")):
        assert desk.order == []
        desk.setup.openroute.script(text)
        desk.let_in(number)
        await desk.deliveries[number].worked.wait()
    await desk.until_finished(1, 2, 3)
    assert desk.order == [1, 2, 3]
    finals = [desk.deliveries[number].final for number in (1, 2, 3)]
    assert finals == [reply.Reply((f"**memo.ogg**\n{text}",)) for text in ("First.", "Second.", "Third.")]
    await settled(desk)


async def test_a_server_with_much_waiting_does_not_hold_up_others(desk: Desk) -> None:
    """Its second note comes after the only one of a server that came last."""
    desk.open(at_once=1)
    desk.setup.openroute.script("Yes.", times=4)
    desk.gate(1)
    for number in (1, 2, 3):
        await desk.reception.take_in(desk.message(number))
    await desk.reception.take_in(desk.message(4, guild=OTHER))
    desk.let_in(1)
    await desk.until_finished(1, 2, 3, 4)
    assert desk.order == [1, 4, 2, 3]
    await settled(desk)


async def test_the_prompt_in_force_goes_with_the_note(desk: Desk) -> None:
    """The server's; the channel's, which its threads inherit; a command's over all."""
    desk.setup.openroute.script("Yes.", times=4)
    wanted = [DEFAULT]
    await desk.reception.take_in(desk.message(1))
    await desk.rule_book.change(GUILD, WHOLE_SERVER, PROMPT, "The server's.", 9)
    await desk.reception.take_in(desk.message(2))
    await desk.rule_book.change(GUILD, CHANNEL, PROMPT, "The channel's.", 9)
    await desk.reception.take_in(desk.message(3, thread=True))
    await desk.running.answer(desk.message(4), desk.deliver, prompt="The command's.")
    wanted += ["The server's.", "The channel's.", "The command's."]
    await desk.until_finished(1, 2, 3, 4)
    assert {note.attachment.id: note.prompt.text for note in desk.taken} == dict(enumerate(wanted, 1))
    assert sorted(asked.prompt for asked in desk.setup.openroute.requests) == sorted(wanted)


async def test_direct_messages_have_the_operators_prompt(desk: Desk) -> None:
    """There is no server to have set another."""
    await desk.rule_book.change(GUILD, WHOLE_SERVER, PROMPT, "The server's.", 9)
    prompt = await desk.maker.prompt_in_force(None, (CHANNEL,))
    assert prompt == Prompt(text=DEFAULT, source=PromptSource.DEFAULT)


async def test_what_is_not_finished_in_time_is_left_to_the_next_run(desk: Desk) -> None:
    """Its answer was not told, nor does the attempt count; the next run takes it up, and answers it once."""
    desk.gate(1)
    await desk.reception.take_in(desk.message(1, 2))
    await desk.until_begun(1)
    await desk.close(0)
    assert await desk.backlog.unfinished() == [(1, GUILD)]
    assert desk.order == []
    [first, _] = await desk.ledger.claim(1)
    assert first.decode_crashes == 0
    desk.let_in(1)
    # The server may not have noticed yet that nobody waits for the first two any more.
    desk.setup.cdn.told = [Told(desk.setup.sound)] * 4
    desk.setup.openroute.script("Yes.", times=2)
    desk.open()
    assert await desk.reception.resume() == 1
    assert await desk.reception.resume() == 1
    await desk.until_finished(1, 2)
    assert desk.order == [1, 2]
    await settled(desk)


async def test_what_comes_while_closing_is_kept(desk: Desk) -> None:
    """Written down, not begun."""
    await desk.close(0)
    assert await desk.reception.take_in(desk.message(1)) == 1
    assert desk.taken == []
    assert await desk.backlog.unfinished() == [(1, GUILD)]


async def test_a_note_that_could_not_be_delivered_is_finished(desk: Desk) -> None:
    """It would not fare better the next time."""
    desk.setup.openroute.script("Yes.")
    desk.refuses = RuntimeError()
    await desk.reception.take_in(desk.message(1))
    await desk.until_finished(1)
    await settled(desk)


async def test_a_message_that_is_deleted_is_dropped_and_forgotten(desk: Desk) -> None:
    """Work on it stops at once, what was shown is taken back; nothing of it is left to take up, or to say."""
    desk.gate(1)
    await desk.reception.take_in(desk.message(1))
    await desk.until_begun(1)
    assert await desk.reception.deleted([1, 99]) == []
    assert await desk.backlog.unfinished() == []
    async with asyncio.timeout(5):
        await desk.close(60)
    assert desk.deliveries[1].heard == ["working", "worked", "withdrew"]
    assert desk.setup.openroute.requests == []
    assert await desk.reception.take_in(desk.message(1)) == 0


async def test_answers_to_deleted_notes_are_told_once(desk: Desk) -> None:
    """So that they can be taken back."""
    posted = Posted(channel_id=1, pages=(11, 12))
    for number in (1, 2):
        note = note_of(message_id=number, attachment=desk.file(number))
        await desk.ledger.receive([note])
        [claim] = await desk.ledger.claim(number)
        await desk.ledger.posted(claim, posted)
        await desk.ledger.settle(claim, State.POSTED)
    orphaned = OrphanedAnswer(message_id=2, channel_id=CHANNEL, posted=posted)
    assert await desk.reception.deleted([2]) == [orphaned]
    assert await desk.reception.deleted([1, 2]) == [dataclasses.replace(orphaned, message_id=1)]
