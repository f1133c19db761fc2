"""A model in a loop is noticed; people who repeat themselves are not taken for one."""

from __future__ import annotations

import pytest

from bot.completion.repetition import is_numbered_loop, period_of, without_loop

BEFORE = "Good morning everybody. Today we talk about the weather, and what became of it.\n"


@pytest.mark.parametrize(
    "repeated",
    [
        "a", "哈", ". ", "no ", "Thank you. ", "Thank you.\n", "謝謝大家。", "शुक्रिया। ", "شكرا لكم. ", "😀",
        "Thanks for watching, and see you in the next video. ",
        "\n\n- And then he said that she had said it.\n- And she said that he had.",
        "A longer passage, which takes up some lines and says this and that, until it begins anew. " * 3 + "Anew! ",
    ],
)  # fmt: skip
def test_a_loop_is_noticed_in_any_script(repeated: str) -> None:
    """Single characters, words, sentences and paragraphs; what came before it is kept, and once what is repeated."""
    text = BEFORE + repeated * (12_000 // len(repeated) + 1)
    assert period_of(text) in {len(repeated), *(len(repeated) // times for times in (1, 2, 3))}
    kept = without_loop(text)
    assert kept.startswith(BEFORE.rstrip())
    assert len(kept) <= len(BEFORE) + len(repeated) + 40
    # A model that was stopped within a repetition.
    assert period_of(text + repeated[: len(repeated) // 2]) is not None


def test_a_loop_at_the_limit_of_length_is_noticed_sooner() -> None:
    """That it was stopped there is a sign by itself."""
    text = BEFORE + "Thank you. " * 60
    assert period_of(text) is None
    assert period_of(text, at_limit=True) == 11
    assert without_loop(text) == BEFORE + "Thank you. Thank you."


def lines(form: str, count: int) -> str:
    """So many lines that differ in their number."""
    return "".join(form.format(index, index // 60, index % 60) for index in range(count))


@pytest.mark.parametrize("digits", ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९"])
def test_a_loop_with_time_stamps_is_noticed(digits: str) -> None:
    """Where it goes on for very long, in the digits of any script."""
    text = BEFORE + lines("[{1:02}:{2:02}] Thank you.\n", 2_000).translate(
        str.maketrans("0123456789", digits)
    )
    assert is_numbered_loop(text)
    assert without_loop(text).removeprefix(BEFORE).count("Thank you") <= 2
    assert BEFORE.rstrip() in without_loop(text)


REFRAIN = "\n".join(
    f"This is line {word} of the refrain, and we sing it." for word in ("one", "two", "three", "four")
)
VERSES = "\n\n".join(
    f"Verse {name}: " + " ".join(f"{name}{index}" for index in "abcdefghijklmnop") + f"\n\n{REFRAIN}"
    for name in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
)


@pytest.mark.parametrize(
    "text",
    [
        "No " * 30 + "no!",
        "Ha" * 300,
        "Around the world, " * 144,
        "Na na na nananana, nananana, hey Jude.\n" * 19,
        VERSES,
        "\n\n".join([REFRAIN] * 5),
        "-" * 400,
        "| a | b |\n" * 100,
        lines("{0}\n", 4_000),
        " ".join(map(str, range(3_000))),
        lines("Room {0}, ", 700),
        "".join(f"Sentence {index} has {index * 7 % 31} in it, {'and' * (index % 3)} that is all. " for index in range(250)),
        "", "a", "no no no",
    ],
    ids=range(15),
)  # fmt: skip
def test_what_people_say_again_and_again_is_no_loop(text: str) -> None:
    """Refrains, laughter, rulers, tables, counting."""
    for end in range(0, len(text) + 1, 512):
        assert period_of(text[:end]) is None
        assert not is_numbered_loop(text[:end])
    assert without_loop(text) == text or period_of(text, at_limit=True)
