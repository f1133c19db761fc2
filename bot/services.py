"""The composition root: builds what every process needs, and hands each part to the others. `run` adds the client."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot import connections, presets, storage
from bot.audio import Decoders, Fetcher, scratch
from bot.chart import Charts
from bot.client import (
    About,
    Answering,
    Arrivals,
    CatchUp,
    DeleteRequests,
    Flags,
    Introductions,
    Membership,
    MissedNotes,
    OwnPresets,
    PressedAsks,
    Presses,
    Privacy,
    Questions,
    Recaps,
    Reconciliation,
    Recordings,
    Retelling,
    ServerSettings,
    UsageReports,
    Withdrawals,
)
from bot.completion import Completion
from bot.notes import (
    Asker,
    Hearing,
    NoteMaker,
    Notices,
    Offers,
    Pipeline,
    Reception,
    RunningCommands,
    Summing,
    Worker,
)
from bot.notes.dispatch.in_process import InProcessDispatch
from bot.policy import Account, Gate, Limits, RuleBook, ServerLimits
from bot.reply import Controls, Handling
from bot.storage import (
    AskedBefore,
    Backlog,
    Consent,
    Deletions,
    FinishedNotes,
    GuildPresets,
    Guilds,
    GuildSettings,
    Ledger,
    Told,
    UsageRows,
    UsageSums,
    Watermarks,
    is_embedded,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import aiohttp
    from procrastinate import App

    from bot.client import Actions, VoiceBot
    from bot.models import VoiceNote
    from bot.notes.dispatch import Dispatch
    from bot.settings import Settings
    from bot.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that every process needs, whether it is connected to the gateway or a worker."""

    settings: Settings
    session: aiohttp.ClientSession
    rule_book: RuleBook
    ledger: Ledger
    asked: AskedBefore
    consent: Consent
    gate: Gate
    account: Account
    told: Told
    usage: UsageRows
    usage_sums: UsageSums
    completion: Completion
    guild_presets: GuildPresets
    guilds: Guilds
    deletions: Deletions
    finished: FinishedNotes
    watermarks: Watermarks
    database: Database
    backlog: Backlog
    decoders: Decoders
    folder: Path
    """For temporary files; gone at the end."""

    def worker(self, actions: Actions) -> Worker:
        """A worker that acts on Discord by `actions`."""
        return self._worker(self._pipeline(actions), actions)

    def attach(self, bot: VoiceBot, queue: App | None) -> None:
        """Build what the bot hands notes to, and set it as the bot's attributes.

        Args:
            bot: not connected yet.
            queue: that of a fleet, if worker processes do the work; None if this process does it.
        """
        pipeline = self._pipeline(bot.actions)
        worker = self._worker(pipeline, bot.actions)
        bot.rule_book = self.rule_book
        maker = bot.note_maker = self._maker()
        bot.reception = Reception(
            maker=maker,
            ledger=self.ledger,
            backlog=self.backlog,
            deletions=self.deletions,
            dispatch=self._dispatch(queue, worker),
            worker=worker,
        )
        withdrawals = bot.withdrawals = Withdrawals(bot, deletions=self.deletions)
        running = bot.running_commands = RunningCommands(maker=maker, pipeline=pipeline)
        asker = Asker(maker=maker, ledger=self.ledger, asked=self.asked, reception=bot.reception)
        controls = bot.controls = self._controls()
        offers = bot.offers = Offers(controls.offered, self.guild_presets)
        recordings = bot.recordings = Recordings(bot)
        bot.answering = Answering(running=running, recordings=recordings)
        bot.recaps = Recaps(
            bot,
            running=running,
            missed=MissedNotes(bot),
            retelling=Retelling(
                running=running, asker=asker, recollection=bot.actions.recollection, gate=self.gate
            ),
            summing=Summing(self.completion, self.account),
            controls=controls,
        )
        bot.own_presets = OwnPresets(bot.command_ids, presets=self.guild_presets, offers=offers)
        bot.about = About(
            bot,
            bot.command_ids,
            settings=self.settings,
            maker=maker,
            rule_book=self.rule_book,
            offers=offers,
        )
        bot.usage = UsageReports(
            account=self.account, sums=self.usage_sums, charts=Charts(self.folder), clock=time.time
        )
        bot.presses = Presses(
            asks=PressedAsks(
                gate=self.gate,
                reception=bot.reception,
                asker=asker,
                recordings=recordings,
                answering=bot.answering,
                offers=offers,
            ),
            deletions=DeleteRequests(
                asker=asker, recordings=recordings, actions=bot.actions, withdrawals=withdrawals
            ),
            asker=asker,
            withdrawals=withdrawals,
            answering=bot.answering,
            recaps=bot.recaps,
            controls=controls,
            offers=offers,
        )
        bot.server_settings = ServerSettings(bot, bot.command_ids, rule_book=self.rule_book, offers=offers)
        bot.privacy = Privacy(
            consent=self.consent, withdrawals=withdrawals, handling=_handling(self.settings)
        )
        bot.flags = Flags(
            bot,
            asker=asker,
            recordings=recordings,
            controls=controls,
            rule_book=self.rule_book,
        )
        questions = Questions(
            bot,
            asker=asker,
            recordings=recordings,
            rule_book=self.rule_book,
            controls=controls,
        )
        bot.arrivals = Arrivals(reception=bot.reception, questions=questions, language_of=bot.language_of)
        bot.catch_up = CatchUp(
            take_in=bot.arrivals.take_in,
            watermarks=self.watermarks,
            hours=self.settings.catch_up_hours,
        )
        bot.membership = Membership(
            bot,
            guilds=self.guilds,
            introductions=Introductions(bot, bot.command_ids, guilds=self.guilds, rule_book=self.rule_book),
        )
        bot.reconciliation = Reconciliation(
            bot,
            shards=bot.own_shards,
            withdrawals=withdrawals,
            deletions=self.deletions,
            finished=self.finished,
        )

    def _dispatch(self, queue: App | None, worker: Worker) -> Dispatch:
        for_one = self.settings.notes_at_once_per_server
        if queue is None:
            return InProcessDispatch(
                worker.work_on, at_once=self.settings.notes_at_once, at_once_for_one=for_one
            )
        from bot.notes.dispatch.fleet import FleetDispatch  # noqa: PLC0415 - see `run`

        return FleetDispatch(queue, at_once_for_one=for_one)

    def _controls(self) -> Controls:
        """What is offered under answers: nothing that the model could not do."""
        return Controls(() if self.settings.only_transcribes else presets.BUILT_IN)

    def _pipeline(self, actions: Actions) -> Pipeline:
        controls = self._controls()
        return Pipeline(
            controls=controls,
            offers=Offers(controls.offered, self.guild_presets),
            gate=self.gate,
            notices=Notices(
                told=self.told,
                handling=_handling(self.settings),
                wording=self.settings.notice,
                rule_book=self.rule_book,
            ),
            account=self.account,
            told=self.told,
            fetcher=Fetcher(
                session=self.session,
                hosts=self.settings.cdn_hosts,
                max_bytes=int(self.settings.max_file_mb * 1e6),
                fresh_link=actions.fresh_link,
            ),
            hearing=Hearing(
                decoders=self.decoders,
                completion=self.completion,
                folder=self.folder,
            ),
            memory=actions.recollection,
            folder=self.folder,
            part_seconds=self.settings.part_minutes * 60,
            at_once=self.settings.notes_at_once,
        )

    def _maker(self) -> NoteMaker:
        offers = Offers(self._controls().offered, self.guild_presets)
        return NoteMaker(self.rule_book, offers.named)

    def _worker(self, pipeline: Pipeline, actions: Actions) -> Worker:
        maker = self._maker()

        async def whole(note: VoiceNote) -> VoiceNote:
            return await maker.completed(note, await actions.seen(note))

        return Worker(
            ledger=self.ledger,
            pipeline=pipeline,
            deliver=actions.deliver,
            whole=whole,
            patience=self.settings.keep_trying_minutes * 60,
        )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """All services as the settings ask for, closed when the context ends.

    Raises:
        DatabaseError: the database cannot be used.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(storage.opened(settings.database_url))
        session = await stack.enter_async_context(connections.session(settings.proxies))
        usage = UsageRows(database, free=settings.heard_here)
        if is_embedded(settings.database_url):
            # Nobody else has this file: what is held in it was held by a process that has ended.
            await usage.release_all()
        rule_book = RuleBook(guild_settings=GuildSettings(database), settings=settings)

        async def server_limits(guild_id: int) -> ServerLimits:
            return ServerLimits.of(await rule_book.at(guild_id, ()))

        yield Services(
            settings=settings,
            session=session,
            rule_book=rule_book,
            ledger=Ledger(database),
            asked=AskedBefore(database),
            consent=(consent := Consent(database)),
            gate=Gate(consent=consent, rule_book=rule_book),
            account=Account(rows=usage, limits=Limits.of(settings), server_limits=server_limits),
            told=Told(database),
            usage=usage,
            usage_sums=UsageSums(database),
            completion=Completion(session=session, settings=settings),
            guild_presets=GuildPresets(database),
            guilds=Guilds(database),
            deletions=Deletions(database),
            finished=FinishedNotes(database),
            watermarks=Watermarks(database),
            backlog=Backlog(database),
            database=database,
            decoders=await stack.enter_async_context(Decoders.configured(settings)),
            folder=stack.enter_context(scratch()),
        )


def _handling(settings: Settings) -> Handling:
    """What becomes of what people say."""
    text_server = urlsplit(settings.local_text_url).netloc if settings.local_text_url else None
    return Handling(
        hearer=None if settings.heard_here else urlsplit(settings.openroute_base_url).netloc,
        text_server=text_server if settings.heard_here else None,
        keeps_nothing=settings.provider_data_collection == "deny" or settings.provider_zdr,
        keep_days=settings.keep_days,
    )
