"""Discord's gateway: takes the bot's WebSocket connections, and sends each session the events it asked for.

It listens to the world's changes, which `Dispatcher` turns into events; tests use `Gateway` to break connections.
"""

from sandbox.discord.gateway.dispatch import Dispatcher
from sandbox.discord.gateway.gateway import Gateway

__all__ = ["Dispatcher", "Gateway"]
