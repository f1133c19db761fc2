"""What the bot says when it comes to a server: three lines, true of the channel they are in."""

from __future__ import annotations

from bot import reply
from bot.facts import Listening

IDS = {"settings": 1, "privacy": 2, "help": 3}


def test_three_lines() -> None:
    """What it does, where that is changed, and that nothing is missing; commands that can be pressed."""
    said = reply.introduction(Listening.IN_THREADS, (), IDS, reply.ENGLISH)
    does, changed, lacks = said.split("\n")
    assert "in a thread on it" in does
    assert "</settings:1>" in changed
    assert "</privacy:2>" in changed
    assert "</help:3>" in changed
    assert "all the permissions" in lacks


def test_what_is_missing_is_named() -> None:
    """As Discord names it; and that messages are not seen."""
    said = reply.introduction(Listening.MENTIONS, ("Attach Files",), {}, reply.ENGLISH)
    does, changed, lacks = said.split("\n")
    assert "message content intent is off" in does
    assert "`/settings`" in changed
    assert "“Attach Files”" in lacks


def test_it_is_short_in_every_language() -> None:
    """One message, whatever is missing."""
    for locale in reply.LOCALES:
        for state in Listening:
            said = reply.introduction(
                state, ("Send Messages", "Read Message History", "Attach Files"), IDS, reply.words_for(locale)
            )
            assert len(said) < 1500
            assert said.count("\n") == 2
