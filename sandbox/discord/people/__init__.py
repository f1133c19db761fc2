"""What people do on Discord: a test or the demo calls a method for each action, and the world changes.

The methods return the objects that came of it (messages, channels, interactions). `CannotUseError` is raised where
Discord's own client would not let a person do that.
"""

from sandbox.discord.people.actions import People
from sandbox.discord.people.interaction_sender import CannotUseError, InteractionSender

__all__ = ["CannotUseError", "InteractionSender", "People"]
