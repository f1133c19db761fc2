"""Without a key: the recogniser on this machine hears real speech."""

from __future__ import annotations

import asyncio
import difflib
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from sandbox.openroute import DEAF
from tests.journeys.stage import PATIENCE, ROOT, SAMPLE, Bot
from tests.recordings import FORMATS, PLAYLIST, headers_only, sample_as, silent_video

if TYPE_CHECKING:
    from tests.journeys.stage import Stage

WORDS = (SAMPLE.parent / "note.txt").read_text()
BAD_FILES = {
    "text.mp3": (b"Dear diary, today I was a text file. " * 40, "not_audio"),
    "empty.ogg": (b"", "empty_file"),
    "headers.ogg": (headers_only(), "damaged"),
    "playlist.mp3": (PLAYLIST, "not_audio"),
    "film.mp4": (silent_video(), "no_sound"),
}


def words(text: str) -> list[str]:
    """A text's words, without case and punctuation; numbers as digits, the way the recogniser writes them."""
    return re.findall(r"[a-z0-9']+", text.lower())


def assert_alike(heard: str) -> None:
    """At least nine words of ten are those that were said."""
    likeness = difflib.SequenceMatcher(None, words(heard), words(WORDS), autojunk=False).ratio()
    assert likeness > 0.9, heard


async def recogniser_gone(bot: Bot) -> None:
    """Wait until the recogniser the bot started takes no connections any more."""
    line = next(line for line in bot.lines if "recogniser is ready" in line["event"])
    parts = urlsplit(str(line["at"]))
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            except ConnectionRefusedError:
                return
            writer.close()
            await writer.wait_closed()


async def test_a_real_note_is_understood(stage: Stage) -> None:
    """`run --local` needs no key; the thread holds the words that were said; the recogniser ends with the bot."""
    async with stage.bot("--local", OPENROUTE_API_KEY="") as bot:
        thread = await stage.thread_on(stage.post_note())
        line = await bot.logged("note")
    assert line["model"] == "whisper-base"
    assert_alike(" ".join(message.content for message in stage.of_the_bot(thread)))
    await recogniser_gone(bot)


async def test_the_recogniser_does_not_outlive_a_killed_bot(stage: Stage) -> None:
    """SIGKILL gives the bot no chance to clean up; the recogniser ends all the same."""
    async with stage.bot("--local", OPENROUTE_API_KEY="") as bot:
        await bot.kill()
        bot.expected_status = -9
    await recogniser_gone(bot)


SUMMARY = "Summarise this in one sentence."
TEXT_KEY = "sk-text-hunter2"


def with_text_server(stage: Stage, **otherwise: str) -> dict[str, str]:
    """Settings for a bot without a key whose text server is the stand-in, and whose prompt is no transcript's."""
    stage.openroute.key = TEXT_KEY
    return {
        "OPENROUTE_API_KEY": "",
        "PROMPT": SUMMARY,
        "LOCAL_TEXT_URL": stage.openroute.base_url,
        "LOCAL_TEXT_MODEL": DEAF.id,
        "LOCAL_TEXT_KEY": TEXT_KEY,
        **otherwise,
    }


async def test_a_summary_by_the_text_server(stage: Stage) -> None:
    """What was heard goes there with the prompt; what it says is the answer. Its key shows nowhere."""
    stage.openroute.script("Somebody is stuck ", "in the lift.")
    async with stage.bot("--local", **with_text_server(stage)) as bot:
        thread = await stage.thread_on(stage.post_note())
        line = await bot.logged("note")
    assert [message.content for message in stage.of_the_bot(thread)] == ["Somebody is stuck in the lift."]
    assert line["model"] == f"whisper-base+{DEAF.id}"
    [asked] = stage.openroute.requests
    assert asked.audio is None
    assert asked.prompt.startswith(SUMMARY)
    assert_alike(asked.prompt.split('"""')[1])
    assert TEXT_KEY not in bot.raw
    assert SUMMARY not in bot.raw


async def test_a_transcript_where_the_text_server_is_away(stage: Stage) -> None:
    """It says so above it, once; the operator is told at start and again."""
    stage.openroute.faults.add("*", ".*", times=None, status=503, body="down")
    async with stage.bot("--local", **with_text_server(stage)) as bot:
        await bot.logged("set-up")
        thread = await stage.thread_on(stage.post_note())
        await bot.logged("note")
        assert "status 503" in (await bot.logged("recogniser"))["said"]
    whole = "\n".join(message.content for message in stage.of_the_bot(thread))
    remark, _, transcript = whole.partition("\n\n")
    assert remark.startswith("-# The text server")
    assert "503" in remark
    assert_alike(transcript)


async def test_a_summary_nobody_here_could_write(stage: Stage) -> None:
    """A transcript, and the sentence that it is one."""
    settings = with_text_server(stage, LOCAL_TEXT_URL="", LOCAL_TEXT_MODEL="")
    async with stage.bot("--local", **settings) as bot:
        thread = await stage.thread_on(stage.post_note())
        await bot.logged("note")
    whole = "\n".join(message.content for message in stage.of_the_bot(thread))
    remark, _, transcript = whole.partition("\n\n")
    assert remark == "-# This model only writes down what is said; here is the transcript."
    assert_alike(transcript)
    assert stage.openroute.requests == []


def recogniser_of(bot: Bot) -> int:
    """The process the bot has started as its recogniser."""
    children = Path(f"/proc/{bot.process.pid}/task/{bot.process.pid}/children").read_text().split()
    [found] = [pid for pid in children if b"-m\0recogniser\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(found)


async def test_a_recogniser_that_dies(stage: Stage) -> None:
    """Without it the bot is deaf: it says so and ends, for its host to start it anew."""
    async with stage.bot("--local", OPENROUTE_API_KEY="") as bot:
        os.kill(recogniser_of(bot), signal.SIGKILL)
        assert await bot.ended() == 1
        bot.expected_status = 1


async def transcribed(folder: Path, *files: Path, **settings: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, objects and progress of `transcribe --local --json`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "transcribe",
        "--local",
        "--json",
        *map(str, files),
        cwd=folder,
        env=settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, progress = await process.communicate()
    assert process.returncode is not None
    return process.returncode, [json.loads(line) for line in out.decode().splitlines()], progress.decode()


async def test_every_format_on_the_command_line(stage: Stage) -> None:
    """The same words from each format; stdout holds one object a file and nothing else."""
    files: list[Path] = []
    for form in FORMATS:
        files.append(stage.folder / f"sample.{form}")
        files[-1].write_bytes(sample_as(form))
    status, objects, progress = await transcribed(stage.folder, *files, **stage.environment())
    assert status == 0, progress
    assert [each["file"] for each in objects] == [str(file) for file in files]
    for each in objects:
        assert_alike(each["text"])
        assert set(each) == {"file", "text", "ending", "only_first", "model", "audio", "usage", "timings"}
        assert each["audio"]["seconds"] == pytest.approx(11.5, abs=0.2)
        assert each["audio"]["transcoded"] is not each["file"].endswith(("wav", "mp3"))
        assert list(each["timings"]) == ["fetch", "prepare", "first_text", "total"]


async def test_bad_files_on_the_command_line(stage: Stage) -> None:
    """A clear error for each, exit status 1, and the playlist connects to nothing."""
    knocks: list[object] = []
    server = await asyncio.start_server(lambda _, writer: knocks.append(writer), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        files: list[Path] = []
        for name, (data, _) in BAD_FILES.items():
            files.append(stage.folder / name)
            # Only the playlist has a place for the port; a film's bytes may hold anything.
            files[-1].write_bytes(data % port if data is PLAYLIST else data)
        files.append(stage.folder / "nowhere.ogg")
        status, objects, _ = await transcribed(stage.folder, *files, **stage.environment())
    assert status == 1
    assert [each["error"]["kind"] for each in objects] == [
        *(kind for _, kind in BAD_FILES.values()),
        "unreadable",
    ]
    assert all(each["error"]["message"].endswith((".", ".)")) for each in objects)
    assert knocks == []


async def test_no_key_and_no_recogniser(stage: Stage) -> None:
    """Without a key and without --local, a sentence names both ways out."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "transcribe",
        str(SAMPLE),
        cwd=stage.folder,
        env=stage.environment(OPENROUTE_API_KEY=""),
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    assert "OPENROUTE_API_KEY" in told.decode()
    assert "--local" in told.decode()
    # No traceback, which would name files of ours.
    assert str(ROOT / "bot") not in told.decode()
