"""Errors, pauses and oddities of the completion API: answers come all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Upload
from sandbox.openroute import Breakdown, Chunk, Comment, HangUp, ModelDownError
from sandbox.openroute.quirks import MID_STREAM_FAILURES, REJECTIONS
from tests.recordings import sample_as

if TYPE_CHECKING:
    from sandbox.openroute.script import Step
    from tests.journeys.stage import Stage


async def test_passing_errors_are_retried(stage: Stage) -> None:
    """500 twice, then an answer: the person sees the answer alone."""
    fault = stage.openroute.faults.add("POST", "/chat/completions", status=500, times=2)
    stage.openroute.script("Heard at last.")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        [answer] = await stage.said(thread, "Heard at last.")
    assert fault.used == 2
    assert answer.versions == ["Heard at last."]


async def test_retry_after_is_honoured(stage: Stage) -> None:
    """A pause that was asked for is kept."""
    stage.openroute.faults.add("POST", "/chat/completions", status=429, headers={"Retry-After": "2"})
    stage.openroute.script("Heard.")
    loop = asyncio.get_running_loop()
    async with stage.bot():
        note = stage.post_note()
        began = loop.time()
        await stage.said(await stage.thread_on(note), "Heard.")
    assert loop.time() - began >= 2


async def test_an_endpoint_that_is_away_is_waited_for(stage: Stage) -> None:
    """The person is told once; the answer takes the place of that, later, and nothing was asked for meanwhile."""
    fault = stage.openroute.faults.add("POST", "/chat/completions", status=503, times=4)
    stage.openroute.script("Heard at last.")
    async with stage.bot() as bot:
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "I keep trying")
        [answer] = await stage.said(thread, "Heard at last.")
        assert (await bot.logged("postponed"))["seconds"] < 10
    assert fault.used == 4
    assert len(stage.of_the_bot(thread)) == 1
    assert answer.content == "Heard at last."


async def test_a_note_that_waits_is_taken_up_by_the_next_run(stage: Stage) -> None:
    """A note that waits because the endpoint asked for an hour of pause is answered by the next run."""
    stage.openroute.faults.add("POST", "/chat/completions", status=429, headers={"Retry-After": "3600"})
    stage.openroute.script("Heard at last.")
    async with stage.bot() as bot:
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "I keep trying")
        assert (await bot.logged("postponed"))["seconds"] == 3600
    async with stage.bot():
        await stage.said(thread, "Heard at last.")
    assert len(stage.of_the_bot(thread)) == 1


async def test_a_fallback_model_answers(stage: Stage) -> None:
    """A retired model is passed over for the next one; both are named in the request."""
    stage.openroute.models = [model for model in stage.openroute.models if "2.5" not in model.id]
    stage.openroute.script("Heard.", model="google/gemini-3.5-flash-lite")
    async with stage.bot(OPENROUTE_FALLBACK_MODELS="google/gemini-3.5-flash-lite") as bot:
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        assert (await bot.logged("note"))["model"] == "google/gemini-3.5-flash-lite"
    assert stage.openroute.requests[-1].body.get("models") in (
        None,
        ["google/gemini-2.5-flash", "google/gemini-3.5-flash-lite"],
    )


@pytest.mark.parametrize(
    "trouble",
    [
        (Breakdown(502, "Provider returned error"),),
        ("Half a sen", Breakdown(500, "Upstream broke")),
        ("Half a sen", HangUp()),
        (Comment("OPENROUTER PROCESSING"), HangUp()),
        (Chunk({"error": {"message": "no code at all"}}),),
        (Chunk({"error": {"code": "rate_limit_exceeded", "message": "slow down"}}),),
        ("Half a sen", MID_STREAM_FAILURES["llama.cpp"]),
        ("Half a sen", MID_STREAM_FAILURES["an event's name"]),
    ],
)
async def test_an_answer_that_breaks_off_is_asked_for_again(stage: Stage, trouble: tuple[Step, ...]) -> None:
    """Errors inside a 200 and dropped connections: what was half said gives way to the whole."""
    # `[DONE]` follows, as it does with servers that send it whatever happened.
    stage.openroute.script(*trouble, finish_reason=None, usage=False)
    stage.openroute.script("The whole answer.")
    async with stage.bot():
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "The whole answer.")
    assert answer.content == "The whole answer."
    assert len(stage.openroute.requests) == 2


async def test_odd_streams_are_understood(stage: Stage) -> None:
    """Comments, chunks without choices or content, a refusal to end with [DONE]: none of them disturbs."""
    stage.openroute.script(
        Comment("OPENROUTER PROCESSING"),
        Chunk({"id": "gen-1", "choices": [], "model": "x"}),
        Chunk({"choices": [{"delta": {"role": "assistant", "content": None, "reasoning": "hm"}}]}),
        "Heard ",
        Comment("still there"),
        "it.",
        usage=False,
        done=False,
    )
    async with stage.bot():
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "Heard it.")
    assert answer.content == "Heard it."


async def test_an_answer_in_one_piece_is_understood(stage: Stage) -> None:
    """Some servers ignore `stream` and answer with one JSON body; an audio model's transcript counts as text."""
    message = {"role": "assistant", "content": None, "audio": {"transcript": "Heard in one piece."}}
    body = {"id": "x", "choices": [{"message": message, "finish_reason": "stop"}]}
    stage.openroute.faults.add("POST", "/chat/completions", body=body)
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "Heard in one piece.")


async def test_what_a_model_thinks_is_nobodys_business(stage: Stage) -> None:
    """Neither in the answer nor while it grows."""
    rest = asyncio.Event()
    stage.openroute.script("<think>They want", " a transcript.</thi", "nk>\n\nHeard ", rest, "it.")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Heard")
        rest.set()
        [answer] = await stage.said(thread, "Heard it.")
    assert answer.versions[-1] == "Heard it."
    assert not [version for version in answer.versions if "think" in version or "transcript" in version]


async def test_a_model_in_a_loop_is_stopped(stage: Stage) -> None:
    """The person reads what made sense, and why there is no more; nobody pays for the rest."""
    stage.openroute.script("Good morning. ", *["Thank you. "] * 2_000, asyncio.Event())
    async with stage.bot():
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "began to repeat itself")
    assert answer.content.startswith("Good morning. Thank you.")
    assert answer.content.count("Thank you.") < 10
    assert len(stage.openroute.requests) == 1


async def test_an_empty_answer_is_asked_for_once_more(stage: Stage) -> None:
    """The person sees the answer alone."""
    stage.openroute.script("")
    stage.openroute.script("Heard.")
    async with stage.bot():
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert answer.versions == ["Heard."]


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("a firewall's page", "tell the people who run this bot", "request_refused"),
        ("OpenAI, a country", "tell the people who run this bot", "request_refused"),
        ("OpenAI, no quota", "out of credit", "out_of_credit"),
        ("new-api, no quota", "out of credit", "out_of_credit"),
        ("Azure, a filter", "declined to answer", "model_refused"),
    ],
)
async def test_a_rejection_is_told_to_whom_it_concerns(
    stage: Stage, name: str, words: str, told: str
) -> None:
    """The person who spoke hears of what they can change, the operator of the rest."""
    rejection = REJECTIONS[name]
    fault = stage.openroute.faults.add(
        "POST",
        "/chat/completions",
        times=9,
        status=rejection.status,
        body=rejection.body,
        headers=rejection.headers,
    )
    async with stage.bot() as bot:
        await stage.said(await stage.thread_on(stage.post_note()), words)
        line = await bot.logged("note")
    assert line["error"].startswith(told)
    assert line["outcome"] == ("refused" if told == "model_refused" else "failed")
    assert fault.used == 1


async def test_a_request_too_large_goes_again_smaller(stage: Stage) -> None:
    """413: the same audio, encoded smaller, is tried once."""
    stage.openroute.faults.add("POST", "/chat/completions", status=413)
    stage.openroute.script("Heard.")
    async with stage.bot():
        file = Upload("a.wav", sample_as("wav"), "audio/wav")
        thread = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[file]))
        await stage.said(thread, "Heard.")
    [asked] = stage.openroute.requests
    assert asked.format == "mp3"
    assert asked.seconds > 10


async def test_a_model_that_is_down_is_passed_over_by_the_endpoint(stage: Stage) -> None:
    """With fallbacks in the request, the endpoint itself goes on to the next."""
    stage.openroute.down["google/gemini-2.5-flash"] = ModelDownError(503, "overloaded", "overloaded")
    stage.openroute.script("Heard.", model="google/gemini-3.5-flash-lite")
    async with stage.bot(OPENROUTE_FALLBACK_MODELS="google/gemini-3.5-flash-lite"):
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert len(stage.openroute.requests) == 1


async def test_settings_shape_the_request(stage: Stage) -> None:
    """Only what a setting asks for is in the request, and that in the gateway's words."""
    stage.openroute.script("Heard.")
    async with stage.bot(
        PROMPT="Summarise this.",
        MAX_TOKENS="500",
        PROVIDER_DATA_COLLECTION="deny",
        PROVIDER_ZDR="true",
        APP_URL="https://bot.example",
        APP_TITLE="Our bot",
    ):
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    [asked] = stage.openroute.requests
    assert asked.prompt == "Summarise this."
    assert asked.body["max_tokens"] == 500
    assert asked.body["provider"] == {"data_collection": "deny", "zdr": True}
    assert asked.headers["HTTP-Referer"] == "https://bot.example"
    assert asked.headers["X-Title"] == "Our bot"
