"""A stand-in for the completion API that refuses what the real one refuses.

It answers with what a listener hears in the audio, or with what a script says.
"""

from sandbox.openroute.script import Breakdown, Chunk, Comment, Framing, HangUp, Raw, Script
from sandbox.openroute.server import DEAF, GEMINI, GEMINI_LITE, KEY, ModelDownError, Openroute, Received

__all__ = [
    "DEAF",
    "GEMINI",
    "GEMINI_LITE",
    "KEY",
    "Breakdown",
    "Chunk",
    "Comment",
    "Framing",
    "HangUp",
    "ModelDownError",
    "Openroute",
    "Raw",
    "Received",
    "Script",
]
