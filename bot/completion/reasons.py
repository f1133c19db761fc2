"""Why an answer ended, in whatever words a vendor says it."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Finish(Enum):
    """Why an answer ended."""

    STOP = auto()
    """The model had said all it wanted to say."""
    LENGTH = auto()
    """At a limit of length."""
    FILTER = auto()
    """By a content filter, or because the model would not go on."""
    FAILURE = auto()
    """By an error that the reason tells of."""


# By vendor: OpenAI, Anthropic, Gemini, Mistral, Cohere, Hugging Face, Zhipu, DeepSeek, vLLM, Bedrock, and gateways.
_WORDS = {
    Finish.STOP: "stop stop_sequence stop_token stopped end end_turn end_of_turn end_token eos eos_token finish "
    "finished complete completed done normal tool_calls tool_call tool_use function_call",
    Finish.LENGTH: "length max_tokens max_token max_output_tokens max_completion_tokens max_new_tokens max_length "
    "model_length token_limit limit length_limit length_capped model_context_window_exceeded context_length "
    "context_length_exceeded context_window_exceeded error_limit incomplete truncated",
    Finish.FILTER: "content_filter content_filtered contentfilter safety recitation prohibited_content blocklist "
    "blocked spii refusal refused sensitive moderation flagged guardrail guardrail_intervened guardrails "
    "image_safety error_toxic language content_policy content_policy_violation",
    Finish.FAILURE: "error failed failure network_error server_error internal_error insufficient_system_resource "
    "abort aborted cancelled canceled timeout timed_out overloaded unavailable interrupted",
}
_MEANINGS = {word: finish for finish, words in _WORDS.items() for word in words.split()}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PREFIX = re.compile(r"^(?:finish_?reason|stop_?reason)[._:]?")


def finish_of(choice: Mapping[str, object]) -> Finish | None:
    """Why a choice ended, by `finish_reason` or, where that says nothing known, by the provider's own word for it.

    None where no reason came or nobody knows what it means: that is no proof of an end, nor of a failure.
    """
    for key in ("finish_reason", "native_finish_reason", "stop_reason"):
        reason = choice.get(key)
        if isinstance(reason, str):
            word = _HUMP.sub("_", reason.strip()[:100]).lower().replace("-", "_").replace(" ", "_")
            if finish := _MEANINGS.get(_PREFIX.sub("", word)):
                return finish
    return None
