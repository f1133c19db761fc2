"""Requests that want more than a transcript: the text server does it, and where it does not, nothing is passed off as that."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import wave
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from recogniser.server import Server
from recogniser.text_server import Patience, TextServer
from sandbox.openroute import DEAF, Breakdown, HangUp, Openroute
from sandbox.sample import NOTE, WORDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recogniser.model import Recogniser

ONLY = "-# This model only writes down what is said; here is the transcript."
AWAY = "-# The text server, which does what prompts ask for, failed: {}. Here is the transcript."
HALF = "-# The text server failed before this answer was whole: {}. Here is the transcript."
PATIENCE = Patience(connect=5, first=1, silence=1, whole=20)


class Scene:
    """A recogniser's server, perhaps with the stand-in as its text server, and a client."""

    def __init__(self, base_url: str, openroute: Openroute, client: aiohttp.ClientSession) -> None:
        self.base_url = base_url
        self.openroute = openroute
        self._client = client

    def ask(self, *messages: dict[str, Any], **more: Any) -> Any:
        """A request for a completion."""
        return self._client.post(
            f"{self.base_url}/chat/completions", json={"model": "any", "messages": messages, **more}
        )

    async def chunks(self, *messages: dict[str, Any]) -> list[dict[str, Any]]:
        """All chunks of a stream."""
        async with self.ask(*messages, stream=True) as answer:
            assert answer.status == 200
            events = (await answer.text()).split("\n\n")
        data = [event.removeprefix("data: ") for event in events if event.startswith("data: ")]
        assert data.pop() == "[DONE]"
        return [json.loads(chunk) for chunk in data]

    async def text(self, *messages: dict[str, Any]) -> str:
        """The text of a stream that came to its end."""
        chunks = await self.chunks(*messages)
        assert not any("error" in chunk for chunk in chunks)
        return "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks if chunk["choices"])


@pytest.fixture
async def openroute() -> AsyncIterator[Openroute]:
    """The stand-in that is the text server."""
    async with Openroute() as openroute:
        yield openroute
        assert openroute.rejected == []


@pytest.fixture
async def scene(hears_once: Recogniser, openroute: Openroute) -> AsyncIterator[Scene]:
    """With a text server."""
    text_server = TextServer(url=openroute.base_url, model=DEAF.id, key=openroute.key, patience=PATIENCE)
    async with Server(hears_once, text_server=text_server) as server, aiohttp.ClientSession() as client:
        yield Scene(server.base_url, openroute, client)


@pytest.fixture
async def alone(hears_once: Recogniser, openroute: Openroute) -> AsyncIterator[Scene]:
    """Without one."""
    async with Server(hears_once) as server, aiohttp.ClientSession() as client:
        yield Scene(server.base_url, openroute, client)
        assert openroute.requests == []


def silence() -> bytes:
    """Six seconds without a sound."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
        writer.writeframes(bytes(6 * 32_000))
    return file.getvalue()


def about(prompt: str, data: bytes | None = None) -> dict[str, Any]:
    """The turn with the recording: the sample, if no other."""
    audio = {
        "data": base64.b64encode(data or NOTE.read_bytes()).decode(),
        "format": "wav" if data else "ogg",
    }
    return {
        "role": "user",
        "content": [{"type": "text", "text": prompt}, {"type": "input_audio", "input_audio": audio}],
    }


def said(role: str, text: str) -> dict[str, Any]:
    """A turn in words."""
    return {"role": role, "content": text}


def plain(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    return re.findall(r"[a-z']+", text.lower())


SPOKEN = plain(WORDS.read_text())


async def test_a_prompt_is_done_by_the_text_server(scene: Scene) -> None:
    """It gets prompt and transcript; its answer, its reason and its counts are handed on, and who answered is told."""
    scene.openroute.script("Anna ", "is stuck.", finish_reason="length")
    role, *pieces, last, tally = await scene.chunks(said("system", "Be brief."), about("Summarise this."))
    assert [each["choices"][0]["delta"]["content"] for each in (role, *pieces)] == ["", "Anna ", "is stuck."]
    assert last["choices"][0]["finish_reason"] == "length"
    assert {each["model"] for each in (role, *pieces, last, tally)} == {f"whisper-base+{DEAF.id}"}
    [asked] = scene.openroute.requests
    system, user = asked.body["messages"]
    assert system == said("system", "Be brief.")
    assert user["role"] == "user"
    prompt, words, end = user["content"].split('"""')
    assert prompt.startswith("Summarise this.\n\n")
    assert (plain(words), end) == (SPOKEN, "")
    used = tally["usage"]
    assert used["prompt_tokens_details"]["audio_tokens"] == pytest.approx(11.5 * 32, abs=4)
    counted = used["prompt_tokens"] - used["prompt_tokens_details"]["audio_tokens"]
    assert counted == -(-len(f"{asked.system}\n{asked.prompt}") // 4), "as the text server counts"
    assert used["total_tokens"] == used["prompt_tokens"] + used["completion_tokens"]


async def test_a_conversation_about_a_recording_is_gone_on_with(scene: Scene) -> None:
    """Its turns stay as they are, and the transcript stands where the recording was. Here the answer is one body."""
    scene.openroute.script("In the lift.")
    turns = (
        about("Please transcribe this audio file."),
        said("assistant", "Hi Anna!"),
        said("user", "Where is she?"),
    )
    async with scene.ask(*turns) as answer:
        [choice] = (await answer.json())["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("In the lift.", "stop")
    [asked] = scene.openroute.requests
    first, *others = asked.body["messages"]
    assert plain(first["content"])[-len(SPOKEN) :] == SPOKEN
    assert others == list(turns[1:])


@pytest.mark.parametrize(
    "prompt",
    [
        "Please transcribe this audio file.",
        "Please transcribe this audio file. It is part 1 of a longer recording: write down only what is said in it.",
    ],
)
async def test_a_transcript_needs_no_second_step(scene: Scene, prompt: str) -> None:
    """The words, all of them and nothing else; the text server is not asked."""
    assert plain(await scene.text(about(prompt))) == SPOKEN
    assert scene.openroute.requests == []


async def test_without_a_text_server_it_says_what_this_is(alone: Scene) -> None:
    """A line before the transcript: it is no summary, whoever asked for one."""
    first, blank, *rest = (await alone.text(about("Summarise this."))).splitlines()
    assert (first, blank) == (ONLY, "")
    assert plain(" ".join(rest)) == SPOKEN


async def test_of_a_silence_nothing_is_said(scene: Scene, alone: Scene) -> None:
    """Nobody is asked what was meant by it, and no remark stands there by itself."""
    for each in (scene, alone):
        assert await each.text(about("Summarise this.", silence())) == ""
    assert scene.openroute.requests == []


async def test_a_text_server_that_is_away_costs_no_transcript(scene: Scene) -> None:
    """Its error's status is told, and not its words."""
    scene.openroute.faults.add("POST", "/chat/completions", status=503, body={"error": "model is loading"})
    first, blank, *rest = (await scene.text(about("Summarise this."))).splitlines()
    assert (first, blank) == (AWAY.format("it answered with status 503"), "")
    assert plain(" ".join(rest)) == SPOKEN


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        (HangUp(), "it broke off"),
        (Breakdown(502, "upstream died"), "it told of an error"),
        (asyncio.Event(), "it did not answer in time"),
    ],
    ids=["cut", "error", "silence"],
)
async def test_half_an_answer_is_told_as_one(scene: Scene, breaking: Any, words: str) -> None:
    """What came of it stands there, a remark that it is not whole, and the transcript. How it would have ended is open."""
    scene.openroute.script("Anna ", breaking)
    begun, blank, remark, _, *rest = (await scene.text(about("Summarise this."))).splitlines()
    assert (begun.strip(), blank) == ("Anna", "")
    assert remark == HALF.format(words)
    assert plain(" ".join(rest)) == SPOKEN


async def test_words_alone_are_the_text_servers(scene: Scene) -> None:
    """They are handed on as they are."""
    scene.openroute.script("Hi.")
    assert await scene.text(said("user", "Summarise: hi.")) == "Hi."
    [asked] = scene.openroute.requests
    assert asked.body["messages"] == [said("user", "Summarise: hi.")]


async def test_words_alone_without_the_text_server_are_an_error(scene: Scene) -> None:
    """In the stream or as the status: there is no transcript to give, and asking again at once would not help."""
    scene.openroute.faults.add("POST", "/chat/completions", times=2, status=500)
    *_, told = await scene.chunks(said("user", "Summarise: hi."))
    async with scene.ask(said("user", "Summarise: hi.")) as answer:
        assert answer.status == 424
        body = await answer.json()
    assert told["error"] == body["error"]
    assert body["error"]["code"] == 424
    assert "status 500" in body["error"]["message"]


async def test_the_text_server_is_spared_what_nobody_reads(scene: Scene) -> None:
    """A client that hangs up ends the work there, too."""
    script = scene.openroute.script("Anna ", asyncio.Event())
    async with scene.ask(said("user", "Summarise: hi."), stream=True) as answer:
        await script.waiting.wait()
        answer.close()
    await scene.openroute.wait_for(lambda: scene.openroute.abandoned)
