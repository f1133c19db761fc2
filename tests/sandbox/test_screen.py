"""What the screen writes about messages, threads, typing and reactions."""

from __future__ import annotations

import io
import re

import pytest

from sandbox.discord import Discord
from sandbox.discord.changes import MessageCreated, MessageEdited, ReactionChanged, TypingStarted
from sandbox.screen import Screen


@pytest.fixture
def out() -> io.StringIO:
    """Where the screen writes."""
    return io.StringIO()


@pytest.fixture
def screen(out: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A screen of a known width."""
    monkeypatch.setenv("COLUMNS", "60")
    return Screen(out)


def shown(out: io.StringIO) -> list[str]:
    """The lines, without the times before them."""
    return [re.sub(r"^ *\d+\.\d s ", "", line) for line in out.getvalue().splitlines() if line]


async def test_growing_text_shows_what_is_new(screen: Screen, out: io.StringIO) -> None:
    """An edit shows the words that came, from the last one that stayed; the same text shows nothing."""
    async with Discord() as discord:
        channel = discord.add_channel(discord.add_guild())
        answer = discord.post(channel, discord.me, "The train is ▌")
        screen.show(MessageCreated(answer))
        answer.content = "The train is late, and it stays so."
        screen.show(MessageEdited(answer))
        screen.show(MessageEdited(answer))
        answer.content = "Sorry: something went wrong."
        screen.show(MessageEdited(answer))
    assert shown(out) == [
        "Earshot  The train is ▌",
        "Earshot  … late, and it stays so.",
        "Earshot  Sorry: something went wrong.",
    ]


async def test_people_are_followed(screen: Screen, out: io.StringIO) -> None:
    """A voice message has its length, typing is told once, long text is wrapped under its beginning."""
    async with Discord() as discord:
        channel = discord.add_channel(discord.add_guild())
        ben = discord.add_user("Ben")
        note = discord.post_voice(channel, ben, bytes(2_000), duration=83.4)
        screen.show(MessageCreated(note))
        screen.show(TypingStarted(channel, discord.me, 0))
        screen.show(TypingStarted(channel, discord.me, 1))
        screen.show(ReactionChanged(note, discord.me, "👂", added=True))
        screen.show(MessageCreated(discord.post(channel, ben, "word " * 12)))
    assert shown(out) == [
        "Ben posts a voice message, 1:23 (2 kB)",
        "Earshot is typing …",
        "Earshot reacts 👂",
        "Ben  word word word word word word word word word",
        "             word word word",
    ]


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Whether it says that it is a terminal."""
        return True


@pytest.mark.parametrize(("no_colour", "styled"), [("", True), ("1", False)])
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch,
    no_colour: str,
    styled: bool,  # noqa: FBT001
) -> None:
    """NO_COLOR is respected; a file never gets any."""
    monkeypatch.setenv("NO_COLOR", no_colour)
    terminal, file = Terminal(), io.StringIO()
    Screen(terminal).bad("Oh.")
    Screen(file).bad("Oh.")
    assert ("\x1b[" in terminal.getvalue()) is styled
    assert file.getvalue() == "Oh.\n"
