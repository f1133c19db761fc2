"""Asks the model: the only place that speaks to the completion API.

In go audio files and a prompt; out comes an `Answer`, told piece by piece as it grows, or an error that says whether it
will pass by itself.
"""

from bot.completion.asking import Asker, Completion

__all__ = ["Asker", "Completion"]
