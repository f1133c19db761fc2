"""Where notes come in by any door: a reception, what is asked later, and commands, over a real pipeline and database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from bot import presets
from bot.models import ChannelKind, Claim, Posted, SeenMessage
from bot.notes.asker import Asker
from bot.notes.commands import RunningCommands
from bot.notes.dispatch.in_process import InProcessDispatch
from bot.notes.making import NoteMaker
from bot.notes.reception import Reception
from bot.notes.worker import Worker
from bot.policy.rule_book import RuleBook
from bot.storage.backlog import Backlog
from bot.storage.deletions import Deletions
from tests.fixtures import settings_of
from tests.fixtures_cdn import Told
from tests.fixtures_pipeline import Delivery, PipelineSetup, whole_note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.models import Attachment, VoiceNote
    from bot.presets import Preset
    from bot.storage.asked import AskedBefore
    from bot.storage.guild_settings import GuildSettings
    from bot.storage.ledger import Ledger


GUILD, OTHER, CHANNEL, THREAD = 3, 33, 2, 22
DEFAULT = "The operator's."


async def preset_of(_: int | None, name: str) -> Preset | None:
    """Those there are everywhere."""
    return presets.named(name)


class Desk:
    """The doors for notes with a real pipeline and database, and a delivery for each file."""

    def __init__(
        self, setup: PipelineSetup, guild_settings: GuildSettings, ledger: Ledger, asked: AskedBefore
    ) -> None:
        self.setup = setup
        self.rule_book = RuleBook(guild_settings=guild_settings, settings=settings_of(prompt=DEFAULT))
        self.ledger = ledger
        self.backlog = Backlog(ledger.database)
        self.asked = asked
        self.taken: list[VoiceNote] = []
        self.order: list[int] = []
        self.deliveries: dict[int, Delivery] = {}
        self.finished: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self.refuses: Exception | None = None
        """What deliveries from now on meet."""
        self.maker = NoteMaker(self.rule_book, preset_of)
        self.open()

    def open(self, *, at_once: int = 4) -> None:
        """Open a reception, as each run does."""
        worker = Worker(
            ledger=self.ledger,
            pipeline=self.setup.pipeline,
            deliver=self._deliver,
            whole=whole_note,
            patience=3600.0,
        )
        self.reception = Reception(
            maker=self.maker,
            ledger=self.ledger,
            backlog=self.backlog,
            deletions=Deletions(self.ledger.database),
            dispatch=InProcessDispatch(worker.work_on, at_once=at_once, at_once_for_one=at_once),
            worker=worker,
        )
        self.running = RunningCommands(maker=self.maker, pipeline=self.setup.pipeline)
        self.asker = Asker(maker=self.maker, ledger=self.ledger, asked=self.asked, reception=self.reception)

    async def close(self, seconds: float) -> None:
        """End a run."""
        await asyncio.gather(self.reception.close(seconds), self.running.close(seconds))

    def deliver(self, note: VoiceNote) -> Delivery:
        """Where the note's answer goes."""
        self.taken.append(note)
        number = note.attachment.id

        def finished() -> None:
            self.order.append(number)
            self.finished[number].set()

        self.deliveries[number] = Delivery(finished=finished, refuses=self.refuses)
        return self.deliveries[number]

    def _deliver(
        self,
        claim: Claim,
        taken: set[int],  # noqa: ARG002
        on_posted: Callable[[Posted], Awaitable[None]],  # noqa: ARG002
    ) -> Delivery:
        return self.deliver(claim.note)

    def message(
        self, *numbers: int, thread: bool = False, voice: bool = False, guild: int | None = GUILD
    ) -> SeenMessage:
        """A message with a file of each number, at `/number.ogg`; its own id is the first number."""
        self.setup.cdn.told += [Told(self.setup.sound) for _ in numbers]
        return SeenMessage(
            id=numbers[0],
            channel_id=THREAD if thread else CHANNEL,
            parent_id=CHANNEL if thread else None,
            guild_id=guild,
            channel_kind=ChannelKind.THREAD if thread else ChannelKind.TEXT,
            author_id=4,
            author_is_bot=False,
            is_voice=voice,
            attachments=tuple(self.file(number) for number in numbers),
        )

    def file(self, number: int) -> Attachment:
        """The file of that number; it comes when its gate is opened, if it has one."""
        return self.setup.file(f"/{number}.ogg", id=number)

    def gate(self, *numbers: int) -> None:
        """Have these files wait for their gates."""
        self.setup.cdn.gates |= {f"/{number}.ogg": asyncio.Event() for number in numbers}

    def let_in(self, *numbers: int) -> None:
        """Open the gates of these files."""
        for number in numbers:
            self.setup.cdn.gates[f"/{number}.ogg"].set()

    async def until_finished(self, *numbers: int) -> None:
        """Wait for the files' answers."""
        for number in numbers:
            async with asyncio.timeout(20):
                await self.finished[number].wait()

    async def until_begun(self, *numbers: int) -> None:
        """Wait until the files are asked for."""
        async with asyncio.timeout(20):
            for number in numbers:
                await self.setup.cdn.reached[f"/{number}.ogg"].wait()


async def settled(desk: Desk) -> None:
    """Wait until nothing is unfinished in the ledger."""
    await desk.close(20)
    assert await desk.backlog.unfinished() == []
