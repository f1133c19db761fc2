"""The one place where every part is built and handed to the others."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from bot import storage
from bot.audio import Decoders, Fetcher, scratch
from bot.client import CatchUp
from bot.completion import Completion
from bot.notes import Hearing, Pipeline, Reception, Work
from bot.notes.dispatch.fleet import Fleet
from bot.notes.dispatch.in_process import Here
from bot.storage import Ledger, Store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from procrastinate import App

    from bot.client import Hands, VoiceBot
    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every process has, whether it listens or works; and what is built of it once there are hands to act with."""

    settings: Settings
    session: aiohttp.ClientSession
    store: Store
    ledger: Ledger
    decoders: Decoders
    folder: Path

    def work(self, hands: Hands) -> Work:
        """What works on notes in the ledger."""
        return self._work(self._pipeline(hands), hands)

    def furnish(self, bot: VoiceBot, app: App | None) -> None:
        """Give the bot what it hands notes to; `app` is the queue of a fleet, if others work."""
        pipeline = self._pipeline(bot.hands)
        here = self._work(pipeline, bot.hands)
        for_one = self.settings.notes_at_once_per_server
        bot.store = self.store
        bot.reception = Reception(
            store=self.store,
            ledger=self.ledger,
            dispatch=Fleet(app, at_once_for_one=for_one)
            if app is not None
            else Here(here.on, at_once=self.settings.notes_at_once, at_once_for_one=for_one),
            pipeline=pipeline,
            work=here,
            default_prompt=self.settings.prompt,
        )
        bot.catch_up = CatchUp(
            reception=bot.reception, ledger=self.ledger, hours=self.settings.catch_up_hours
        )

    def _pipeline(self, hands: Hands) -> Pipeline:
        return Pipeline(
            fetcher=Fetcher(
                session=self.session,
                hosts=self.settings.cdn_hosts,
                max_bytes=int(self.settings.max_file_mb * 1e6),
                fresh_link=hands.fresh_link,
            ),
            hearing=Hearing(
                decoders=self.decoders,
                completion=Completion(session=self.session, settings=self.settings),
                folder=self.folder,
            ),
            folder=self.folder,
            max_seconds=self.settings.max_minutes * 60,
            at_once=self.settings.notes_at_once,
        )

    def _work(self, pipeline: Pipeline, hands: Hands) -> Work:
        return Work(
            ledger=self.ledger,
            pipeline=pipeline,
            deliver=hands.deliver,
            patience=self.settings.keep_trying_minutes * 60,
        )


@asynccontextmanager
async def house_of(settings: Settings) -> AsyncGenerator[House]:
    """A house as the settings ask for, gone at the end.

    Raises:
        DatabaseError: the database cannot be used.
    """
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(storage.opened(settings.database_url))
        yield House(
            settings=settings,
            session=await stack.enter_async_context(aiohttp.ClientSession()),
            store=Store(engine),
            ledger=Ledger(engine),
            decoders=await stack.enter_async_context(Decoders.configured(settings)),
            folder=stack.enter_context(scratch()),
        )
