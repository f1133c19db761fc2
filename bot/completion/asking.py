"""Audio and a prompt, sent to the completion API; its answer, as it streams in."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot import errors, prompts, retry
from bot.budgets import Paid
from bot.completion import request, stream
from bot.completion.breaker import Breaker
from bot.completion.chunks import name_in
from bot.completion.draft import Draft
from bot.completion.failures import failure_of
from bot.completion.pauses import pause_of
from bot.models import Ending, sum_of
from bot.successors import Successors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.budgets import Meter
    from bot.models import Answer, Audio, Turn, Usage
    from bot.settings import Settings

_MOST_CONTINUATIONS = 10
"""How often a model is asked to go on with one answer."""
_SILENCE = 120.0
"""Seconds without a sign of life. Whoever works on an answer for longer sends comments meanwhile."""
_REASON_PAUSE = 2.0
"""Seconds in which the rest has to come once the server has said why the answer ended."""
_HTTP_OK = 200

log = structlog.get_logger("earshot.completion")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """For whom something is asked."""

    person_id: int | None = None
    """Whoever wants the answer, if it is somebody on Discord; sent as a pseudonym only."""
    model: str | None = None
    """The model that is to answer, where it is not the operator's first."""


class Completion:
    """The completion API at one address.

    Args:
        session: for requests.
        settings: address, key, model and what else a request says.
        silence: seconds after which a server that sends nothing is taken to be gone.
        reason_pause: seconds for which the count of tokens is waited for, after the reason for the answer's end.
        sleep: waits so many seconds before the next attempt.
        clock: seconds since 1970; a date until which the API wants to be left alone is held against it.
        breaker: knows which models are away.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        settings: Settings,
        silence: float = _SILENCE,
        reason_pause: float = _REASON_PAUSE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
        breaker: Breaker | None = None,
    ) -> None:
        self._session = session
        self._sleep = sleep
        self._clock = clock
        self._breaker = breaker or Breaker()
        self._settings = settings
        self._silence = silence
        self._reason_pause = reason_pause
        self._url = f"{settings.openroute_base_url}/chat/completions"
        self._host = urlsplit(settings.openroute_base_url).netloc.rpartition("@")[2]
        self._successors: Successors | None = None
        self._key = settings.openroute_api_key.get_secret_value() if settings.openroute_api_key else ""
        if settings.finds_successors:
            self._successors = Successors(
                session=session,
                url=f"{settings.openroute_base_url}/models?input_modalities=audio",
                headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
                most=settings.fallback_max_price,
            )

    async def listen(
        self,
        audio: Audio,
        prompt: str,
        *,
        asker: Asker,
        on_text: Callable[[str], None],
        meter: Meter,
        turns: tuple[Turn, ...] | None = None,
    ) -> Answer:
        """What the model says to `audio`, or as much of it as came within `ANSWER_SECONDS`.

        A model that stops at its own limit of length is asked to go on, unless the operator has set one.

        Args:
            audio: a file in a format the endpoint takes.
            prompt: the text part before it.
            asker: who is answered, and by which model.
            on_text: called with all the text there is so far, as it grows (or begins anew).
            meter: told of each response that has to be paid for, also where no answer comes of it.
            turns: what was said since, where `prompt` begins a conversation; None where it does not.

        Raises:
            EarshotError: after retries and fallback models, whatever kept the answer away.
            StoppedError: the meter allows no further request.
        """
        question = _question(prompt, turns, audio.format)
        return await self._asked(question, audio, asker, on_text, meter)

    async def ask(
        self,
        prompt: str,
        *,
        asker: Asker,
        on_text: Callable[[str], None],
        meter: Meter,
        turns: tuple[Turn, ...] | None = None,
    ) -> Answer:
        """What the model says to words alone; otherwise as `listen`."""
        return await self._asked(_question(prompt, turns), None, asker, on_text, meter)

    async def _asked(
        self,
        question: request.Question,
        audio: Audio | None,
        asker: Asker,
        on_text: Callable[[str], None],
        meter: Meter,
    ) -> Answer:
        deadline = asyncio.get_running_loop().time() + self._settings.answer_seconds
        asking = _Asking(
            audio=audio,
            user=self._pseudonym(asker.person_id),
            model=asker.model or self._settings.openroute_model,
            on_text=on_text,
            meter=meter,
            deadline=deadline,
        )
        draft = await self._draft(question, asking)
        for _ in range(_MOST_CONTINUATIONS):
            if asking.late or self._settings.max_tokens is not None or not draft.stopped_early:
                break
            further = dataclasses.replace(question, so_far=draft.resumable(), go_on=prompts.GO_ON)
            try:
                more = await self._draft(further, asking)
            except errors.EarshotError as error:
                # What there is, is worth more than an error.
                log.warning("the model did not go on", error=error.kind)
                break
            if more.repeats:
                break
            draft = more
        answer = draft.answer(unless_told=Ending.CUT if asking.late else Ending.COMPLETE)
        return dataclasses.replace(answer, usage=asking.usage, instead_of=asking.instead_of)

    async def _draft(self, question: request.Question, asking: _Asking) -> Draft:
        """An answer, from the first model that gives one; or what there is of one when the time is up."""
        drafts: list[Draft] = []
        try:
            async with asyncio.timeout_at(asking.deadline):
                return await self._from_some_model(question, asking, drafts)
        except TimeoutError:
            asking.late = True
            for draft in reversed(drafts):
                draft.interrupt()
                if draft.says_something:
                    return draft
            raise errors.EndpointBusy(f"no answer in {self._settings.answer_seconds:.0f} s") from None
        finally:
            for draft in drafts:
                asking.take(draft)

    async def _from_some_model(
        self, question: request.Question, asking: _Asking, drafts: list[Draft]
    ) -> Draft:
        """From the model that is set, or a fallback that is named, or one that was found where the model is gone."""
        models = (asking.model, *self._settings.fallback_models)
        last: errors.EarshotError = errors.ModelUnknown("no model")
        if self._successors is not None and (known := self._successors.known(models[0])):
            told = await self._from_successor(known, question, asking, drafts)
            if isinstance(told, Draft):
                return told
        for index, model in enumerate(models):
            options = self._options(model, asking, models[index + 1 :])
            try:
                return await self._answered(question, asking, options, drafts)
            except (errors.ModelUnknown, errors.EndpointBusy) as error:
                last = error
        if self._successors is not None and isinstance(last, errors.ModelUnknown):
            found = await self._successors.instead_of(models[0])
            told = await self._from_successor(found, question, asking, drafts)
            if isinstance(told, Draft):
                return told
            last = told or last
        raise last

    def _options(
        self, model: str, asking: _Asking, fallbacks: tuple[str, ...] = ()
    ) -> request.RequestOptions:
        return request.RequestOptions(
            model=model,
            fallbacks=fallbacks,
            max_tokens=self._settings.max_tokens,
            data_collection=self._settings.provider_data_collection,
            zdr=self._settings.provider_zdr,
            user=asking.user,
        )

    async def _from_successor(
        self, models: Sequence[str], question: request.Question, asking: _Asking, drafts: list[Draft]
    ) -> Draft | errors.EarshotError | None:
        """The answer of the first of these models that gives one, or why the last of them gave none."""
        gone, last = asking.model, None
        assert self._successors is not None  # noqa: S101 - who calls has looked
        for model in tuple(models):
            try:
                draft = await self._answered(question, asking, self._options(model, asking), drafts)
            except errors.ModelUnknown as error:
                self._successors.failed(gone, model)
                last = error
            except errors.EndpointBusy as error:
                last = error
            else:
                asking.instead_of = gone
                return draft
        return last

    async def _answered(
        self,
        question: request.Question,
        asking: _Asking,
        options: request.RequestOptions,
        drafts: list[Draft],
    ) -> Draft:
        """The answer of one model, after retries. One that says nothing is asked for once more: mostly it then comes."""

        async def attempt() -> Draft:
            await asking.meter.about_to_ask()
            self._breaker.admit(options.model)
            try:
                draft = await self._once(question, asking, options, drafts)
            except errors.EndpointBusy as error:
                self._breaker.failed(options.model, error)
                log.debug("a request failed", model=options.model, error=str(error))
                raise
            except errors.EarshotError:
                self._breaker.answered(options.model)
                raise
            self._breaker.answered(options.model)
            return draft

        try:
            return await retry.with_retries(attempt, sleep=self._sleep)
        except errors.NoAnswer:
            if question.so_far:
                # It has nothing to add.
                raise
            log.warning("the model said nothing", model=options.model)
        return await retry.with_retries(attempt, sleep=self._sleep)

    async def _once(
        self,
        question: request.Question,
        asking: _Asking,
        options: request.RequestOptions,
        drafts: list[Draft],
    ) -> Draft:
        before, after = request.request_body(question, options)
        length = request.content_length(before, asking.audio, after)
        headers = {"Content-Type": "application/json", "Content-Length": str(length), **self._headers()}
        silence = min(self._silence, self._settings.answer_seconds)
        try:
            async with self._session.post(
                self._url,
                data=request.sent(before, asking.audio, after),
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=silence),
            ) as response:
                if response.status != _HTTP_OK:
                    raise await self._failure(response)
                draft = Draft(
                    model=options.model,
                    generation_id=name_in(response.headers.get("X-Generation-Id")),
                    before=question.so_far,
                )
                drafts.append(draft)
                await draft.read(response, asking.on_text, reason_pause=self._reason_pause)
                return draft
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if isinstance(error.__cause__, errors.EarshotError):
                raise error.__cause__ from None
            raise errors.EndpointBusy(type(error).__name__) from error

    async def _failure(self, response: aiohttp.ClientResponse) -> errors.EarshotError:
        body = await stream.whole(response)
        data, words = None, ""
        try:
            data = json.loads(body.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            if "html" not in response.content_type and not body.lstrip().startswith(b"<"):
                words = body.decode(errors="replace")
        pause = pause_of(response.headers, now=self._clock())
        return failure_of(response.status, data, pause=pause, host=self._host, words=words)

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        if self._settings.app_url:
            headers["HTTP-Referer"] = self._settings.app_url
        if self._settings.app_title:
            headers["X-Title"] = self._settings.app_title
        return headers

    def _pseudonym(self, person_id: int | None) -> str | None:
        if person_id is None:
            return None
        return hmac.new(self._key.encode(), str(person_id).encode(), hashlib.sha256).hexdigest()[:32]


def _question(
    prompt: str, turns: tuple[Turn, ...] | None, audio_format: str | None = None
) -> request.Question:
    system = prompts.system(prompt) if turns is None else prompts.CONVERSATION
    return request.Question(prompt=prompt, audio_format=audio_format, system=system, turns=turns or ())


@dataclasses.dataclass(slots=True, kw_only=True)
class _Asking:
    """What all requests for one answer have in common, and what they came to."""

    audio: Audio | None
    user: str | None
    model: str
    """The one that is to answer; others only where it can't."""
    on_text: Callable[[str], None]
    meter: Meter
    deadline: float
    """By the event loop's clock."""
    late: bool = False
    """Whether the deadline has cut the answer short."""
    instead_of: str | None = None
    """The model that is gone, where a successor answers."""
    usage: Usage | None = None
    """Of all drafts, also of those that came to nothing, as far as it was told."""
    _counted: bool = False
    """Whether the audio was counted as paid for. Sent again to the same end, it is no more of it."""

    def take(self, draft: Draft) -> None:
        """Add what a draft has used, whatever came of it."""
        self.usage = sum_of(self.usage, draft.usage)
        if draft.is_paid:
            seconds = self.audio.seconds if self.audio is not None and not self._counted else 0.0
            self.meter.paid(Paid(model=draft.model, seconds=seconds, usage=draft.usage))
            self._counted = True
