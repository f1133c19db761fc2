"""A text server is asked as strictly as the real ones want it, and every way it fails is told, without its address or key."""

from __future__ import annotations

import asyncio
import socket
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from yarl import URL

from recogniser.text_server import Patience, TextServer
from recogniser.text_stream import TextServerError, TextStream
from sandbox.openroute import DEAF, Comment, HangUp, Openroute, Raw
from tests.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.proxies import Kind

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Summarise: hi."}]
SHORT = Patience(connect=5, first=0.3, silence=0.3, whole=5)


@pytest.fixture
async def openroute() -> AsyncIterator[Openroute]:
    """The stand-in, as a text server."""
    async with Openroute() as openroute:
        yield openroute
        assert openroute.unknown == []


def server(openroute: Openroute, **wanted: Any) -> TextServer:
    """The stand-in's model of words, and the right key, but for what is `wanted` otherwise."""
    usual: dict[str, Any] = {"url": openroute.base_url, "model": DEAF.id, "key": openroute.key}
    return TextServer(**{**usual, **wanted})


async def answer(server: TextServer, **options: Any) -> tuple[list[str], TextStream]:
    """The pieces of its answer, and what came beside."""
    stream = TextStream()
    async with aclosing(server.answer(MESSAGES, stream, **options)) as pieces:
        return [piece async for piece in pieces], stream


async def test_it_is_asked_in_the_usual_format(openroute: Openroute) -> None:
    """For a stream with its usage; what is not wanted is not sent; the answer comes in its pieces."""
    openroute.script("A ", "greeting.", finish_reason="length")
    pieces, stream = await answer(
        server(openroute, url=openroute.base_url + "/"), max_tokens=9, temperature=None
    )
    assert pieces == ["A ", "greeting."]
    assert stream.finish_reason == "length"
    assert stream.usage
    assert stream.usage["completion_tokens"] > 0
    [request] = openroute.requests
    assert request.body == {
        "model": DEAF.id,
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 9,
    }
    assert request.headers["Authorization"] == f"Bearer {openroute.key}"


async def test_it_comes_as_it_is_written(openroute: Openroute) -> None:
    """The first piece is there before the second is sent."""
    go_on = asyncio.Event()
    openroute.script("A ", go_on, "greeting.")
    async with aclosing(server(openroute).answer(MESSAGES, TextStream())) as pieces:
        assert await anext(pieces) == "A "
        go_on.set()
        assert [piece async for piece in pieces] == ["greeting."]


async def test_whoever_hears_no_further_hangs_up(openroute: Openroute) -> None:
    """The server is spared the rest."""
    never = asyncio.Event()
    openroute.script("A ", never)
    async with aclosing(server(openroute).answer(MESSAGES, TextStream())) as pieces:
        await anext(pieces)
    await openroute.wait_for(lambda: openroute.abandoned)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 503, "body": {"error": {"message": "busy"}}}, "status 503"),
        ({"status": 404, "body": "404 page not found"}, "status 404"),
        ({"status": 307, "headers": {"Location": "http://127.0.0.1:9/"}}, "status 307"),
        ({"body": "<html>Welcome</html>"}, "no answer"),
        ({"body": b"data: " + b"x" * 3_000_000}, "no answer"),
        ({"body": b""}, "broke off"),
        ({"cut_after": 0}, "broke off"),
    ],
)
async def test_what_is_no_answer_is_told(openroute: Openroute, fault: dict[str, Any], words: str) -> None:
    """By its status, or by what came instead."""
    openroute.faults.add("POST", "/chat/completions", **fault)
    with pytest.raises(TextServerError, match=words):
        await answer(server(openroute))


async def test_a_key_that_is_refused_does_not_show(openroute: Openroute) -> None:
    """Neither in the error nor in what the server's settings look like."""
    there = server(openroute, key="hunter2-hunter2", proxy="")
    with pytest.raises(TextServerError, match="status 401") as trouble:
        await answer(there)
    assert "hunter2" not in f"{trouble.value} {there}"


async def test_nobody_there() -> None:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TextServerError, match="can't be reached"):
        await answer(TextServer(url=f"http://127.0.0.1:{port}/v1", model="m"))


async def test_an_answer_that_is_cut_keeps_what_came(openroute: Openroute) -> None:
    """The pieces are yielded before the failure is told."""
    openroute.script("A ", HangUp())
    async with aclosing(server(openroute).answer(MESSAGES, TextStream())) as pieces:
        assert await anext(pieces) == "A "
        with pytest.raises(TextServerError, match="broke off"):
            await anext(pieces)


@pytest.mark.parametrize("before", [(), ("A ",), (Comment("loading"),)])
async def test_one_that_falls_silent_is_not_waited_for(openroute: Openroute, before: tuple[Any, ...]) -> None:
    """Before its first word, after it, and after a sign of life."""
    openroute.script(*before, asyncio.Event())
    with pytest.raises(TextServerError, match="in time"):
        await answer(server(openroute, patience=SHORT))


async def test_one_that_accepts_and_says_nothing(openroute: Openroute) -> None:
    """Not even a status."""
    openroute.faults.add("POST", "/chat/completions", hold=asyncio.Event())
    with pytest.raises(TextServerError, match="in time"):
        await answer(server(openroute, patience=SHORT))


async def test_one_that_never_ends_is_left(openroute: Openroute) -> None:
    """Though it shows signs of life all the time."""
    openroute.script("A ", *[Raw(b": still here\n\n")] * 3, asyncio.Event())
    with pytest.raises(TextServerError, match="in time"):
        await answer(server(openroute, patience=Patience(first=5, silence=5, whole=0.5)))


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_it_is_asked_through_its_proxy(openroute: Openroute, kind: Kind) -> None:
    """Which looks its name up, and gets the name and password it asks for; the server does not."""
    port = URL(openroute.base_url).port or 0
    async with ProxyServer(
        kind, names={("llama", 80): ("127.0.0.1", port)}, login=("anna", "pass/word@1")
    ) as proxy:
        openroute.script("A greeting.")
        address = str(URL(f"{kind}://127.0.0.1:{proxy.port}").with_user("anna").with_password("pass/word@1"))
        there = server(openroute, url="http://llama/api/v1", proxy=address)
        assert (await answer(there))[0] == ["A greeting."]
        assert [visit.host for visit in proxy.visits] == ["llama"]
        assert "Proxy-Authorization" not in openroute.requests[0].headers
        assert "pass" not in repr(there)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_does_not_lead_there(openroute: Openroute, kind: Kind) -> None:
    """Or is not there itself, or refuses: the server can't be reached, and no password is told."""
    async with ProxyServer(kind, login=("anna", "right")) as proxy:
        for address in (
            f"{kind}://anna:right@127.0.0.1:{proxy.port}",
            f"{kind}://anna:wrong@127.0.0.1:{proxy.port}",
            f"{kind}://anna:wrong@127.0.0.1:9",
        ):
            with pytest.raises(TextServerError) as trouble:
                await answer(server(openroute, url="http://llama/api/v1", proxy=address))
            assert "wrong" not in str(trouble.value)
            assert "anna" not in str(trouble.value)
    assert openroute.requests == []
