"""Prints what happens in the stand-in for Discord as lines of text, as a person in the server would see it."""

from __future__ import annotations

import os
import shutil
import textwrap
import time
from itertools import takewhile
from typing import TYPE_CHECKING, TextIO

from sandbox.discord.changes import (
    Change,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
    SessionLost,
    SessionStarted,
    ThreadCreated,
    TypingStarted,
)
from sandbox.discord.kinds import MessageKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Message, User

_BOLD, _DIM, _RED, _CYAN, _GREEN, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[36m", "\x1b[32m", "\x1b[0m"
_CLOCK_WIDTH = 8
_NARROWEST = 30


class Screen:
    """Writes to a terminal, a file or a pipe. Each line has the seconds since a person last posted something."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._on_left: Callable[[], object] | None = None
        self.left = False
        """Whether the program that read from the pipe has ended, so that nothing is written any more."""
        self._colours = out.isatty() and not os.environ.get("NO_COLOR")
        self._began = time.monotonic()
        self._shown: dict[int, str] = {}
        self._typing = False

    def when_left(self, callback: Callable[[], object]) -> None:
        """Have `callback` called when the program that reads from the pipe has ended."""
        self._on_left = callback

    def line(self, text: str) -> None:
        """Write a line as it is, without colour: something to be copied."""
        self._write(text)

    def note(self, text: str) -> None:
        """Write a remark that is no event."""
        self._write(self._styled(text, _DIM))

    def good(self, text: str) -> None:
        """Write that something went well."""
        self._write(self._styled(text, _GREEN))

    def bad(self, text: str) -> None:
        """Write that something went wrong."""
        self._write(self._styled(text, _RED))

    def show(self, change: Change) -> None:
        """Write a line about a change of the world, if people would see it."""
        match change:
            case MessageCreated(message) if message.kind is not MessageKind.THREAD_STARTER_MESSAGE:
                self._show_message(message)
            case MessageEdited(message):
                self._show_growth(message)
            case MessageDeleted(message):
                self._event(
                    message.author, "deletes a message" if message.author.bot else "takes a message back"
                )
            case ThreadCreated(thread):
                self._write(f"{self._clock()}{self._styled('┌ thread', _DIM)} {thread.name}")
            case TypingStarted(_, user) if not self._typing:
                self._typing = True
                self._event(user, "is typing …")
            case ReactionChanged(_, user, emoji, added):
                self._event(user, f"reacts {emoji}" if added else f"takes {emoji} back")
            case SessionStarted():
                self.note("The bot is connected.")
            case SessionLost():
                self.note("The bot has disconnected.")
            case _:
                pass

    def _show_message(self, message: Message) -> None:
        if not message.author.bot:
            self._began = time.monotonic()
            self._write("")
        self._typing = False
        self._shown[message.id] = message.content
        for attachment in message.attachments:
            seconds = attachment.upload.duration
            what = f"a voice message, {_minutes(seconds)}" if seconds else attachment.filename
            self._event(message.author, f"posts {what} ({attachment.size / 1000:.0f} kB)")
        if message.content:
            self._say(message.author, message.content)

    def _show_growth(self, message: Message) -> None:
        """Of an edited message, write only what is new, from the last word that stayed the same."""
        before = self._shown.get(message.id, "")
        if message.content == before:
            return
        self._shown[message.id] = message.content
        pairs = zip(before, message.content, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        kept = message.content.rfind(" ", 0, same) + 1
        self._say(message.author, ("… " if kept else "") + message.content[kept:])

    def _say(self, author: User, text: str) -> None:
        name = f"{self._clock()}{self._styled(author.name, _CYAN if author.bot else _BOLD)}  "
        indent = " " * (_CLOCK_WIDTH + len(author.name) + 2)
        width = max(_NARROWEST, shutil.get_terminal_size((100, 24)).columns - len(indent))
        lines = [line for part in text.strip().splitlines() for line in textwrap.wrap(part, width) or [""]]
        self._write(name + f"\n{indent}".join(lines))

    def _event(self, who: User, what: str) -> None:
        self._write(f"{self._clock()}{self._styled(f'{who.name} {what}', _DIM)}")

    def _clock(self) -> str:
        return self._styled(f"{time.monotonic() - self._began:5.1f} s ", _DIM)

    def _styled(self, text: str, style: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._colours else text

    def _write(self, line: str) -> None:
        if self.left:
            return
        try:
            self._out.write(line + "\n")
            self._out.flush()
        except BrokenPipeError:
            self.left = True
            if self._on_left is not None:
                self._on_left()


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
