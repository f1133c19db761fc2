"""The JSON of an answer: one body, or the chunks and comments of an event stream. Pure, but for `with_keep_alives`."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from recogniser.chat_request import RejectedError

DONE = b"data: [DONE]\n\n"
STREAM_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}

TOKENS_PER_SECOND = 32  # of audio, as Gemini counts
_CHARACTERS_PER_TOKEN = 4

T = TypeVar("T")


def event(chunk: object) -> bytes:
    """A chunk as an event of the stream."""
    return b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def comment(text: str) -> bytes:
    """A comment of the stream, which clients skip; it keeps the connection alive."""
    return f": {text}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Prices:
    """What one token costs, in the gateway's credits."""

    prompt: float = 0.0
    completion: float = 0.0
    audio: float = 0.0


FREE = Prices()


def usage(*, prompt: str, seconds: float, answer: str, prices: Prices = FREE) -> dict[str, Any]:
    """The `usage` object: 32 tokens a second of audio, as Gemini counts, and about a token for four characters of text."""
    audio = math.ceil(seconds * TOKENS_PER_SECOND)
    text = math.ceil(len(prompt) / _CHARACTERS_PER_TOKEN)
    completion = math.ceil(len(answer) / _CHARACTERS_PER_TOKEN)
    cost = audio * prices.audio + text * prices.prompt + completion * prices.completion
    return {
        "prompt_tokens": audio + text,
        "completion_tokens": completion,
        "total_tokens": audio + text + completion,
        "cost": round(cost, 9),
        "prompt_tokens_details": {"audio_tokens": audio, "cached_tokens": 0},
    }


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: holds what all its chunks have in common, and makes each kind of chunk."""

    model: str
    id: str = field(default_factory=lambda: f"gen-{int(time.time())}-{secrets.token_hex(8)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def role_chunk(self) -> dict[str, Any]:
        """The first chunk, which has the role and no text."""
        return self._chunk({"role": "assistant", "content": ""})

    def text_chunk(self, text: str) -> dict[str, Any]:
        """A chunk of text."""
        return self._chunk({"content": text})

    def finish_chunk(self, finish_reason: str | None) -> dict[str, Any]:
        """The chunk with the reason why the text ends."""
        return self._chunk({"content": ""}, finish_reason)

    def usage_chunk(self, used: dict[str, Any]) -> dict[str, Any]:
        """The last chunk: the usage, with an empty list of choices."""
        return {**self._common("chat.completion.chunk"), "choices": [], "usage": used}

    def error_chunk(self, error: RejectedError) -> dict[str, Any]:
        """The chunk that tells an error after the stream has begun, inside its status 200."""
        return {**self._chunk({"content": ""}, "error"), **error.body}

    def body(self, text: str, finish_reason: str | None, used: dict[str, Any] | None) -> dict[str, Any]:
        """The answer of a request that did not ask for a stream."""
        message = {"role": "assistant", "content": text, "refusal": None}
        return {
            **self._common("chat.completion"),
            "system_fingerprint": None,
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            **({"usage": used} if used is not None else {}),
        }

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self._common("chat.completion.chunk"), "choices": [choice]}

    def _common(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


async def with_keep_alives(pieces: AsyncIterator[T], every: float) -> AsyncGenerator[T | None, None]:
    """Yield the pieces as they come, and None after each `every` seconds without one, for a keep-alive comment.

    Closing it closes `pieces`, if that can be closed.
    """

    async def following() -> T:
        return await anext(pieces)

    coming = asyncio.ensure_future(following())
    try:
        while True:
            arrived, _ = await asyncio.wait({coming}, timeout=every)
            if not arrived:
                yield None
                continue
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            yield piece
            coming = asyncio.ensure_future(following())
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        if close := getattr(pieces, "aclose", None):
            await close()
