"""`python -m sandbox` runs the whole bot, shows what it does, and leaves no process or file behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from sandbox.openroute import Openroute
from sandbox.sample import NOTE, WORDS

if TYPE_CHECKING:
    from asyncio import StreamReader
    from collections.abc import AsyncGenerator
    from pathlib import Path


@asynccontextmanager
async def sandbox(*arguments: str, **environment: str) -> AsyncGenerator[Process]:
    """Start the program, without a key for the real API; it is killed if it still runs at the end of the test."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sandbox", *arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "OPENROUTE_API_KEY": "", **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until(stream: StreamReader | None, text: str) -> str:
    """What is printed up to the line with `text`."""
    assert stream
    lines: list[str] = []
    async with asyncio.timeout(60):
        while not lines or text not in lines[-1]:
            line = (await stream.readline()).decode()
            assert line, f"it ended before it said {text!r}: {lines}"
            lines.append(line)
    return "".join(lines)


def plain(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    return re.findall(r"[a-z']+", text.lower())


async def test_once_posts_shows_and_ends(tmp_path: Path) -> None:
    """Two notes are answered word for word by the real bot; the status is 0 and the traffic is recorded."""
    record = tmp_path / "traffic.jsonl"
    async with sandbox("demo", "--once", "--record", str(record), str(NOTE), str(NOTE)) as process:
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    text = out.decode()
    assert text.count("posts a voice message, 0:12") == 2
    assert text.count("note.ogg: answered after") == 2
    assert " ".join(plain(text)).count(" ".join(plain(WORDS.read_text()))) == 2
    recorded = [json.loads(line) for line in record.read_text().splitlines()]
    assert [line["status"] for line in recorded if line["path"] == "/chat/completions"] == [200, 200]
    assert any(line["api"] == "discord" and line["path"].endswith("/threads") for line in recorded)


@pytest.mark.parametrize(
    ("number", "once", "status"),
    [(signal.SIGINT, [], 0), (signal.SIGTERM, [], 0), (signal.SIGINT, ["--once"], 130)],
)
async def test_interrupted_it_ends_quietly(number: signal.Signals, once: list[str], status: int) -> None:
    """Ctrl-C ends it without a traceback, and no process is left that holds its output open."""
    async with sandbox("demo", *once) as process:
        await until(process.stdout, "posts a voice message")
        process.send_signal(number)
        async with asyncio.timeout(20):
            # The end of both streams: nobody has them open any more.
            _, err = await process.communicate()
    assert (process.returncode, err) == (status, b"")


@pytest.mark.parametrize("arguments", [["demo", "--once"], ["serve"]])
async def test_nobody_reads_on(arguments: list[str]) -> None:
    """If nobody reads its output any more, as with `| head -1`, it ends silently with status 141."""
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sandbox", *arguments),
        stdin=PIPE,
        stdout=writing,
        stderr=PIPE,
        env={**os.environ, "OPENROUTE_API_KEY": ""},
    )
    os.close(writing)
    with open(reading, "rb", buffering=0) as out:  # noqa: ASYNC230, PTH123 - a pipe that is read in a thread
        assert await asyncio.to_thread(out.read, 1)
    if arguments == ["serve"]:
        # It writes nothing more until something happens.
        assert process.stdin
        process.stdin.write(b"Hello?\n")
    async with asyncio.timeout(30):
        _, err = await process.communicate()
    assert (process.returncode, err) == (141, b"")


async def test_what_is_typed_is_posted() -> None:
    """A line with a path posts the file, any other line is written as a message, and the end of input ends the demo."""
    async with sandbox("demo") as process:
        assert process.stdin
        await until(process.stdout, "Type the path")
        process.stdin.write(b"Thanks, that helps.\n")
        await until(process.stdout, "Ben  Thanks, that helps.")
        process.stdin.write(f"'{NOTE}'\n".encode())
        await until(process.stdout, "note.ogg: answered after")
        process.stdin.write(f"{WORDS}\n".encode())
        await until(process.stdout, "note.txt is no audio")
        process.stdin.close()
        _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["demo", "--once", "/nowhere/note.ogg"], 1, "There is no file /nowhere/note.ogg.\n"),
        (["demo", str(WORDS)], 1, f"{WORDS} is no audio that can be decoded"),
        (["demo", "--twice"], 2, "unrecognized arguments: --twice"),
        ([], 2, "required: command"),
    ],
)
async def test_wrong_arguments_are_told_before_anything_starts(
    arguments: list[str], status: int, says: str
) -> None:
    """Wrong arguments, or a file that is no audio, give a sentence on stderr and nothing on stdout."""
    async with sandbox(*arguments) as process:
        out, err = await process.communicate()
    assert (process.returncode, out) == (status, b"")
    assert says in err.decode()


async def test_without_a_model_the_demo_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a speech model there is the recogniser's sentence, and status 1."""
    monkeypatch.setenv("LOCAL_MODEL_DIR", str(tmp_path))
    async with sandbox("demo", "--once") as process:
        _, err = await process.communicate()
    assert (process.returncode, err.decode()) == (
        1,
        f"LOCAL_MODEL_DIR is {tmp_path}, but there is no model.bin in it.\n",
    )


async def test_with_a_key_the_real_api_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No speech model is needed then; the page does not say that the model only transcribes, but where things go."""
    monkeypatch.setenv("LOCAL_MODEL_DIR", str(tmp_path))
    async with Openroute() as real:
        real.script("Buy milk, he says.")
        settings = {"OPENROUTE_API_KEY": real.key, "OPENROUTE_BASE_URL": real.base_url}
        async with sandbox("demo", **settings) as process:
            said = await until(process.stdout, "To be one of the people there")
            assert "so is the completion API of your" in said
            address = re.findall(r"http://\S+/", said)[0]
            said = await until(process.stdout, "note.ogg: answered after")
            assert "Buy milk, he says." in said
            async with aiohttp.ClientSession() as client, client.get(f"{address}page/events") as events:
                told = json.loads((await events.content.readline()).removeprefix(b"data: "))
            assert told["about"].startswith("The model is real")
            assert real.key not in json.dumps(told)
            assert [(person["name"], person["manages"]) for person in told["people"]] == [
                ("Anna", True),
                ("Ben", False),
                ("Earshot", False),
            ]
            assert [channel["kind"] for channel in told["channels"]][:4] == [
                "text",
                "forum",
                "voice",
                "direct",
            ]
            process.send_signal(signal.SIGINT)
            _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_served_alone_it_says_how_to_come_in() -> None:
    """`serve` prints settings with which both stand-ins can be reached."""
    async with sandbox("serve") as process:
        lines = (await until(process.stdout, "Type the path")).splitlines()
        settings = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
        async with aiohttp.ClientSession() as client:
            headers = {"Authorization": f"Bot {settings['DISCORD_TOKEN']}"}
            async with client.get(f"{settings['DISCORD_API_URL']}/users/@me", headers=headers) as answer:
                assert answer.status == 200
            headers = {"Authorization": f"Bearer {settings['OPENROUTE_API_KEY']}"}
            async with client.get(f"{settings['OPENROUTE_BASE_URL']}/key", headers=headers) as answer:
                assert answer.status == 200
            async with client.get(f"{settings['OPENROUTE_BASE_URL']}/models") as answer:
                assert [model["id"] for model in (await answer.json())["data"]] == [
                    settings["OPENROUTE_MODEL"]
                ]
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
