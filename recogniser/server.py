"""The completion API over HTTP, on loopback only."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Self

from aiohttp import web

from recogniser import model
from recogniser.chat_request import Recording, RejectedError, prompt_of, read_request, recording_of
from recogniser.chat_response import DONE, STREAM_HEADERS, Completion, comment, event, usage, with_keep_alives
from recogniser.listings import Model, key_details, listing

if TYPE_CHECKING:
    from types import TracebackType

    from aiohttp.typedefs import Handler

    from recogniser.model import Recogniser

PREFIX = "/api/v1"
HOST = "127.0.0.1"
LARGEST_BODY = 64 << 20

_KEEP_ALIVE_EVERY = 2.0
_PROCESSING = "RECOGNISER PROCESSING"
_log = logging.getLogger("recogniser")


async def json_of(request: web.Request) -> object:
    """The parsed body. Raises `RejectedError` if it is too large or no JSON."""
    if request.content_type != "application/json":
        raise RejectedError(400, "The Content-Type must be application/json")
    try:
        return json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge as error:
        raise RejectedError(413, "Request payload too large", "payload_too_large") from error
    except ValueError as error:
        raise RejectedError(400, f"The body is not valid JSON: {error}") from error


@web.middleware
async def errors_in_shape(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A middleware that answers errors in the API's JSON, as long as no answer has begun."""
    try:
        return await handler(request)
    except RejectedError as error:
        return web.json_response(error.body, status=error.status)
    except web.HTTPException as error:
        rejected = RejectedError(error.status, error.reason, "not_found")
        return web.json_response(rejected.body, status=error.status)


class Server:
    """Answers requests with the words the recogniser hears, for any model name and any key.

    It transcribes and ignores the prompt. Use it as an async context manager; it does not close the
    recogniser.
    """

    def __init__(self, recogniser: Recogniser, *, port: int = 0) -> None:
        self._recogniser = recogniser
        self._model = Model(id=model.NAME, name="Whisper base, on this machine")
        self._port = port
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[errors_in_shape])
        app.router.add_post(f"{PREFIX}/chat/completions", self._complete)
        app.router.add_get(f"{PREFIX}/models", self._list_models)
        app.router.add_get(f"{PREFIX}/key", self._describe_key)
        # With `handler_cancellation` a client that hangs up ends the work for it; at shutdown no client is waited for.
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

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = read_request(await json_of(request))
        prompt = prompt_of(asked)
        heard = await asyncio.to_thread(recording_of, asked)
        if heard is None:
            raise RejectedError(400, f"{model.NAME} only transcribes: the messages hold no audio")
        if asked.stream:
            return await self._stream(request, heard, prompt)
        text = "".join([piece async for piece in self._recogniser.listen(heard.sound)])
        used = usage(prompt=prompt, seconds=heard.sound.seconds, answer=text)
        return web.json_response(Completion(model.NAME).body(text, "stop", used))

    async def _stream(self, request: web.Request, heard: Recording, prompt: str) -> web.StreamResponse:
        response = web.StreamResponse(headers=STREAM_HEADERS)
        await response.prepare(request)
        await response.write(comment(_PROCESSING))
        completion = Completion(model.NAME)
        text = ""
        try:
            async with aclosing(
                with_keep_alives(self._recogniser.listen(heard.sound), _KEEP_ALIVE_EVERY)
            ) as pieces:
                await response.write(event(completion.role_chunk()))
                async for piece in pieces:
                    await response.write(
                        comment(_PROCESSING) if piece is None else event(completion.text_chunk(piece))
                    )
                    text += piece or ""
        except RuntimeError as error:  # what the speech model's library raises
            _log.exception("recognition failed")
            await response.write(
                event(completion.error_chunk(RejectedError(500, f"Recognition failed: {error}", "server")))
            )
        else:
            used = usage(prompt=prompt, seconds=heard.sound.seconds, answer=text)
            await response.write(event(completion.finish_chunk("stop")))
            await response.write(event(completion.usage_chunk(used)))
        await response.write(DONE)
        return response

    async def _list_models(self, request: web.Request) -> web.Response:
        return web.json_response(listing([self._model], request.query.get("input_modalities")))

    async def _describe_key(self, _: web.Request) -> web.Response:
        return web.json_response(key_details(label="this machine"))
