"""Audio and a prompt, sent to the completion API; its answer, as it streams in."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import functools
import hashlib
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot import errors, prompts, retry
from bot.completion import stream, wire
from bot.completion.draft import Draft
from bot.models import Ending, sum_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.models import Answer, Audio
    from bot.settings import Settings

_READ = 3 * 65_536
"""Bytes of audio encoded at a time: a multiple of three, so that the base64 joins without padding."""
_MOST_CONTINUATIONS = 10
"""How often a model is asked to go on with one answer."""
_SILENCE = 120.0
"""Seconds without a sign of life. Whoever works on an answer for longer sends comments meanwhile."""
_HTTP_OK = 200

log = structlog.get_logger("earshot.completion")


class Completion:
    """The completion API at one address.

    Args:
        session: for requests.
        settings: address, key, model and what else a request says.
        silence: seconds after which a server that sends nothing is taken to be gone.
        sleep: waits so many seconds before the next attempt.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        settings: Settings,
        silence: float = _SILENCE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._sleep = sleep
        self._settings = settings
        self._silence = silence
        self._url = f"{settings.openroute_base_url}/chat/completions"
        self._host = urlsplit(settings.openroute_base_url).netloc
        self._key = settings.openroute_api_key.get_secret_value() if settings.openroute_api_key else ""

    async def listen(
        self, audio: Audio, prompt: str, *, author_id: int | None, on_text: Callable[[str], None]
    ) -> Answer:
        """What the model says to `audio`, or as much of it as came within the time limit.

        A model that stops at its own limit of length is asked to go on, unless the operator has set one.

        Args:
            audio: a file in a format the endpoint takes.
            prompt: the text part before it.
            author_id: whose note it is; sent as a pseudonym only.
            on_text: called with all the text there is so far, each time there is more (or it begins anew).

        Raises:
            EarshotError: after retries and fallback models, whatever kept the answer away.
        """
        return await self._to_the_end(
            wire.Question(prompt=prompt, audio_format=audio.format), audio, author_id, on_text
        )

    async def ask(self, prompt: str, *, author_id: int | None, on_text: Callable[[str], None]) -> Answer:
        """What the model says to words alone; otherwise as `listen`."""
        return await self._to_the_end(wire.Question(prompt=prompt), None, author_id, on_text)

    async def _to_the_end(
        self,
        question: wire.Question,
        audio: Audio | None,
        author_id: int | None,
        on_text: Callable[[str], None],
    ) -> Answer:
        draft, late = await self._draft(question, audio, author_id, on_text)
        usage = draft.usage
        for _ in range(_MOST_CONTINUATIONS):
            if late or self._settings.max_tokens is not None or not draft.stopped_early:
                break
            so_far = draft.resumable()
            further = dataclasses.replace(question, so_far=so_far, go_on=prompts.GO_ON)
            try:
                more, late = await self._draft(further, audio, author_id, on_text)
            except errors.EarshotError as error:
                # What there is, is worth more than an error.
                log.warning("the model did not go on", error=error.kind)
                break
            usage = sum_of(usage, more.usage)
            if more.repeats:
                break
            draft = more
        answer = draft.answer(unless_told=Ending.CUT if late else Ending.COMPLETE)
        return dataclasses.replace(answer, usage=usage)

    async def _draft(
        self,
        question: wire.Question,
        audio: Audio | None,
        author_id: int | None,
        on_text: Callable[[str], None],
    ) -> tuple[Draft, bool]:
        """An answer, from the first model that gives one; and whether the time limit has cut it short."""
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
            drafts: list[Draft] = []
            try:
                async with asyncio.timeout(self._settings.answer_seconds):
                    draft = await retry.with_retries(
                        functools.partial(self._once, question, audio, wishes, on_text, drafts),
                        sleep=self._sleep,
                    )
                    return draft, False
            except (errors.ModelUnknown, errors.EndpointBusy) as error:
                last = error
            except TimeoutError:
                for draft in reversed(drafts):
                    if draft.text.strip():
                        return draft, True
                last = errors.EndpointBusy(f"no answer in {self._settings.answer_seconds:.0f} s")
        assert last is not None  # noqa: S101 - there is always a model
        raise last

    async def _once(
        self,
        question: wire.Question,
        audio: Audio | None,
        wishes: wire.Wishes,
        on_text: Callable[[str], None],
        drafts: list[Draft],
    ) -> Draft:
        before, after = wire.request_body(question, wishes)
        length = len(before) + (4 * -(-audio.bytes // 3) if audio else 0) + len(after)
        headers = {"Content-Type": "application/json", "Content-Length": str(length), **self._headers()}
        silence = min(self._silence, self._settings.answer_seconds)
        try:
            async with self._session.post(
                self._url,
                data=body(before, audio, after),
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=silence),
            ) as response:
                if response.status != _HTTP_OK:
                    raise await self._error(response)
                draft = Draft(
                    model=wishes.model,
                    generation_id=response.headers.get("X-Generation-Id"),
                    before=question.so_far,
                )
                drafts.append(draft)
                await draft.read(response, on_text)
                return draft
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if isinstance(error.__cause__, errors.Fault):
                raise error.__cause__ from None
            raise errors.EndpointBusy(type(error).__name__) from error

    async def _error(self, response: aiohttp.ClientResponse) -> errors.EarshotError:
        try:
            data: object = json.loads(await stream.whole(response))
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


async def body(before: bytes, audio: Audio | None, after: bytes) -> AsyncIterator[bytes]:
    """The request as it goes out: as long as was announced, and never more than one piece of it in memory.

    Raises:
        Fault: the file is not as long as it was when it was prepared. (Reaches us as the cause of aiohttp's error.)
    """
    yield before
    if audio is not None:
        async for piece in _base64(audio):
            yield piece
    yield after


async def _base64(audio: Audio) -> AsyncIterator[bytes]:
    try:
        with audio.path.open("rb") as file:
            left = audio.bytes
            while left:
                piece = await asyncio.to_thread(file.read, min(_READ, left))
                if not piece:
                    raise errors.Fault("the audio became shorter while it was sent")
                left -= len(piece)
                yield base64.b64encode(piece)
    except OSError as error:
        raise errors.Fault(f"the audio can't be read any more: {error.strerror}") from error
