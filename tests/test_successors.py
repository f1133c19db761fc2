"""Who answers in place of a model that is gone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.successors import candidates

GONE = "google/gemini-2.5-flash"
TODAY = date(2026, 12, 1)


def entry(model: str, audio: str | None = "0.000001", **more: Any) -> dict[str, Any]:
    """A model as an endpoint lists it; prices are texts."""
    pricing = {"prompt": "0.0000003"} | ({} if audio is None else {"audio": audio})
    return {
        "id": model,
        "pricing": pricing,
        "architecture": {"input_modalities": ["text", "audio"], "output_modalities": ["text"]},
    } | more


def found(*entries: object, gone: str = GONE, most: float = 3.0) -> list[str]:
    """The models that may answer, best first."""
    listed = {"data": list(entries)}
    return [successor.model for successor in candidates(listed, gone, most=most, today=TODAY)]


def test_the_same_family_comes_first() -> None:
    """Then the same maker, then anybody; of the same family the newest."""
    assert found(
        entry("openai/gpt-audio-mini"),
        entry("google/gemini-3.5-pro"),
        entry("google/gemini-3.0-flash"),
        entry("google/gemini-3.5-flash-lite"),
        entry("google/gemini-3.5-flash"),
        entry("other/gemini-2.5-flash"),
    ) == [
        "google/gemini-3.5-flash",
        "google/gemini-3.0-flash",
        "google/gemini-3.5-flash-lite",
        "google/gemini-3.5-pro",
        "other/gemini-2.5-flash",
        "openai/gpt-audio-mini",
    ]


def test_no_more_than_so_many_times_as_dear() -> None:
    """By the price of audio, or of text where audio has none of its own; what it cost is known while it is listed."""
    listed = [
        entry(GONE, "0.000002"),
        entry("google/a-flash", "0.000006"),
        entry("google/b-flash", "0.0000061"),
    ]
    assert found(*listed) == ["google/a-flash"]
    assert found(*listed, most=4.0) == ["google/a-flash", "google/b-flash"]
    assert found(entry(GONE, "0.0000001"), entry("google/c-flash", None)) == ["google/c-flash"]


def test_what_the_default_model_has_cost_is_known() -> None:
    """It may not be listed any more."""
    assert found(entry("google/gemini-4-flash", "0.000003"), entry("google/gemini-5-flash", "0.0000031")) == [
        "google/gemini-4-flash"
    ]


def test_where_it_is_not_known_what_it_cost() -> None:
    """Only the same maker's models are taken."""
    listed = [entry("maker/ears-2", "0.5"), entry("google/gemini-4-flash")]
    assert found(*listed, gone="maker/ears-1") == ["maker/ears-2"]
    assert found(*listed, gone="ears-1") == []


@pytest.mark.parametrize(
    "other",
    [
        entry(GONE),
        entry("google/deaf-flash", architecture={"input_modalities": ["text"]}),
        entry(
            "google/painting-flash",
            architecture={"input_modalities": ["audio"], "output_modalities": ["image"]},
        ),
        entry("google/retired-flash", expiration_date="2026-12-01"),
        entry("google/free-flash", "0", pricing={"prompt": "0", "audio": "0"}),
        entry("google/odd-flash", pricing={"prompt": "-1"}),
        entry("google/odd-flash", pricing={"prompt": "inf"}),
        entry("google/odd-flash", pricing={"prompt": "nan"}),
        entry("google/odd-flash", pricing="dear"),
        entry("google/odd-flash", architecture=None),
        {"id": None},
        "google/gemini-4-flash",
        None,
    ],
)
def test_who_can_not_answer(other: object) -> None:
    """The model itself, and whoever can't hear or speak, retires, tells no price, or is no model at all."""
    assert found(other) == []
    assert found(other, entry("google/gemini-4-flash")) == ["google/gemini-4-flash"]


@pytest.mark.parametrize("listed", [None, [], {}, {"data": None}, {"data": {"id": "a/b"}}, "models"])
def test_what_is_no_list_has_nobody(listed: object) -> None:
    """Whatever an endpoint says."""
    assert candidates(listed, GONE, most=3.0, today=TODAY) == []


def test_one_that_retires_later_may_answer() -> None:
    """Until then."""
    assert found(entry("google/gemini-3-flash", expiration_date="2026-12-02")) == ["google/gemini-3-flash"]
