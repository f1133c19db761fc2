"""Whatever is wrong with a note, its author is told in one plain sentence, and nothing else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Upload
from tests.fixtures import Recording
from tests.journeys.stage import PATIENCE
from tests.recordings import headers_only, sample_as, silent_video

if TYPE_CHECKING:
    from tests.journeys.stage import Stage

BAD_FILES = {
    "not audio": (
        Upload("song.mp3", b"Dear diary, today I was a text file. " * 40),
        "isn't audio I can read",
    ),
    "a playlist": (
        Upload("song.mp3", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n"),
        "isn't audio I can read",
    ),
    "empty": (Upload("song.ogg", b""), "is empty"),
    "only headers": (Upload("song.ogg", headers_only()), "damaged or incomplete"),
    "no sound": (Upload("film.m4a", silent_video(), "audio/mp4"), "There is no sound in this file"),
}


@pytest.mark.parametrize("case", BAD_FILES)
async def test_bad_files(stage: Stage, case: str) -> None:
    """The model is never asked about what cannot be heard."""
    file, words = BAD_FILES[case]
    async with stage.bot() as bot:
        thread = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[file]))
        [answer] = await stage.said(thread, words)
        assert (await bot.logged("note"))["outcome"] == "refused"
    assert len(answer.content) < 200
    assert stage.openroute.requests == []


async def test_too_long_by_announcement(stage: Stage) -> None:
    """A note Discord announces as too long is not even downloaded."""
    async with stage.bot(MAX_MINUTES="0.1"):
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "This recording is too long (11 sec)")
    assert stage.discord.calls_to("GET", "/attachments") == []


async def test_too_long_by_content(stage: Stage) -> None:
    """A file that only turns out to be too long is refused, too."""
    async with stage.bot(MAX_MINUTES="0.1"):
        tone = Recording(container="mp3", codec="libmp3lame").write(stage.folder / "tone", seconds=8)
        file = Upload("long.mp3", tone.read_bytes(), "audio/mpeg")
        thread = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[file]))
        await stage.said(thread, "too long")
    assert stage.openroute.requests == []


@pytest.mark.parametrize("announced", [None, 1000])
async def test_too_large(stage: Stage, announced: int | None) -> None:
    """Files over the limit are refused, by what is announced and by what really comes."""
    async with stage.bot(MAX_FILE_MB="0.02"):
        file = Upload("big.wav", sample_as("wav"), "audio/wav", size=announced)
        thread = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[file]))
        await stage.said(thread, "This file is too large")
    assert stage.openroute.requests == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "didn't accept my request"),
        (401, "didn't accept my request"),
        (402, "out of credit"),
        (403, "declined to answer"),
        (404, "didn't accept my request"),
    ],
)
async def test_errors_of_the_endpoint(stage: Stage, status: int, words: str) -> None:
    """What does not pass by itself is told at once: one request, one sentence."""
    body = {"error": {"code": status, "message": "A secret reason"}}
    fault = stage.openroute.faults.add("POST", "/chat/completions", status=status, body=body, times=9)
    async with stage.bot(OPENROUTE_FALLBACK_MODELS="none") as bot:
        thread = await stage.thread_on(stage.post_note())
        [answer] = await stage.said(thread, words)
        line = await bot.logged("note")
    assert "secret" not in answer.content
    assert line["outcome"] in {"failed", "refused"}
    assert fault.used == 1


async def test_a_refused_key_names_the_host(stage: Stage) -> None:
    """The operator reads which host refused the key: another service's key has the same variable."""
    async with stage.bot(OPENROUTE_API_KEY="of-the-map-service") as bot:
        await stage.said(await stage.thread_on(stage.post_note()), "didn't accept my request")
        line = await bot.logged("note")
    assert stage.openroute.base_url.split("/")[2] in line["error"]
    assert "of-the-map-service" not in bot.raw


async def test_a_model_that_says_nothing(stage: Stage) -> None:
    """It is asked twice; the person is told that, and not that nobody spoke: somebody does."""
    stage.openroute.script("  ", times=2)
    async with stage.bot():
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "The model gave no answer")
    assert "no speech" not in answer.content


async def test_a_content_filter_before_any_text(stage: Stage) -> None:
    """A refusal is told as one, not as silence."""
    stage.openroute.script(finish_reason="content_filter")
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "declined to answer")


async def test_a_content_filter_after_some_text(stage: Stage) -> None:
    """What came is shown, with a line that the rest is missing."""
    stage.openroute.script("It began well", finish_reason="content_filter")
    async with stage.bot():
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "content filter")
    assert answer.content.startswith("It began well\n")


async def test_an_answer_cut_at_its_limit(stage: Stage) -> None:
    """What came within the operator's limit is shown, with a line that it was cut short."""
    stage.openroute.script("It began well", finish_reason="length")
    async with stage.bot(MAX_TOKENS="3"):
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "cut short")
    assert answer.content.startswith("It began well\n")


async def test_an_endpoint_that_stays_away(stage: Stage) -> None:
    """An operator who wants nobody to wait: after some attempts the person is asked to try again later."""
    fault = stage.openroute.faults.add("POST", "/chat/completions", status=503, times=99)
    async with stage.bot(KEEP_TRYING_MINUTES="0"):
        await stage.said(await stage.thread_on(stage.post_note()), "busy or unreachable right now")
    assert fault.used == 4


async def test_a_pause_too_long_to_wait_for(stage: Stage) -> None:
    """Nor is an endpoint that asks for an hour's pause waited for."""
    stage.openroute.faults.add(
        "POST", "/chat/completions", status=429, times=99, headers={"Retry-After": "3600"}
    )
    async with stage.bot(KEEP_TRYING_MINUTES="0"):
        await stage.said(await stage.thread_on(stage.post_note()), "busy or unreachable right now")
    await stage.openroute.wait_for(lambda: True, PATIENCE)
