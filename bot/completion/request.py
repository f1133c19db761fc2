"""The request for a completion: its JSON, built by pure functions, and its bytes as they go out."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.models import Audio, Turn

_READ = 3 * 65_536
"""Bytes of audio encoded at a time: a multiple of three, so that the base64 joins without padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """What a request says beside the question. Only what a setting asks for is ever sent."""

    model: str
    fallbacks: tuple[str, ...] = ()
    max_tokens: int | None = None
    data_collection: str | None = None
    zdr: bool = False
    """Only providers with zero data retention."""
    user: str | None = None
    """A pseudonym for the person, so that a provider's block hits them and not the whole account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: in words alone, or about audio of `audio_format`, which goes where the body is cut."""

    prompt: str
    audio_format: str | None = None
    system: str | None = None
    """The system message, if there is one."""
    turns: tuple[Turn, ...] = ()
    """What was said since, where this is a conversation. The last one is the person's."""
    so_far: str = ""
    """What the model has answered already, before it was stopped."""
    go_on: str = ""
    """Asks it to continue."""


def request_body(question: Question, options: RequestOptions) -> tuple[bytes, bytes]:
    """The request's JSON, cut where the base64 of the audio belongs: what stands before it and after it."""
    # Nobody can know the mark, so neither prompt nor answer can hold it.
    mark = secrets.token_hex(16)
    content: str | list[dict[str, Any]] = question.prompt
    if question.audio_format is not None:
        content = [
            {"type": "text", "text": question.prompt},
            {"type": "input_audio", "input_audio": {"data": mark, "format": question.audio_format}},
        ]
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if question.system is not None:
        messages.insert(0, {"role": "system", "content": question.system})
    messages += [
        {"role": "assistant" if turn.by_model else "user", "content": turn.text} for turn in question.turns
    ]
    if question.so_far:
        messages += [
            {"role": "assistant", "content": question.so_far},
            {"role": "user", "content": question.go_on},
        ]
    body: dict[str, Any] = {"model": options.model, "messages": messages, "stream": True}
    if options.fallbacks:
        body["models"] = [options.model, *options.fallbacks]
    if options.max_tokens is not None:
        body["max_tokens"] = options.max_tokens
    provider: dict[str, Any] = {}
    if options.data_collection is not None:
        provider["data_collection"] = options.data_collection
    if options.zdr:
        provider["zdr"] = True
    if provider:
        body["provider"] = provider
    if options.user is not None:
        body["user"] = options.user
    # Half a character (from a command line in another encoding) becomes a question mark.
    before, _, after = json.dumps(body, ensure_ascii=False).encode(errors="replace").partition(mark.encode())
    return before, after


def content_length(before: bytes, audio: Audio | None, after: bytes) -> int:
    """How many bytes `sent` will yield."""
    return len(before) + (4 * -(-audio.bytes // 3) if audio else 0) + len(after)


async def sent(before: bytes, audio: Audio | None, after: bytes) -> AsyncIterator[bytes]:
    """The request's bytes as they go out: as many as were announced, and never more than one block in memory.

    Args:
        before: the JSON as far as the audio, from `request_body`.
        after: the rest of it.
        audio: whose base64 goes between them; its file is read while it is sent.

    Raises:
        DiskFailed, Fault: the file can't be read, or is not as long as it was when it was prepared. (aiohttp raises an
            error with it as the cause.)
    """
    yield before
    if audio is not None:
        async for block in _base64(audio):
            yield block
    yield after


async def _base64(audio: Audio) -> AsyncIterator[bytes]:
    try:
        with audio.path.open("rb") as file:
            left = audio.bytes
            while left:
                block = await asyncio.to_thread(file.read, min(_READ, left))
                if not block:
                    raise errors.Fault("the audio became shorter while it was sent")
                left -= len(block)
                yield base64.b64encode(block)
    except OSError as error:
        raise errors.DiskFailed(f"the audio can't be read any more: {error.strerror}") from error
