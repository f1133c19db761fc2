"""A note's way through the bot, from the moment somebody posts it to the moment its answer stands there.

In come messages and commands as plain values; posted notes are written into the ledger and dispatched to a worker, those of
commands are answered at once. Each is fetched, heard and delivered, wherever the `Deliver` that is passed in leads.
"""

from bot.notes import asking, intake
from bot.notes.asker import Asker
from bot.notes.asking import Wanted
from bot.notes.commands import RunningCommands
from bot.notes.hearing import Hearing
from bot.notes.making import NoteMaker
from bot.notes.notices import Notices
from bot.notes.offers import Offers
from bot.notes.pipeline import Pipeline
from bot.notes.protocols import Deliver
from bot.notes.recap import Recording, Summing, fitting, telling
from bot.notes.reception import Reception
from bot.notes.worker import DeliveryFactory, Worker

__all__ = [
    "Asker",
    "Deliver",
    "DeliveryFactory",
    "Hearing",
    "NoteMaker",
    "Notices",
    "Offers",
    "Pipeline",
    "Reception",
    "Recording",
    "RunningCommands",
    "Summing",
    "Wanted",
    "Worker",
    "asking",
    "fitting",
    "intake",
    "telling",
]
