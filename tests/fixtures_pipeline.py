"""The real stages between stand-ins for their two servers, and somebody to deliver to."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

import aiohttp
from pydantic import SecretStr

from bot import storage
from bot.audio.decoders import Decoders
from bot.audio.fetch import Fetcher
from bot.completion.asking import Completion
from bot.completion.breaker import Breaker
from bot.errors import ForgottenError
from bot.notes.hearing import Hearing
from bot.notes.notices import Notices
from bot.notes.offers import Offers
from bot.notes.pipeline import Pipeline
from bot.policy.account import Account
from bot.policy.gate import Gate
from bot.policy.limits import Limits, ServerLimits
from bot.policy.rule_book import RuleBook
from bot.reply.controls import Controls
from bot.reply.privacy import Handling
from bot.storage.consent import Consent
from bot.storage.guild_presets import GuildPresets
from bot.storage.guild_settings import GuildSettings
from bot.storage.told import Told
from bot.storage.usage import UsageRows
from bot.storage.usage_sums import UsageSums
from sandbox.openroute import Openroute
from tests.fixtures import Recording, file_of, settings_of
from tests.fixtures_cdn import Cdn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from bot import reply
    from bot.models import Answer, Attachment, HeardPart, Origin, Posted, Said, State, VoiceNote

VOICE_MESSAGE = Recording(container="ogg", codec="libopus")


class Delivery:
    """Takes what is delivered, writes down in which order, and says when it is `finished`."""

    def __init__(
        self, *, refuses: Exception | None = None, finished: Callable[[], None] | None = None
    ) -> None:
        self.heard: list[str] = []
        self.worked = asyncio.Event()
        self.final: reply.Reply | None = None
        """Without its buttons."""
        self.buttons: tuple[reply.Button, ...] = ()
        self._refuses = refuses
        self._finished = finished

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Written down, beginning and end."""
        self.heard.append("working")
        try:
            yield
        finally:
            self.heard.append("worked")
            self.worked.set()

    async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:
        """Written down."""
        assert not topic or topic.rstrip("…") in " ".join(pages)
        self.heard.append(f"grew: {pages}")

    async def finish(self, final: reply.Reply) -> None:
        """Taken, or not."""
        self.heard.append("finished")
        if self._finished is not None:
            self._finished()
        if self._refuses is not None:
            raise self._refuses
        assert self.final is None, "told twice"
        self.final, self.buttons = dataclasses.replace(final, buttons=()), final.buttons

    async def withdraw(self) -> None:
        """Written down."""
        self.heard.append("withdrew")


class Checkpoints:
    """Keeps how far a note is, until it is `forgotten_at` a step."""

    stored = True

    def __init__(self, *, forgotten_at: str | None = None, can_wait: bool = False) -> None:
        self.can_wait = can_wait
        self.steps: list[str] = []
        self.answer: Answer | None = None
        self.parts: tuple[HeardPart, ...] = ()
        self.seconds: float | None = None
        self.may_pass = False
        self._forgotten_at = forgotten_at

    @contextlib.asynccontextmanager
    async def decoding(self) -> AsyncGenerator[None]:
        """Kept, once it is behind us."""
        yield
        self._step("prepared")

    async def confirm(self) -> None:
        """It is nobody else's."""

    async def heard(self, parts: Sequence[HeardPart]) -> None:
        """Kept."""
        self.parts = tuple(parts)

    async def answered(self, answer: Answer, seconds: float) -> None:
        """Kept, with the answer."""
        self._step("answered")
        self.answer, self.seconds = answer, seconds

    async def settled(self, state: State, *, may_pass: bool = False) -> None:
        """Kept, with how it ended."""
        self.may_pass = may_pass
        self._step(state.value)

    def _step(self, step: str) -> None:
        if step == self._forgotten_at:
            raise ForgottenError
        self.steps.append(step)


class Memory:
    """What stands on Discord about notes: messages, and the texts of answers by their first page."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.texts: dict[int, str] = {}
        self.speakers: dict[int, int] = {}
        self.roles: dict[int, frozenset[int]] = {}

    async def said_about(self, note: VoiceNote) -> list[Said]:
        """All of it."""
        assert note.question is not None
        return self.said

    async def roles_of(self, guild_id: int, person_id: int) -> frozenset[int]:
        """By the person."""
        assert guild_id
        return self.roles.get(person_id, frozenset())

    async def speaker_of(self, origin: Origin) -> int | None:
        """By the message that was forwarded."""
        return self.speakers.get(origin.message_id)

    async def text_of(self, note: VoiceNote, posted: Posted) -> str | None:
        """None for what is not there."""
        assert note.ask
        return self.texts.get(posted.pages[0])


async def whole_note(note: VoiceNote) -> VoiceNote:
    """As a worker finds out about a note; here all is known of every one."""
    return note


async def no_limits(_: int) -> ServerLimits:
    """As of a server that has set none."""
    return ServerLimits()


class PipelineSetup:
    """The pipeline between its two servers, and four seconds of voice message for them."""

    def __init__(
        self,
        cdn: Cdn,
        openroute: Openroute,
        pipeline: Pipeline,
        folder: Path,
        *,
        memory: Memory,
        consent: Consent,
        usage: UsageRows,
        sums: UsageSums,
        rule_book: RuleBook,
    ) -> None:
        self.usage = usage
        self.sums = sums
        self.consent = consent
        self.rule_book = rule_book
        self.memory = memory
        self.cdn = cdn
        self.openroute = openroute
        self.pipeline = pipeline
        self.folder = folder
        self.sound = VOICE_MESSAGE.write(folder.parent / "note.ogg", seconds=4.0).read_bytes()

    def file(self, path: str = "/memo.ogg", **announced: Any) -> Attachment:
        """The recording as an attachment at `path`, but for what is `announced` otherwise."""
        usual = {"filename": "memo.ogg", "size": len(self.sound), "url": f"http://{self.cdn.host}{path}"}
        return file_of(**{**usual, **announced})


@contextlib.asynccontextmanager
async def opened(folder: Path, **wanted: Any) -> AsyncGenerator[PipelineSetup]:
    """A pipeline with one decoder process, notes of up to a minute, and no waiting between attempts.

    Other settings are as `wanted`.
    """
    work = folder / "work"
    work.mkdir()
    settings = settings_of(**{"decoders": 1, "max_minutes": 1.0, "notice": "off", **wanted})

    async def at_once(_: float) -> None:
        pass

    async with (
        aiohttp.ClientSession() as session,
        Cdn() as cdn,
        Openroute() as openroute,
        Decoders.configured(settings) as decoders,
        storage.opened(f"sqlite:///{folder}/consent.db") as database,
    ):
        consent = Consent(database)
        rule_book = RuleBook(guild_settings=GuildSettings(database), settings=settings)
        here = {"openroute_base_url": openroute.base_url, "openroute_api_key": SecretStr(openroute.key)}
        # Nobody waits between attempts here: by its clock, a minute passes at each look.
        breaker = Breaker(clock=itertools.count(step=60).__next__)
        completion = Completion(
            session=session, settings=settings.model_copy(update=here), sleep=at_once, breaker=breaker
        )
        memory = Memory()
        usage = UsageRows(database)
        pipeline = Pipeline(
            controls=Controls(()),
            offers=Offers((), GuildPresets(database)),
            notices=Notices(
                told=Told(database),
                handling=Handling(hearer="api.example", keep_days=30),
                wording=settings.notice,
                rule_book=rule_book,
            ),
            gate=Gate(consent=consent, rule_book=rule_book),
            account=Account(rows=usage, limits=Limits.of(settings), server_limits=no_limits),
            told=Told(database),
            fetcher=Fetcher(session=session, hosts=(cdn.host,), max_bytes=1_000_000, sleep=at_once),
            hearing=Hearing(decoders=decoders, completion=completion, folder=work),
            memory=memory,
            folder=work,
            part_seconds=settings.part_minutes * 60,
            at_once=4,
        )
        yield PipelineSetup(
            cdn,
            openroute,
            pipeline,
            work,
            memory=memory,
            consent=consent,
            usage=usage,
            sums=UsageSums(database),
            rule_book=rule_book,
        )
        assert openroute.unknown == []
