"""Does what must not be done twice. A request to Discord can take effect and still look as if it had failed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from bot.client.posting import refusals

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

T = TypeVar("T")


async def nothing_seen() -> None:
    """A `look` for where there is nothing to look at."""


async def surely(
    act: Callable[[], Awaitable[T]],
    look: Callable[[], Awaitable[T | None]],
    *,
    pauses: Iterable[float] = (),
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    passes: Callable[[Exception], bool] = refusals.passes,
) -> T:
    """The result of `act`; or what `look` finds, if `act` failed in a way that leaves open whether it took effect.

    For all requests that create something and that Discord does not know again by itself.

    Args:
        act: makes the request. If Discord answers that it was done before, that is for `act` to return.
        look: whether it is done, and the result. It may fail, which is taken for not having seen it.
        pauses: seconds, one for each repetition. After each, `look` comes first and then `act`. Without any, `look`
            comes once.
        sleep: waits for so many seconds.
        passes: whether an error leaves open if it took effect, and may be followed by a repetition.

    Raises:
        discord.HTTPException, aiohttp.ClientError, OSError: as `act` raised it; it did not take effect, as far as was
            seen.
    """
    remaining = iter(pauses)
    while True:
        try:
            return await act()
        except refusals.FAILED as error:
            if not passes(error):
                raise
            failure = error
        if (pause := next(remaining, None)) is not None:
            await sleep(pause)
        with contextlib.suppress(*refusals.FAILED):
            if (found := await look()) is not None:
                return found
        if pause is None:
            raise failure
