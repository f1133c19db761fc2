"""Discord's gateway: takes the bot's WebSocket connections, and sends each session the events it subscribed to."""

from sandbox.discord.gateway.dispatch import Dispatcher
from sandbox.discord.gateway.gateway import Gateway

__all__ = ["Dispatcher", "Gateway"]
