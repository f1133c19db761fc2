"""The first answer in a channel says where recordings go: once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from sandbox.discord import Message
    from tests.journeys.stage import Stage

LINE = "-# Recordings are sent to `127.0.0.1:"
NOTES = 12


async def answer_to(stage: Stage, note: Message) -> str:
    """What stands in the thread on a note, once it is answered."""
    thread = await stage.thread_on(note)
    [answer] = await stage.said(thread, "Words of")
    return answer.content


def script(stage: Stage, count: int) -> None:
    """What the model says to so many notes."""
    for number in range(count):
        stage.openroute.script(f"Words of note {number}.")


async def test_the_first_answer_in_a_channel_has_it(stage: Stage) -> None:
    """At its end, once; each channel has its own, and so have direct messages."""
    script(stage, 5)
    direct = stage.discord.direct_channel(stage.anna)
    channels = (stage.channel, stage.discord.add_channel(stage.guild, "other"))
    async with stage.bot(NOTICE="on"):
        for channel in channels:
            first = await answer_to(stage, stage.post_note(channel))
            assert first.splitlines()[-1].startswith(LINE)
            assert LINE not in await answer_to(stage, stage.post_note(channel))
        stage.post_note(direct)
        await stage.said(direct, LINE)


async def test_of_many_notes_at_once_one_has_it(stage: Stage) -> None:
    """Whichever is answered first."""
    script(stage, NOTES)
    async with stage.bot(NOTICE="on"):
        notes = [stage.post_note() for _ in range(NOTES)]
        answers = await asyncio.gather(*(answer_to(stage, note) for note in notes))
    assert sum(LINE in answer for answer in answers) == 1


async def test_an_answer_that_could_not_be_posted_has_it_still(stage: Stage) -> None:
    """Killed between the answer and its posting: the next run posts both, and asks the model nothing."""
    script(stage, 2)
    never = asyncio.Event()
    held = stage.discord.faults.add("POST", r"/channels/\d+/messages", hold=never)
    async with stage.bot(NOTICE="on") as bot:
        note = stage.post_note()
        async with asyncio.timeout(PATIENCE):
            await held.met.wait()
        await bot.kill()
        bot.expected_status = -9
    async with stage.bot(NOTICE="on"):
        assert LINE in await answer_to(stage, note)
        assert len(stage.openroute.requests) == 1
        assert LINE not in await answer_to(stage, stage.post_note())


async def test_private_answers_and_failures_do_not_use_it_up(stage: Stage) -> None:
    """It is for those who read along."""
    stage.openroute.faults.add("POST", "/chat/completions", status=503, times=None)
    async with stage.bot(NOTICE="on", KEEP_TRYING_MINUTES="0", ANSWER_SECONDS="2"):
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [failure] = await stage.said(thread, "Please try again in a few minutes.")
        assert LINE not in failure.content
        stage.openroute.faults.clear()
        script(stage, 2)
        private = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
        assert private.ephemeral
        assert "Words of" in private.content
        assert LINE not in private.content
        assert LINE in await answer_to(stage, stage.post_note())


async def test_the_operator_says_it_in_their_own_words(stage: Stage) -> None:
    """Or not at all, as all other journeys have it."""
    script(stage, 1)
    async with stage.bot(NOTICE="What is said here goes to our own server."):
        answer = await answer_to(stage, stage.post_note())
    assert answer.endswith("\n-# What is said here goes to our own server.")
