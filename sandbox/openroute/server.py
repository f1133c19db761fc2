"""The stand-in as an HTTP server: checks key and request, chooses the model, and sends its answer."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from aiohttp import web

from recogniser.chat_request import (
    ChatRequest,
    Recording,
    RejectedError,
    prompt_of,
    read_request,
    recording_of,
)
from recogniser.chat_response import Completion, Prices, usage
from recogniser.listings import Model, key_details, listing
from recogniser.server import HOST, PREFIX, errors_in_shape, json_of
from sandbox.faults import Faults
from sandbox.openroute import responses
from sandbox.openroute.script import Ending, Framing, Script, Step, StreamItem
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
    """What a model answers that a test has taken down, by putting this error into `Openroute.down`."""


@dataclass(frozen=True, slots=True)
class Received:
    """A valid request for a completion, as a test finds it in `Openroute.requests`."""

    headers: Mapping[str, str]
    """The request's headers; names in any case."""
    body: dict[str, Any]
    prompt: str
    """All texts of the conversation, joined by line breaks, but for system messages."""
    audio: Recording | None
    began: float
    """When the request arrived, by `time.monotonic`."""

    @property
    def system(self) -> str:
        """All system messages, joined by line breaks; empty if there is none."""
        return "\n".join(
            message["content"] for message in self.body["messages"] if message["role"] == "system"
        )

    @property
    def seconds(self) -> float:
        """The audio's length in seconds; 0 without audio."""
        return self.audio.sound.seconds if self.audio else 0.0

    @property
    def format(self) -> str | None:
        """The audio's format as the request names it; it has been checked. None without audio."""
        return self.audio.format if self.audio else None


class Openroute:
    """The stand-in, an async context manager. Tests set what it answers and look at what was asked.

    A request is answered by the first script that fits; else by `answer`, which is called with the request and yields
    what to send; else by what `listener`, the recogniser, hears. The listener is not closed here. `formats` are the
    audio formats taken, `largest_body` is in bytes, `port` 0 chooses a free one.
    """

    def __init__(
        self,
        listener: Recogniser | None = None,
        *,
        answer: Callable[[Received], AsyncIterator[StreamItem]] | None = None,
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
        """The errors of models that are taken down, by model id."""
        self.requests: list[Received] = []
        self.rejected: list[RejectedError] = []
        """Why requests were refused as invalid; faults and `down` do not count."""
        self.answers: list[str] = []
        """The text of every answer that was sent to its end."""
        self.busy = 0
        """How many requests are being handled."""
        self.abandoned = 0
        """How many clients hung up before their answer had ended."""
        self.unknown: list[tuple[str, str]] = []
        """Requests to routes that do not exist: (method, path)."""
        self._answer_with = answer
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
        """Wait until `predicate` returns something true, and return that. It is asked again when a request comes or ends.

        Raises TimeoutError after `timeout` seconds.
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
        """A middleware that keeps when requests began and how they ended, for tests."""
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
        asked = read_request(body)
        prompt = prompt_of(asked)
        audio = await asyncio.to_thread(recording_of, asked, self.formats)
        received = Received(request.headers, cast("dict[str, Any]", body), prompt, audio, request[_BEGAN])
        self.requests.append(received)
        self._tell_news()
        model = self._choose(asked, audio)
        told, ending, framing = self._answer(model, received)
        completion, count_usage = Completion(model.id), partial(self._finish, received, model)
        if asked.stream:
            return await responses.stream(request, completion, told, ending, count_usage, framing=framing)
        return await responses.whole(request, completion, told, ending, count_usage)

    def _authorise(self, request: web.Request) -> None:
        offered = request.headers.get("Authorization")
        if offered is None:
            raise RejectedError(401, "Missing Authentication header", "authentication")
        if offered != f"Bearer {self.key}":
            raise RejectedError(401, "User not found.", "authentication")

    def _choose(self, asked: ChatRequest, audio: Recording | None) -> Model:
        """The first model named that can answer. Raises the last one's `RejectedError` if none can."""
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

    def _answer(self, model: Model, received: Received) -> tuple[AsyncIterator[StreamItem], Ending, Framing]:
        for script in self._scripts:
            if script.model in (None, model.id) and script.asked in received.prompt:
                script.used += 1
                if script.used == script.times:
                    self._scripts.remove(script)
                return script.tell(), script.ending, script.framing
        if self._answer_with is not None:
            return self._answer_with(received), Ending(), Framing()
        if self._listener is None:
            raise RejectedError(
                500, "The stand-in has neither a script nor a listener to answer with", "server"
            )
        if received.audio is None:
            raise RejectedError(400, "The stand-in's listener only transcribes: the messages hold no audio")
        return self._listener.listen(received.audio.sound), Ending(), Framing()

    def _finish(self, received: Received, model: Model, answer: str) -> dict[str, Any]:
        """Count an answer that was sent to its end; returns its `usage` object."""
        told = "\n".join(filter(None, (received.system, received.prompt)))
        used = usage(prompt=told, seconds=received.seconds, answer=answer, prices=model.prices)
        self._spent += used["cost"]
        self.answers.append(answer)
        return used
