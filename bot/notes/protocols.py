"""What the pipeline needs of others: somebody who delivers, somebody who keeps how far it has come, and a memory."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from bot import reply
    from bot.models import Answer, HeardPart, Origin, Posted, Said, State, VoiceNote


class Deliver(Protocol):
    """Posts one note's answer. Answers in threads and answers to commands are posted differently."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """A context for the time the note is being worked on, in which people are shown that something is happening."""
        ...

    async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:
        """Show the pages of the answer so far, of which `topic` are the first words (`reply.topic_of`)."""
        ...

    async def finish(self, final: reply.Reply) -> None:
        """Show the final answer, or why there is none. Nothing but `withdraw` is called after it.

        Raises:
            Transient: it could not be shown now, but may be later.
            StoppedError: the note was deleted, or somebody else works on it.
            EarshotError: it cannot be shown.
        """
        ...

    async def withdraw(self) -> None:
        """Delete what was shown, because the note was deleted."""
        ...


class Checkpoints(Protocol):
    """Is told how far the work on a note has come. The worker writes that into the ledger; for commands it is dropped.

    Each call raises StoppedError if the note was deleted meanwhile, or somebody else works on it.
    """

    @property
    def can_wait(self) -> bool:
        """Whether the note may be postponed when a server is away; otherwise its author is told to try again."""
        ...

    @property
    def stored(self) -> bool:
        """Whether the note is in the ledger, so that one worker at a time works on it."""
        ...

    def decoding(self) -> AbstractAsyncContextManager[None]:
        """A context for the time the file is decoded, which can end the process. Entering it may take a while."""
        ...

    async def confirm(self) -> None:
        """The model is about to be asked, which costs money."""
        ...

    async def heard(self, parts: Sequence[HeardPart]) -> None:
        """These parts of a long note were heard so far."""
        ...

    async def answered(self, answer: Answer, seconds: float) -> None:
        """The answer to `seconds` of audio is complete."""
        ...

    async def settled(self, state: State, *, may_pass: bool = False) -> None:
        """The note is finished, as `state` says; where it failed, whether another try may succeed."""
        ...


class NoCheckpoints:
    """The checkpoints of a command: they are dropped."""

    can_wait = False
    stored = False

    def decoding(self) -> AbstractAsyncContextManager[None]:
        """Dropped."""
        return nullcontext()

    async def confirm(self) -> None:
        """Dropped."""

    async def heard(self, parts: Sequence[HeardPart]) -> None:
        """Dropped."""

    async def answered(self, answer: Answer, seconds: float) -> None:
        """Dropped."""

    async def settled(self, state: State, *, may_pass: bool = False) -> None:
        """Dropped."""


class Memory(Protocol):
    """Knows what was said about a note before. The Discord client has the only one."""

    async def said_about(self, note: VoiceNote) -> Sequence[Said]:
        """What was said since the note, up to the question that `note` is, oldest first.

        Raises:
            EarshotError: it can't be read.
        """
        ...

    async def text_of(self, note: VoiceNote, posted: Posted) -> str | None:
        """The text of an answer to the note that stands somewhere; None if it can't be read."""
        ...

    async def roles_of(self, guild_id: int, person_id: int) -> frozenset[int]:
        """The roles of a member of a server; none of who is no member.

        Raises:
            DiscordAway: it can't be told now.
        """
        ...

    async def speaker_of(self, origin: Origin) -> int | None:
        """Who posted a forwarded note first; None where Discord does not tell.

        Raises:
            DiscordAway: it can't be told now.
        """
        ...
