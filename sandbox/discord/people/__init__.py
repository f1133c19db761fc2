"""What people do on Discord: a test or the demo calls a method for each action, and the world changes."""

from sandbox.discord.people.actions import People
from sandbox.discord.people.interaction_sender import CannotUseError, InteractionSender

__all__ = ["CannotUseError", "InteractionSender", "People"]
