"""What chunks and whole answers say, in whatever shape they come."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import errors
from bot.completion.chunks import Chunk, read_chunk, read_usage
from bot.completion.reasons import Finish
from bot.models import Usage
from sandbox.openroute import Chunk as Sent
from sandbox.openroute.quirks import MID_STREAM_FAILURES

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "choices", "delta", "message", "content", "text", "audio", "transcript", "error", "code", "availability",
        "retryable", "retry_after", "metadata", "error_type", "usage", "cost", "prompt_tokens", "finish_reason",
        "prompt_tokens_details", "audio_tokens", "refusal", "model", "id",
    ]
)  # fmt: skip
# Like what a gateway sends, with everything that can be of the wrong type.
WARPED = st.recursive(
    ANYTHING | st.sampled_from(["error", "stop", "429", "moderation", 10**400, -1, 429, True]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=20,
)


def chunk(delta: object, **fields: object) -> dict[str, Any]:
    """A chunk of a stream."""
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **fields}


@pytest.mark.parametrize(
    "data",
    [
        chunk({"content": "Hello"}),
        chunk({"role": "assistant", "content": "Hello", "reasoning": "hm"}),
        chunk({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}),
        {"choices": [{"message": {"role": "assistant", "content": "Hello"}, "finish_reason": None}]},
        {"choices": [{"message": {"content": None, "audio": {"transcript": "Hello"}}}]},
        {"choices": [{"message": {"content": [{"type": "text", "text": "Hello"}]}}], "error": None},
        chunk({"content": "Hello"}, error={"message": "", "type": "", "param": None, "code": None}),
        {"code": 0, "msg": "success", "data": {"choices": [{"message": {"content": "Hello"}}]}},
    ],
)
def test_the_text_is_found_wherever_servers_put_it(data: object) -> None:
    """In a delta or a message, as a string, as parts, or as the transcript of an audio answer."""
    assert read_chunk(data).text == "Hello"


@pytest.mark.parametrize(
    "data",
    [
        {}, [], None, "", 7, [7], {"choices": []}, {"choices": None}, chunk(None),
        {"type": "ping"}, {"error": None, "errors": [], "detail": None, "success": True},
        {"choices": [], "prompt_filter_results": [{"content_filter_results": {"error": {"code": "x"}}}]},
        {"base_resp": {"status_code": 0, "status_msg": ""}},
        {"code": 0, "msg": "success", "error_code": 0, "errmsg": "ok"}, {"code": 200, "message": ""},
    ],
)  # fmt: skip
def test_a_chunk_that_says_nothing_is_no_error(data: object) -> None:
    """Empty choices, a null delta, or no object at all: no text, and fields for errors that hold none."""
    told = read_chunk(data)
    assert (told.text, told.finish, told.refusal) == ("", None, "")


@pytest.mark.parametrize(
    "content",
    [
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
            {"type": "text", "text": "Hello"},
        ],
        [{"type": "reasoning", "text": "hm"}, {"type": "output_text", "text": "Hello"}],
        [{"text": "hm", "thought": True}, {"text": "Hello"}],
        {"type": "text", "text": "Hello"},
    ],
)
def test_parts_that_are_thoughts_are_not_the_answer(content: object) -> None:
    """Mistral's, Anthropic's and Gemini's."""
    assert read_chunk(chunk({"content": content})).text == "Hello"


def test_a_delta_that_is_marked_as_a_thought_is_not_the_answer() -> None:
    """Gemini's mark in the shape of this API."""
    delta = {"content": "hm", "extra_content": {"google": {"thought": True}}}
    assert read_chunk(chunk(delta)).text == ""


@pytest.mark.parametrize("delta", [{"refusal": "No."}, {"content": [{"type": "refusal", "refusal": "No."}]}])
def test_a_refusal_is_told_beside_the_reason(delta: object) -> None:
    """In a field of its own or as a part."""
    told = read_chunk({"choices": [{"delta": delta, "finish_reason": "MAX_TOKENS"}]})
    assert (told.finish, told.refusal) == (Finish.LENGTH, "No.")


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (chunk({"content": "Hello"}), False),
        ({"choices": [{"delta": {}, "message": {"content": "Hello"}}]}, True),
        ({"choices": [{"delta": {"content": ""}, "message": {"content": "Hello"}}]}, True),
        ({"choices": [{"delta": {"content": "Hello"}, "message": {"content": "So far: Hello"}}]}, False),
    ],
)
def test_a_message_is_told_from_a_piece(data: object, whole: bool) -> None:  # noqa: FBT001
    """The piece counts where a chunk has both."""
    told = read_chunk(data)
    assert (told.text, told.whole) == ("Hello", whole)


FAILURES: list[object] = [
    *(step.body for step in MID_STREAM_FAILURES.values() if isinstance(step, Sent)),
    {"error": True},
    {"Error": {"Message": "it broke"}},
    {"exception": "it broke"},
    {"error": {"message": "", "code": 500}},
    "upstream closed",
    {"code": 500, "message": None},
    {"status": 503, "title": "Unavailable"},
    {"code": "429", "msg": ""},
    {"error": "x", "choices": []},
    {"type": "error"},
    {"type": "error", "message": "?"},
    {"message": "Internal Server Error"},
    {"message": "?", "code": 500},
    {"msg": "?", "code": 1},
    {"error_msg": "?", "error_code": 336},
    {"detail": [{"msg": "?"}]},
    {"choices": [{"delta": {"content": "x"}}], "base_resp": {"status_code": 1001, "status_msg": "timeout"}},
    {"choices": [{"delta": {"content": "x"}}], "error": {"message": "?"}},
    {"choices": [{"message": {"error": "?"}}]},
    {"choices": [{"delta": {}, "finish_reason": "ERROR"}]},
    [{"error": {"code": 503, "status": "UNAVAILABLE"}}],
]


@pytest.mark.parametrize("data", FAILURES, ids=range(len(FAILURES)))
def test_a_failure_is_never_passed_over(data: object) -> None:
    """In whatever shape it is told, and though the status was 200."""
    with pytest.raises(errors.EndpointBusy):
        read_chunk(data)


def test_what_kind_of_failure_it_is_is_weighed() -> None:
    """Inside a 200 as outside of it."""
    for data, kind in (
        ({"choices": [{"delta": {"error": {"code": 402}}}]}, errors.OutOfCredit),
        ({"detail": "x", "code": "model_not_found"}, errors.ModelUnknown),
        ({"choices": [{"error": {"code": "content_filter"}}]}, errors.ModelRefused),
    ):
        with pytest.raises(kind):
            read_chunk(data)


def test_the_last_chunk_tells_what_the_answer_cost() -> None:
    """The usage chunk has no choices; its numbers, the model that answered and the generation's id are kept."""
    told = read_chunk(
        {
            "id": "gen-1",
            "model": "google/gemini-3.5-flash-lite",
            "choices": [],
            "usage": {
                "prompt_tokens": 361,
                "completion_tokens": 12,
                "total_tokens": 373,
                "cost": 0.00041,
                "prompt_tokens_details": {"audio_tokens": 352, "cached_tokens": 0},
            },
        }
    )
    assert told == Chunk(
        model="google/gemini-3.5-flash-lite",
        generation_id="gen-1",
        usage=Usage(
            prompt_tokens=361, completion_tokens=12, total_tokens=373, audio_tokens=352, cost=0.00041
        ),
    )


@pytest.mark.parametrize("count", [True, -1, 2**31, 10**400, 1.5, float("nan"), "12", None, [12]])
def test_a_count_that_is_none_is_not_kept(count: object) -> None:
    """Neither truths nor debts, nor more than a database takes."""
    usage = read_usage(
        {
            "prompt_tokens": count,
            "completion_tokens": 0,
            "total_tokens": count,
            "prompt_tokens_details": {"audio_tokens": count},
        }
    )
    assert usage == Usage(prompt_tokens=0, completion_tokens=0, total_tokens=0)


@pytest.mark.parametrize(
    "cost", [True, -0.5, float("nan"), float("inf"), float("-inf"), 10**400, "0.1", None]
)
def test_a_cost_that_is_none_is_not_kept(cost: object) -> None:
    """One answer like it would spoil every sum it is part of; nothing, however, is a cost."""
    usage = read_usage({"total_tokens": 5, "cost": cost})
    assert usage is not None
    assert usage.cost is None
    assert read_usage({"cost": 0}) == Usage(prompt_tokens=0, completion_tokens=0, total_tokens=0, cost=0.0)


def test_usage_without_its_optional_parts() -> None:
    """No cost and no details stay unknown, not zero."""
    usage = read_usage({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
    assert usage == Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5)
    assert read_usage(None) is None


@settings(deadline=None)
@given(WARPED)
def test_no_body_brings_the_reader_down(data: object) -> None:
    """Whatever JSON comes back, it is read, or an error of ours."""
    try:
        told = read_chunk(data)
    except errors.EarshotError:
        pass
    else:
        assert isinstance(cast("object", told.text), str)


def test_content_nested_without_end_is_read_as_nothing() -> None:
    """Parts within parts are not what any server means; they must not use up the stack."""
    content: object = "deep"
    for _ in range(5_000):
        content = [{"text": content}]
    assert read_chunk(chunk({"content": content})).text == ""


@pytest.mark.parametrize("name", ["Say: \nhello", "x" * 101, "", 7, None, "sämtlich"])
def test_names_that_are_none_are_not_kept(name: object) -> None:
    """They are logged, and may be anybody's words."""
    told = read_chunk({"id": name, "model": name, "choices": []})
    assert (told.generation_id, told.model) == (None, None)
