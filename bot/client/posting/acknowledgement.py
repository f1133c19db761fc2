"""Tells Discord within its three seconds that a command was received, and for how long its answer is tried."""

from __future__ import annotations

import asyncio
import functools
import time
from typing import TYPE_CHECKING

import discord

from bot import errors
from bot.client.posting.outcomes import nothing_seen, surely
from bot.client.posting.refusals import FAILED, passes
from bot.client.posting.webhooks import single_requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Clock = Callable[[], float]
    Sleep = Callable[[float], Awaitable[None]]

TOKEN_SECONDS = 15 * 60.0
"""For how long Discord takes answers to a command."""
_ACKNOWLEDGED_BEFORE = 40060
_TAKEN = "taken"
_DEFERRAL_SECONDS = 2.0
"""How long one attempt may take. Discord waits three seconds."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0


async def acknowledge(
    interaction: discord.Interaction,
    *,
    private: bool,
    clock: Clock = time.monotonic,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Ask Discord for time to answer a command. It then shows “thinking”.

    That it was acknowledged before counts as done: an attempt of ours may have taken effect without our knowing.

    Args:
        interaction: the command.
        private: whether only the person who asked will see the answer.
        clock: gives seconds, monotonic.
        sleep: waits for so many seconds.

    Raises:
        discord.HTTPException: Discord does not take it. Code 10062: it came too late.
        DiscordAway: Discord could not be reached for as long as it would have helped.
    """
    await _taken(
        interaction,
        functools.partial(interaction.response.defer, ephemeral=private, thinking=True),
        clock,
        sleep,
    )


def is_taken(interaction: discord.Interaction) -> bool:
    """Whether Discord has been told that an interaction was received, also where it was an attempt that looked failed."""
    return interaction.response.is_done() or _TAKEN in interaction.extras


async def take_silently(
    interaction: discord.Interaction, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
) -> None:
    """Tell Discord that a press was received, and show nothing. Otherwise as `acknowledge`."""
    await _taken(interaction, interaction.response.defer, clock, sleep)


async def show_form(
    interaction: discord.Interaction,
    form: discord.ui.Modal,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Answer with a form. Otherwise as `acknowledge`."""
    await _taken(interaction, functools.partial(interaction.response.send_modal, form), clock, sleep)


async def _taken(
    interaction: discord.Interaction, defer: Callable[[], Awaitable[object]], clock: Clock, sleep: Sleep
) -> None:
    async def once() -> None:
        try:
            async with asyncio.timeout(_DEFERRAL_SECONDS):
                with single_requests():
                    await defer()
        except discord.InteractionResponded:
            return
        except discord.HTTPException as error:
            if error.code != _ACKNOWLEDGED_BEFORE:
                raise

    try:
        # Nothing has to be looked at: asked again, Discord says whether it was done.
        await surely(once, nothing_seen, pauses=pauses_for(clock, TOKEN_SECONDS, first=0.05), sleep=sleep)
        # discord.py knows only of attempts that succeeded.
        interaction.extras[_TAKEN] = True
    except FAILED as error:
        if passes(error):
            raise errors.DiscordAway(type(error).__name__) from error
        raise


def pauses_for(clock: Clock, seconds: float, *, first: float = _FIRST_PAUSE) -> Iterator[float]:
    """Pauses between attempts, each twice as long as the one before it, for so many seconds from now."""
    until = clock() + seconds
    pause = first
    while clock() + pause < until:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)
