"""Answers /usage: what was used here, for everybody; by whom and in which channels, for who manages the server."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot import reply
from bot.budgets import Span, Sum
from bot.client.posting.acknowledgement import acknowledge
from bot.client.posting.interactions import InteractionDelivery
from bot.client.seen import locale_of
from bot.models import Answer
from bot.storage import By

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from bot.chart import Charts
    from bot.policy import Account
    from bot.reply import Picture, Words
    from bot.storage import UsageSums

_CHART = "usage.png"


class UsageReports:
    """Tells people what was used where they are; in direct messages, what they have used themselves.

    Args:
        account: knows what is left.
        sums: what was used.
        charts: draw it.
        clock: gives seconds since 1970.
    """

    def __init__(
        self, *, account: Account, sums: UsageSums, charts: Charts, clock: Callable[[], float]
    ) -> None:
        self._account = account
        self._sums = sums
        self._charts = charts
        self._clock = clock

    async def answer(self, interaction: discord.Interaction, span: Span) -> None:
        """Answer /usage, in private.

        Raises:
            EarshotError, discord.HTTPException: it can't be done, and the person does not know it yet.
        """
        await acknowledge(interaction, private=True)
        words = reply.words_for(locale_of(interaction, private=True))
        guild_id, person_id = interaction.guild_id, interaction.user.id
        since, until = span.around(self._clock())
        may = interaction.permissions
        manages = guild_id is not None and (may.manage_guild or may.manage_messages)

        async def sums(by: By, most: int | None = None) -> list[Sum]:
            theirs = person_id if guild_id is None else None
            return await self._sums.sums(by, since, until, guild_id=guild_id, person_id=theirs, most=most)

        report = reply.Report(
            span=span,
            in_server=guild_id is not None,
            total=next(iter(await sums(By.EVERYTHING)), Sum()),
            left=await self._account.left(guild_id, person_id),
            people=await sums(By.PERSON, reply.MOST_LISTED) if manages else (),
            channels=await sums(By.CHANNEL, reply.MOST_LISTED) if manages else (),
        )
        picture = None
        if span is not Span.TODAY and report.total.answers:
            picture = await self._picture(await sums(By.DAY), since, min(until, self._tomorrow()), words)
        # As a long answer: lists of people and channels may not fit one message in every language.
        answer = Answer(text=reply.usage(report, words), model="")
        final = dataclasses.replace(reply.finished(answer, words=words), picture=picture)
        await InteractionDelivery(interaction, first=True, private=True, words=words).finish(final)

    async def _picture(self, sums: list[Sum], since: float, until: float, words: Words) -> Picture | None:
        days = reply.each_day(sums, since, until)
        png = await self._charts.bars(days)
        if png is None:
            return None
        return reply.Picture(png=png, name=_CHART, description=reply.chart_description(days, words))

    def _tomorrow(self) -> float:
        return Span.TODAY.around(self._clock())[1]
