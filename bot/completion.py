"""Audio and a prompt, sent to the completion API; its answer, as it streams in."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from bot import errors, retry, stream, wire
from bot.models import Answer, Ending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.models import Audio, Usage
    from bot.settings import Settings

_READ = 3 * 65_536
"""Bytes of audio encoded at a time: a multiple of three, so that the base64 joins without padding."""
_MOST_CHARACTERS = 1_000_000
"""Of one answer: a model caught in a loop must not fill the memory."""
_SILENCE = 120.0
"""Seconds without a sign of life. Whoever works on an answer for longer sends comments meanwhile."""
_HTTP_OK = 200
_ENDINGS = {"length": Ending.CUT, "content_filter": Ending.FILTERED}


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
            drafts: list[_Draft] = []
            try:
                async with asyncio.timeout(self._settings.answer_seconds):
                    return await retry.persistently(
                        functools.partial(self._once, audio, prompt, wishes, on_text, drafts),
                        sleep=self._sleep,
                    )
            except (errors.ModelUnknown, errors.EndpointBusy) as error:
                last = error
            except TimeoutError:
                for draft in reversed(drafts):
                    if draft.text.strip():
                        return draft.answer(unless_told=Ending.CUT)
                last = errors.EndpointBusy(f"no answer in {self._settings.answer_seconds:.0f} s")
        assert last is not None  # noqa: S101 - there is always a model
        raise last

    async def _once(
        self,
        audio: Audio,
        prompt: str,
        wishes: wire.Wishes,
        on_text: Callable[[str], None],
        drafts: list[_Draft],
    ) -> Answer:
        before, after = wire.request_body(prompt, audio.format, wishes)
        length = len(before) + 4 * -(-audio.bytes // 3) + len(after)
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
                draft = _Draft(model=wishes.model, generation_id=response.headers.get("X-Generation-Id"))
                drafts.append(draft)
                return await _answer(response, draft, on_text)
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


async def body(before: bytes, audio: Audio, after: bytes) -> AsyncIterator[bytes]:
    """The request as it goes out: as long as was announced, and never more than one piece of it in memory.

    Raises:
        Fault: the file is not as long as it was when it was prepared. (Reaches us as the cause of aiohttp's error.)
    """
    yield before
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
    yield after


@dataclass(slots=True, kw_only=True)
class _Draft:
    """An answer as far as it has come."""

    model: str
    generation_id: str | None
    text: str = ""
    refused: bool = False
    reason: str | None = None
    usage: Usage | None = None

    def take(self, piece: wire.Piece) -> bool:
        """Add what has come; whether there is room for more."""
        self.text = (self.text + piece.text)[:_MOST_CHARACTERS]
        self.refused = self.refused or bool(piece.refusal)
        self.reason = piece.finish_reason or self.reason
        self.usage = piece.usage or self.usage
        self.model = piece.model or self.model
        self.generation_id = self.generation_id or piece.generation_id
        if len(self.text) == _MOST_CHARACTERS:
            self.reason = "length"
            return False
        return True

    def answer(self, *, unless_told: Ending) -> Answer:
        """What it came to; `unless_told` is how it ended where no reason came."""
        return Answer(
            text=_whole_characters(self.text),
            model=self.model,
            ending=unless_told if self.reason is None else _ENDINGS.get(self.reason, Ending.COMPLETE),
            usage=self.usage,
            generation_id=self.generation_id,
        )


async def _answer(response: aiohttp.ClientResponse, draft: _Draft, on_text: Callable[[str], None]) -> Answer:
    """Read the answer into `draft`, streamed or whole: some servers ignore `stream`."""
    ended = False
    try:
        async for data in stream.values(response):
            if data is stream.END:
                ended = True
                break
            piece = wire.read_piece(data)
            room = draft.take(piece)
            if piece.text:
                on_text(draft.text)
            if not room:
                break
    except aiohttp.ClientError:
        # After the last word only the count of tokens was still to come.
        if draft.reason is None:
            raise
    # Some servers leave out the reason, others the end; an answer without either may lack its second half.
    if draft.reason is None and not (ended and (draft.text.strip() or draft.refused)):
        raise errors.EndpointBusy("the stream broke off")
    if not draft.text.strip():
        raise _no_text(draft)
    return draft.answer(unless_told=Ending.COMPLETE)


def _no_text(draft: _Draft) -> errors.EarshotError:
    if draft.refused or draft.reason == "content_filter":
        return errors.ModelRefused(draft.reason or "refusal")
    if draft.reason == "length":
        return errors.RequestRefused(
            "the model used up its tokens before it wrote anything: raise MAX_TOKENS"
        )
    return errors.NoSpeech()


def _whole_characters(text: str) -> str:
    """`text` with characters that came as two halves put together; a half alone becomes a replacement sign."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
