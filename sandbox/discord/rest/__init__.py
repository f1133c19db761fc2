"""Discord's REST API: reads the bot's HTTP requests, refuses them as Discord would, changes the world, answers JSON."""

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
