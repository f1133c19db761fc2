"""Asking over a real connection: the request as it goes out, answers in every shape, and what is tried again."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot import errors, prompts
from bot.completion.asking import Asker, Completion
from bot.models import Answer, Audio, Ending
from recogniser.listings import Model, Prices
from sandbox.openroute import (
    DEAF,
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
)
from sandbox.openroute.quirks import MID_STREAM_FAILURES, REJECTIONS
from tests.fixtures import Recording, Tally, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from sandbox.openroute.script import Step

PATH = "/chat/completions"
PROMPT = "Please transcribe this audio file."


class Asking:
    """Somebody who asks over a real connection, hears the text grow, and notes pauses instead of waiting."""

    def __init__(self, session: aiohttp.ClientSession, openroute: Openroute, audio: Audio) -> None:
        self.openroute = openroute
        self.audio = audio
        self.texts: list[str] = []
        self.pauses: list[float] = []
        self.spoken = asyncio.Event()
        self._session = session
        self.tally = Tally()

    async def ask(
        self,
        *,
        audio: Audio | None = None,
        author: int | None = None,
        base_url: str | None = None,
        silence: float = 60.0,
        reason_pause: float = 60.0,
        now: float = 0.0,
        **wanted: Any,
    ) -> Answer:
        """Have `audio` heard, with settings as `wanted`."""
        completion = self._completion(
            base_url or self.openroute.base_url, silence, reason_pause, now, **wanted
        )
        return await completion.listen(
            audio or self.audio, PROMPT, asker=Asker(person_id=author), on_text=self.hear, meter=self.tally
        )

    async def ask_about(self, prompt: str) -> Answer:
        """Have words answered."""
        completion = self._completion(self.openroute.base_url)
        return await completion.ask(prompt, asker=Asker(), on_text=self.hear, meter=self.tally)

    def opened(self, **wanted: Any) -> Completion:
        """The API, for more than one question."""
        return self._completion(self.openroute.base_url, **wanted)

    def _completion(
        self,
        base_url: str,
        silence: float = 60.0,
        reason_pause: float = 60.0,
        now: float = 0.0,
        **wanted: Any,
    ) -> Completion:
        settings = settings_of(
            openroute_base_url=base_url,
            **{
                "openroute_api_key": SecretStr(self.openroute.key),
                "openroute_fallback_models": ("none",),
                **wanted,
            },
        )
        return Completion(
            session=self._session,
            settings=settings,
            silence=silence,
            reason_pause=reason_pause,
            sleep=self._pause,
            clock=lambda: now,
        )

    def hear(self, text: str) -> None:
        """Text that comes."""
        self.texts.append(text)
        self.spoken.set()

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncGenerator[Asking]:
    """With half a second of WAV, whose length is no multiple of three; every request has to be a known one."""
    path = Recording(container="wav", codec="pcm_s16le", rate=16_000).write(tmp_path / "a.wav", seconds=0.5)
    size = path.stat().st_size
    assert size % 3
    audio = Audio(path=path, format="wav", seconds=0.5, bytes=size, transcoded=False)
    async with aiohttp.ClientSession() as session, Openroute() as openroute:
        yield Asking(session, openroute, audio)
        assert openroute.unknown == []


async def test_the_request_is_the_guides(asking: Asking) -> None:
    """With its length announced, the key in the one header, and nothing nobody asked for."""
    asking.openroute.script("Hello.")
    await asking.ask()
    [received] = asking.openroute.requests
    assert received.body == {
        "model": GEMINI.id,
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": PROMPT},
                    {
                        "type": "input_audio",
                        "input_audio": {
                            "data": base64.b64encode(asking.audio.path.read_bytes()).decode(),
                            "format": "wav",
                        },
                    },
                ],
            }
        ],
        "stream": True,
    }
    assert received.headers["Authorization"] == f"Bearer {asking.openroute.key}"
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["Content-Length"] == str(len(json.dumps(received.body)))
    assert "Transfer-Encoding" not in received.headers
    assert not {"HTTP-Referer", "X-Title"} & set(received.headers)


async def test_settings_add_what_they_say(asking: Asking) -> None:
    """Attribution in headers, limits and privacy in the body, the person as a pseudonym."""
    asking.openroute.script("Hello.", times=3)
    for author in (81_384_788_765_712_384, 81_384_788_765_712_384, 5):
        await asking.ask(
            author=author,
            max_tokens=500,
            provider_data_collection="deny",
            provider_zdr=True,
            app_url="https://earshot.example",
            app_title="Earshot",
            openroute_fallback_models=(GEMINI_LITE.id,),
        )
    first, again, other = asking.openroute.requests
    assert first.headers["HTTP-Referer"] == "https://earshot.example"
    assert first.headers["X-Title"] == "Earshot"
    assert first.body["max_tokens"] == 500
    assert first.body["provider"] == {"data_collection": "deny", "zdr": True}
    assert first.body["models"] == [GEMINI.id, GEMINI_LITE.id]
    assert re.fullmatch("[0-9a-f]{32}", first.body["user"])
    assert first.body["user"] == again.body["user"] != other.body["user"]


async def test_the_answer_grows_as_it_comes(asking: Asking) -> None:
    """Comments are skipped; each text is there before the next is sent; usage, model and id are kept."""
    more = asyncio.Event()
    script = asking.openroute.script("Could we ", Comment("OPENROUTER PROCESSING"), more, "meet", "?")
    task = asyncio.create_task(asking.ask())
    await script.waiting.wait()
    await asking.spoken.wait()
    assert asking.texts == ["Could we "]
    more.set()
    answer = await task
    assert asking.texts == ["Could we ", "Could we meet", "Could we meet?"]
    assert (answer.text, answer.model, answer.ending) == ("Could we meet?", GEMINI.id, Ending.COMPLETE)
    assert answer.usage is not None
    assert answer.usage.audio_tokens == 16
    assert answer.usage.cost is not None
    assert (answer.generation_id or "").startswith("gen-")


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        ("stop", Ending.COMPLETE),
        ("content_filter", Ending.FILTERED),
        ("tool_calls", Ending.COMPLETE),
        ("eos", Ending.COMPLETE),
        ("SAFETY", Ending.FILTERED),
        ("something new", Ending.COMPLETE),
    ],
)
async def test_how_an_answer_ended(
    asking: Asking,
    reason: str,
    ending: Ending,
) -> None:
    """Filtered answers are kept, and known for what they are."""
    asking.openroute.script("So far.", finish_reason=reason)
    answer = await asking.ask()
    assert len(asking.openroute.requests) == 1
    assert (answer.text, answer.ending) == ("So far.", ending)


async def test_a_model_that_stops_early_goes_on(asking: Asking) -> None:
    """From the end of its last sentence, as often as it takes; all of it is counted, and grows as one text."""
    asking.openroute.script("One. Two thr", finish_reason="length")
    asking.openroute.script("Two three. Four.", finish_reason="length")
    asking.openroute.script("\nFour. Five.")
    answer = await asking.ask()
    assert (answer.text, answer.ending) == ("One. Two three. Four. Five.", Ending.COMPLETE)
    assert asking.texts == ["One. Two thr", "One. Two three. Four.", "One. Two three. Four. Five."]
    assert answer.usage is not None
    assert answer.usage.audio_tokens == 3 * 16
    first, second, third = (request.body["messages"] for request in asking.openroute.requests)
    assert second == [
        *first,
        {"role": "assistant", "content": "One. "},
        {"role": "user", "content": prompts.GO_ON},
    ]
    assert third[1]["content"] == "One. Two three. "


async def test_a_limit_of_the_operators_is_kept(asking: Asking) -> None:
    """Who set `MAX_TOKENS` does not want more."""
    asking.openroute.script("One. Two thr", finish_reason="length")
    answer = await asking.ask(max_tokens=5)
    assert (answer.text, answer.ending) == ("One. Two thr", Ending.CUT)
    assert len(asking.openroute.requests) == 1


@pytest.mark.parametrize("status", [400, 402, 503])
async def test_a_model_that_does_not_go_on_has_said_something(asking: Asking, status: int) -> None:
    """What there is, is kept, and known to be cut."""
    asking.openroute.script("One. Two thr", finish_reason="length")
    asking.openroute.script("")
    answering = asyncio.create_task(asking.ask())
    await asking.spoken.wait()
    asking.openroute.faults.add("POST", PATH, status=status, times=9)
    answer = await answering
    assert (answer.text, answer.ending) == ("One. Two thr", Ending.CUT)


async def test_a_model_that_begins_anew_is_not_asked_again(asking: Asking) -> None:
    """It would never come to an end; its repetition is dropped."""
    text = "".join(f"Sentence number {number}. " for number in range(20))
    asking.openroute.script(text + "And the", finish_reason="length", times=2)
    answer = await asking.ask()
    assert (answer.text, answer.ending) == (text + "And the", Ending.CUT)
    assert len(asking.openroute.requests) == 2


async def test_going_on_has_an_end(asking: Asking) -> None:
    """A model that never comes to one is not paid for ever."""
    for number in range(30):
        asking.openroute.script(f"Sentence number {number}. ", finish_reason="length")
    answer = await asking.ask()
    assert answer.ending is Ending.CUT
    assert len(asking.openroute.requests) == 11


async def test_words_are_asked_about_without_audio(asking: Asking) -> None:
    """Otherwise as ever."""
    asking.openroute.script("In short.")
    assert (await asking.ask_about("Sum it up.")).text == "In short."
    [request] = asking.openroute.requests
    assert (request.prompt, request.audio) == ("Sum it up.", None)
    assert request.headers["Content-Length"] == str(len(json.dumps(request.body)))


@pytest.mark.parametrize(
    "missing",
    [{"usage": False}, {"done": False}, {"finish_reason": None}, {"usage": False, "done": False}],
    ids=str,
)
async def test_what_a_gateway_leaves_out_is_not_missed(asking: Asking, missing: dict[str, Any]) -> None:
    """No usage, no [DONE], no finish reason: asked once, answered."""
    asking.openroute.script("Whole.", **missing)
    answer = await asking.ask()
    assert answer.text == "Whole."
    assert len(asking.openroute.requests) == 1


async def test_an_answer_with_neither_end_nor_reason_is_asked_for_again(asking: Asking) -> None:
    """It may lack its second half; the text begins anew."""
    asking.openroute.script("The first ha", finish_reason=None, usage=False, done=False)
    asking.openroute.script("The first half and the second.")
    answer = await asking.ask()
    assert answer.text == "The first half and the second."
    assert asking.texts == ["The first ha", "The first half and the second."]


@pytest.mark.parametrize(
    "breakdown", [HangUp(), Breakdown(502, "Provider disconnected")], ids=["hang-up", "error"]
)
async def test_a_breakdown_in_the_middle_is_tried_again(
    asking: Asking,
    breakdown: HangUp | Breakdown,
) -> None:
    """From the beginning: nothing of the first attempt is left in the answer."""
    asking.openroute.script("Half of ", breakdown)
    asking.openroute.script("All of it.")
    answer = await asking.ask()
    assert answer.text == "All of it."
    assert asking.texts == ["Half of ", "All of it."]
    assert len(asking.pauses) == 1


async def test_a_connection_lost_after_the_last_word_loses_nothing_but_the_count(asking: Asking) -> None:
    """Once the finish reason has come the answer is whole; it is not paid for twice."""
    last = Chunk({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]})
    asking.openroute.script("Whole.", last, HangUp())
    answer = await asking.ask()
    assert (answer.text, answer.usage) == ("Whole.", None)
    assert len(asking.openroute.requests) == 1


async def test_an_error_without_hope_in_the_middle_is_final(asking: Asking) -> None:
    """Inside a 200 as outside of it."""
    asking.openroute.script("Half of ", Breakdown(402, "Insufficient credits"))
    with pytest.raises(errors.OutOfCredit):
        await asking.ask()
    assert len(asking.openroute.requests) == 1


@pytest.mark.parametrize(
    ("text", "reason", "kind"),
    [
        ("", "content_filter", errors.ModelRefused),
        ("", "RECITATION", errors.ModelRefused),
        ("", "length", errors.RequestRefused),
    ],
)
async def test_an_answer_without_text(
    asking: Asking,
    text: str,
    reason: str,
    kind: type[errors.EarshotError],
) -> None:
    """A filter, or a limit that left no room: told apart, and not tried again."""
    asking.openroute.script(text, finish_reason=reason)
    with pytest.raises(kind):
        await asking.ask()
    assert len(asking.openroute.requests) == 1


EMPTY: list[Step] = [
    "",
    " \n",
    "\u200b",
    "```\n```",
    "<think>I hear nothing.</think>",
    "<think>I hear",
    Chunk({"choices": [{"delta": {"content": "", "reasoning": "I hear nothing."}}]}),
    Chunk({"choices": [{"delta": {"content": [{"type": "thinking", "text": "hm"}]}}]}),
    Chunk({"choices": [{"delta": {"content": None}, "finish_reason": "STOP"}]}),
]


@pytest.mark.parametrize("step", EMPTY, ids=range(len(EMPTY)))
async def test_an_answer_of_nothing_is_asked_for_once_more(asking: Asking, step: Step) -> None:
    """Mostly it then comes; if not, that is what is told, and not that nobody spoke. Nothing of it is shown."""
    asking.openroute.script(step)
    asking.openroute.script("Hello.")
    assert (await asking.ask()).text == "Hello."
    assert asking.texts == ["Hello."]
    asking.openroute.script(step, times=5)
    with pytest.raises(errors.NoAnswer):
        await asking.ask()
    assert len(asking.openroute.requests) == 4
    assert asking.texts == ["Hello."]


async def test_what_an_empty_answer_cost_is_counted_too(asking: Asking) -> None:
    """It was paid for."""
    asking.openroute.script("")
    asking.openroute.script("Hello.")
    answer = await asking.ask()
    assert answer.usage is not None
    assert answer.usage.audio_tokens == 2 * 16


async def test_each_response_is_paid_for_and_the_sound_once(asking: Asking) -> None:
    """An empty one and its second try, with what each told; going on, too."""
    asking.openroute.script()
    asking.openroute.script("One. Two. ", finish_reason="length")
    asking.openroute.script("Three.")
    answer = await asking.ask()
    assert answer.text == "One. Two. Three."
    assert [bill.seconds for bill in asking.tally.bills] == [asking.audio.seconds, 0.0, 0.0]
    assert all(bill.usage and bill.usage.cost for bill in asking.tally.bills)
    assert answer.usage
    assert (
        sum(bill.usage.total_tokens for bill in asking.tally.bills if bill.usage) == answer.usage.total_tokens
    )


async def test_words_are_paid_for_without_seconds(asking: Asking) -> None:
    """There is no sound in them."""
    asking.openroute.script("Yes.")
    await asking.ask_about("Is it?")
    assert [bill.seconds for bill in asking.tally.bills] == [0.0]


@pytest.mark.parametrize("status", [400, 401, 402, 404, 413])
async def test_what_is_refused_is_not_paid_for(asking: Asking, status: int) -> None:
    """Nobody answered."""
    asking.openroute.faults.add("POST", "/chat/completions", times=None, status=status, body="no")
    with pytest.raises(errors.EarshotError):
        await asking.ask()
    assert asking.tally.bills == []


async def test_what_was_said_before_it_ends_is_paid_for(asking: Asking) -> None:
    """Also for who is cancelled, though nobody told what it costs."""
    asking.openroute.script("Half of it, ", asyncio.Event())
    asked = asyncio.create_task(asking.ask())
    await asyncio.wait_for(asking.spoken.wait(), 10)
    asked.cancel()
    await asyncio.wait([asked])
    assert [(bill.seconds, bill.usage) for bill in asking.tally.bills] == [(asking.audio.seconds, None)]


class OneMore(Tally):
    """Allows so many requests; then somebody else works on what they are for."""

    def __init__(self, requests: int) -> None:
        super().__init__()
        self._left = requests

    async def about_to_ask(self) -> None:
        """Counted."""
        if not self._left:
            raise errors.SupersededError
        self._left -= 1


@pytest.mark.parametrize("requests", [0, 1])
@pytest.mark.parametrize("why", ["another attempt", "another model", "said nothing", "goes on"])
async def test_no_request_is_sent_for_what_is_somebody_elses(asking: Asking, why: str, requests: int) -> None:
    """Neither the first nor any other, whatever it is sent for."""
    wanted: dict[str, Any] = {}
    match why:
        case "another attempt":
            asking.openroute.script(Breakdown(502, "overloaded"), times=9)
        case "another model":
            asking.openroute.script(Breakdown(404, "gone"), times=9)
            wanted = {"openroute_fallback_models": (GEMINI_LITE.id, GEMINI.id)}
        case "said nothing":
            asking.openroute.script("", times=2)
        case _:
            asking.openroute.script("One. Two thr", finish_reason="length")
            asking.openroute.script("Two three. Fo", finish_reason="length")
    asking.tally = OneMore(requests)
    with pytest.raises(errors.SupersededError):
        await asking.ask(**wanted)
    assert len(asking.openroute.requests) == requests


async def test_a_model_with_nothing_to_add_is_not_asked_for_that_twice(asking: Asking) -> None:
    """What it has said already is the answer."""
    asking.openroute.script("One. Two.", finish_reason="length")
    asking.openroute.script("", times=5)
    answer = await asking.ask()
    assert (answer.text, answer.ending) == ("One. Two.", Ending.CUT)
    assert len(asking.openroute.requests) == 2


async def test_thoughts_are_never_shown(asking: Asking) -> None:
    """However their marks were cut."""
    asking.openroute.script("<th", "ink>They say", " hello.</thi", "nk>\n\nHel", "lo.")
    assert (await asking.ask()).text == "Hello."
    assert asking.texts == ["Hel", "Hello."]


@pytest.mark.parametrize("name", MID_STREAM_FAILURES)
@pytest.mark.parametrize("done", [True, False])
async def test_no_failure_in_the_middle_is_passed_over(asking: Asking, name: str, done: bool) -> None:  # noqa: FBT001
    """Whatever its shape, and whether or not `[DONE]` follows: half a sentence is no answer."""
    asking.openroute.script("Half of ", MID_STREAM_FAILURES[name], finish_reason=None, usage=False, done=done)
    asking.openroute.script("All of it.")
    assert (await asking.ask()).text == "All of it."
    assert asking.texts == ["Half of ", "All of it."]


FRAMINGS = [
    Framing(newline=newline, byte_order_mark=mark, bytewise=bytewise, content_type=label)
    for newline, mark, bytewise, label in (
        (b"\n", True, False, "text/event-stream"),
        (b"\r\n", False, True, "text/event-stream"),
        (b"\r", False, False, "text/event-stream"),
        (b"\r", True, True, "application/json"),
        (b"\n", False, False, "application/json"),
    )
]


@pytest.mark.parametrize("framing", FRAMINGS, ids=range(len(FRAMINGS)))
async def test_a_stream_is_read_however_it_is_framed(asking: Asking, framing: Framing) -> None:
    """Empty events and other fields disturb nothing; an event may have several lines, and needs no end of its own."""
    asking.openroute.script(
        "Hé",
        Raw(b"data:\n\nid: 7\nretry: 9\n\nevent: ping\ndata: {}\n\n".replace(b"\n", framing.newline)),
        Raw(
            b'data: {"choices": [{"delta":\ndata: {"content": "llo."}}]}\n\n'.replace(b"\n", framing.newline)
        ),
        framing=framing,
    )
    answer = await asking.ask()
    assert answer.text == "Héllo."
    assert answer.usage is not None


def piece(text: str, reason: str | None = None) -> Chunk:
    """A piece of an answer, and a reason with it."""
    return Chunk({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]})


@pytest.mark.parametrize(
    "steps",
    [
        (piece("", "stop"), "Half of ", "it", HangUp()),
        (piece("Half of ", "stop"), piece("it", "stop"), HangUp()),
        (piece("Half of ", "stop"), "it", HangUp()),
        (piece("Half of ", "stop"), HangUp()),
        (piece("Half of ", "null"), HangUp()),
        ("Half of ", piece("it", ""), HangUp()),
        ("Half of ", piece("it", "something new"), HangUp()),
    ],
)
async def test_a_reason_that_came_too_early_proves_no_end(asking: Asking, steps: tuple[Step, ...]) -> None:
    """Nor does one that is none: a connection that broke is asked again."""
    asking.openroute.script(*steps)
    asking.openroute.script("All of it.")
    assert (await asking.ask()).text == "All of it."


async def test_a_server_that_gives_a_reason_with_every_piece_is_understood(asking: Asking) -> None:
    """Its answer ends where the stream does."""
    asking.openroute.script(
        piece("All ", "stop"), piece("of it.", "stop"), finish_reason=None, usage=False, done=False
    )
    assert (await asking.ask()).text == "All of it."
    assert len(asking.openroute.requests) == 1


async def test_after_the_reason_nobody_is_waited_for_long(asking: Asking) -> None:
    """Some servers neither end nor close; comments are no sign that more comes."""
    asking.openroute.script("Whole", ".", piece("", "stop"), Comment("still there"), asyncio.Event())
    answer = await asking.ask(reason_pause=0.1)
    assert (answer.text, answer.ending, answer.usage) == ("Whole.", Ending.COMPLETE, None)
    assert len(asking.openroute.requests) == 1
    assert await asking.openroute.wait_for(lambda: asking.openroute.abandoned) == 1


async def test_a_reason_with_the_first_piece_is_waited_after_longer(asking: Asking) -> None:
    """It may be one that comes with each."""
    more = asyncio.Event()
    script = asking.openroute.script(piece("All ", "stop"), more, "of it.")
    task = asyncio.create_task(asking.ask(reason_pause=1.0))
    await script.waiting.wait()
    done, _ = await asyncio.wait([task], timeout=1.5)
    assert not done
    more.set()
    assert (await task).text == "All of it."


async def test_reasons_that_come_with_each_piece_are_not_waited_after(asking: Asking) -> None:
    """The model may think for as long as it likes in between."""
    more = asyncio.Event()
    script = asking.openroute.script(piece("All ", "stop"), piece("of ", "stop"), more, piece("it.", "stop"))
    task = asyncio.create_task(asking.ask(reason_pause=0.1))
    await script.waiting.wait()
    # Longer than the pause would be: that it is not taken is the claim.
    done, _ = await asyncio.wait([task], timeout=1.0)
    assert not done
    more.set()
    assert (await task).text == "All of it."


@pytest.mark.parametrize(
    "last",
    [
        Chunk({"choices": [{"message": {"content": "Hello, Anna."}, "finish_reason": "stop"}]}),
        Chunk({"choices": [{"delta": {"content": "Hello, Anna."}, "finish_reason": "stop"}]}),
        Chunk({"choices": [{"delta": {}, "message": {"content": "Hello, Anna."}}]}),
    ],
)
async def test_a_last_chunk_that_repeats_it_all_says_nothing_new(asking: Asking, last: Chunk) -> None:
    """As a message or as a piece."""
    asking.openroute.script("Hello, ", "Anna.", last)
    assert (await asking.ask()).text == "Hello, Anna."
    assert asking.texts == ["Hello, ", "Hello, Anna."]


async def test_a_model_in_a_loop_is_stopped(asking: Asking) -> None:
    """Not read on, not asked to go on; what made sense is kept, and the answer says so."""
    loop = ["Thank you. "] * 2_000
    asking.openroute.script("Hello, Anna. ", *loop, asyncio.Event())
    answer = await asking.ask()
    assert (answer.text, answer.ending) == ("Hello, Anna. Thank you. Thank you.", Ending.REPETITION)
    assert len(asking.openroute.requests) == 1
    assert await asking.openroute.wait_for(lambda: asking.openroute.abandoned) == 1


async def test_a_refusal_is_the_models(asking: Asking) -> None:
    """Its own field says so."""
    asking.openroute.script(
        Chunk({"choices": [{"index": 0, "delta": {"refusal": "I can't help with that."}}]})
    )
    with pytest.raises(errors.ModelRefused):
        await asking.ask()


@pytest.mark.parametrize(
    ("headers", "availability", "least"),
    [({"Retry-After": "7"}, {}, 7.0), ({}, {"retry_after": 4}, 4.0), ({}, {}, 0.5)],
)
async def test_a_busy_endpoint_is_asked_again_when_it_wants_to_be(
    asking: Asking,
    headers: dict[str, str],
    availability: dict[str, Any],
    least: float,
) -> None:
    """After the pause it asks for, in header or body, or after one that grows."""
    body = {"error": {"code": 429, "message": "Slow down", "availability": availability}}
    asking.openroute.faults.add("POST", PATH, times=2, status=429, body=body, headers=headers)
    asking.openroute.script("At last.")
    answer = await asking.ask()
    assert answer.text == "At last."
    assert len(asking.pauses) == 2
    assert all(pause >= least for pause in asking.pauses)


async def test_a_pause_may_be_a_date(asking: Asking) -> None:
    """Held against the server's own clock where it tells it, else against ours."""
    for headers in (
        {"Retry-After": "Wed, 21 Oct 2026 12:00:20 GMT", "Date": "Wed, 21 Oct 2026 12:00:00 GMT"},
        {"Retry-After-Ms": "20000"},
    ):
        asking.openroute.faults.add("POST", PATH, status=503, headers=headers)
        asking.openroute.script("At last.")
        assert (await asking.ask(now=0.0)).text == "At last."
    assert asking.pauses == [20.0, 20.0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Cloudflare, the origin is down", errors.EndpointBusy),
        ("Cloudflare, the origin's name", errors.EndpointBusy),
        ("a firewall's page", errors.RequestRefused),
        ("OpenAI, a country", errors.RequestRefused),
        ("OpenRouter, a key's limit", errors.OutOfCredit),
        ("OpenRouter, moderation", errors.ModelRefused),
        ("OpenRouter, not affordable", errors.OutOfCredit),
        ("new-api, no quota", errors.OutOfCredit),
        ("OpenAI, no quota", errors.OutOfCredit),
        ("DashScope, in arrears", errors.OutOfCredit),
        ("Azure, a filter", errors.ModelRefused),
        ("DashScope, a filter", errors.ModelRefused),
        ("OpenRouter, a model", errors.ModelUnknown),
        ("Groq, a retired model", errors.ModelUnknown),
        ("Gemini, a limit a minute", errors.EndpointBusy),
    ],
)
async def test_a_rejection_is_told_to_whom_it_concerns(
    asking: Asking, name: str, kind: type[errors.EarshotError]
) -> None:
    """Status, label and body together; only what passes by itself is tried again."""
    rejection = REJECTIONS[name]
    fault = asking.openroute.faults.add(
        "POST", PATH, times=9, status=rejection.status, body=rejection.body, headers=rejection.headers
    )
    with pytest.raises(kind) as raised:
        await asking.ask()
    assert type(raised.value) is kind
    assert fault.used == (4 if kind is errors.EndpointBusy else 1)


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("text/html", "Model not found? Insufficient credits? Try again later.", errors.RequestRefused),
        (
            "text/plain",
            "<html>Model not found? Insufficient credits? Try again later.",
            errors.RequestRefused,
        ),
        ("text/plain", "Insufficient credits.", errors.OutOfCredit),
        ("text/html", '{"error": {"code": "insufficient_quota"}}', errors.OutOfCredit),
        ("application/json", '\ufeff {"error": {"code": "model_not_found"}}', errors.ModelUnknown),
    ],
)
async def test_the_words_of_a_page_are_not_the_apis(
    asking: Asking, content_type: str, body: str, kind: type[errors.EarshotError]
) -> None:
    """A proxy's page may say anything; JSON is the API's, whatever its label."""
    asking.openroute.faults.add(
        "POST", PATH, times=9, status=403, body=body, headers={"Content-Type": content_type}
    )
    with pytest.raises(kind) as raised:
        await asking.ask()
    assert type(raised.value) is kind


async def test_nobody_is_kept_waiting_for_an_hour(asking: Asking) -> None:
    """A pause longer than a person waits is told at once."""
    fault = asking.openroute.faults.add("POST", PATH, times=9, status=503, headers={"Retry-After": "3600"})
    with pytest.raises(errors.EndpointBusy):
        await asking.ask()
    assert (fault.used, asking.pauses) == (1, [])


async def test_patience_has_an_end(asking: Asking) -> None:
    """Four attempts, further and further apart."""
    fault = asking.openroute.faults.add("POST", PATH, times=9, status=500)
    with pytest.raises(errors.EndpointBusy):
        await asking.ask()
    assert fault.used == 4
    assert asking.pauses == sorted(asking.pauses)
    assert len(asking.pauses) == 3


async def test_a_connection_dropped_before_the_answer_is_tried_again(asking: Asking) -> None:
    """Not even a status line came."""
    asking.openroute.faults.add("POST", PATH, cut_after=0)
    asking.openroute.script("Nobody hears this.")
    asking.openroute.script("Here.")
    assert (await asking.ask()).text == "Here."


async def test_nobody_there_is_busy(asking: Asking) -> None:
    """A refused connection is told like any other passing trouble."""
    async with Openroute() as gone:
        base_url = gone.base_url
    with pytest.raises(errors.EndpointBusy):
        await asking.ask(
            base_url=base_url,
        )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.RequestRefused),
        (402, errors.OutOfCredit),
        (403, errors.ModelRefused),
        (302, errors.RequestRefused),
    ],
)
async def test_what_does_not_pass_is_not_tried_again(
    asking: Asking,
    status: int,
    kind: type[errors.EarshotError],
) -> None:
    """One request, one refusal; a redirect is not followed, the key would go with it."""
    fault = asking.openroute.faults.add(
        "POST",
        PATH,
        times=9,
        status=status,
        body={"error": {"code": status, "message": "No"}},
        headers={"Location": "/"},
    )
    with pytest.raises(kind):
        await asking.ask()
    assert fault.used == 1


async def test_a_refused_key_names_the_host(asking: Asking) -> None:
    """And not the key."""
    with pytest.raises(errors.KeyRefused) as refused:
        await asking.ask(openroute_api_key=SecretStr("sk-other"))
    assert asking.openroute.base_url.split("/")[2] in refused.value.detail
    assert "sk-other" not in refused.value.detail


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": {"code": 404, "message": "No such model"}}),
        *(
            (REJECTIONS[name].status, REJECTIONS[name].body)
            for name in ("OpenRouter, a model", "Groq, a retired model")
        ),
    ],
)
async def test_a_retired_model_is_stood_in_for(asking: Asking, status: int, body: object) -> None:
    """Where the endpoint knows no fallback lists, the bot asks the next model itself."""
    asking.openroute.faults.add("POST", PATH, status=status, body=body)
    asking.openroute.script("From the other one.", model=GEMINI_LITE.id)
    answer = await asking.ask(openroute_fallback_models=(GEMINI_LITE.id,))
    assert (answer.text, answer.model) == ("From the other one.", GEMINI_LITE.id)
    [request] = asking.openroute.requests
    assert request.body["model"] == GEMINI_LITE.id
    assert "models" not in request.body


async def test_the_gateway_stands_in_by_itself_where_it_can(asking: Asking) -> None:
    """One request; the answer says which model gave it."""
    asking.openroute.down[GEMINI.id] = ModelDownError(503, "Down")
    asking.openroute.script("From the other one.")
    answer = await asking.ask(openroute_fallback_models=(GEMINI_LITE.id,))
    assert answer.model == GEMINI_LITE.id
    assert len(asking.openroute.requests) == 1


async def test_without_a_fallback_an_unknown_model_is_a_fault(asking: Asking) -> None:
    """For the operator to mend."""
    with pytest.raises(errors.ModelUnknown):
        await asking.ask(openroute_model="google/gemini-1.0")


async def test_a_request_too_large_is_known_for_it(asking: Asking, tmp_path: Path) -> None:
    """Also where the endpoint says so before it has read it all."""
    path = tmp_path / "long.wav"
    path.write_bytes(bytes(8_000_000))
    audio = Audio(path=path, format="wav", seconds=250.0, bytes=8_000_000, transcoded=True)
    async with Openroute(largest_body=1_000_000) as openroute:
        with pytest.raises(errors.RequestTooLarge):
            await asking.ask(audio=audio, base_url=openroute.base_url)


async def test_an_answer_that_never_comes_is_given_up(asking: Asking) -> None:
    """At the time limit for an answer, and the connection with it."""
    asking.openroute.script(asyncio.Event())
    with pytest.raises(errors.EndpointBusy):
        await asking.ask(answer_seconds=0.3)
    assert await asking.openroute.wait_for(lambda: asking.openroute.abandoned) == 1


async def test_what_came_within_the_time_limit_is_kept(asking: Asking) -> None:
    """The end is missing, and the answer says so; no other model is asked for the rest."""
    asking.openroute.script("It begins ", asyncio.Event())
    answer = await asking.ask(answer_seconds=0.3, openroute_fallback_models=(GEMINI_LITE.id,))
    assert (answer.text, answer.model, answer.ending) == ("It begins ", GEMINI.id, Ending.CUT)
    assert len(asking.openroute.requests) == 1
    assert await asking.openroute.wait_for(lambda: asking.openroute.abandoned) == 1


async def test_the_time_limit_is_one_for_the_whole_answer(asking: Asking) -> None:
    """Retries, fallbacks and going on have no more time of their own; what there is by then is the answer."""
    asking.openroute.script("One. ", finish_reason="length")
    asking.openroute.script("Two. ", finish_reason="length")
    asking.openroute.script("Three. ", asyncio.Event())
    asking.openroute.script("Never asked for.", times=9)
    answer = await asking.ask(answer_seconds=1.0, openroute_fallback_models=(GEMINI_LITE.id,))
    assert (answer.text, answer.ending) == ("One. Two. Three. ", Ending.CUT)
    assert len(asking.openroute.requests) == 3


async def test_going_on_does_not_begin_the_time_anew(asking: Asking) -> None:
    """The second request has only what the first has left of it."""
    gate = asyncio.Event()
    asking.openroute.script("One. ", gate, finish_reason="length")
    asking.openroute.script("Two. ", asyncio.Event())
    loop = asyncio.get_running_loop()
    began = loop.time()
    loop.call_later(1.8, gate.set)
    answer = await asking.ask(answer_seconds=2.0)
    assert (answer.text, answer.ending) in {("One. Two. ", Ending.CUT), ("One. ", Ending.CUT)}
    assert loop.time() - began < 3.5


async def test_no_fallback_is_asked_when_the_time_is_up(asking: Asking) -> None:
    """It would be the model's whole time once more."""
    asking.openroute.script(asyncio.Event(), times=9)
    with pytest.raises(errors.EndpointBusy):
        await asking.ask(answer_seconds=0.3, openroute_fallback_models=(GEMINI_LITE.id,))
    assert len(asking.openroute.requests) == 1


async def test_a_reason_that_came_too_early_is_none_when_the_time_is_up(asking: Asking) -> None:
    """What there is of the answer is known to be cut."""
    asking.openroute.script(piece("Half ", "stop"), piece("of it", "stop"), asyncio.Event())
    answer = await asking.ask(answer_seconds=0.5)
    assert (answer.text, answer.ending) == ("Half of it", Ending.CUT)


async def test_a_server_that_falls_silent_is_asked_again(asking: Asking) -> None:
    """Long before the time limit for the whole answer."""
    asking.openroute.script("Half of ", asyncio.Event())
    asking.openroute.script("All of it.")
    answer = await asking.ask(silence=0.3, answer_seconds=60.0)
    assert (answer.text, len(asking.pauses)) == ("All of it.", 1)


async def test_telling_a_long_answer_is_no_more_work_than_reading_it(asking: Asking) -> None:
    """Each piece is told at first, later a share of what there is: never all of it for each piece."""
    pieces = [f"{number:x} and so on, {number**2:x}. " for number in range(4_000)]
    asking.openroute.script(*pieces)
    answer = await asking.ask()
    assert answer.text == "".join(pieces)
    assert asking.texts[:2] == [pieces[0], pieces[0] + pieces[1]]
    assert asking.texts[-1] == answer.text
    assert sum(map(len, asking.texts)) < 60 * len(answer.text)


async def test_an_answer_without_end_is_cut(asking: Asking) -> None:
    """At a million characters nobody waits for more."""
    # Words that differ in more than their numbers.
    words = [word for word in (f"{number:x}" for number in range(10**6)) if not word.isdecimal()]
    pieces = [" ".join(words[start : start + 60_000]) for start in range(0, 240_000, 60_000)]
    asking.openroute.script(*pieces, asyncio.Event())
    answer = await asking.ask()
    assert (len(answer.text), answer.ending) == (1_000_000, Ending.CUT)
    assert await asking.openroute.wait_for(lambda: asking.openroute.abandoned) == 1


async def test_a_file_that_grew_is_sent_as_it_was_prepared(asking: Asking) -> None:
    """The request keeps to the length it announced."""
    prepared = asking.audio.path.read_bytes()
    with asking.audio.path.open("ab") as file:
        file.write(bytes(1_000))
    asking.openroute.script("Hello.")
    await asking.ask()
    [message] = asking.openroute.requests[0].body["messages"]
    assert message["content"][1]["input_audio"]["data"] == base64.b64encode(prepared).decode()


async def test_a_file_that_can_not_be_read_now(asking: Asking) -> None:
    """Nothing is blamed on the endpoint; and the note can wait, and is then downloaded anew."""
    asking.audio.path.unlink()
    with pytest.raises(errors.DiskFailed, match="the audio can't be read"):
        await asking.ask()
    assert asking.openroute.requests == []


@pytest.mark.parametrize("left", [0, 1_000], ids=["nothing", "some"])
async def test_a_file_that_shrank_is_our_fault(asking: Asking, left: int) -> None:
    """No attempt after the first, and nothing is blamed on the endpoint."""
    asking.audio.path.write_bytes(asking.audio.path.read_bytes()[:left])
    with pytest.raises(errors.Fault, match="the audio"):
        await asking.ask()
    assert (asking.openroute.requests, asking.pauses) == ([], [])


async def test_who_is_cancelled_hangs_up(asking: Asking) -> None:
    """No request outlives the note it was made for."""
    script = asking.openroute.script("It begins ", asyncio.Event())
    task = asyncio.create_task(asking.ask())
    await script.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asking.openroute.wait_for(lambda: asking.openroute.abandoned) == 1


# What other servers send, byte for byte, and what is made of it: a text, or an error.
BODIES: list[tuple[str, bytes, str | type[errors.EarshotError]]] = [
    (
        "application/json",
        b'{"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}',
        "Hello",
    ),
    ("application/json; charset=utf-8", b'{"choices": [{"message": {"content": "Hello"}}]}', "Hello"),
    ("application/json", b'{"error": {"code": 402, "message": "?"}}', errors.OutOfCredit),
    (
        "application/json",
        b'{"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}',
        errors.NoAnswer,
    ),
    ("text/html", b"<html>Bad gateway</html>", errors.EndpointBusy),
    ("application/json", b"[" * 100_000, errors.EndpointBusy),
    ("application/json", b"", errors.EndpointBusy),
    (
        "text/event-stream; charset=utf-8",
        (
            b'event: message\r\ndata:{"choices":[{"delta":{"content":"Hel"}}]}\r\n\r\n: ping\r\n\r\nid: 7\r\n'
            b'data: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n'
        ),
        "Hello",
    ),
    (
        "text/event-stream",
        b'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}',
        "Hello",
    ),
    (
        "text/event-stream",
        b'data: {"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}\n\n',
        "Hello",
    ),
    # Some gateways cut emoji between chunks; half a one is replaced, since nobody can send or print it.
    (
        "text/event-stream",
        b"".join(
            b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half
            for half in (b"Hi ", rb"\ud83d", rb"\ude00 ", rb"\ud83d")
        )
        + b"data: [DONE]\n\n",
        "Hi \U0001f600 \ufffd",
    ),
    # Some servers stream without saying so.
    *(
        (
            content_type,
            beginning + b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: [DONE]\n',
            "Hello",
        )
        for content_type in ("text/plain; charset=utf-8", "", "application/json")
        for beginning in (b"", b"\r\n\n", b": ping\n\n", b"event: message\n", b"id: 7\n", b"retry: 9\n")
    ),
    ("text/plain", b'\n{"choices":\n\n[{"message": {"content": "Hello"}}]}\n', "Hello"),
    ("text/plain", b"Bad gateway\ndata: {}\n", errors.EndpointBusy),
    ("text/event-stream", b"data: {broken\n\n", errors.EndpointBusy),
    ("text/event-stream", b"data: " + b"[" * 100_000 + b"\n\n", errors.EndpointBusy),
    ("text/event-stream", b"data: " + b"x" * 5_000_000, errors.EndpointBusy),
    ("text/event-stream", b"data: [DONE]\n\n", errors.EndpointBusy),
    ("text/event-stream", b'data: {"error": {"message": "overloaded"}}\n\n', errors.EndpointBusy),
    ("text/event-stream", b"", errors.EndpointBusy),
]


@pytest.mark.parametrize(("content_type", "body", "meaning"), BODIES, ids=range(len(BODIES)))
async def test_whatever_a_200_holds(
    asking: Asking,
    content_type: str,
    body: bytes,
    meaning: str | type[errors.EarshotError],
) -> None:
    """Whole or streamed, with any line ends, in any state: read, or an error of ours."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, headers={"Content-Type": content_type})

    app = web.Application(client_max_size=10_000_000)
    app.router.add_post(f"/v1{PATH}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        if isinstance(meaning, str):
            assert (
                await asking.ask(
                    base_url=base_url,
                )
            ).text == meaning
        else:
            with pytest.raises(meaning):
                await asking.ask(
                    base_url=base_url,
                )
    finally:
        await runner.cleanup()


async def test_a_model_that_is_gone_has_a_successor(asking: Asking) -> None:
    """One that the endpoint lists answers, and says so; for an hour nobody asks for the one that is gone."""
    asking.openroute.models = [GEMINI_LITE, DEAF]
    asking.openroute.script("Hello.", times=2)
    completion = asking.opened(openroute_fallback_models=("auto",))
    for _ in range(2):
        answer = await completion.listen(
            asking.audio, PROMPT, asker=Asker(), on_text=asking.hear, meter=asking.tally
        )
        assert (answer.model, answer.instead_of) == (GEMINI_LITE.id, GEMINI.id)
    assert [request.body["model"] for request in asking.openroute.requests] == [
        GEMINI.id,
        GEMINI_LITE.id,
        GEMINI_LITE.id,
    ]
    assert "models" not in asking.openroute.requests[-1].body


async def test_a_successor_that_is_gone_too_is_passed_over(asking: Asking) -> None:
    """The next one answers."""
    pro = Model(
        id="google/gemini-3.5-pro", name="Pro", prices=Prices(prompt=1e-6, completion=1e-6, audio=2e-6)
    )
    asking.openroute.models = [GEMINI_LITE, pro]
    asking.openroute.down[GEMINI_LITE.id] = ModelDownError(404, "No endpoints found.", "not_found")
    asking.openroute.script("Hello.", times=2)
    completion = asking.opened(openroute_fallback_models=("auto",))
    for _ in range(2):
        answer = await completion.listen(
            asking.audio, PROMPT, asker=Asker(), on_text=asking.hear, meter=asking.tally
        )
        assert answer.model == pro.id
    assert [request.body["model"] for request in asking.openroute.requests] == [
        GEMINI.id,
        GEMINI_LITE.id,
        pro.id,
        pro.id,
    ]


async def test_an_endpoint_that_lists_no_models_has_no_successors(asking: Asking) -> None:
    """As without `auto`: the operator is told."""
    asking.openroute.models = [GEMINI_LITE]
    asking.openroute.faults.add("GET", "/models", status=404)
    with pytest.raises(errors.ModelUnknown):
        await asking.ask(openroute_fallback_models=("auto",))


async def test_a_model_that_is_only_busy_has_no_successor(asking: Asking) -> None:
    """It will be back."""
    asking.openroute.faults.add("POST", "/chat/completions", status=503, times=9)
    with pytest.raises(errors.EndpointBusy):
        await asking.ask(openroute_fallback_models=("auto",))
    assert asking.openroute.requests == []


async def test_a_server_may_have_chosen_another_model(asking: Asking) -> None:
    """It is asked first; the operator's fallbacks come after it, and the answer says who gave it."""
    asking.openroute.script("Heard.")
    completion = asking.opened(openroute_fallback_models=("google/gemini-2.5-flash",))
    asker = Asker(model="google/gemini-3.5-flash-lite")
    answer = await completion.listen(
        asking.audio, PROMPT, asker=asker, on_text=asking.hear, meter=asking.tally
    )
    [request] = asking.openroute.requests
    assert request.body["model"] == "google/gemini-3.5-flash-lite"
    assert request.body["models"] == ["google/gemini-3.5-flash-lite", "google/gemini-2.5-flash"]
    assert answer.model == "google/gemini-3.5-flash-lite"
