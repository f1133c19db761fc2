"""What is recorded, and how faults act on answers that pass through."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.faults import CuttableResponse, Faults
from sandbox.traffic import BODY, EVENTS, Recorder, traffic_middleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp.web import Application, Request


class Service:
    """A small API behind the middleware: one route answers at once, one streams."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.faults = Faults()
        self.handled = 0

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was recorded."""
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def app(self) -> Application:
        """The application."""
        app = web.Application(middlewares=[traffic_middleware("openroute", Recorder(self.file), self.faults)])
        app.add_routes([web.post("/api/v1/echo", self.echo), web.get("/api/v1/stream", self.stream)])
        app.add_routes([web.get("/file", self.stream)])
        return app

    async def echo(self, request: Request) -> web.Response:
        """Give back what came."""
        self.handled += 1
        request[BODY] = body = await request.json()
        return web.json_response(body, status=201)

    async def stream(self, request: Request) -> web.StreamResponse:
        """Ten events of ten bytes."""
        response = CuttableResponse(request, headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        request[EVENTS] = events = []
        for number in range(10):
            events.append({"number": number})
            await response.write(b"data: %d\n\n\n" % number)
        await response.write_eof()
        return response


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """The service, recording into a file."""
    return Service(tmp_path / "traffic.jsonl")


@pytest.fixture
async def client(service: Service) -> AsyncIterator[TestClient[Request, Application]]:
    """A client of it, over a real socket."""
    async with TestClient(TestServer(service.app())) as client:
        yield client


Client = TestClient["Request", "Application"]


async def test_an_exchange_is_a_line(service: Service, client: Client) -> None:
    """The path is kept without prefix and query; audio is shortened to a piece that is still base64."""
    audio = {"data": "QUJD" * 5000, "format": "wav"}
    await client.post("/api/v1/echo?x=1", json={"input_audio": audio})
    (line,) = service.lines
    assert (line["api"], line["method"], line["path"], line["status"]) == ("openroute", "POST", "/echo", 201)
    assert line["request"] == {"input_audio": {"data": "QUJD" * 16, "format": "wav"}}
    assert line["response"] == {"input_audio": audio}


async def test_a_stream_is_recorded_as_its_events(service: Service, client: Client) -> None:
    """The chunks of a stream are kept; what is not below the API's prefix is not recorded."""
    await client.get("/api/v1/stream")
    await client.get("/file")
    (line,) = service.lines
    assert line["response"] is None
    assert line["events"] == [{"number": number} for number in range(10)]


async def test_a_fault_answers_instead(service: Service, client: Client) -> None:
    """The handler is not asked, nothing is recorded, and the next request goes well."""
    service.faults.add("POST", "/echo", status=503, body={"error": "later"}, headers={"Retry-After": "1"})
    response = await client.post("/api/v1/echo", json={})
    assert (response.status, await response.json(), response.headers["Retry-After"]) == (
        503,
        {"error": "later"},
        "1",
    )
    assert (service.handled, service.lines) == (0, [])
    assert (await client.post("/api/v1/echo", json={})).status == 201


async def test_a_fault_after_handling(service: Service, client: Client) -> None:
    """With `after_handling` the request has its effect, and only the answer is the fault's."""
    service.faults.add("POST", "/echo", status=502, after_handling=True)
    assert (await client.post("/api/v1/echo", json={})).status == 502
    assert service.handled == 1


async def test_an_answer_that_never_comes(service: Service, client: Client) -> None:
    """With `cut_after=0` the request is handled, then the connection closes without a status line."""
    service.faults.add("POST", "/echo", cut_after=0)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.post("/api/v1/echo", json={})
    assert service.handled == 1


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_an_answer_stops_half_way(service: Service, client: Client, method: str) -> None:
    """With `cut_after` the client gets so many bytes and then an error, of a complete answer as of a streamed one."""
    path = {"POST": "/echo", "GET": "/stream"}[method]
    service.faults.add(method, path, cut_after=25)
    response = await client.request(method, "/api/v1" + path, json={"text": "x" * 100})
    assert len(await response.content.readexactly(25)) == 25
    with pytest.raises(aiohttp.ClientPayloadError):
        await response.content.readexactly(1)


async def test_a_request_is_held(service: Service, client: Client) -> None:
    """A request that is held is not handled until the event is set."""
    gate = asyncio.Event()
    fault = service.faults.add("POST", "/echo", hold=gate)
    asking = asyncio.create_task(client.post("/api/v1/echo", json={}))
    await fault.met.wait()
    assert service.handled == 0
    gate.set()
    assert (await asking).status == 201
