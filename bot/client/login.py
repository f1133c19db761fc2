"""What can keep a client from Discord, in our own words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp
import discord

if TYPE_CHECKING:
    from collections.abc import Generator

_AUTHENTICATION_FAILED = 4004


class ContentIntentMissingError(Exception):
    """The message content intent is not switched on for this application."""


class LoginRefusedError(Exception):
    """Discord does not know the token."""


class DiscordAwayError(Exception):
    """Discord could not be reached to log in; later attempts may."""


@contextmanager
def logging_in() -> Generator[None]:
    """Translates discord.py's errors, of logging in and of a connection that cannot be had.

    Raises:
        ContentIntentMissingError, LoginRefusedError, DiscordAwayError: as their names say.
    """
    try:
        yield
    except discord.PrivilegedIntentsRequired as error:
        raise ContentIntentMissingError from error
    except discord.LoginFailure as error:
        raise LoginRefusedError from error
    except discord.ConnectionClosed as error:
        if error.code == _AUTHENTICATION_FAILED:
            raise LoginRefusedError from error
        raise DiscordAwayError(f"close code {error.code}") from error
    except discord.HTTPException as error:
        # Discord itself refuses a wrong token and nothing else here. The rest is Cloudflare before it, or passes.
        raise DiscordAwayError(f"status {error.status}") from error
    except (OSError, aiohttp.ClientError, discord.GatewayNotFound) as error:
        raise DiscordAwayError(type(error).__name__) from error
