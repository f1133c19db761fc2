"""Discord's REST API: takes the bot's HTTP requests, changes the world and answers with JSON.

Each class of routes gives a list of aiohttp routes to the server; what Discord would refuse is refused with its codes.
"""

from sandbox.discord.rest.account import AccountRoutes
from sandbox.discord.rest.channels import ChannelRoutes
from sandbox.discord.rest.commands import CommandRoutes
from sandbox.discord.rest.guilds import GuildRoutes
from sandbox.discord.rest.interactions import InteractionRoutes
from sandbox.discord.rest.messages import MessageRoutes
from sandbox.discord.rest.middlewares import Middlewares
from sandbox.discord.rest.rate_limits import RateLimits
from sandbox.discord.rest.threads import ThreadRoutes

__all__ = [
    "AccountRoutes",
    "ChannelRoutes",
    "CommandRoutes",
    "GuildRoutes",
    "InteractionRoutes",
    "MessageRoutes",
    "Middlewares",
    "RateLimits",
    "ThreadRoutes",
]
