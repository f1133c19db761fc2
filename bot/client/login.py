"""Exceptions for a login that fails, and the context that translates those of discord.py into them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.connections import ProxyFailedError

if TYPE_CHECKING:
    from collections.abc import Generator

WRONG_LOGIN = "Discord refused DISCORD_TOKEN: copy it again from the developer portal, page Bot."
WRONG_SHARDS = (
    "Discord refused the shards of this process: check SHARD_COUNT and SHARD_IDS. The bot may be in too many"
    " servers for so few; without both settings Discord decides."
)
TOO_OLD = "Discord refused the connection as this version makes it: install a newer version of the bot."

_FOR_GOOD = {
    4004: WRONG_LOGIN,
    4010: WRONG_SHARDS,
    4011: WRONG_SHARDS,
    4012: TOO_OLD,
    4013: TOO_OLD,
}
"""Close codes of the gateway after which it is no use to connect again; it would use up the day's thousand sessions."""


class ContentIntentMissingError(Exception):
    """The message content intent is not switched on for this application."""


class LoginRefusedError(Exception):
    """Discord refuses the login, and would do so again; the text says what the operator has to change."""


class DiscordAwayError(Exception):
    """Discord could not be reached to log in; later attempts may succeed."""

    longest_pause = 30.0
    """Seconds between two attempts, at most."""


class UnreadableGatewayError(DiscordAwayError):
    """Discord sent something that can't be read, without which a session can't go on; a later session may."""

    longest_pause = 300.0
    """Each attempt uses up one of the thousand sessions a day that Discord allows."""


@contextmanager
def logging_in() -> Generator[None]:
    """A context that turns discord.py's errors of logging in and connecting into our own.

    Raises:
        ContentIntentMissingError, LoginRefusedError, DiscordAwayError: as their names say.
    """
    try:
        yield
    except discord.PrivilegedIntentsRequired as error:
        raise ContentIntentMissingError from error
    except discord.LoginFailure as error:
        raise LoginRefusedError(WRONG_LOGIN) from error
    except discord.ConnectionClosed as error:
        if advice := _FOR_GOOD.get(error.code):
            raise LoginRefusedError(advice) from error
        raise DiscordAwayError(f"close code {error.code}") from error
    except discord.HTTPException as error:
        # Discord itself refuses nothing here but a wrong token. Anything else comes from Cloudflare, or passes.
        raise DiscordAwayError(f"status {error.status}") from error
    except (OSError, aiohttp.ClientError, discord.GatewayNotFound) as error:
        told = str(error) if isinstance(error, ProxyFailedError) else type(error).__name__
        raise DiscordAwayError(told) from error
