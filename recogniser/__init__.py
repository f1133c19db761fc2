"""The completion API over a speech model (Whisper) that runs on this machine: no key, no network, no cost.

Requests with audio come in over HTTP in the real API's format, and the words heard go out, streamed or whole; or, where a
prompt asks for something else, what a text server makes of them (`recogniser.answer`). `python -m recogniser` serves it
(`recogniser.server`); `Recogniser` is the model by itself. Importing this package is cheap: the model is loaded when a
`Recogniser` is made.
"""

from recogniser.model import Recogniser
from recogniser.weights import UnavailableError

__all__ = ["Recogniser", "UnavailableError"]
