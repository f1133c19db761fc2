"""Everything that can keep a note from its answer, as a tree of three kinds. `bot.reply` turns errors into words.

EarshotError
├── Refused      the person who sent the note can act on it: told, never retried
│   ├── NotAudio, FormatNotRead, Encrypted, EmptyFile, NoSound, Damaged
│   ├── TooManyChannels, RateTooHigh
│   ├── TooLong, TooLarge, RequestTooLarge
│   ├── NoSpeech
│   ├── ModelRefused, NoAnswer
│   ├── Gone, CommandExpired
│   ├── PresetUnknown, PresetNameTaken, TooManyPresets, LanguageUnknown
│   ├── SettingUnknown, ValueUnusable, ValueTooHigh, WholeServerOnly
│   ├── OptedOut, ChannelBarred, RoleBarred, OverBudget
│   └── Forbidden, AnswerRefused
├── Transient    passes by itself: retried, honouring `retry_after`
│   ├── DownloadFailed, DiscordAway
│   ├── EndpointBusy
│   └── DiskFailed
└── Fault        ours or the operator's to mend: logged, told in general words
    ├── KeyRefused, OutOfCredit, ModelUnknown, RequestRefused
    └── DecoderFailed, GivenUp
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.budgets import Period, Whose


class EarshotError(Exception):
    """Anything that can keep a note from its answer. Errors carry data, not sentences."""

    @property
    def kind(self) -> str:
        """A stable name for programs: the class in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Refused(EarshotError):  # noqa: N818 - the three kinds are words of their own
    """The person can act on it. Its text, where there is one, is for the log."""


class NotAudio(Refused):
    """The bytes are no audio format that is read here."""


class FormatNotRead(Refused):
    """Sound in a format that has a name, but that is not read here."""


class Encrypted(Refused):
    """Sound that its seller or sender has encrypted: a song with copy protection, an audiobook."""


class EmptyFile(Refused):
    """There are no bytes at all."""


class NoSound(Refused):
    """A container without an audio stream: a video without sound, a picture."""


class Damaged(Refused):
    """An audio format, but nothing in it could be decoded."""


class TooManyChannels(Refused):
    """More channels than are mixed here."""

    def __init__(self, *, limit: int, channels: int | None = None) -> None:
        super().__init__(f"more than {limit} channels")
        self.limit = limit
        self.channels = channels


class RateTooHigh(Refused):
    """More samples a second than any recorder takes; both numbers in Hz."""

    def __init__(self, *, limit: int, rate: int | None = None) -> None:
        super().__init__(f"more than {limit} Hz")
        self.limit = limit
        self.rate = rate


class TooLong(Refused):
    """More seconds of audio than allowed; `seconds` is None where only the excess is known."""

    def __init__(self, *, limit: float, seconds: float | None = None) -> None:
        super().__init__(f"longer than {limit:.0f} s")
        self.limit = limit
        self.seconds = seconds


class TooLarge(Refused):
    """More bytes than allowed; `size` is None where only the excess is known."""

    def __init__(self, *, limit: int, size: int | None = None) -> None:
        super().__init__(f"larger than {limit} bytes")
        self.limit = limit
        self.size = size


class RequestTooLarge(Refused):
    """413: the endpoint takes less than `MAX_REQUEST_MB`; a smaller encoding may pass."""


class NoSpeech(Refused):
    """The recording is silent: our own decoder found nothing in it that could be a voice."""


class ModelRefused(Refused):
    """The model, or a filter before it, would not answer this."""


class NoAnswer(Refused):
    """The model was asked twice and came to its end both times without having written anything."""


class Gone(Refused):
    """The file, or the message it was in, is no longer there."""


class CommandExpired(Refused):
    """Discord takes no more answers to a command after a quarter of an hour, and the person accepts no direct messages."""


class PresetUnknown(Refused):
    """Somebody named a preset that there is not, or that the model could not follow."""


class PresetNameTaken(Refused):
    """A server has a preset of that name already, or one that is built in is called so."""

    def __init__(self, name: str) -> None:
        super().__init__("a name that is taken")
        self.name = name


class TooManyPresets(Refused):
    """A server has as many presets of its own as it may have."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"more than {limit} presets")
        self.limit = limit


class LanguageUnknown(Refused):
    """Somebody named a language that there is not."""


class SettingUnknown(Refused):
    """Somebody named a setting that there is not."""


class ValueUnusable(Refused):
    """Somebody gave a setting what is no value of it; `setting` is its name."""

    def __init__(self, setting: str) -> None:
        super().__init__(setting)
        self.setting = setting


class ValueTooHigh(Refused):
    """Somebody gave a setting, by its name, more than the operator allows, which is `most`."""

    def __init__(self, setting: str, most: float) -> None:
        super().__init__(setting)
        self.setting = setting
        self.most = most


class WholeServerOnly(Refused):
    """Somebody wanted to set for one channel what can be set for a whole server alone; `setting` is its name."""

    def __init__(self, setting: str) -> None:
        super().__init__(setting)
        self.setting = setting


class ChannelBarred(Refused):
    """The server has decided that nothing is heard in this channel."""


class RoleBarred(Refused):
    """The server has decided that nothing is heard for this person, by the roles they have."""


class OptedOut(Refused):
    """Whoever speaks in the recording does not want to be heard; `own` if that is the person who asks."""

    def __init__(self, *, own: bool) -> None:
        super().__init__("opted out")
        self.own = own


class OverBudget(Refused):
    """Whoever wants the answer, their server or the bot has used up what there is of a day or a month.

    Args:
        whose: whose budget it is.
        period: how long it is for.
        opens_at: when the next one begins, in seconds since 1970.
    """

    def __init__(self, *, whose: Whose, period: Period, opens_at: float) -> None:
        super().__init__(f"the {whose} has used up this {period}'s budget")
        self.whose = whose
        self.period = period
        self.opens_at = opens_at


UNWELCOME = (OptedOut, ChannelBarred, RoleBarred)
"""Somebody has decided that this is not heard. Who posts a recording as they always do is not told each time."""


class Forbidden(Refused):
    """The bot lacks a permission where the answer should go; `missing` names it as Discord does."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing


class AnswerRefused(Refused):
    """Discord takes the answer in no form and at no place: a filter of the server, for example."""


class Transient(EarshotError):  # noqa: N818
    """Passes by itself. `retry_after` is in seconds, where the other side asked for a pause."""

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class DownloadFailed(Transient):
    """Discord's CDN did not hand the file over this time."""


class DiscordAway(Transient):
    """Discord took no message this time."""


class EndpointBusy(Transient):
    """The completion API answered with a passing error, or the connection broke."""


class DiskFailed(Transient):
    """A file can't be written or read on this machine now: its disk is full, or broken, or too many files are open."""


class Fault(EarshotError):  # noqa: N818
    """Ours or the operator's to mend. `detail` is for the log, never for the person."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class KeyRefused(Fault):
    """401: the host in `detail` refused the key."""


class OutOfCredit(Fault):
    """402, or a quota that is used up: the account behind the key has nothing left."""


class ModelUnknown(Fault):
    """404, or a 400 that says so: the endpoint does not know the model (any more)."""


class RequestRefused(Fault):
    """400 and its like: the endpoint takes no such request, or none from this account, place or network."""


class DecoderFailed(Fault):
    """A decoder process died or was ended at its time or memory limit."""


class GivenUp(Fault):
    """Work on the note ended its process again and again."""


class StoppedError(Exception):
    """The work on a note is to end here, and that is no failure."""


class ForgottenError(StoppedError):
    """The note was deleted while it was worked on: end, and delete what was posted."""


class SupersededError(StoppedError):
    """Somebody else has claimed the note since, or finished it: end, and change nothing."""
