"""Speech recognition on this machine, as a process that comes and goes with its context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import SecretStr

from bot.completion import Completion
from bot.local import RecogniserError, recogniser
from bot.models import Audio
from sandbox.sample import NOTE
from tests.fixtures import settings_of

if TYPE_CHECKING:
    from pathlib import Path


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
