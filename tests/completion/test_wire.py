"""The completion API's JSON: what is sent, to the letter, and what is made of whatever comes back."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import errors
from bot.completion import wire
from bot.completion.wire import Wishes
from bot.models import Usage

MODEL = "google/gemini-2.5-flash"
AUDIO = base64.b64encode(b"RIFF....WAVEfmt ").decode()
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


PROMPT = "Please transcribe this audio file."


def body(prompt: str = PROMPT, wishes: Wishes | None = None, **asked: str) -> dict[str, Any]:
    """The request as a server parses it, with some audio in it."""
    question = wire.Question(prompt=prompt, audio_format="wav", **asked)
    before, after = wire.request_body(question, wishes or Wishes(model=MODEL))
    return json.loads(before + AUDIO.encode() + after)


def chunk(delta: object, **fields: object) -> dict[str, Any]:
    """A chunk of a stream."""
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **fields}


def test_the_default_request_is_the_guides_to_the_letter() -> None:
    """Model, one message of text then audio, and `stream`: nothing nobody asked for."""
    question = wire.Question(prompt=PROMPT, audio_format="wav")
    before, after = wire.request_body(question, Wishes(model=MODEL))
    assert (before + AUDIO.encode() + after).decode() == json.dumps(
        {
            "model": "google/gemini-2.5-flash",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Please transcribe this audio file."},
                        {"type": "input_audio", "input_audio": {"data": AUDIO, "format": "wav"}},
                    ],
                }
            ],
            "stream": True,
        }
    )


def test_words_alone_are_asked_about_as_text() -> None:
    """Nothing stands between the halves."""
    before, after = wire.request_body(wire.Question(prompt="Sum it up: “no”"), Wishes(model=MODEL))
    assert after == b""
    assert json.loads(before)["messages"] == [{"role": "user", "content": "Sum it up: “no”"}]


def test_a_model_that_is_to_go_on_sees_what_it_said() -> None:
    """The question, its own words, and the wish for more; whatever it said, the audio is where it belongs."""
    said = 'It said "@audio@" and {"data": "'
    asked = body(so_far=said, go_on="Go on.")["messages"]
    assert asked[0] == body()["messages"][0]
    assert asked[1:] == [{"role": "assistant", "content": said}, {"role": "user", "content": "Go on."}]


@pytest.mark.parametrize(
    ("wishes", "added"),
    [
        (Wishes(model=MODEL, fallbacks=("a/b", "c/d")), {"models": [MODEL, "a/b", "c/d"]}),
        (Wishes(model=MODEL, max_tokens=900), {"max_tokens": 900}),
        (Wishes(model=MODEL, data_collection="deny"), {"provider": {"data_collection": "deny"}}),
        (Wishes(model=MODEL, zdr=True), {"provider": {"zdr": True}}),
        (
            Wishes(model=MODEL, data_collection="allow", zdr=True),
            {"provider": {"data_collection": "allow", "zdr": True}},
        ),
        (Wishes(model=MODEL, user="3f2a"), {"user": "3f2a"}),
    ],
)
def test_a_wish_adds_its_own_field_and_no_other(wishes: Wishes, added: dict[str, Any]) -> None:
    """What a setting asks for is added to the default request, which stays as it was."""
    assert body(wishes=wishes) == {**body(), **added}


@settings(deadline=None)
@given(st.text() | st.sampled_from(['@audio@"', '"@audio@"', "@audio@", '\\"@audio@\\"', "\\", '"}]}']))
def test_any_prompt_arrives_as_it_was_typed(prompt: str) -> None:
    """The request parses, and holds prompt and audio unharmed, even where the prompt looks like the request."""
    [message] = body(prompt, Wishes(model=MODEL, fallbacks=("a/b",), user="3f2a"))["messages"]
    assert message["content"] == [
        {"type": "text", "text": prompt},
        {"type": "input_audio", "input_audio": {"data": AUDIO, "format": "wav"}},
    ]


def test_a_prompt_with_half_a_character_is_sent_all_the_same() -> None:
    """A lone surrogate (undecodable bytes on a command line) costs that character, not the request."""
    [message] = body("Say \udcff and \ud83d.")["messages"]
    assert message["content"][0]["text"] == "Say ? and ?."


@pytest.mark.parametrize(
    "data",
    [
        chunk({"content": "Hello"}),
        chunk({"role": "assistant", "content": "Hello", "reasoning": "hm"}),
        chunk({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}),
        {"choices": [{"message": {"role": "assistant", "content": "Hello"}, "finish_reason": None}]},
        {"choices": [{"message": {"content": None, "audio": {"transcript": "Hello"}}}]},
        {"choices": [{"message": {"content": [{"type": "text", "text": "Hello"}]}}], "error": None},
    ],
)
def test_the_text_is_found_wherever_servers_put_it(data: object) -> None:
    """In a delta or a message, as a string, as parts, or as the transcript of an audio answer."""
    assert wire.read_piece(data).text == "Hello"


@pytest.mark.parametrize("data", [{}, [], None, "data", {"choices": []}, {"choices": None}, chunk(None)])
def test_a_chunk_that_says_nothing_is_no_error(data: object) -> None:
    """Empty choices, a null delta, or no object at all: no text."""
    assert wire.read_piece(data) == wire.Piece()


def test_the_last_chunk_tells_what_the_answer_cost() -> None:
    """The usage chunk has no choices; its numbers, the model that answered and the generation's id are kept."""
    piece = wire.read_piece(
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
    assert piece == wire.Piece(
        model="google/gemini-3.5-flash-lite",
        generation_id="gen-1",
        usage=Usage(
            prompt_tokens=361, completion_tokens=12, total_tokens=373, audio_tokens=352, cost=0.00041
        ),
    )


@pytest.mark.parametrize("count", [True, -1, 2**31, 10**400, 1.5, float("nan"), "12", None, [12]])
def test_a_count_that_is_none_is_not_kept(count: object) -> None:
    """Neither truths nor debts, nor more than a database takes."""
    usage = wire.read_usage(
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
    usage = wire.read_usage({"total_tokens": 5, "cost": cost})
    assert usage is not None
    assert usage.cost is None
    assert wire.read_usage({"cost": 0}) == Usage(
        prompt_tokens=0, completion_tokens=0, total_tokens=0, cost=0.0
    )


def test_usage_without_its_optional_parts() -> None:
    """No cost and no details stay unknown, not zero."""
    usage = wire.read_usage({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
    assert usage == Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5)
    assert wire.read_usage(None) is None


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls", "something new"])
def test_the_finish_reason_is_kept_as_it_came(reason: str) -> None:
    """Known or new, it is passed on; a refusal beside it, too."""
    piece = wire.read_piece({"choices": [{"delta": {"refusal": "No."}, "finish_reason": reason}]})
    assert (piece.finish_reason, piece.refusal) == (reason, "No.")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"error": {"code": 429, "message": "Slow down"}}, errors.EndpointBusy),
        ({"error": {"code": "502", "message": "Bad gateway"}, "choices": []}, errors.EndpointBusy),
        ({"error": {"code": "rate_limit_exceeded"}}, errors.EndpointBusy),
        ({"error": {"code": "server_error"}}, errors.EndpointBusy),
        ({"error": {"message": "Provider disconnected"}}, errors.EndpointBusy),
        ({"error": "upstream closed"}, errors.EndpointBusy),
        ({"choices": [{"delta": {"content": ""}, "finish_reason": "error"}]}, errors.EndpointBusy),
        ({"choices": [{"delta": {}, "error": {"code": 402, "message": "?"}}]}, errors.OutOfCredit),
        ({"error": {"code": "insufficient_quota"}}, errors.OutOfCredit),
        ({"error": {"code": "model_not_found"}}, errors.ModelUnknown),
        ({"error": {"code": "9" * 5000}}, errors.RequestRefused),
        ({"error": {"code": "invalid_prompt"}}, errors.RequestRefused),
        (
            {"error": {"code": 403, "metadata": {"error_type": "moderation"}}},
            errors.ModelRefused,
        ),
    ],
)
def test_an_error_inside_a_200_is_raised(data: object, kind: type[errors.EarshotError]) -> None:
    """Whatever its code looks like, or where it stands; without a code it is taken to pass."""
    with pytest.raises(kind) as raised:
        wire.read_piece(data)
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.RequestRefused),
        (401, errors.KeyRefused),
        (402, errors.OutOfCredit),
        (403, errors.ModelRefused),
        (404, errors.ModelUnknown),
        (405, errors.RequestRefused),
        (408, errors.EndpointBusy),
        (413, errors.RequestTooLarge),
        (422, errors.RequestRefused),
        (429, errors.EndpointBusy),
        (500, errors.EndpointBusy),
        (502, errors.EndpointBusy),
        (503, errors.EndpointBusy),
        (504, errors.EndpointBusy),
        (524, errors.EndpointBusy),
        (529, errors.EndpointBusy),
        (302, errors.RequestRefused),
    ],
)
@pytest.mark.parametrize("data", [None, {"error": {"code": "x", "message": "m"}}, ["no", "object"]])
def test_what_a_status_means(status: int, kind: type[errors.EarshotError], data: object) -> None:
    """The status decides, with a body in shape, a strange one, or none."""
    assert type(wire.error_of(status, data)) is kind


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("error_type", ["moderation", "content_policy_violation", "refusal", "Safety"])
def test_refused_content_is_told_apart_from_a_bad_request(status: int, error_type: str) -> None:
    """The person can do something about the one, the operator about the other."""
    data = {"error": {"code": status, "message": "No.", "metadata": {"error_type": error_type}}}
    assert type(wire.error_of(status, data)) is errors.ModelRefused


def test_availability_decides_over_the_status() -> None:
    """`retryable` overrules the status both ways; null leaves it to the status."""

    def told(status: int, *, retryable: bool | None) -> type[errors.EarshotError]:
        data = {"error": {"code": status, "message": "?", "availability": {"retryable": retryable}}}
        return type(wire.error_of(status, data))

    assert told(400, retryable=True) is errors.EndpointBusy
    assert told(503, retryable=False) is errors.RequestRefused
    assert told(503, retryable=None) is errors.EndpointBusy
    assert told(400, retryable=None) is errors.RequestRefused


@pytest.mark.parametrize(
    ("header", "availability", "pause"),
    [
        (None, None, None),
        ("7", None, 7.0),
        ("1.5", None, 1.5),
        ("7", 3, 3.0),
        (None, 0.25, 0.25),
        ("7", "soon", 7.0),
        ("-1", None, None),
        ("inf", None, None),
        ("nan", None, None),
        (None, 10**400, None),
        ("Wed, 21 Oct 2037 07:28:00 GMT", None, None),
    ],
)
def test_the_pause_that_was_asked_for(header: str | None, availability: object, pause: float | None) -> None:
    """The body's is nearer to the cause than the header's; what is no number of seconds counts as unsaid."""
    data = {"error": {"code": 429, "message": "?", "availability": {"retry_after": availability}}}
    error = wire.error_of(429, data, retry_after=header)
    assert isinstance(error, errors.EndpointBusy)
    assert error.retry_after == pause


def test_a_refused_key_names_the_host() -> None:
    """Another service's key under the same variable name is the likeliest mistake."""
    error = wire.error_of(401, {"error": {"message": "User not found."}}, host="www.openroute.cn")
    assert isinstance(error, errors.KeyRefused)
    assert "www.openroute.cn" in error.detail


@pytest.mark.parametrize("status", [None, 400, 401, 402, 403, 404, 413, 429])
def test_an_errors_own_words_never_reach_the_log(status: int | None) -> None:
    """They may repeat the prompt or the key, wherever they stand; status, code and type are told."""
    words = "Summarise sk-or-v1-secret"
    for error in (
        words,
        {"message": words, "code": words, "metadata": {"error_type": words, "raw": words}},
        {"message": words, "code": "x" * 41, "metadata": {"error_type": [words]}},
    ):
        told = str(wire.error_of(status, {"error": error}))
        assert "Summarise" not in told
        assert "secret" not in told
        assert "xxx" not in told
    told = str(
        wire.error_of(400, {"error": {"code": "bad_audio", "metadata": {"error_type": "provider.format"}}})
    )
    assert told == "status 400, code bad_audio, type provider.format"


@settings(deadline=None)
@given(WARPED)
def test_no_body_brings_the_reader_down(data: object) -> None:
    """Whatever JSON comes back, as an answer or with a status: read, or an error of ours."""
    try:
        piece = wire.read_piece(data)
    except errors.EarshotError:
        pass
    else:
        assert isinstance(cast("object", piece.text), str)
    for status in (None, 200, 400, 401, 429, 503):
        assert isinstance(wire.error_of(status, data), errors.EarshotError)


def test_content_nested_without_end_is_read_as_nothing() -> None:
    """Parts within parts are not what any server means; they must not use up the stack."""
    content: object = "deep"
    for _ in range(5_000):
        content = [{"text": content}]
    assert wire.read_piece(chunk({"content": content})).text == ""
