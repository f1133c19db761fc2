"""A note's way through the bot, from the moment somebody posts it to the moment its answer stands there.

In come messages and commands as plain values; each note is written into the ledger, dispatched to a worker, fetched,
heard and delivered. Where the answer goes is the business of whoever passes a `Deliver` in.
"""

from bot.notes.hearing import Hearing
from bot.notes.pipeline import Deliver, Pipeline
from bot.notes.reception import Reception
from bot.notes.worker import DeliveryFactory, Worker

__all__ = ["Deliver", "DeliveryFactory", "Hearing", "Pipeline", "Reception", "Worker"]
