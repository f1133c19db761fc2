"""An answer is taken from a text server's lines; whatever is no answer, or no whole one, is told as such."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from recogniser.text_stream import TextServerError, TextStream
from sandbox.openroute import Chunk, Raw
from sandbox.openroute.quirks import MID_STREAM_FAILURES

if TYPE_CHECKING:
    from sandbox.openroute.script import Step


def data(**choice: Any) -> str:
    """The line of a chunk about the answer."""
    return "data: " + json.dumps({"choices": [{"index": 0, **choice}]})


HELLO = data(delta={"content": "Hello"})
STOP = data(delta={}, finish_reason="stop")


def read(*lines: str) -> tuple[str, TextStream]:
    """The text in these lines, and what came beside it; nothing follows on them."""
    stream = TextStream()
    text = "".join([stream.feed(line + "\r\n") for line in lines])
    stream.end()
    return text, stream


def test_an_answer_is_read() -> None:
    """Role, thoughts, comments, other fields and blank lines are passed over; reason and usage are kept."""
    text, stream = read(
        "\ufeff: waiting",
        "",
        "event: message",
        "id: 1",
        "retry: 3",
        data(delta={"role": "assistant", "content": ""}),
        data(delta={"reasoning": "Hm."}),
        data(delta={"content": None}),
        HELLO,
        "data:" + data(delta={"content": ", Anna."}).removeprefix("data: "),
        STOP,
        'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}',
        "data: [DONE]",
    )
    assert text == "Hello, Anna."
    assert (stream.finish_reason, stream.done) == ("stop", True)
    assert stream.usage == {"prompt_tokens": 3, "completion_tokens": 2}


@pytest.mark.parametrize(
    ("told", "reason"),
    [("stop", "stop"), ("eos", "stop"), ("length", "length"), ("content_filter", "content_filter")],
)
def test_why_it_ended_is_kept(told: str, reason: str) -> None:
    """In the words of the usual format; the sentinel may be missing."""
    assert read(HELLO, data(delta={}, finish_reason=told))[1].finish_reason == reason


def test_the_sentinel_is_an_end_too() -> None:
    """Some servers give no reason."""
    assert read(HELLO, "data: [DONE]") == ("Hello", TextStream(done=True, _size=5))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((HELLO,), "broke off"),
        ((), "broke off"),
        ((HELLO, data(delta={}, finish_reason="abort")), "broke off"),
        ((STOP, "data: [DONE]"), "wrote nothing"),
        ((data(delta={"content": " \n"}), STOP), "wrote nothing"),
        (("<html><body>Not found</body></html>",), "no answer"),
        (('{"choices": [{"message": {"content": "Hello"}}]}',), "no answer"),
        (("data: Hello",), "no answer"),
        (("data: [1, 2]",), "no answer"),
        (("data: " + "[" * 100_000,), "no answer"),
        (('data: {"detail": "no"}',), "no answer"),
        ((data(delta={"content": 1}),), "no answer"),
        ((HELLO, "event: error"), "error"),
        ((data(delta={"content": "x" * 600_000}),) * 2, "did not end"),
    ],
)
def test_what_is_no_whole_answer_is_told(lines: tuple[str, ...], words: str) -> None:
    """Cut, empty, endless, or in no format that is known."""
    with pytest.raises(TextServerError, match=words):
        read(*lines)


@pytest.mark.parametrize("name", MID_STREAM_FAILURES)
def test_a_failure_is_one_however_it_is_told(name: str) -> None:
    """As the servers of this family tell it; that a sentinel follows makes it no whole answer."""
    with pytest.raises(TextServerError):
        read(HELLO, *lines_of(MID_STREAM_FAILURES[name]), "data: [DONE]")


def lines_of(step: Step) -> list[str]:
    """The lines in which a stand-in sends a step."""
    match step:
        case Raw(sent):
            return sent.decode().splitlines()
        case Chunk(body):
            return ["data: " + json.dumps(body)]
        case _:
            raise AssertionError(step)


def test_half_a_character_can_be_sent_on() -> None:
    """It becomes a question mark."""
    text, _ = read('data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}', STOP)
    assert text == "a?"
