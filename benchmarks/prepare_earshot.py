"""How the bot gets a file into a request: calls its decoders and its request body directly, for `prepare_methods`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.audio import Decoders
from bot.completion import request as requests
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from bot.models import Audio


@asynccontextmanager
async def opened() -> AsyncGenerator[Callable[[Path, Path, Callable[[], None]], Awaitable[int]]]:
    """Start decoder processes with the bot's default settings; gives the function that prepares a file with them."""
    settings = Settings()
    options = requests.RequestOptions(model=settings.openroute_model)

    async def request(source: Path, folder: Path, sending: Callable[[], None]) -> int:
        """Make the requests for all parts, each as soon as there is that part."""
        async with decoders.preparing(source, folder) as preparation:
            return sum([await _sent(part, sending) async for part in preparation])

    async def _sent(audio: Audio, sending: Callable[[], None]) -> int:
        """Make the body piece by piece, as it is sent; returns how many bytes of it are base64."""
        question = requests.Question(prompt=settings.prompt, audio_format=audio.format)
        before, after = requests.request_body(question, options)
        length = 0
        async for block in requests.sent(before, audio, after):
            sending()
            length += len(block)
        return length - len(before) - len(after)

    async with Decoders.configured(settings) as decoders:
        yield request
