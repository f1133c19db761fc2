"""The stand-in's HTTP side: who may ask, what is in order, and which model answers."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from aiohttp import web

from recogniser.answering import Answering, Prices, usage
from recogniser.asking import ChatRequest, Heard, RejectedError, read, recording_of, words_of
from recogniser.catalogue import Model, key_details, listing
from recogniser.server import HOST, PREFIX, errors_in_shape, json_of
from sandbox.faults import Faults
from sandbox.openroute import telling
from sandbox.openroute.script import Ending, Framing, Script, Step, Told
from sandbox.traffic import BODY, Recorder, bare_path, traffic_middleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
    from types import TracebackType

    from aiohttp.typedefs import Handler

    from recogniser.model import Recogniser

KEY = "sk-or-v1-sandbox"
GEMINI = Model(
    id="google/gemini-2.5-flash",
    name="Google: Gemini 2.5 Flash",
    inputs=("file", "image", "text", "audio", "video"),
    prices=Prices(prompt=0.3e-6, completion=2.5e-6, audio=1e-6),
)
GEMINI_LITE = Model(
    id="google/gemini-3.5-flash-lite",
    name="Google: Gemini 3.5 Flash Lite",
    inputs=GEMINI.inputs,
    prices=Prices(prompt=0.1e-6, completion=0.4e-6, audio=0.3e-6),
)
DEAF = Model(
    id="openai/gpt-4o-mini",
    name="OpenAI: GPT-4o-mini",
    inputs=("text", "image"),
    prices=Prices(prompt=0.15e-6, completion=0.6e-6),
    context_length=128_000,
)

T = TypeVar("T")

_BEGAN: web.RequestKey[float] = web.RequestKey("began", float)

_log = logging.getLogger("sandbox")


class ModelDownError(RejectedError):
    """The model would have answered, had it not been taken down."""


@dataclass(frozen=True, slots=True)
class Received:
    """A completion that was asked for, and asked for properly."""

    headers: Mapping[str, str]
    """Asked for by name, whatever the case."""
    body: dict[str, Any]
    prompt: str
    """Every text of the conversation, one a line."""
    audio: Heard | None
    began: float
    """When its first bytes were there, as `time.monotonic` has it."""

    @property
    def seconds(self) -> float:
        """How long the audio sounds."""
        return self.audio.sound.seconds if self.audio else 0.0

    @property
    def format(self) -> str | None:
        """What the audio was said to be, and is."""
        return self.audio.format if self.audio else None


class Openroute:
    """The stand-in, an async context manager, with what a test sets and what it looks at.

    Scripts come before everything, in the order they were written; then `answer`, called with each request for what
    is to be told; then the listener, which is not closed here.
    """

    def __init__(
        self,
        listener: Recogniser | None = None,
        *,
        answer: Callable[[Received], AsyncIterator[Told]] | None = None,
        recorder: Recorder | None = None,
        faults: Faults | None = None,
        models: Iterable[Model] = (GEMINI, GEMINI_LITE, DEAF),
        formats: Collection[str] = ("wav", "mp3"),
        largest_body: int = 32 << 20,
        port: int = 0,
    ) -> None:
        self.key = KEY
        self.faults = faults or Faults()
        self.models = list(models)
        self.formats = formats
        self.down: dict[str, ModelDownError] = {}
        """What models answer instead of working, by model id."""
        self.requests: list[Received] = []
        self.rejected: list[RejectedError] = []
        """Why requests were refused: for what they were, not by faults or `down`."""
        self.answers: list[str] = []
        """The text of every answer told to its end."""
        self.busy = 0
        """How many requests are in hand."""
        self.abandoned = 0
        """How many clients hung up before their answer had ended."""
        self.unknown: list[tuple[str, str]] = []
        """Requests to routes that do not exist: (method, path)."""
        self._improvise = answer
        self._listener = listener
        self._scripts: list[Script] = []
        self._spent = 0.0
        self._news = asyncio.Event()
        self._port = port
        app = web.Application(
            client_max_size=largest_body,
            middlewares=[traffic_middleware("openroute", recorder, self.faults), errors_in_shape, self._note],
        )
        app.router.add_post(f"{PREFIX}/chat/completions", self._complete)
        app.router.add_get(f"{PREFIX}/models", self._list_models)
        app.router.add_get(f"{PREFIX}/key", self._describe_key)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self._port).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """What a client takes for the API's base URL."""
        return f"http://{HOST}:{self._runner.addresses[0][1]}{PREFIX}"

    def script(
        self,
        *steps: Step,
        model: str | None = None,
        asked: str = "",
        times: int = 1,
        finish_reason: str | None = "stop",
        usage: bool = True,
        done: bool = True,
        framing: Framing | None = None,
    ) -> Script:
        """Answer the next `times` requests (that `model` answers and whose words hold `asked`, if given) step by step.

        `finish_reason=None`, `usage=False` and `done=False` each leave that part of the answer out.
        """
        script = Script(steps, model, times, Ending(finish_reason, usage, done), asked, framing or Framing())
        self._scripts.append(script)
        return script

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float = 10.0) -> T:  # noqa: ASYNC109
        """What `predicate` gives once that is true; it is asked again when a request has come or ended.

        Raises TimeoutError.
        """
        async with asyncio.timeout(timeout):
            while not (value := predicate()):
                await self._news.wait()
            return value

    def _tell_news(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keep what a test may ask about when requests began and how they ended."""
        request[_BEGAN] = time.monotonic()
        self.busy += 1
        try:
            return await handler(request)
        except ModelDownError:
            raise
        except RejectedError as error:
            self.rejected.append(error)
            raise
        except web.HTTPException:
            _log.error("openroute: no such route: %s %s", request.method, request.path)
            self.unknown.append((request.method, bare_path(request.path)))
            raise
        except (asyncio.CancelledError, ConnectionResetError):
            self.abandoned += 1
            raise
        finally:
            self.busy -= 1
            self._tell_news()

    async def _list_models(self, request: web.Request) -> web.Response:
        return web.json_response(listing(self.models, request.query.get("input_modalities")))

    async def _describe_key(self, request: web.Request) -> web.Response:
        self._authorise(request)
        return web.json_response(key_details(label="sk-or-v1-san...box", used=self._spent, limit=10.0))

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self._authorise(request)
        body = await json_of(request)
        request[BODY] = body
        asked = read(body)
        prompt = words_of(asked)
        audio = await asyncio.to_thread(recording_of, asked, self.formats)
        received = Received(request.headers, cast("dict[str, Any]", body), prompt, audio, request[_BEGAN])
        self.requests.append(received)
        self._tell_news()
        model = self._choose(asked, audio)
        told, ending, framing = self._answer(model, received)
        answering, tally = Answering(model.id), partial(self._finish, received, model)
        if asked.stream:
            return await telling.stream(request, answering, told, ending, tally, framing=framing)
        return await telling.whole(request, answering, told, ending, tally)

    def _authorise(self, request: web.Request) -> None:
        offered = request.headers.get("Authorization")
        if offered is None:
            raise RejectedError(401, "Missing Authentication header", "authentication")
        if offered != f"Bearer {self.key}":
            raise RejectedError(401, "User not found.", "authentication")

    def _choose(self, asked: ChatRequest, audio: Heard | None) -> Model:
        """The first candidate that can answer; else what the last had to say."""
        offered = {model.id: model for model in self.models}
        problem = RejectedError(400, "No models provided")
        for name in asked.candidates:
            if name not in offered:
                problem = RejectedError(404, f"No endpoints found for {name}.", "not_found")
            elif audio and "audio" not in offered[name].inputs:
                problem = RejectedError(404, "No endpoints found that support input audio", "not_found")
            elif name in self.down:
                problem = self.down[name]
            else:
                return offered[name]
        raise problem

    def _answer(self, model: Model, received: Received) -> tuple[AsyncIterator[Told], Ending, Framing]:
        for script in self._scripts:
            if script.model in (None, model.id) and script.asked in received.prompt:
                script.used += 1
                if script.used == script.times:
                    self._scripts.remove(script)
                return script.tell(), script.ending, script.framing
        if self._improvise is not None:
            return self._improvise(received), Ending(), Framing()
        if self._listener is None:
            raise RejectedError(
                500, "The stand-in has neither a script nor a listener to answer with", "server"
            )
        if received.audio is None:
            raise RejectedError(400, "The stand-in's listener only transcribes: the messages hold no audio")
        return self._listener.listen(received.audio.sound), Ending(), Framing()

    def _finish(self, received: Received, model: Model, answer: str) -> dict[str, Any]:
        """What an answer used, now that all of it is told."""
        used = usage(prompt=received.prompt, seconds=received.seconds, answer=answer, prices=model.prices)
        self._spent += used["cost"]
        self.answers.append(answer)
        return used
