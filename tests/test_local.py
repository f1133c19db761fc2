"""Speech recognition on this machine, as a process that comes and goes with its context."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import aiohttp
import pytest
import structlog
from pydantic import SecretStr
from yarl import URL

from bot import errors
from bot.completion.asking import Asker, Completion
from bot.local import RecogniserError, recogniser
from bot.models import Audio, Ending
from sandbox.openroute import DEAF, Openroute
from sandbox.sample import NOTE
from tests.fixtures import Tally, settings_of
from tests.proxies import ProxyServer

SAMPLE = Audio(path=NOTE, format="ogg", seconds=11.3, bytes=NOTE.stat().st_size, transcoded=False)
SECRET = "hunter2-hunter2"


async def test_it_hears_like_any_endpoint_and_ends_with_its_context() -> None:
    """Settings are pointed at it, and the given ones stay as they were; afterwards nobody answers there."""
    given = settings_of(openroute_api_key=SecretStr("sk-real"), openroute_fallback_models=("a/b",))
    async with aiohttp.ClientSession() as session:
        async with recogniser(given) as settings:
            completion = Completion(session=session, settings=settings)
            answer = await completion.listen(
                SAMPLE, "?", asker=Asker(), on_text=lambda _: None, meter=Tally()
            )
        assert len(answer.text.split()) > 10
        assert settings.openroute_base_url.startswith("http://127.0.0.1:")
        assert settings.openroute_fallback_models == ()
        assert settings.openroute_api_key != given.openroute_api_key, "the real key stays here"
        assert given.openroute_fallback_models == ("a/b",)
        assert (settings.only_transcribes, given.only_transcribes) == (True, False)
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{settings.openroute_base_url}/models")


def ignored(_: str) -> None:
    """Nobody reads along."""


async def test_its_text_server_does_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the key, the proxy and the password it needs, which only it gets to know; what the environment says is stale."""
    monkeypatch.setenv("LOCAL_TEXT_URL", "http://127.0.0.1:9/v1")
    async with (
        Openroute() as openroute,
        ProxyServer("socks5", login=("anna", SECRET)) as proxy,
        aiohttp.ClientSession() as session,
    ):
        proxy.names = {("llama", 80): ("127.0.0.1", URL(openroute.base_url).port or 0)}
        openroute.key = f"sk-{SECRET}"
        openroute.script("Anna is stuck in ", "the lift.", usage=True)
        others = children()
        with structlog.testing.capture_logs() as logs:
            async with recogniser(
                settings_of(
                    local_text_url="http://llama/api/v1",
                    local_text_model=DEAF.id,
                    local_text_key=SecretStr(openroute.key),
                    http_proxy=SecretStr(f"socks5://anna:{SECRET}@127.0.0.1:{proxy.port}"),
                )
            ) as settings:
                [process] = children() - others
                assert SECRET not in command_line(process)
                assert not settings.only_transcribes
                answer = await Completion(session=session, settings=settings).listen(
                    SAMPLE, "Summarise this.", asker=Asker(), on_text=ignored, meter=Tally()
                )
        assert answer.text == "Anna is stuck in the lift."
        assert answer.model == f"whisper-base+{DEAF.id}"
        assert answer.usage
        assert answer.usage.audio_tokens
        [asked] = openroute.requests
        assert asked.prompt.startswith("Summarise this.")
        assert [visit.host for visit in proxy.visits] == ["llama"]
    assert SECRET not in str(logs)
    assert "Summarise" not in str(logs)


async def test_a_text_server_that_fails_is_told_and_logged() -> None:
    """With a recording there is the transcript; with words alone there is an error, and nobody asks again and again."""
    async with Openroute() as openroute, aiohttp.ClientSession() as session:
        openroute.faults.add("POST", "/chat/completions", times=None, status=503, body=f"the words: {SECRET}")
        given = settings_of(local_text_url=openroute.base_url, local_text_model=DEAF.id)
        with structlog.testing.capture_logs() as logs:
            async with recogniser(given) as settings:
                completion = Completion(session=session, settings=settings)
                heard = await completion.listen(
                    SAMPLE, "Summarise this.", asker=Asker(), on_text=ignored, meter=Tally()
                )
                with pytest.raises(errors.RequestRefused, match="424"):
                    await completion.ask(
                        f"Summarise: {SECRET}", asker=Asker(), on_text=ignored, meter=Tally()
                    )
    assert heard.ending is Ending.COMPLETE
    assert heard.text.startswith("-# The text server")
    assert len(heard.text.split()) > 30
    warnings = [str(line) for line in logs if line["log_level"] == "warning"]
    assert len(warnings) == 2
    assert all("status 503" in line for line in warnings)
    assert SECRET not in str(logs)


def command_line(process: int) -> str:
    """What everybody on this machine can see of a process."""
    return Path(f"/proc/{process}/cmdline").read_text()


def children() -> set[int]:
    """The processes this one has started and not yet ended."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found.update(map(int, (task / "children").read_text().split()))
    return found


async def test_its_death_is_told() -> None:
    """At once, and with how it died."""
    died = asyncio.Event()
    others = children()
    with structlog.testing.capture_logs() as logs:
        async with recogniser(settings_of(), on_death=died.set):
            [process] = children() - others
            os.kill(process, signal.SIGKILL)
            async with asyncio.timeout(30):
                await died.wait()
    [line] = [line for line in logs if line["log_level"] == "error"]
    assert "recogniser" in line["event"]
    assert line["status"] == -signal.SIGKILL


async def test_its_end_with_its_context_is_no_death() -> None:
    """Nobody is called, nothing is logged."""
    died = asyncio.Event()
    with structlog.testing.capture_logs() as logs:
        async with recogniser(settings_of(), on_death=died.set):
            pass
    assert not died.is_set()
    assert {line["log_level"] for line in logs} == {"info"}


async def test_without_its_model_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its own words, without a traceback."""
    monkeypatch.setenv("LOCAL_MODEL_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(RecogniserError) as trouble:
        async with recogniser(settings_of()):
            pass
    assert "nowhere" in str(trouble.value)
    assert "Traceback" not in str(trouble.value)


async def test_one_that_is_stuck_is_killed() -> None:
    """It does not hear that it should end: a stopped process stands for one that is lost in its computation."""
    others = children()
    with structlog.testing.capture_logs() as logs:
        async with recogniser(settings_of()):
            [process] = children() - others
            os.kill(process, signal.SIGSTOP)
    assert process not in children()
    assert "the recogniser does not end by itself and is killed" in [line["event"] for line in logs]
