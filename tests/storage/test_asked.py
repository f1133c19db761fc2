"""What was asked before: asked once, asked again where it came to nothing, deleted where somebody wants that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.models import (
    Answer,
    Before,
    OrphanedAnswer,
    Posted,
    Prompt,
    PromptSource,
    Question,
    Standing,
    StandingAnswer,
    State,
    VoiceNote,
)
from bot.storage.asked import AskedBefore
from bot.storage.consent import Consent
from bot.storage.deletions import Deletions
from bot.storage.ledger import Ledger
from tests.fixtures import file_of, note_of
from tests.fixtures_database import Clock, clock, database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

ANSWER = Answer(text="We meet on Thursday.", model="a/b")
POSTED = Posted(channel_id=1, pages=(11, 12))


class Both:
    """The ledger and what is asked of it, over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.ledger = Ledger(database, clock=clock)
        self.asked = AskedBefore(database, clock=clock)
        self.deletions = Deletions(database, clock=clock)

    async def standing(self, note: VoiceNote) -> Standing | None:
        """How far what a note asks has come."""
        return await self.asked.standing(note.message_id, note.attachment.id, note.ask)

    async def finish(
        self, note: VoiceNote, state: State, *, posted: Posted | None = POSTED, **how: bool
    ) -> None:
        """Have a note worked on to its end."""
        await self.ledger.receive([note])
        [claim] = [claim for claim in await self.ledger.claim(note.message_id) if claim.note.ask == note.ask]
        if state is State.POSTED:
            await self.ledger.answered(claim, ANSWER, 700.0)
        if posted is not None:
            await self.ledger.posted(claim, posted)
        await self.ledger.settle(claim, state, **how)


@pytest.fixture
def both(database: Database, clock: Clock) -> Both:
    """Empty."""
    return Both(database, clock)


def summary(language: str = "de", message: int = 1) -> VoiceNote:
    """Somebody asks for a summary."""
    prompt = Prompt(text="Sum it up.", source=PromptSource.COMMAND)
    return note_of(
        message_id=message,
        attachment=file_of(id=5),
        prompt=prompt,
        ask=f"preset:summary:{language}",
        asked_by=77,
    )


def listened(message: int = 1, prompt: str = "Please transcribe this audio file.") -> VoiceNote:
    """The note itself."""
    return note_of(
        message_id=message, attachment=file_of(id=5), prompt=Prompt(text=prompt, source=PromptSource.DEFAULT)
    )


async def test_several_things_are_asked_of_one_note(both: Both) -> None:
    """Each is a row of its own, and each is new once."""
    assert await both.ledger.receive([listened()]) == 1
    assert await both.ledger.receive([summary()]) == 1
    assert await both.ledger.receive([summary()]) == 0
    assert await both.ledger.receive([summary("fr")]) == 1
    claims = await both.ledger.claim(1)
    assert {claim.note.ask for claim in claims} == {"listened", "preset:summary:de", "preset:summary:fr"}
    assert next(claim.note for claim in claims if claim.note.ask == "preset:summary:de") == summary()


async def test_where_an_answer_stands_is_told(both: Both) -> None:
    """Unfinished, finished, unknown."""
    assert await both.standing(summary()) is None
    await both.ledger.receive([summary()])
    assert await both.standing(summary()) == Standing(state=State.RECEIVED)
    await both.finish(summary(), State.POSTED)
    assert await both.standing(summary()) == Standing(state=State.POSTED, posted=POSTED)


@pytest.mark.parametrize("state", [State.REFUSED, State.FAILED])
async def test_what_came_to_nothing_is_asked_again(both: Both, clock: Clock, state: State) -> None:
    """It is unfinished then, and takes the place of the sentence that stands there."""
    await both.finish(summary(), state)
    clock.now += 100
    assert await both.asked.ask_again(replace(summary(), asked_by=88))
    assert not await both.asked.ask_again(summary())
    [claim] = await both.ledger.claim(1)
    assert claim.note.asked_by == 88
    assert claim.posted == POSTED
    assert claim.received_at == clock.now


async def test_what_was_answered_is_not_asked_again(both: Both) -> None:
    """Nor what is being worked on."""
    await both.ledger.receive([summary()])
    assert not await both.asked.ask_again(summary())
    await both.finish(summary(), State.POSTED)
    assert not await both.asked.ask_again(summary())


async def test_what_failed_is_kept_as_it_was_asked_for(both: Both) -> None:
    """Where another try may bring an answer; of anything else nothing is left."""
    await both.finish(summary(), State.FAILED, may_pass=True)
    await both.finish(summary("fr"), State.REFUSED)
    await both.finish(summary("ja"), State.POSTED)
    assert await both.asked.kept(1, 5, "preset:summary:de") == summary()
    assert await both.asked.kept(1, 5, "preset:summary:fr") is None
    assert await both.asked.kept(1, 5, "preset:summary:ja") is None
    assert await both.asked.kept(1, 5, "preset:summary:ru") is None
    await both.asked.ask_again(summary())
    assert await both.asked.kept(1, 5, "preset:summary:de") is None


async def test_an_answer_is_deleted_where_somebody_wants_that(both: Both) -> None:
    """By one of its pages; the others stay, and it can be asked for again."""
    other = Posted(channel_id=1, pages=(21,))
    await both.finish(listened(), State.POSTED, posted=other)
    await both.finish(summary(), State.POSTED)
    assert await both.deletions.withdraw(1, 99) is None
    assert await both.deletions.withdraw(2, 12) is None
    gone = await both.deletions.withdraw(1, 12)
    assert gone == OrphanedAnswer(message_id=1, channel_id=2, posted=POSTED, alone=True)
    assert await both.deletions.withdraw(1, 12) is None
    assert await both.standing(summary()) == Standing(state=State.WITHDRAWN)
    assert await both.standing(listened()) == Standing(state=State.POSTED, posted=other)
    assert await both.asked.ask_again(summary())


async def test_what_is_worked_on_is_not_deleted(both: Both) -> None:
    """Its worker would post it anew."""
    await both.ledger.receive([summary()])
    [claim] = await both.ledger.claim(1)
    await both.ledger.posted(claim, POSTED)
    assert await both.deletions.withdraw(1, 11) is None


async def test_answers_that_stand_are_listed(both: Both) -> None:
    """Of several messages, with whether each is a transcript."""
    await both.finish(listened(), State.POSTED)
    await both.finish(summary(), State.POSTED)
    await both.finish(listened(2, prompt="Sum it up."), State.POSTED)
    await both.finish(listened(3), State.FAILED)
    found = await both.asked.answers_to([1, 2, 3, 4])
    assert await both.asked.answers_to([]) == []
    assert sorted(found, key=lambda answer: (answer.message_id, answer.ask)) == [
        StandingAnswer(message_id=1, attachment_id=5, ask="listened", posted=POSTED, transcript=True),
        StandingAnswer(
            message_id=1, attachment_id=5, ask="preset:summary:de", posted=POSTED, transcript=False
        ),
        StandingAnswer(message_id=2, attachment_id=5, ask="listened", posted=POSTED, transcript=False),
    ]


async def test_whoever_works_on_an_ask_knows_what_was_asked_before(both: Both) -> None:
    """Other asks of the same file, its transcript, and how long it is; not what was deleted."""
    await both.finish(listened(), State.POSTED)
    await both.finish(summary("fr"), State.POSTED, posted=Posted(channel_id=1, pages=(31,)))
    await both.finish(summary("ja"), State.POSTED, posted=Posted(channel_id=1, pages=(41,)))
    await both.deletions.withdraw(1, 41)
    other_file = replace(summary("ru"), attachment=file_of(id=6))
    await both.ledger.receive([summary(), other_file])
    about_it, about_another = await both.ledger.claim(1)
    assert about_it.before == Before(
        asked=frozenset({"listened", "preset:summary:fr"}), transcript=POSTED, seconds=700.0
    )
    assert about_another.before == Before()
    # That one is still to be deleted on Discord.
    assert about_it.message_pages == {11, 12, 31, 41}


async def test_a_question_goes_with_its_message(both: Both) -> None:
    """Its answer alone: the note and its other answers are still there."""
    asked = note_of(
        message_id=1,
        attachment=file_of(id=5),
        ask="question:50",
        question=Question(message_id=50, channel_id=1),
    )
    await both.finish(listened(), State.POSTED)
    await both.finish(asked, State.POSTED, posted=Posted(channel_id=1, pages=(51,)))
    [gone] = await both.deletions.forget([50])
    assert gone == OrphanedAnswer(
        message_id=1, channel_id=2, posted=Posted(channel_id=1, pages=(51,)), alone=True
    )
    assert await both.standing(listened()) == Standing(state=State.POSTED, posted=POSTED)
    [gone] = await both.deletions.forget([1])
    assert not gone.alone


async def test_what_was_asked_in_a_hurry_is_completed(both: Both) -> None:
    """Unless somebody works on it already."""
    hurried = replace(summary(), attachment=file_of(id=5, url=""), author_id=0)
    await both.ledger.receive([hurried])
    assert await both.asked.complete(summary())
    [claim] = await both.ledger.claim(1)
    assert claim.note == summary()
    assert not await both.asked.complete(hurried)


async def test_what_was_asked_of_something_gone_was_never_asked(both: Both) -> None:
    """Unless somebody works on it already."""
    await both.ledger.receive([summary()])
    await both.asked.drop(summary())
    assert await both.standing(summary()) is None
    await both.ledger.receive([summary()])
    await both.ledger.claim(1)
    await both.asked.drop(summary())
    assert await both.standing(summary()) is not None


async def test_whose_recording_it_is_is_put_right(both: Both, database: Database) -> None:
    """By the worker, where the process that wrote it down in a hurry has ended: it is the speaker's row, to delete and to count."""
    await both.ledger.receive([replace(summary(), attachment=file_of(id=5, url=""), author_id=0)])
    [claim] = await both.ledger.claim(1)
    await both.ledger.complete(claim, summary())
    [again] = await both.ledger.claim(1)
    assert again.note == summary()
    assert (await Consent(database).delete_data(summary().author_id, answers_too=False)).rows == 1
