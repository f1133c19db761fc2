"""From a link on Discord's CDN to audio the completion API takes.

In goes a note's attachment (or a file on disk); out come files in a format, size and length that fit a request, or the
reason why there is nothing to hear. What reads strangers' bytes is `bot.decoder`, in processes of its own.
"""

from bot.audio.decoders import Decoders
from bot.audio.fetch import Fetcher, FreshLink
from bot.audio.preparation import Preparation
from bot.audio.scratch import scratch, working_folder

__all__ = ["Decoders", "Fetcher", "FreshLink", "Preparation", "scratch", "working_folder"]
