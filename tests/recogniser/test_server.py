"""The recogniser speaks the completion API's wire format."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from recogniser.server import Server
from sandbox.sample import NOTE, WORDS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from recogniser.model import Recogniser
    from recogniser.sound import Sound


@pytest.fixture
async def base_url(recogniser: Recogniser) -> AsyncIterator[str]:
    """A server over the loaded model."""
    async with Server(recogniser) as server:
        yield server.base_url


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


def question(**more: Any) -> dict[str, Any]:
    """A request to transcribe the sample."""
    audio = {"data": base64.b64encode(NOTE.read_bytes()).decode(), "format": "ogg"}
    content = [
        {"type": "text", "text": "Please transcribe this audio file."},
        {"type": "input_audio", "input_audio": audio},
    ]
    return {"model": "any/model", "messages": [{"role": "user", "content": content}], **more}


def plain(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def without_chance(chunk: dict[str, Any]) -> dict[str, Any]:
    """Check the fields of a chunk that differ each time, and return the chunk without them."""
    assert re.fullmatch(r"gen-\d+-[0-9a-f]{16}", chunk.pop("id"))
    assert isinstance(chunk.pop("created"), int)
    return chunk


def piece(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    """The chunk expected for a delta."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"object": "chat.completion.chunk", "model": "whisper-base", "choices": [choice]}


async def test_a_stream_has_the_real_ones_shape(base_url: str, client: aiohttp.ClientSession) -> None:
    """Comment, role, a chunk a sentence, reason, usage without choices, and the sentinel: in this order."""
    async with client.post(f"{base_url}/chat/completions", json=question(stream=True)) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        events = (await answer.text()).removesuffix("\n\n").split("\n\n")
    assert events[0] == ": RECOGNISER PROCESSING"
    data = [event.removeprefix("data: ") for event in events if not event.startswith(":")]
    assert data.pop() == "[DONE]"
    first, *pieces, last, tally = [without_chance(json.loads(chunk)) for chunk in data]
    assert first == piece({"role": "assistant", "content": ""})
    texts = [chunk["choices"][0]["delta"]["content"] for chunk in pieces]
    assert pieces == [piece({"content": text}) for text in texts]
    assert len(texts) > 1
    assert plain("".join(texts)) == plain(WORDS.read_text())
    assert last == piece({"content": ""}, "stop")
    assert tally["choices"] == []
    assert tally["usage"]["prompt_tokens_details"]["audio_tokens"] == pytest.approx(11.5 * 32, abs=4)


async def test_without_stream_it_is_one_body(base_url: str, client: aiohttp.ClientSession) -> None:
    """Without `stream` the same words come in one body, whatever the key."""
    headers = {"Authorization": "Bearer whatever"}
    async with client.post(f"{base_url}/chat/completions", json=question(), headers=headers) as answer:
        assert answer.status == 200
        body = without_chance(await answer.json())
    [choice] = body["choices"]
    assert choice["finish_reason"] == "stop"
    assert plain(choice["message"]["content"]) == plain(WORDS.read_text())
    used = body["usage"]
    assert used["total_tokens"] == used["prompt_tokens"] + used["completion_tokens"]
    assert used["cost"] == 0


async def test_clients_that_hang_up_are_not_worked_for(
    base_url: str, client: aiohttp.ClientSession, recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten clients ask and hang up: the work for the first is stopped, the other nine are never begun, the eleventh is served."""
    asked = asyncio.Semaphore(0)
    begun: list[Sound] = []
    listen, transcribe = recogniser.listen, recogniser.transcribe

    def asking(sound: Sound) -> AsyncGenerator[str, None]:
        asked.release()
        return listen(sound)

    def beginning(sound: Sound) -> Iterator[str]:
        begun.append(sound)
        return transcribe(sound)

    monkeypatch.setattr(recogniser, "listen", asking)
    monkeypatch.setattr(recogniser, "transcribe", beginning)

    async def ask() -> int:
        async with client.post(f"{base_url}/chat/completions", json=question()) as answer:
            return answer.status

    leaving = [asyncio.create_task(ask()) for _ in range(10)]
    for _ in leaving:
        await asked.acquire()
    for task in leaving:
        task.cancel()
    await asyncio.wait(leaving)
    assert await ask() == 200
    assert len(begun) == 2


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        pytest.param(b"{", 400, "not valid JSON", id="half a body"),
        pytest.param({"messages": []}, 400, "messages", id="no messages"),
        pytest.param(
            {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}, 400, "no audio", id="no audio"
        ),
        pytest.param(b" " * (65 << 20), 413, "too large", id="65 MiB"),
    ],
)
async def test_errors_have_the_real_ones_shape(
    base_url: str, client: aiohttp.ClientSession, body: Any, status: int, message: str
) -> None:
    """Status and code agree, and the message says what is wrong."""
    data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    headers = {"Content-Type": "application/json"}
    async with client.post(f"{base_url}/chat/completions", data=data, headers=headers) as answer:
        assert answer.status == status
        error = (await answer.json())["error"]
    assert error["code"] == status
    assert message in error["message"]
    assert error["metadata"]["error_type"] in {"invalid_request", "payload_too_large"}


async def test_thirty_megabytes_are_taken(base_url: str, client: aiohttp.ClientSession) -> None:
    """A body of thirty megabytes is read: it is refused for its content, not for its size."""
    body = question()
    body["messages"][0]["content"][1]["input_audio"]["data"] = "A" * (32 << 20)
    data = io.BytesIO(json.dumps(body).encode())
    headers = {"Content-Type": "application/json"}
    async with client.post(f"{base_url}/chat/completions", data=data, headers=headers) as answer:
        assert answer.status == 400
        assert "Invalid audio" in (await answer.json())["error"]["message"]


@pytest.mark.parametrize(
    ("query", "ids"), [("?input_modalities=audio", ["whisper-base"]), ("?input_modalities=image", [])]
)
async def test_models_honour_the_modality(
    base_url: str, client: aiohttp.ClientSession, query: str, ids: list[str]
) -> None:
    """The only model is listed for audio, and not for images."""
    async with client.get(f"{base_url}/models{query}") as answer:
        listed = (await answer.json())["data"]
    assert [model["id"] for model in listed] == ids
    assert all("audio" in model["architecture"]["input_modalities"] for model in listed)


async def test_the_key_has_no_limit(base_url: str, client: aiohttp.ClientSession) -> None:
    """GET /key says that nothing was spent and that there is no limit."""
    async with client.get(f"{base_url}/key") as answer:
        details = (await answer.json())["data"]
    assert (details["limit"], details["limit_remaining"], details["usage"]) == (None, None, 0)


async def test_an_unknown_route_answers_in_the_same_shape(
    base_url: str, client: aiohttp.ClientSession
) -> None:
    """A 404 has the API's JSON body, too."""
    async with client.get(f"{base_url}/nowhere") as answer:
        assert (await answer.json())["error"]["code"] == answer.status == 404
