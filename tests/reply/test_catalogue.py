"""The languages: every sentence in each, with what belongs in it, and within what Discord takes."""

from __future__ import annotations

import pytest

from bot import reply


@pytest.mark.parametrize(
    ("discord", "ours"),
    [
        ("de", "de"),
        ("en-GB", "en-US"),
        ("es-419", "es-ES"),
        ("zh-TW", "zh-CN"),
        ("pt-BR", "pt-BR"),
        ("it", "en-US"),
        ("ar", "en-US"),
        ("", "en-US"),
        (None, "en-US"),
    ],
)
def test_the_nearest_language_is_spoken(discord: str | None, ours: str) -> None:
    """A language has one catalogue for all its countries; what is not spoken is answered in English."""
    assert reply.words_for(discord).locale == ours


def test_a_language_is_read_once() -> None:
    """However many ask for it."""
    assert reply.words_for("es-419") is reply.words_for("es-ES")


def test_values_are_put_in_as_they_are() -> None:
    """Braces in what people wrote mean nothing; a number of Discord's is no number to people."""
    assert (
        reply.ENGLISH("In {where}: {what}", where="{what}", what="{0.__class__}")
        == "In {what}: {0.__class__}"
    )
    assert reply.ENGLISH("{id}", id=10**18) == "1000000000000000000"


def test_a_value_that_is_missing_is_a_mistake_in_the_code() -> None:
    """And is not shown to people as a brace."""
    with pytest.raises(KeyError):
        reply.ENGLISH("In {where}")


def test_english_counts_from_two_in_the_plural() -> None:
    """With the number as it is written in English."""
    told = [
        reply.ENGLISH.plural("{count} part of {what}", "{count} parts of {what}", n, what="it")
        for n in (1, 2, 4000)
    ]
    assert told == ["1 part of it", "2 parts of it", "4,000 parts of it"]


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en-US", ["0 sec", "42 sec", "3 min 5 sec", "1 hr", "2 hr 10 min", "0.5 MB", "44.1 kHz", "1,234.5"]),
        (
            "de",
            [
                "0 Sek.",
                "42 Sek.",
                "3 Min. 5 Sek.",
                "1 Std.",
                "2 Std. 10 Min.",
                "0,5 MB",
                "44,1 kHz",
                "1.234,5",
            ],
        ),
        ("ja", ["0 秒", "42 秒", "3 分 5 秒", "1 時間", "2 時間 10 分", "0.5 MB", "44.1 kHz", "1,234.5"]),
        ("ru", ["0 с", "42 с", "3 мин 5 с", "1 ч", "2 ч 10 мин", "0,5 МБ", "44,1 кГц", "1 234,5"]),  # noqa: RUF001 - Russian letters
        ("zh-CN", ["0秒", "42秒", "3分钟 5秒", "1小时", "2小时 10分钟", "0.5 MB", "44.1 kHz", "1,234.5"]),
    ],
)
def test_times_and_sizes_are_written_as_the_language_does(locale: str, told: list[str]) -> None:
    """Short: they stand in brackets, and in the names of threads."""
    words = reply.words_for(locale)
    said = [words.duration(seconds) for seconds in (0.4, 42, 185, 3600, 7829)]
    said += [words.megabytes(500_000), words.kilohertz(44_100), words.number(1234.5)]
    assert [each.replace("\xa0", " ") for each in said] == told
