"""Audio and a prompt, sent to the completion API; its answer, as it streams in."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from bot import errors, retry, wire
from bot.models import Answer, Ending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bot.models import Audio
    from bot.settings import Settings

_READ = 3 * 65_536
"""Bytes of audio encoded at a time: a multiple of three, so that the base64 joins without padding."""
_LONGEST_LINE = 4 * 1024 * 1024
"""No chunk of a stream is larger; a server that sends no line end must not fill the memory."""
_HTTP_OK = 200
_END = object()
"""Stands after an answer's last value, where the server said that it was the last."""


class Completion:
    """The completion API at one address.

    Args:
        session: for requests.
        settings: address, key, model and what else a request says.
        sleep: waits so many seconds before the next attempt.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        settings: Settings,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._sleep = sleep
        self._settings = settings
        self._url = f"{settings.openroute_base_url}/chat/completions"
        self._host = urlsplit(settings.openroute_base_url).netloc
        self._key = settings.openroute_api_key.get_secret_value() if settings.openroute_api_key else ""

    async def listen(
        self, audio: Audio, prompt: str, *, author_id: int | None, on_text: Callable[[str], None]
    ) -> Answer:
        """What the model says to `audio`.

        Args:
            audio: a file in a format the endpoint takes.
            prompt: the text part before it.
            author_id: whose note it is; sent as a pseudonym only.
            on_text: called with all the text there is so far, each time there is more (or it begins anew).

        Raises:
            EarshotError: after retries and fallback models, whatever kept the answer away.
        """
        models = (self._settings.openroute_model, *self._settings.openroute_fallback_models)
        last: errors.EarshotError | None = None
        for index, model in enumerate(models):
            wishes = wire.Wishes(
                model=model,
                fallbacks=models[index + 1 :],
                max_tokens=self._settings.max_tokens,
                data_collection=self._settings.provider_data_collection,
                zdr=self._settings.provider_zdr,
                user=self._pseudonym(author_id),
            )
            try:
                async with asyncio.timeout(self._settings.answer_seconds):
                    return await retry.persistently(
                        functools.partial(self._once, audio, prompt, wishes, on_text), sleep=self._sleep
                    )
            except (errors.ModelUnknown, errors.EndpointBusy) as error:
                last = error
            except TimeoutError:
                last = errors.EndpointBusy(f"no answer in {self._settings.answer_seconds:.0f} s")
        assert last is not None  # noqa: S101 - there is always a model
        raise last

    async def _once(
        self, audio: Audio, prompt: str, wishes: wire.Wishes, on_text: Callable[[str], None]
    ) -> Answer:
        before, after = wire.request_body(prompt, audio.format, wishes)
        length = len(before) + 4 * -(-audio.bytes // 3) + len(after)
        headers = {"Content-Type": "application/json", "Content-Length": str(length), **self._headers()}
        try:
            async with self._session.post(
                self._url,
                data=_body(before, audio.path, after),
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=15, sock_read=self._settings.answer_seconds
                ),
            ) as response:
                if response.status != _HTTP_OK:
                    raise await self._error(response)
                answer = await _answer(response, wishes.model, on_text)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.EndpointBusy(type(error).__name__) from error
        return answer

    async def _error(self, response: aiohttp.ClientResponse) -> errors.EarshotError:
        try:
            data: object = json.loads(await _whole(response))
        except (ValueError, RecursionError):
            data = None
        return wire.error_of(
            response.status, data, retry_after=response.headers.get("Retry-After"), host=self._host
        )

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        if self._settings.app_url:
            headers["HTTP-Referer"] = self._settings.app_url
        if self._settings.app_title:
            headers["X-Title"] = self._settings.app_title
        return headers

    def _pseudonym(self, author_id: int | None) -> str | None:
        if author_id is None:
            return None
        return hmac.new(self._key.encode(), str(author_id).encode(), hashlib.sha256).hexdigest()[:32]


async def _body(before: bytes, path: Path, after: bytes) -> AsyncIterator[bytes]:
    """The request as it goes out: never more than one piece of the audio is in memory."""
    yield before
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _READ):
            yield base64.b64encode(piece)
    yield after


async def _answer(response: aiohttp.ClientResponse, model: str, on_text: Callable[[str], None]) -> Answer:
    """Read the answer, streamed or whole: some servers ignore `stream`."""
    text, refusal, reason, usage, generation = "", "", None, None, response.headers.get("X-Generation-Id")
    ended = False
    try:
        async for data in _events(response):
            if data is _END:
                ended = True
                break
            piece = wire.read_piece(data)
            refusal += piece.refusal
            reason = piece.finish_reason or reason
            usage = piece.usage or usage
            model = piece.model or model
            generation = generation or piece.generation_id
            if piece.text:
                text += piece.text
                on_text(text)
    except aiohttp.ClientError:
        # After the last word only the count of tokens was still to come.
        if reason is None:
            raise
    # Some servers leave out the reason, others the end; an answer without either may lack its second half.
    if reason is None and not (ended and (text.strip() or refusal)):
        raise errors.EndpointBusy("the stream broke off")
    if not text.strip():
        raise _no_text(refusal, reason)
    ending = {"length": Ending.CUT, "content_filter": Ending.FILTERED}.get(reason or "", Ending.COMPLETE)
    return Answer(
        text=_whole_characters(text), model=model, ending=ending, usage=usage, generation_id=generation
    )


def _no_text(refusal: str, reason: str | None) -> errors.EarshotError:
    if refusal or reason == "content_filter":
        return errors.ModelRefused(reason or "refusal")
    if reason == "length":
        return errors.RequestRefused(
            "the model used up its tokens before it wrote anything: raise MAX_TOKENS"
        )
    return errors.NoSpeech()


def _whole_characters(text: str) -> str:
    """`text` with characters that came as two halves put together; a half alone becomes a replacement sign."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """The JSON values of an answer: one for each `data:` line of a stream, or the one body; then `_END` if it came.

    Raises:
        EndpointBusy: it held what is no JSON.
    """
    if response.content_type != "text/event-stream":
        try:
            yield json.loads(await _whole(response))
        except (ValueError, RecursionError) as error:
            raise errors.EndpointBusy("the answer is no JSON") from error
        yield _END
        return
    async for line in _lines(response):
        if not line.startswith(b"data:"):
            continue  # A comment that keeps the connection awake, an event's name, the line between events.
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            yield _END
            return
        try:
            yield json.loads(data)
        except (ValueError, RecursionError) as error:
            raise errors.EndpointBusy("a chunk is no JSON") from error


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for block in response.content.iter_any():
        body += block
        if len(body) > _LONGEST_LINE:
            raise errors.EndpointBusy("a body without end")
    return bytes(body)


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    pending = b""
    async for block in response.content.iter_any():
        *lines, pending = (pending + block).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
        if len(pending) > _LONGEST_LINE:
            raise errors.EndpointBusy("a line without end")
    if pending:
        yield pending
