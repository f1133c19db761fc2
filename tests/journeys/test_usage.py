"""What was used, as people see it on Discord, and the operator on the command line."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from sandbox.discord import Permission
from tests.journeys.stage import PATIENCE
from tests.journeys.test_budgets import NOTE_SECONDS, minutes, used_before

if TYPE_CHECKING:
    from sandbox.discord import Channel, Message, User
    from tests.journeys.stage import Stage

DAY = 86_400


@pytest.fixture
def moderator(stage: Stage) -> User:
    """Who may manage messages."""
    person = stage.discord.add_user("mia")
    stage.discord.add_member(stage.guild, person, permissions=Permission.MANAGE_MESSAGES)
    return person


async def usage_of(stage: Stage, person: User, channel: Channel | None = None, **options: str) -> Message:
    """What /usage says, in private."""
    shown = await stage.discord.slash(person, channel or stage.channel, "usage", **options).answered(PATIENCE)
    assert shown.ephemeral
    await stage.discord.wait_for(lambda: "Used" in shown.content, PATIENCE)
    return shown


async def printed(stage: Stage, *arguments: str, **settings: str) -> str:
    """What `python -m bot usage` prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "usage",
        *arguments,
        cwd=stage.folder,
        env=stage.environment(**settings),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def test_everybody_sees_sums_and_moderators_who_and_where(stage: Stage, moderator: User) -> None:
    """With a bar for each day, and what is to be seen in it in words."""
    stage.openroute.script("Heard.")
    await used_before(stage, time.time() - 2 * DAY, 3600.0)
    room = {
        "BUDGET_PERSON_DAY_MINUTES": minutes(2),
        "BUDGET_SERVER_MONTH_COST": "5",
        "BUDGET_DAY_MINUTES": "9",
    }
    async with stage.bot(**room):
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        shown = await usage_of(stage, stage.anna, period="week")
        lines = shown.content.splitlines()
        assert lines[0] == "**Used in this server in the last 7 days** (days begin at midnight, UTC)"
        assert lines[1].startswith("2 answers to 1 hr of audio; ")
        assert " credits" in lines[1]
        assert lines[2] == "**Budgets**"
        assert lines[3].startswith("- You, today: 12 sec of 23 sec used; a new day begins <t:")
        assert lines[4].startswith("- This server, this month: 0.00")
        assert len(lines) == 5
        [attachment] = shown.attachments
        assert attachment.upload.description is not None
        assert attachment.upload.description.startswith("Bars: minutes of audio each day, from ")
        assert attachment.upload.description.endswith(
            "The most is 60 on " + _day(time.time() - 2 * DAY) + "."
        )
        picture = Image.open(io.BytesIO(attachment.upload.data))
        assert picture.format == "PNG"
        assert picture.size == (1080, 450)

        theirs = (await usage_of(stage, moderator, period="week")).content.splitlines()
        assert "- You, today: 0 sec of 23 sec used" in theirs[3]
        assert theirs[5] == "**By person**"
        assert theirs[6].startswith(f"- <@{stage.anna.id}>: 1 hr, 0.00")
        assert theirs[7] == "**By channel**"
        assert theirs[8].startswith(f"- <#{stage.channel.id}>: 1 hr, 0.00")
        today = await usage_of(stage, stage.anna, period="today")
        assert "1 answer to 12 sec of audio" in today.content
        assert today.attachments == []
        before = await usage_of(stage, stage.anna, period="last_month")
        assert before.attachments == [] or "answer" in before.content


async def test_in_direct_messages_it_is_ones_own(stage: Stage, moderator: User) -> None:
    """What was used in servers, too; other people's is nobody's business."""
    await used_before(stage, time.time(), 60.0)
    await used_before(stage, time.time(), 600.0, person=moderator)
    direct = stage.discord.direct_channel(stage.anna)
    async with stage.bot() as bot:
        await bot.logged("ready")
        shown = await usage_of(stage, stage.anna, direct, period="today")
    assert shown.content.splitlines() == [
        "**Used by you today** (days begin at midnight, UTC)",
        "1 answer to 1 min of audio; 100 tokens; 0.001 credits.",
    ]


async def test_where_nothing_was_used(stage: Stage) -> None:
    """It says so, without a picture of nothing."""
    async with stage.bot() as bot:
        await bot.logged("ready")
        shown = await usage_of(stage, stage.anna)
    assert shown.content.endswith("Nothing was used.")
    assert shown.attachments == []


async def test_the_operator_looks_while_the_bot_runs(stage: Stage) -> None:
    """At the same file; in tables, as JSON and as CSV."""
    stage.openroute.script("Heard.")
    await used_before(stage, time.time() - DAY, 3600.0)
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        text = await printed(stage)
        found: dict[str, Any] = json.loads(await printed(stage, "--days", "7", "--json"))
        rows = list(csv.reader(io.StringIO(await printed(stage, "--csv", "--days", "1"))))
    assert "by server" in text
    assert str(stage.guild.id) in text
    assert found["total"]["answers"] == 2
    assert [day["day"] for day in found["days"]] == [_day(time.time() - DAY), _day(time.time())]
    assert found["servers"][0]["server"] == stage.guild.id
    assert {model["model"] for model in found["models"]} >= {"a/b"}
    assert rows[0] == ["by", "key", "seconds", "answers", "tokens", "cost"]
    assert rows[1][:2] == ["total", ""]
    assert float(rows[1][2]) == pytest.approx(NOTE_SECONDS, abs=0.1)


async def test_the_operator_looks_at_a_fleets(stage: Stage, fleet_url: str) -> None:
    """On PostgreSQL, by any machine that has its address."""
    found = json.loads(await printed(stage, "--json", DATABASE_URL=fleet_url))
    assert found["total"] == {"seconds": 0.0, "answers": 0, "tokens": 0, "cost": None}


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
