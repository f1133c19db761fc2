"""The request: its JSON, to the letter."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.completion.request import Question, RequestOptions, request_body

MODEL = "google/gemini-2.5-flash"
AUDIO = base64.b64encode(b"RIFF....WAVEfmt ").decode()
PROMPT = "Please transcribe this audio file."


def body(prompt: str = PROMPT, options: RequestOptions | None = None, **asked: Any) -> dict[str, Any]:
    """The request as a server parses it, with some audio in it."""
    question = Question(prompt=prompt, audio_format="wav", **asked)
    before, after = request_body(question, options or RequestOptions(model=MODEL))
    return json.loads(before + AUDIO.encode() + after)


def test_the_default_request_is_the_guides_to_the_letter() -> None:
    """Model, one message of text then audio, and `stream`: nothing nobody asked for."""
    question = Question(prompt=PROMPT, audio_format="wav")
    before, after = request_body(question, RequestOptions(model=MODEL))
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
    before, after = request_body(Question(prompt="Sum it up: “no”"), RequestOptions(model=MODEL))
    assert after == b""
    assert json.loads(before)["messages"] == [{"role": "user", "content": "Sum it up: “no”"}]


def test_a_model_that_is_to_go_on_sees_what_it_said() -> None:
    """The question, its own words, and the wish for more; whatever it said, the audio is where it belongs."""
    said = 'It said "@audio@" and {"data": "'
    asked = body(so_far=said, go_on="Go on.")["messages"]
    assert asked[0] == body()["messages"][0]
    assert asked[1:] == [{"role": "assistant", "content": said}, {"role": "user", "content": "Go on."}]


@pytest.mark.parametrize(
    ("options", "added"),
    [
        (RequestOptions(model=MODEL, fallbacks=("a/b", "c/d")), {"models": [MODEL, "a/b", "c/d"]}),
        (RequestOptions(model=MODEL, max_tokens=900), {"max_tokens": 900}),
        (RequestOptions(model=MODEL, data_collection="deny"), {"provider": {"data_collection": "deny"}}),
        (RequestOptions(model=MODEL, zdr=True), {"provider": {"zdr": True}}),
        (
            RequestOptions(model=MODEL, data_collection="allow", zdr=True),
            {"provider": {"data_collection": "allow", "zdr": True}},
        ),
        (RequestOptions(model=MODEL, user="3f2a"), {"user": "3f2a"}),
    ],
)
def test_an_option_adds_its_own_field_and_no_other(options: RequestOptions, added: dict[str, Any]) -> None:
    """What a setting asks for is added to the default request, which stays as it was."""
    assert body(options=options) == {**body(), **added}


@settings(deadline=None)
@given(st.text() | st.sampled_from(['@audio@"', '"@audio@"', "@audio@", '\\"@audio@\\"', "\\", '"}]}']))
def test_any_prompt_arrives_as_it_was_typed(prompt: str) -> None:
    """The request parses, and holds prompt and audio unharmed, even where the prompt looks like the request."""
    [message] = body(prompt, RequestOptions(model=MODEL, fallbacks=("a/b",), user="3f2a"))["messages"]
    assert message["content"] == [
        {"type": "text", "text": prompt},
        {"type": "input_audio", "input_audio": {"data": AUDIO, "format": "wav"}},
    ]


def test_a_prompt_with_half_a_character_is_sent_all_the_same() -> None:
    """A lone surrogate (undecodable bytes on a command line) costs that character, not the request."""
    [message] = body("Say \udcff and \ud83d.")["messages"]
    assert message["content"][0]["text"] == "Say ? and ?."
