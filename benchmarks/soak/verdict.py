"""Judges a run of `soak`: by what people can see on Discord, by what the model was asked, and by what is left over. Pure."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.ledger import kind_of
from benchmarks.torture_scene import as_said, messages_of_the_bot
from benchmarks.torture_verdict import Evidence, Finding, Kind, Note, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.soak.faults import Interruption
    from benchmarks.soak.people import Asked, Call
    from sandbox.discord import Discord, Message

_IN_HAND = 30.0
"""Seconds for which a process may have a note in hand before it asks the model: a transaction hangs, and its connection has to be
found dead."""
_UNDER_WAY = 0.5
"""Seconds after its end within which an answer may not have arrived yet on a busy machine."""
_STORING = 3.0
"""Seconds after the end of an answer within which it may not be stored yet."""


def answered(asked: Mapping[int, Asked], discord: Discord) -> list[Finding]:
    """Findings about what stands on Discord: answers that are missing, wrong or there twice; answers to what is gone."""
    gone = {each.message.id for each in asked.values() if each.gone}
    threads = [thread for guild in discord.world.guilds.values() for thread in guild.threads]
    evidence = Evidence(
        notes={
            key: Note(each.note.number, each.note.words, each.message.id, kind_of(key))
            for key, each in asked.items()
            if each.message.id not in gone
        },
        said=[
            as_said(message) for message in messages_of_the_bot(discord) if not _belongs_to(message) & gone
        ],
        threads=[thread for thread in threads if thread not in gone],
        calls=(),
        kills=(),
        requests=(),
    )
    return [*judge(evidence).findings, *kept(asked, discord)]


def kept(asked: Mapping[int, Asked], discord: Discord) -> list[Finding]:
    """Findings about notes that were deleted although the bot's answer still stands."""
    return [
        Finding(
            Kind.KEPT,
            each.note.number,
            f"message {each.message.id} is gone, and {message.content[:40]!r} still stands",
        )
        for each in asked.values()
        if each.gone
        for message in _around(each, discord)
    ]


def _around(asked: Asked, discord: Discord) -> list[Message]:
    """The bot's messages in the thread of a note."""
    thread = discord.world.channels.get(asked.message.id)
    return [message for message in thread.messages if message.author is discord.me] if thread else []


def _belongs_to(message: Message) -> set[int]:
    """The ids of notes that a message may be about."""
    replied = message.reference.message_id if message.reference is not None else 0
    return {message.channel.id, replied}


def repaid(calls: Iterable[Call], interruptions: Sequence[Interruption]) -> tuple[list[Finding], int]:
    """Findings about answers that were asked for again without need, and how many were for a cut connection's sake."""
    by_key: defaultdict[int, list[Call]] = defaultdict(list)
    for call in calls:
        by_key[call.key].append(call)
    findings: list[Finding] = []
    needed = 0
    for key, several in by_key.items():
        for earlier, later in pairwise(several):
            if any(
                _excuses(interruption, earlier, later) or _kept_late(interruption, later)
                for interruption in interruptions
            ):
                needed += 1
                continue
            what = "was answered in full" if earlier.ended is not None else "was not answered to the end"
            text = f"{later.process} asks the model again {later.at - earlier.at:.1f} s after {earlier.process}, which {what}"
            findings.append(Finding(Kind.REPAID, key, text))
    return findings, needed


def _excuses(interruption: Interruption, call: Call, again: Call) -> bool:
    """Whether a call has to be repeated because a connection was cut: its own, or that of its process to the database."""
    if interruption.process is None and call.ended is not None:
        return 0 <= interruption.began - call.ended <= _UNDER_WAY
    if interruption.process not in (None, call.process):
        return False
    # What was never sent to its end was given up before it was asked again.
    ended = again.at if call.ended is None else call.ended + _STORING
    return interruption.began <= ended and call.at <= interruption.ended


def _kept_late(interruption: Interruption, later: Call) -> bool:
    """Whether the second who asks had begun before it was cut from the database, and so could not know of the first."""
    in_hand = interruption.began <= later.at <= interruption.ended + _IN_HAND
    return interruption.process == later.process and in_hand
