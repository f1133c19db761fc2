"""Judges a run of `soak`: by what people can see on Discord, by what the model was asked, and by what is left over. Pure."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.ledger import kind_of
from benchmarks.soak.faults import EVERYBODY, Interruption
from benchmarks.torture_scene import as_said, messages_of_the_bot
from benchmarks.torture_verdict import Evidence, Finding, Kind, Note, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.soak.people import Asked, Call
    from sandbox.discord import Discord, Message

_UNDER_WAY = 0.5
"""Seconds after its end within which an answer may not have arrived yet on a busy machine."""
_UNHEARD = 0.25
"""Seconds after a cut within which the stand-in may not have heard that nobody takes its answer any more."""
_STORING = 3.0
"""Seconds after the end of an answer within which it may not be stored yet."""
_UNNOTICED = 5.0
"""Seconds for which a process may not know that it is cut off from the database: for two heartbeats it trusts the last one."""
_GIVEN_ON = 15.0
"""Seconds after a cut within which whoever took a job over comes to ask: a look, a free place, and what is to be prepared."""


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
    interruptions = _without_pause(interruptions)
    findings: list[Finding] = []
    needed = 0
    for key, several in by_key.items():
        for earlier, later in pairwise(several):
            if any(_excuses(interruption, earlier, later) for interruption in interruptions):
                needed += 1
                continue
            what = "was answered in full" if earlier.ended is not None else "was not answered to the end"
            text = f"{later.process} asks the model again {later.at - earlier.at:.1f} s after {earlier.process}, which {what}"
            findings.append(Finding(Kind.REPAID, key, text))
    return findings, needed


def _without_pause(interruptions: Sequence[Interruption]) -> list[Interruption]:
    """Of what kept each process from the database: what came one upon the other, so that nothing could be stored between.

    Where the database was away for everybody and that was all, nobody is to be taken for dead: that is no excuse.
    """
    together = [each for each in interruptions if each.process is None]
    for process in {each.process for each in interruptions} - {None, EVERYBODY}:
        spans: list[Interruption] = []
        its_own = False
        for each in sorted(
            (each for each in interruptions if each.process in {process, EVERYBODY}),
            key=lambda each: each.began,
        ):
            if spans and each.began <= spans[-1].ended + _STORING:
                before = spans.pop()
                began, ended = before.began, max(before.ended, each.ended)
                its_own = its_own or each.process == process
            else:
                began, ended, its_own = each.began, each.ended, each.process == process
            spans.append(Interruption(process if its_own else EVERYBODY, began, ended))
        together += [each for each in spans if each.process == process]
    return together


def _excuses(interruption: Interruption, call: Call, again: Call) -> bool:
    """Whether a call has to be repeated because a connection was cut: its own, or that of its process to the database.

    Whoever asks the second time is never excused for having been cut off: before it asked, it could have known better.
    """
    if interruption.process is None:
        # All connections there are break at the beginning; in the middle nothing is asked.
        lost_until = again.at if call.ended is None else call.ended + _UNDER_WAY
        heard_from = call.at if call.ended is None else call.ended
        return heard_from - _UNHEARD <= interruption.began <= lost_until
    if interruption.process != call.process:
        return False
    # What was never sent to its end was given up before it was asked again.
    unstored_until = again.at if call.ended is None else call.ended + _STORING
    asked_unknowing = call.at <= min(interruption.began + _UNNOTICED, interruption.ended)
    return (
        interruption.began <= unstored_until
        and asked_unknowing
        and again.at <= interruption.ended + _GIVEN_ON
    )
