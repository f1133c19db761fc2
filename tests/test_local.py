"""Speech recognition on this machine, as a process that comes and goes with its context."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest
import structlog
from pydantic import SecretStr

from bot.completion.asking import Completion
from bot.local import RecogniserError, recogniser
from bot.models import Audio
from sandbox.sample import NOTE
from tests.fixtures import settings_of


async def test_it_hears_like_any_endpoint_and_ends_with_its_context() -> None:
    """Settings are pointed at it, and the given ones stay as they were; afterwards nobody answers there."""
    given = settings_of(openroute_api_key=SecretStr("sk-real"), openroute_fallback_models=("a/b",))
    sample = Audio(path=NOTE, format="ogg", seconds=11.3, bytes=NOTE.stat().st_size, transcoded=False)
    async with aiohttp.ClientSession() as session:
        async with recogniser(given) as settings:
            completion = Completion(session=session, settings=settings)
            answer = await completion.listen(sample, "?", author_id=None, on_text=lambda _: None)
        assert len(answer.text.split()) > 10
        assert settings.openroute_base_url.startswith("http://127.0.0.1:")
        assert settings.openroute_fallback_models == ()
        assert settings.openroute_api_key != given.openroute_api_key, "the real key stays here"
        assert given.openroute_fallback_models == ("a/b",)
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{settings.openroute_base_url}/models")


def children() -> set[int]:
    """The processes this one has started and not yet ended."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


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
