"""The list of what was missed."""

from __future__ import annotations

import re

import pytest

from bot import reply
from bot.models import Answer
from bot.reply.recap import Listed, Recap, Told, bare, final, gist, listing, span_of, summary
from bot.snowflakes import moment_of

FIRST = 1_300_000_000_000_000_000
LONGEST_ID = 2**63 - 1


def recap(count: int, **values: object) -> Recap:
    """A list of so many notes."""
    notes = tuple(
        Listed(message_id=FIRST + number, attachment_id=number, author_id=7, name="a.ogg", seconds=61.0)
        for number in range(count)
    )
    known: dict[str, object] = {
        "guild_id": 3,
        "channel_id": 4,
        "chosen": False,
        "since": 1_700_000_000.5,
        "own": False,
        "notes": notes,
    }
    return Recap(**(known | values))  # pyright: ignore[reportArgumentType] - as they are named


def told(of: Recap, text: str, *, by_model: bool = True) -> dict[tuple[int, int], Told]:
    """The same text for all."""
    return {note.key: Told(text=text, by_model=by_model) for note in of.notes}


def test_a_gist_is_one_plain_line_of_at_most_200_units() -> None:
    """What a model writes is no markup, no mention and no link, and ends at a word."""
    assert gist("**Buy**\n\nmilk") == r"\*\*Buy\*\* milk"
    cut = gist("word " * 100)
    assert cut.endswith("word…")
    for text in ("word " * 100, "*" * 500, "😀" * 300, "語" * 300, "@everyone " * 60, "x" * 1000):
        shown = gist(text)
        assert 90 <= len(shown.encode("utf-16-le")) // 2 <= 201
        assert not re.search(r"(?<!\\)[*@<]", shown)


def test_headings_and_remarks_are_none_of_what_was_said() -> None:
    """Of an answer as it stands on Discord."""
    text = "**a\\_b.ogg**\n-# ✨ Summary · English\nMilk.\n\n-# The answer was cut short here."
    assert bare(text, "a_b.ogg") == "Milk."
    assert bare("Milk.", "a_b.ogg") == "Milk."
    assert bare("-# Discord let me post it as a file alone.", "a.ogg") == ""


def test_what_is_not_known_yet_is_waited_for() -> None:
    """And a sentence of ours is told from what a model says."""
    of = recap(3)
    text = listing(
        of,
        {
            of.notes[0].key: Told(text="Milk.", by_model=True),
            of.notes[1].key: Told(text="It is\nempty.", by_model=False),
        },
        reply.ENGLISH,
    )
    entries = text.split("\n\n")
    at = int(moment_of(FIRST))
    assert entries[0] == "3 notes here since <t:1700000000:f>:"
    assert entries[1] == (
        f"<@7> · <t:{at}:t> (<t:{at}:R>) · 1 min 1 sec · https://discord.com/channels/3/4/{FIRST}\n> Milk."
    )
    assert entries[2].endswith("\n> *It is empty.*")
    assert entries[3].endswith("\n> …")


def test_a_sentence_that_several_notes_share_is_said_once() -> None:
    """Such as that a budget is used up; one that only one note has stands with it, and what the model says is repeated."""
    of = recap(7)
    over, gone = "You have used up\nyour minutes.", "The file is gone."
    texts = (
        (over, False),
        ("Milk.", True),
        (gone, False),
        (over, False),
        ("Milk.", True),
        ("Empty.", False),
        (gone, False),
    )
    text = listing(
        of,
        {note.key: Told(text=said, by_model=by) for note, (said, by) in zip(of.notes, texts, strict=True)},
        reply.ENGLISH,
    )
    below = [entry.split("\n> ")[-1] for entry in text.split("\n\n")[1:]]
    assert below == [
        *("¹", "Milk.", "²", "¹", "Milk.", "*Empty.*", "²"),
        "-# ¹ You have used up your minutes.",
        "-# ² The file is gone.",
    ]


@pytest.mark.parametrize(
    ("chosen", "own", "heading", "nothing"),
    [
        (False, False, "1 note here since {}:", "There are no notes here since {}."),
        (
            False,
            True,
            "1 note here since your last message, {}:",
            "There are no notes here since your last message, {}.",
        ),
        (True, False, "1 note in <#4> since {}:", "There are no notes in <#4> since {}."),
        (
            True,
            True,
            "1 note in <#4> since your last message there, {}:",
            "There are no notes in <#4> since your last message there, {}.",
        ),
    ],
)
def test_it_says_of_what_it_is(chosen: bool, own: bool, heading: str, nothing: str) -> None:  # noqa: FBT001 - values of a table
    """Which channel, and since when."""
    some = recap(1, chosen=chosen, own=own)
    assert listing(some, {}, reply.ENGLISH).startswith(heading.format("<t:1700000000:f>") + "\n")
    none = recap(0, chosen=chosen, own=own)
    assert final(none, {}, reply.ENGLISH, summarise=True) == reply.Reply(
        (nothing.format("<t:1700000000:f>"),)
    )


def test_it_says_what_it_has_not() -> None:
    """Each in a line of small print."""
    of = recap(20, more=True, looked_through=2000, hidden=True)
    remarks = [line for line in listing(of, {}, reply.ENGLISH).split("\n") if line.startswith("-# ")]
    assert len(remarks) == 3
    assert "newest 20." in remarks[0]
    assert "newest 2,000 messages" in remarks[1]
    assert "message content intent" in remarks[2]


@pytest.mark.parametrize("text", ["word " * 100, "* " * 300, "語" * 300, "😀" * 200])
@pytest.mark.parametrize("locale", reply.LOCALES)
def test_twenty_notes_fit_five_messages(text: str, locale: str) -> None:
    """Without a file, in every language."""
    words = reply.words_for(locale)
    of = recap(20, guild_id=LONGEST_ID, channel_id=LONGEST_ID, more=True, hidden=True)
    shown = final(of, told(of, text), words, summarise=True)
    assert shown.file_text is None
    assert len(shown.pages) <= 5
    assert all(len(page.encode("utf-16-le")) <= 4000 for page in shown.pages)


def test_the_button_says_everything() -> None:
    """Channel, oldest and newest; in a hundred characters, whatever the ids."""
    of = recap(2, channel_id=LONGEST_ID)
    [button] = final(of, told(of, "Milk."), reply.ENGLISH, summarise=True).buttons
    assert len(button.custom_id) <= 100
    press = reply.read_press(button.custom_id)
    assert press is not None
    assert press.action is reply.Action.SUMMARISE
    assert span_of(press.rest) == (LONGEST_ID, FIRST, FIRST + 1)


@pytest.mark.parametrize("rest", ["", "1:2", "1:2:x", "1:2:3:4", "1:2:\uff13", "-1:2:3"])
def test_another_buttons_rest_is_none(rest: str) -> None:
    """Custom ids come from outside."""
    assert span_of(rest) is None


def test_without_an_answer_there_is_nothing_to_sum_up() -> None:
    """Nor with a model that only transcribes."""
    of = recap(2)
    assert final(of, told(of, "It is empty.", by_model=False), reply.ENGLISH, summarise=True).buttons == ()
    assert final(of, told(of, "Milk."), reply.ENGLISH, summarise=False).buttons == ()


def test_a_summary_says_what_it_leaves_out() -> None:
    """In a line above it."""
    answer = Answer(text="Milk.", model="m")
    assert summary(answer, 0, reply.ENGLISH).pages == ("Milk.",)
    [page] = summary(answer, 2, reply.ENGLISH).pages
    assert page.startswith("-# 2 notes are left out: ")
    assert page.endswith("\nMilk.")
