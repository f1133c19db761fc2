"""The completion API over HTTP, on loopback only."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Self

from aiohttp import web

from recogniser import model
from recogniser.answer import Answer
from recogniser.chat_request import RejectedError, read_request, recording_of
from recogniser.chat_response import DONE, STREAM_HEADERS, Completion, comment, event, with_keep_alives
from recogniser.listings import Model, key_details, listing

if TYPE_CHECKING:
    from types import TracebackType

    from aiohttp.typedefs import Handler

    from recogniser.model import Recogniser
    from recogniser.text_server import TextServer

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
    """Answers requests with the words the recogniser hears, or what `text_server` makes of them, for any model name and key.

    Without a text server it transcribes, whatever the prompt, and says so where that is not what was asked for. Use it as
    an async context manager; it does not close the recogniser.
    """

    def __init__(
        self, recogniser: Recogniser, *, port: int = 0, text_server: TextServer | None = None
    ) -> None:
        self._recogniser = recogniser
        self._text_server = text_server
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
        heard = await asyncio.to_thread(recording_of, asked)
        answer = Answer(asked, heard, recogniser=self._recogniser, text_server=self._text_server)
        if asked.stream:
            return await self._stream(request, answer)
        text = "".join([piece async for piece in answer.pieces()])
        return web.json_response(Completion(answer.model).body(text, answer.finish_reason, answer.usage))

    async def _stream(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(headers=STREAM_HEADERS)
        await response.prepare(request)
        await response.write(comment(_PROCESSING))
        completion = Completion(answer.model)
        try:
            async with aclosing(with_keep_alives(answer.pieces(), _KEEP_ALIVE_EVERY)) as pieces:
                await response.write(event(completion.role_chunk()))
                async for piece in pieces:
                    await response.write(
                        comment(_PROCESSING) if piece is None else event(completion.text_chunk(piece))
                    )
        except RejectedError as error:
            await response.write(event(completion.error_chunk(error)))
        except RuntimeError as error:  # what the speech model's library raises
            _log.exception("recognition failed")
            await response.write(
                event(completion.error_chunk(RejectedError(500, f"Recognition failed: {error}", "server")))
            )
        else:
            await response.write(event(completion.finish_chunk(answer.finish_reason)))
            await response.write(event(completion.usage_chunk(answer.usage)))
        await response.write(DONE)
        return response

    async def _list_models(self, request: web.Request) -> web.Response:
        return web.json_response(listing([self._model], request.query.get("input_modalities")))

    async def _describe_key(self, _: web.Request) -> web.Response:
        return web.json_response(key_details(label="this machine"))
