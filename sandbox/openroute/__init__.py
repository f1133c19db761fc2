"""A stand-in for the completion API (OpenRoute) on loopback: HTTP requests in, answers and event streams out.

It refuses what the real one refuses. It answers with a script's steps, or with what the recogniser hears in the audio.
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
