"""Long notes are heard in parts while the rest is decoded; whatever ends that half way, no part is paid for twice or left behind."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import storage
from bot.storage.schema import notes, usage
from sandbox.discord import Upload
from tests.fixtures import Recording
from tests.fixtures_database import rows_of
from tests.journeys.stage import PATIENCE
from tests.journeys.test_privacy import decide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sandbox.discord import Message, Thread
    from tests.journeys.stage import Stage

SECONDS = 75.0
HALF_A_MINUTE = {"PART_MINUTES": "0.5"}
WHOLE = "It began well.\n\nIt went on.\n\nAnd on.\n\nIt ended well."


@pytest.fixture
def lecture(tmp_path: Path) -> Upload:
    """A note of four parts."""
    long = Recording(container="ogg", codec="libopus").write(tmp_path / "long.ogg", seconds=SECONDS)
    return Upload("lecture.ogg", long.read_bytes(), "audio/ogg")


def post(stage: Stage, file: Upload) -> Message:
    """Somebody posts it."""
    return stage.discord.post(stage.channel, stage.anna, files=[file])


def heard_half(stage: Stage) -> None:
    """Two parts are answered, and the model speaks about the two others and comes to no end."""
    never = asyncio.Event()
    stage.openroute.script("It began well.", asked="part 1 of")
    stage.openroute.script("It went on.", asked="part 2 of")
    stage.openroute.script("And", never, asked="part 3 of")
    stage.openroute.script("It", never, asked="part 4 of")


async def until_half_is_heard(stage: Stage, thread: Thread) -> None:
    """Both slots are free for the other two only after the first are written down."""
    await stage.said(thread, "It went on.")
    await stage.openroute.wait_for(lambda: len(stage.openroute.requests) == 4)


async def written(url: str, table: sa.Table) -> Sequence[Any]:
    """All rows of a table, while no bot has it."""
    async with storage.opened(url) as database:
        return await rows_of(database, sa.select(table))


async def test_the_first_words_stand_there_before_the_rest_is_heard(stage: Stage, lecture: Upload) -> None:
    """In the end there is one transcript."""
    rest = asyncio.Event()
    stage.openroute.script("It began well.", asked="part 1 of")
    stage.openroute.script(rest, "It went on.", asked="part 2 of")
    stage.openroute.script("And on.", asked="part 3 of")
    stage.openroute.script("It ended well.", asked="part 4 of")
    async with stage.bot(**HALF_A_MINUTE) as bot:
        thread = await stage.thread_on(post(stage, lecture))
        await stage.said(thread, "It began well.")
        rest.set()
        [answer] = await stage.said(thread, "It ended well.")
        assert (await bot.logged("note"))["parts"] == 4
    assert answer.content == WHOLE
    assert sum(asked.seconds for asked in stage.openroute.requests) == pytest.approx(SECONDS, abs=0.5)
    url = f"sqlite:///{stage.folder}/earshot.db"
    assert [row.parts for row in await written(url, notes)] == [None]
    [paid] = await written(url, usage)
    assert (paid.state, paid.seconds) == ("settled", pytest.approx(SECONDS, abs=0.5))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_what_was_heard_is_not_paid_for_again(
    stage: Stage, lecture: Upload, kind: str, request: pytest.FixtureRequest
) -> None:
    """The bot is killed in the middle: the next one asks for the other parts alone; all that was paid for counts."""
    url = f"sqlite:///{stage.folder}/earshot.db"
    settings = {**HALF_A_MINUTE, "BUDGET_PERSON_DAY_MINUTES": "3"}
    heard_half(stage)
    async with AsyncExitStack() as running:
        if kind == "postgres":
            url = request.getfixturevalue("postgres_url")
            settings["DATABASE_URL"] = url
            await stage.migrate(DATABASE_URL=url)
            await running.enter_async_context(stage.bot("--gateway-only", **settings))

        def whoever_hears() -> Any:
            return stage.worker(**settings) if kind == "postgres" else stage.bot(**settings)

        async with whoever_hears() as first:
            thread = await stage.thread_on(post(stage, lecture))
            await until_half_is_heard(stage, thread)
            await first.kill()
            first.expected_status = -9
        stage.openroute.script("And on.", asked="part 3 of")
        stage.openroute.script("It ended well.", asked="part 4 of")
        async with whoever_hears() as second:
            [answer] = await stage.said(thread, "It ended well.")
            await second.logged("note")
    assert answer.content == WHOLE
    asked = [each.prompt for each in stage.openroute.requests]
    assert [sum(f"part {part} of" in each for each in asked) for part in (1, 2, 3, 4)] == [1, 1, 2, 2]
    assert [row.parts for row in await written(url, notes)] == [None]
    paid = await written(url, usage)
    assert {row.state for row in paid} == {"settled"}
    assert sum(row.seconds for row in paid) == pytest.approx(SECONDS, abs=0.5)


async def test_a_summary_is_made_of_what_was_heard_before(stage: Stage, lecture: Upload) -> None:
    """A note that is to be summed up is transcribed in parts, whichever bot heard which."""
    heard_half(stage)
    settings = {**HALF_A_MINUTE, "PROMPT": "What is it about?"}
    async with stage.bot(**settings) as first:
        note = post(stage, lecture)
        await stage.openroute.wait_for(lambda: len(stage.openroute.requests) == 4)
        await first.kill()
        first.expected_status = -9
    stage.openroute.script("And on.", asked="part 3 of")
    stage.openroute.script("It ended well.", asked="part 4 of")
    stage.openroute.script("About how it went.", asked="What is it about?")
    async with stage.bot(**settings):
        [answer] = await stage.said(await stage.thread_on(note), "About how it went.")
    assert answer.content == "About how it went."
    assert WHOLE in stage.openroute.requests[-1].prompt
    assert len(stage.openroute.requests) == 7


async def test_a_question_about_a_long_note_is_put_to_its_transcript(stage: Stage, lecture: Upload) -> None:
    """A question about a long note is asked of its whole transcript."""
    stage.openroute.script("We meet on Thursday.", times=4)
    stage.openroute.script("On Thursday.")
    async with stage.bot(**HALF_A_MINUTE, PROMPT="When do we meet?"):
        thread = await stage.thread_on(post(stage, lecture))
        [answer] = await stage.said(thread, "On Thursday.")
    assert answer.content == "On Thursday."
    assert stage.openroute.requests[-1].prompt.startswith("When do we meet?\n")
    assert stage.openroute.requests[-1].audio is None


async def test_a_note_that_is_deleted_half_way(stage: Stage, lecture: Upload) -> None:
    """What was shown goes, and what was kept; the model is asked no more."""
    heard_half(stage)
    async with stage.bot(**HALF_A_MINUTE) as bot:
        note = post(stage, lecture)
        thread = await stage.thread_on(note)
        await until_half_is_heard(stage, thread)
        stage.discord.delete(note)
        await stage.discord.wait_for(lambda: not stage.of_the_bot(thread), PATIENCE)
        await bot.logged("note")
    [row] = await written(f"sqlite:///{stage.folder}/earshot.db", notes)
    assert (row.state, row.parts, row.note) == ("forgotten", None, {})
    assert len(stage.openroute.requests) == 4


@pytest.mark.parametrize("wish", ["Opt out", "Delete my data"])
async def test_who_speaks_in_it_decides_otherwise_half_way(stage: Stage, lecture: Upload, wish: str) -> None:
    """Nothing more of it is sent than what was under way; what was shown goes, and what was kept."""
    rest = asyncio.Event()
    stage.openroute.script("It began well.", asked="part 1 of")
    stage.openroute.script("It went", rest, " on.", asked="part 2 of")
    stage.openroute.script("And", rest, " on.", asked="part 3 of")
    async with stage.bot(**HALF_A_MINUTE) as bot:
        thread = await stage.thread_on(post(stage, lecture))
        await stage.said(thread, "It went")
        await stage.openroute.wait_for(lambda: len(stage.openroute.requests) == 3)
        await decide(stage, stage.anna, wish)
        rest.set()
        await bot.logged("note")
        await stage.discord.wait_for(lambda: not stage.of_the_bot(thread), PATIENCE)
    left = await written(f"sqlite:///{stage.folder}/earshot.db", notes)
    assert [(row.state, row.parts, row.note) for row in left] == [("forgotten", None, {})] * len(left)
    # The one that was not asked for before is cancelled before it comes to anything.
    assert len(stage.openroute.requests) <= 4


async def test_a_file_that_is_torn_half_way(stage: Stage, tmp_path: Path) -> None:
    """What there was of it is delivered, with the word that there was more."""
    stage.openroute.script("It began well.", asked="part 1 of")
    stage.openroute.script("It went on.", times=9)
    whole = Recording(container="wav", codec="pcm_s16le").write(tmp_path / "long.wav", seconds=SECONDS)
    torn = whole.read_bytes()
    file = Upload("lecture.wav", torn[: len(torn) * 2 // 3], "audio/wav")
    async with stage.bot(**HALF_A_MINUTE):
        [answer] = await stage.said(await stage.thread_on(post(stage, file)), "could be heard")
    assert answer.content.startswith("It began well.\n\nIt went on.")
    assert "The file is damaged or incomplete: only the first 50 sec could be heard." in answer.content


async def test_several_long_notes_at_once(stage: Stage, lecture: Upload) -> None:
    """Each has its own answer, and every part is asked for once."""
    stage.openroute.script("Words.", times=12)
    async with stage.bot(**HALF_A_MINUTE) as bot:
        posted = [post(stage, lecture) for _ in range(3)]
        for note in posted:
            await stage.thread_on(note)
        await bot.logged("note", times=3)
        for note in posted:
            assert note.thread is not None
            [answer] = stage.of_the_bot(note.thread)
            assert answer.content == "\n\n".join(["Words."] * 4)
    assert len(stage.openroute.requests) == 12
