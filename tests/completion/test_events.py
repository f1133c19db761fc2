"""Event streams, after the examples and rules of the WHATWG's standard, however the bytes were cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.completion.events import Event, EventDecoder, LineDecoder


def events(stream: bytes, *, blocks: int = 0, separate: bool = False) -> list[Event]:
    """The events of a stream that comes in blocks of so many bytes; 0: in one."""
    lines, decoder = (
        LineDecoder(),
        EventDecoder((lambda data: data.startswith("{")) if separate else (lambda _: False)),
    )
    cut = [stream[start : start + blocks] for start in range(0, len(stream), blocks)] if blocks else [stream]
    told = [decoder.feed(line) for block in cut for line in lines.feed(block)]
    told += [decoder.feed(lines.end()), decoder.end()]
    return [event for event in told if event is not None]


# The first four are the standard's own examples.
STREAMS: list[tuple[bytes, list[Event]]] = [
    (
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [Event(data="YHOO\n+2\n10")],
    ),
    (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [Event(data="first event"), Event(data="second event"), Event(data=" third event")],
    ),
    (b"data\n\ndata\ndata\n\n", [Event(data=""), Event(data="\n")]),
    (b"data:test\n\ndata: test\n\n", [Event(data="test"), Event(data="test")]),
    (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        [Event("add", "73857293"), Event("remove", "2153")],
    ),
    (b"event: add\n\ndata: x\n\n", [Event(data="x")]),
    (b"data: x\nevent: late\n\n", [Event("late", "x")]),
    (b"\xef\xbb\xbfdata: x\n\n", [Event(data="x")]),
    (b"data: a:b: c\n\n", [Event(data="a:b: c")]),
    (b"retry: 10000\nid: 7\n\n:\n\n", []),
    ("data: é😀\n\n".encode(), [Event(data="é😀")]),
    (b"data: \xff\n\n", [Event(data="\ufffd")]),
    # Beyond the standard, which would drop these.
    (b"data: x", [Event(data="x")]),
    (b"data: x\n", [Event(data="x")]),
    (b'error: {"code": 500}\n\n', [Event(error='{"code": 500}')]),
    (b"event: error\n\n", [Event("error")]),
    (b'data: x\n\n{"error": 1}\n', [Event(data="x"), Event(stray='{"error": 1}')]),
]


@pytest.mark.parametrize("newline", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 7])
@pytest.mark.parametrize(("stream", "told"), STREAMS, ids=range(len(STREAMS)))
def test_a_stream_is_read_as_the_standard_says(
    stream: bytes, told: list[Event], newline: bytes, blocks: int
) -> None:
    """With any line end, and in blocks that cut lines, characters and CR LF in two."""
    assert events(stream.replace(b"\n", newline), blocks=blocks) == told


@given(st.lists(st.text(max_size=20), max_size=5), st.sampled_from(["\n", "\r", "\r\n"]), st.integers(1, 9))
def test_whatever_was_sent_arrives(texts: list[str], newline: str, blocks: int) -> None:
    """JSON has no line ends within, so no text can disturb the stream it is sent in."""
    sent = [json.dumps(text) for text in texts]
    stream = "".join(f"data: {data}{newline}{newline}" for data in sent).encode()
    assert [event.data for event in events(stream, blocks=blocks)] == sent


def test_events_without_a_blank_line_between_them_are_kept_apart() -> None:
    """Where each is one by itself, and as soon as the next one begins."""
    assert events(b"data: {1}\ndata: {2}\n\n", separate=True) == [Event(data="{1}"), Event(data="{2}")]
    assert events(b"data: [\ndata: 1]\n\n", separate=True) == [Event(data="[\n1]")]


@pytest.mark.parametrize("stream", [b"x" * 65_536, b"data: x\n" * 8_192, b"data:\n" * 8_192])
def test_neither_a_line_nor_an_event_is_without_end(stream: bytes) -> None:
    """Four megabytes are more than any needs."""
    with pytest.raises(errors.EndpointBusy, match="without end"):
        events(stream * 100)
