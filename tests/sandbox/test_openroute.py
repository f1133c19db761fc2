"""The stand-in for the completion API: what it refuses, how it chooses a model, and what it answers from scripts."""

from __future__ import annotations

import asyncio
import base64
import copy
import io
import json
import re
import wave
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from recogniser.model import Recogniser
from sandbox.faults import Faults
from sandbox.openroute import (
    GEMINI,
    GEMINI_LITE,
    Breakdown,
    Chunk,
    Comment,
    Framing,
    HangUp,
    ModelDownError,
    Openroute,
    Raw,
    Received,
)
from sandbox.openroute.quirks import MID_STREAM_FAILURES, REJECTIONS, choice, named_event
from sandbox.sample import NOTE, WORDS
from sandbox.traffic import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def wav(seconds: float) -> str:
    """A silent WAV file in base64."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
        writer.writeframes(bytes(int(seconds * 16_000) * 2))
    return base64.b64encode(file.getvalue()).decode()


def audio(data: str, form: str = "wav") -> dict[str, Any]:
    """A content part of audio."""
    return {"type": "input_audio", "input_audio": {"data": data, "format": form}}


TEXT = {"type": "text", "text": "Transcribe this."}
SECOND = wav(1)
OPUS = base64.b64encode(NOTE.read_bytes()).decode()


def question(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A request with these parts (a prompt and a second of silence if none are given)."""
    content = list(parts) or [TEXT, audio(SECOND)]
    return {"model": GEMINI.id, "messages": [{"role": "user", "content": content}], **more}


class Client:
    """Asks as a client with the key would."""

    def __init__(self, session: aiohttp.ClientSession, openroute: Openroute) -> None:
        self._session = session
        self._base_url = openroute.base_url
        self._headers = {"Authorization": f"Bearer {openroute.key}", "Content-Type": "application/json"}

    async def ask(
        self, body: object, headers: dict[str, str | None] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer; a header that is None is left out."""
        async with self.post(body, headers or {}) as answer:
            return answer.status, await answer.json()

    async def stream(self, body: object) -> AsyncIterator[str]:
        """The events of a stream, as they come."""
        async with self.post(body, {}) as answer:
            assert answer.status == 200
            assert answer.headers["X-Generation-Id"].startswith("gen-")
            while line := (await answer.content.readuntil(b"\n\n")).decode():
                yield line.strip()

    async def chunks(self, body: object) -> list[dict[str, Any]]:
        """The parsed chunks of a whole stream, without its comments and its `[DONE]`."""
        events = [event async for event in self.stream(body)]
        data = [event.removeprefix("data: ") for event in events if event.startswith("data:")]
        return [json.loads(chunk) for chunk in data if chunk != "[DONE]"]

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body of a GET."""
        async with self._session.get(f"{self._base_url}{path}", headers=self._headers) as answer:
            return answer.status, await answer.json()

    def post(self, body: object, headers: dict[str, str | None] | None = None) -> Any:
        """The answer itself, to be opened with `async with`."""
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        sent = {
            name: value for name, value in {**self._headers, **(headers or {})}.items() if value is not None
        }
        return self._session.post(f"{self._base_url}/chat/completions", data=data, headers=sent)


@pytest.fixture
async def openroute() -> AsyncIterator[Openroute]:
    """A stand-in that has only scripts to answer from."""
    async with Openroute() as openroute:
        yield openroute


@pytest.fixture
async def client(openroute: Openroute) -> AsyncIterator[Client]:
    """A client of it."""
    async with aiohttp.ClientSession() as session:
        yield Client(session, openroute)


# What is refused


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"{", "not valid JSON", id="half a body"),
        pytest.param([], "body", id="not an object"),
        pytest.param(question(model=None), "No models provided", id="no model"),
        pytest.param({"model": GEMINI.id}, "messages", id="no messages at all"),
        pytest.param({"model": GEMINI.id, "messages": []}, "messages", id="no message"),
        pytest.param({"model": GEMINI.id, "messages": [{"role": "x", "content": "y"}]}, "role", id="role"),
        pytest.param(
            question({"type": "audio_url", "url": "http://x"}, TEXT), "content.0: Input tag", id="part"
        ),
        pytest.param(question(audio(SECOND)), "no text", id="no text"),
        pytest.param(question({"type": "text", "text": " "}, audio(SECOND)), "no text", id="blank text"),
        pytest.param(question(TEXT, audio(SECOND), audio(SECOND)), "one audio", id="two audio parts"),
        pytest.param(question(TEXT, audio(SECOND, "mpeg")), "format 'mpeg'", id="a MIME type's name"),
        pytest.param(question(TEXT, audio(OPUS, "ogg")), "format 'ogg'", id="format not taken"),
        pytest.param(question(TEXT, audio(OPUS)), "is ogg, not wav", id="wrong label"),
        pytest.param(question(TEXT, audio(SECOND, "mp3")), "is wav, not mp3", id="wrong label the other way"),
        pytest.param(question(TEXT, audio("data:audio/wav;base64," + SECOND)), "data URI", id="data URI"),
        pytest.param(question(TEXT, audio(SECOND[:-1])), "base64", id="cut base64"),
        pytest.param(question(TEXT, audio(SECOND.replace("A", "-", 1))), "base64", id="URL-safe base64"),
        pytest.param(question(TEXT, audio("")), "Invalid audio", id="empty audio"),
        pytest.param(question(TEXT, audio(SECOND[:40])), "Invalid audio", id="half a WAV header"),
        pytest.param(question(TEXT, audio(wav(0))), "no sound", id="a WAV without samples"),
        pytest.param(question(stream="yes"), "stream", id="stream is no string"),
        pytest.param(question(max_tokens=0), "max_tokens", id="max_tokens is positive"),
        pytest.param(question(temperature=3), "temperature", id="temperature is at most 2"),
        pytest.param(question(user=42), "user", id="user is a string"),
        pytest.param(question(models="a/b"), "models", id="models is a list"),
    ],
)
async def test_a_malformed_request_is_told_what_is_wrong(
    openroute: Openroute, client: Client, body: object, says: str
) -> None:
    """A malformed request gets a 400 in the API's shape though a script waits, and is kept in `rejected`."""
    openroute.script("never told")
    status, answer = await client.ask(body)
    assert (status, answer["error"]["code"]) == (400, 400)
    assert says in answer["error"]["message"]
    assert answer["error"]["metadata"]["error_type"] in {"invalid_request", "invalid_prompt"}
    assert openroute.requests == []
    assert [error.message for error in openroute.rejected] == [answer["error"]["message"]]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer sk-or-v1-another"}, 401),
        ({"Authorization": "sk-or-v1-sandbox"}, 401),
        ({"Content-Type": "text/plain"}, 400),
    ],
)
async def test_headers_count(
    openroute: Openroute, client: Client, headers: dict[str, str | None], status: int
) -> None:
    """Without the key in a Bearer header, or the content type of JSON, a request is refused."""
    openroute.script("never told")
    told, answer = await client.ask(question(), headers)
    assert (told, answer["error"]["code"]) == (status, status)


async def test_a_body_beyond_the_limit_is_too_large() -> None:
    """A body over the limit gets a 413 in the API's shape."""
    async with Openroute(largest_body=10_000) as openroute, aiohttp.ClientSession() as session:
        status, answer = await Client(session, openroute).ask(question())
    assert (status, answer["error"]["metadata"]["error_type"]) == (413, "payload_too_large")


async def test_an_unknown_route_is_kept(openroute: Openroute, client: Client) -> None:
    """A route that does not exist is kept in `unknown`, so that tests can assert there was none."""
    status, answer = await client.get("/credits")
    assert (status, answer["error"]["code"]) == (404, 404)
    assert openroute.unknown == [("GET", "/credits")]


# Which model answers


@pytest.mark.parametrize(
    ("model", "message"),
    [("google/gemini-1.0", "No endpoints found for google/gemini-1.0."), ("openai/gpt-4o-mini", "audio")],
)
async def test_a_model_that_is_gone_or_deaf_is_404(
    openroute: Openroute, client: Client, model: str, message: str
) -> None:
    """A model that is unknown, or that takes no audio, is a 404 even if a script waits."""
    openroute.script("never told")
    status, answer = await client.ask(question(model=model))
    assert status == 404
    assert message in answer["error"]["message"]


async def test_fallbacks_are_tried_in_order(openroute: Openroute, client: Client) -> None:
    """The first model named that is known, takes audio and is not down answers, and its name is in the answer."""
    openroute.down[GEMINI.id] = ModelDownError(503, "Overloaded", "provider_overloaded")
    openroute.script("from the fallback", model=GEMINI_LITE.id)
    body = question(models=["no/such-model", "openai/gpt-4o-mini", GEMINI_LITE.id])
    status, answer = await client.ask(body)
    assert status == 200
    assert answer["model"] == GEMINI_LITE.id
    assert answer["choices"][0]["message"]["content"] == "from the fallback"
    assert openroute.rejected == []


async def test_when_all_are_down_the_last_ones_trouble_is_told(openroute: Openroute, client: Client) -> None:
    """If all models are down, the last one's error is answered; the request does not count as rejected."""
    openroute.down[GEMINI.id] = ModelDownError(503, "Overloaded", "provider_overloaded")
    status, answer = await client.ask(question(models=[GEMINI.id]))
    assert (status, answer["error"]["message"]) == (503, "Overloaded")
    assert len(openroute.requests) == 1
    assert openroute.rejected == []


# What is told


async def test_what_arrived_can_be_looked_at(openroute: Openroute, client: Client) -> None:
    """A test sees the prompt and the decoded audio; the usage counts 32 tokens a second of audio."""
    openroute.script("Silence.")
    body = question(TEXT, audio(wav(2.5)), user="a pseudonym")
    body["messages"].insert(0, {"role": "system", "content": "Be brief."})
    _, answer = await client.ask(body, {"X-Title": "Earshot"})
    [received] = openroute.requests
    assert (received.seconds, received.format) == (2.5, "wav")
    assert (received.system, received.prompt) == ("Be brief.", "Transcribe this.")
    assert received.body["user"] == "a pseudonym"
    assert received.headers["x-title"] == "Earshot"
    used = answer["usage"]
    assert used["prompt_tokens_details"]["audio_tokens"] == 80
    assert used["prompt_tokens"] == 80 + 7
    assert used["cost"] == pytest.approx(80 * 1e-6 + 7 * 0.3e-6 + 2 * 2.5e-6)
    _, key = await client.get("/key")
    assert key["data"]["usage"] == pytest.approx(used["cost"])
    assert key["data"]["limit_remaining"] == pytest.approx(10 - used["cost"])


async def test_a_stream_grows_when_the_script_says_so(openroute: Openroute, client: Client) -> None:
    """Before an event of the script is set, the client has everything that stands before it and nothing after it."""
    go_on = asyncio.Event()
    script = openroute.script("Hello", Comment("STILL HERE"), go_on, ", world", finish_reason="length")
    events = client.stream(question(stream=True))
    before = [await anext(events) for _ in range(4)]
    assert before[0] == ": OPENROUTER PROCESSING"
    assert before[3] == ": STILL HERE"
    assert [delta(event) for event in before[1:3]] == [
        {"role": "assistant", "content": ""},
        {"content": "Hello"},
    ]
    await script.waiting.wait()
    rest = asyncio.ensure_future(anext(events))
    assert not rest.done()
    go_on.set()
    assert delta(await rest) == {"content": ", world"}
    ending, tally, done = [event async for event in events]
    assert json.loads(ending[6:])["choices"][0]["finish_reason"] == "length"
    assert json.loads(tally[6:])["choices"] == []
    assert json.loads(tally[6:])["usage"]["completion_tokens"] == 3
    assert done == "data: [DONE]"


def delta(event: str) -> dict[str, Any]:
    """The delta of a chunk."""
    return json.loads(event.removeprefix("data: "))["choices"][0]["delta"]


async def test_each_part_of_the_ending_can_be_missing(openroute: Openroute, client: Client) -> None:
    """A script can leave out the reason, the usage or `[DONE]`, as other gateways do."""
    openroute.script("Hm.", finish_reason=None, usage=False, done=False)
    events = [event async for event in client.stream(question(stream=True))]
    assert len(events) == 3
    assert delta(events[-1]) == {"content": "Hm."}


async def test_an_error_may_come_inside_a_stream(openroute: Openroute, client: Client) -> None:
    """Status 200, some text, then an error chunk, and no usage."""
    openroute.script("Half a", Breakdown(502, "Provider disconnected", "provider_unavailable"), "never told")
    *_, piece, error = await client.chunks(question(stream=True))
    assert piece["choices"][0]["delta"] == {"content": "Half a"}
    assert error["error"]["code"] == 502
    assert error["choices"][0]["finish_reason"] == "error"


async def test_an_error_may_come_inside_a_body(openroute: Openroute, client: Client) -> None:
    """Without `stream` the error is in the one body, with status 200."""
    openroute.script(Breakdown(502, "Provider disconnected"))
    status, answer = await client.ask(question())
    assert (status, answer["error"]["code"]) == (200, 502)


async def test_a_chunk_can_be_anything(openroute: Openroute, client: Client) -> None:
    """A script's `Chunk` is sent exactly as it is written."""
    odd = {"error": {"message": "no code at all"}}
    openroute.script(Chunk(odd))
    assert odd in await client.chunks(question(stream=True))


async def raw_stream(openroute: Openroute, client: Client) -> tuple[str, bytes]:
    """The label and the bytes of a stream."""
    async with client.post(question(stream=True)) as answer:
        return answer.headers["Content-Type"], await answer.read()


async def test_bytes_are_sent_as_they_are_written(openroute: Openroute, client: Client) -> None:
    """For what is no chunk at all, and in no other framing."""
    odd = b"error: {}\r\rdata:\n\n"
    openroute.script("Hm", Raw(odd), "done.", framing=Framing(newline=b"\r\n"))
    _, content = await raw_stream(openroute, client)
    assert odd in content
    assert content.replace(odd, b"").replace(b"\r\n", b"").count(b"\n") == 0


@pytest.mark.parametrize("newline", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("bytewise", [True, False])
async def test_a_stream_can_be_framed_in_other_ways(
    openroute: Openroute,
    client: Client,
    newline: bytes,
    bytewise: bool,  # noqa: FBT001
) -> None:
    """With other line ends, a mark at the beginning, cut anywhere, under a wrong label."""
    framing = Framing(newline=newline, byte_order_mark=True, bytewise=bytewise, content_type="text/plain")
    openroute.script("Hm.", framing=framing)
    label, content = await raw_stream(openroute, client)
    assert label == "text/plain"
    events = content.removeprefix(b"\xef\xbb\xbf").split(2 * newline)
    assert events[0] == b": OPENROUTER PROCESSING"
    assert events[-2:] == [b"data: [DONE]", b""]
    assert len(events) == 7


async def test_failures_of_other_servers_can_be_told(openroute: Openroute, client: Client) -> None:
    """After half of an answer, with status 200, and `[DONE]` after them where the script says so."""
    for step in MID_STREAM_FAILURES.values():
        openroute.script("Half ", step, finish_reason=None, usage=False)
        _, content = await raw_stream(openroute, client)
        half, rest = content.split(b'"Half "')
        assert half
        assert len(rest) > len(b"data: [DONE]") + 20
        assert rest.endswith(b"data: [DONE]\n\n")


async def test_rejections_of_other_servers_can_be_told(openroute: Openroute, client: Client) -> None:
    """With their status, label and body."""
    for rejection in REJECTIONS.values():
        openroute.faults.add(
            "POST",
            "/chat/completions",
            status=rejection.status,
            body=rejection.body,
            headers=rejection.headers,
        )
        async with client.post(question()) as answer:
            content = await answer.read()
            assert answer.status == rejection.status
            if isinstance(rejection.body, str):
                assert content.decode() == rejection.body
                assert answer.content_type in {"text/html", "text/plain"}
            else:
                assert json.loads(content) == rejection.body
                assert answer.content_type == "application/json"


def test_quirks_are_written_as_such_servers_write_them() -> None:
    """An event with a name; a chunk about the answer."""
    assert named_event("error", {"a": 1}).data == b'event: error\ndata: {"a": 1}\n\n'
    assert choice(delta={}, error="x").body["choices"] == [{"index": 0, "delta": {}, "error": "x"}]


@pytest.mark.parametrize("stream", [True, False])
async def test_the_connection_can_drop(openroute: Openroute, client: Client, stream: bool) -> None:  # noqa: FBT001
    """At a script's `HangUp` the client sees the connection break in the middle of the answer."""
    openroute.script("Half", HangUp())
    with pytest.raises((aiohttp.ClientError, asyncio.IncompleteReadError)):
        await (client.chunks(question(stream=True)) if stream else client.ask(question()))


async def test_scripts_are_used_in_order_and_used_up(openroute: Openroute, client: Client) -> None:
    """A script answers one request, or `times`; without scripts and recogniser a request is a 500."""
    first, second = openroute.script("one", times=2), openroute.script("two")
    answers = [(await client.ask(question()))[1] for _ in range(4)]
    texts = [answer["choices"][0]["message"]["content"] for answer in answers[:3]]
    assert texts == ["one", "one", "two"]
    assert (first.used, second.used) == (2, 1)
    assert answers[3]["error"]["code"] == 500


async def test_an_answer_may_depend_on_the_request() -> None:
    """Where no script fits, the function given as `answer` gets the request, with the bytes of the audio."""

    async def measure(received: Received) -> AsyncIterator[str]:
        yield f"{received.headers['X-Title']}: "
        yield f"{received.seconds:.0f} s"

    async with aiohttp.ClientSession() as session, Openroute(answer=measure) as openroute:
        client = Client(session, openroute)
        openroute.script("from a script")
        bodies = (question(TEXT, audio(wav(seconds))) for seconds in (1, 2, 3))
        answers = [(await client.ask(body, {"X-Title": "Ben"}))[1] for body in bodies]
    texts = [answer["choices"][0]["message"]["content"] for answer in answers]
    assert texts == ["from a script", "Ben: 2 s", "Ben: 3 s"]


async def test_a_client_that_hangs_up_is_counted(openroute: Openroute, client: Client) -> None:
    """A client that hangs up is counted in `abandoned`, for which a test can wait."""
    script = openroute.script("Hello", asyncio.Event())
    asking = asyncio.ensure_future(client.chunks(question(stream=True)))
    await script.waiting.wait()
    asking.cancel()
    # Sooner than the next comment would find the connection gone.
    await openroute.wait_for(lambda: openroute.abandoned == 1, timeout=1.5)


async def test_faults_come_before_everything(openroute: Openroute, client: Client) -> None:
    """A fault answers the first request with its status and headers; the second gets the script."""
    fault = openroute.faults.add("POST", "/chat/completions", status=429, body={"error": {"code": 429}})
    openroute.script("after all")
    assert (await client.ask(question()))[0] == 429
    assert (await client.ask(question()))[0] == 200
    assert fault.used == 1


async def test_a_stream_can_be_cut_after_some_bytes() -> None:
    """With a fault's `cut_after` the client gets so many bytes of the stream and no more."""
    faults = Faults()
    faults.add("POST", "/chat/completions", cut_after=40)
    async with Openroute(faults=faults) as openroute, aiohttp.ClientSession() as session:
        openroute.script("Hello")
        with pytest.raises((aiohttp.ClientError, asyncio.IncompleteReadError)):
            await Client(session, openroute).chunks(question(stream=True))


# Models, records, listening


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [GEMINI.id, GEMINI_LITE.id, "openai/gpt-4o-mini"]),
        ("?input_modalities=audio", [GEMINI.id, GEMINI_LITE.id]),
        ("?input_modalities=audio,text", [GEMINI.id, GEMINI_LITE.id]),
    ],
)
async def test_models_are_listed(client: Client, query: str, ids: list[str]) -> None:
    """All models are listed, or those that take the modality asked for; prices are decimal text."""
    status, listed = await client.get(f"/models{query}")
    assert status == 200
    assert [model["id"] for model in listed["data"]] == ids
    assert listed["data"][0]["pricing"]["audio"] == "0.0000010000"


async def test_models_can_retire(openroute: Openroute, client: Client) -> None:
    """A test may set which models there are, and their expiration dates."""
    openroute.models[:] = [type(GEMINI)(id="a/b", name="A", expiration_date="2026-12-01")]
    _, listed = await client.get("/models")
    assert [(model["id"], model["expiration_date"]) for model in listed["data"]] == [("a/b", "2026-12-01")]


async def test_exchanges_are_recorded_without_the_recording(tmp_path: Path) -> None:
    """Each exchange is recorded as one line: the request with its audio shortened, and the body or the chunks answered."""
    file = tmp_path / "traffic.jsonl"
    body = question(TEXT, audio(wav(5)), stream=True)
    async with Openroute(recorder=Recorder(file)) as openroute, aiohttp.ClientSession() as session:
        client = Client(session, openroute)
        openroute.script("Hello", times=2)
        chunks = await client.chunks(body)
        _, whole = await client.ask(question())
        _, refused = await client.ask(question(audio(SECOND)))
    streamed, asked, rejected = map(json.loads, file.read_text().splitlines())
    stubbed = copy.deepcopy(body)
    part = stubbed["messages"][0]["content"][1]["input_audio"]
    part["data"] = streamed["request"]["messages"][0]["content"][1]["input_audio"]["data"]
    assert len(base64.b64decode(part["data"], validate=True)) < 4096
    assert streamed == {
        "api": "openroute",
        "method": "POST",
        "path": "/chat/completions",
        "status": 200,
        "request": stubbed,
        "response": None,
        "events": chunks,
    }
    assert (asked["status"], asked["response"]) == (200, whole)
    assert (rejected["status"], rejected["response"]) == (400, refused)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_listener_answers_what_it_hears(stream: bool) -> None:  # noqa: FBT001
    """With a recogniser, real speech is answered with its words, under the name of the model that was asked."""
    body = question(TEXT, audio(OPUS, "ogg"), stream=stream)
    async with (
        Recogniser() as listener,
        aiohttp.ClientSession() as session,
        Openroute(listener, formats=("ogg",)) as openroute,
    ):
        client = Client(session, openroute)
        text = await (streamed_text if stream else whole_text)(client, body)
        status, answer = await client.ask(question(TEXT))
    assert openroute.answers == [text]
    assert plain(text) == plain(WORDS.read_text())
    assert (status, answer["error"]["code"]) == (400, 400)


async def streamed_text(client: Client, body: object) -> str:
    """The texts of a stream's chunks, joined."""
    chunks = await client.chunks(body)
    assert {chunk["model"] for chunk in chunks} == {GEMINI.id}
    return "".join(choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"])


async def whole_text(client: Client, body: object) -> str:
    """The text of one body."""
    _, answer = await client.ask(body)
    return answer["choices"][0]["message"]["content"]


def plain(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    return re.findall(r"[a-z']+", text.lower())
