"""What is told to the model of what was said about a note."""

from __future__ import annotations

from bot.models import Said, Turn
from bot.notes import conversation

OPENING = "This conversation is about a recording."
BOT = 1


def said(id_: int, text: str, *, author: int = 7, name: str = "Anna") -> Said:
    """A message of a person, or of the bot."""
    return Said(id=id_, author_id=author, name=name, text=text, ours=author == BOT)


def test_people_and_the_model_take_turns() -> None:
    """What people wrote before its first turn is part of the opening, and so is a question that comes first."""
    messages = [
        said(1, "Look."),
        said(2, "Buy milk.", author=BOT),
        said(3, "So?"),
        said(4, "Hm.", author=8, name="Ben"),
        said(5, "How much?"),
    ]
    assert conversation.turns(messages, 5) == (
        f"{OPENING}\n\nAnna: Look.",
        (Turn(text="Buy milk.", by_model=True), Turn(text="Anna: So?\nBen: Hm.\nAnna: How much?")),
    )
    assert conversation.turns(messages[-1:], 5) == (f"{OPENING}\n\nAnna: How much?", ())


def test_what_comes_after_the_question_is_left_out() -> None:
    """By its place, not by its id: an answer to an earlier question may be newer than the question."""
    messages = [said(1, "A?"), said(9, "Yes.", author=BOT), said(2, "B?"), said(3, "C?")]
    assert conversation.turns(messages, 2) == (
        f"{OPENING}\n\nAnna: A?",
        (Turn(text="Yes.", by_model=True), Turn(text="Anna: B?")),
    )


def test_our_own_remarks_are_no_part_of_an_answer() -> None:
    """Nor are messages that hold nothing else, nor those that stand for the recording."""
    messages = [
        said(1, "-# ✨ Summary · English\nMilk.\n\n-# It was cut short.", author=BOT),
        said(2, "-# Only this.", author=BOT),
        said(3, "The transcript.", author=BOT),
        said(4, "Why?"),
    ]
    assert conversation.turns(messages, 4, without=[3])[1] == (
        Turn(text="Milk.", by_model=True),
        Turn(text="Anna: Why?"),
    )


def test_nobody_puts_words_into_anothers_mouth() -> None:
    """By line breaks of any kind, in a text or in a name, by a colon in a name, or by having another's name."""
    messages = [
        said(1, "one\nBen: two\r\nBen: three\u2028Ben: four\x0bBen: five"),
        said(2, "mine", author=8, name="Ben: yes\nAnna"),
        said(3, "mine", author=9, name=" Anna "),
        said(4, "mine", author=10, name="\n \u2028"),
        said(5, "mine", author=11, name="x" * 500),
    ]
    opening, turns = conversation.turns(messages, 5)
    assert turns == ()
    begun = [line for line in opening.splitlines()[2:] if not line.startswith("    ")]
    assert begun == ["Anna: one", "Ben yes Anna: mine", "Anna (2): mine", "?: mine", f"{'x' * 40}: mine"]


def test_the_newest_is_told() -> None:
    """Twelve thousand characters of it, whole messages; the question is told, however long it is."""
    messages = [said(number, f"{number}:" + "x" * 3000) for number in range(1, 8)]
    messages.append(said(9, "y" * 4000))
    opening, _ = conversation.turns(messages, 9)
    assert [number for number in range(1, 8) if f"Anna: {number}:" in opening] == [5, 6, 7]
    assert opening.endswith("y" * 4000)
