"""Why an answer ended, in the words of many vendors."""

from __future__ import annotations

from typing import Any

import pytest

from bot.completion.reasons import Finish, finish_of

REASONS: dict[Finish | None, list[object]] = {
    Finish.STOP: ["stop", "STOP", "eos", "end_turn", "tool_calls", "COMPLETE", "stop_sequence"],
    Finish.LENGTH: ["length", "MAX_TOKENS", "max_tokens", "max_output_tokens", "model_length", "FinishReason.MAX_TOKENS"],
    Finish.FILTER: [
        "content_filter", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "refusal", "sensitive", "BLOCKLIST",
    ],
    Finish.FAILURE: ["error", "ERROR", "insufficient_system_resource", "abort", "network_error"],
    None: [None, "", "null", "none", "something new", 7, ["stop"], "stop " * 50],
}  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "finish"), [(reason, finish) for finish, reasons in REASONS.items() for reason in reasons]
)
def test_a_reason_is_known_whatever_its_case(reason: object, finish: Finish | None) -> None:
    """What nobody knows proves neither an end nor a failure."""
    assert finish_of({"finish_reason": reason}) is finish


@pytest.mark.parametrize(
    ("choice", "finish"),
    [
        ({"finish_reason": None, "native_finish_reason": "MAX_TOKENS"}, Finish.LENGTH),
        ({"finish_reason": "unheard of", "native_finish_reason": "SAFETY"}, Finish.FILTER),
        ({"finish_reason": "stop", "native_finish_reason": "MAX_TOKENS"}, Finish.STOP),
        ({"native_finish_reason": "completed"}, Finish.STOP),
        ({}, None),
    ],
)
def test_the_providers_own_word_counts_where_the_plain_one_says_nothing(
    choice: dict[str, Any], finish: Finish | None
) -> None:
    """Gateways hand on both."""
    assert finish_of(choice) is finish
