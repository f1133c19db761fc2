"""/recap: the notes somebody has missed, as people see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage


async def test_standing_answers_are_listed_and_nothing_is_paid(stage: Stage) -> None:
    """Who, when, how long, a link, and the first words of the answer that stands in the thread."""
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    stage.openroute.script("Buy *milk*, he says.")
    stage.openroute.script("And bread.")
    async with stage.bot():
        first = stage.post_note()
        await stage.said(await stage.thread_on(first), "he says.")
        second = stage.post_note()
        await stage.said(await stage.thread_on(second), "And bread.")
        asked = stage.discord.slash(ben, stage.channel, "recap")
        answer = await asked.answered(PATIENCE)
    print(answer.content, answer.components)
    assert answer.ephemeral
    assert len(stage.openroute.requests) == 2


async def test_help_status(stage: Stage) -> None:
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "help")
        answer = await asked.answered(PATIENCE)
        print(answer.content, len(answer.content))
        asked = stage.discord.slash(stage.anna, stage.channel, "status")
        answer = await asked.answered(PATIENCE)
        print(answer.content, len(answer.content))
