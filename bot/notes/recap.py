"""What was said in a channel, in one: which answers tell it, and the request that has it summed up."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot import asks, presets, prompts
from bot.asks import LISTENED
from bot.budgets import Entry
from bot.completion import Asker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.completion import Completion
    from bot.models import Answer, StandingAnswer
    from bot.policy import Account

log = structlog.get_logger("earshot.recap")

MOST_CHARACTERS = 60_000
"""Of what is summed up together, the newest so many are told to the model."""
_TELLING = (presets.TRANSCRIBE, presets.SUMMARY, presets.MINUTES, presets.TRANSLATE)
"""The presets whose answers tell what was said, the best first; a draft of a reply does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording as it is told to the model."""

    name: str
    """What its author is called."""
    when: str
    text: str


def telling(answers: Sequence[StandingAnswer]) -> dict[tuple[int, int], StandingAnswer]:
    """Of all answers to some notes, for each note (message, attachment) the one that tells best what was said. Pure."""
    found: dict[tuple[int, int], StandingAnswer] = {}
    for answer in sorted((a for a in answers if _rank(a) is not None), key=lambda a: _rank(a) or 0):
        found.setdefault((answer.message_id, answer.attachment_id), answer)
    return found


def fitting(recordings: Sequence[Recording], most: int = MOST_CHARACTERS) -> tuple[Recording, ...]:
    """The newest recordings whose texts are together no longer than `most` characters; both oldest first. Pure.

    Of a single one that is longer than that, its beginning.
    """
    taken: list[Recording] = []
    left = most
    for recording in reversed(recordings):
        if len(recording.text) > left:
            if not taken:
                taken.append(dataclasses.replace(recording, text=recording.text[:left]))
            break
        left -= len(recording.text)
        taken.insert(0, recording)
    return tuple(taken)


class Summing:
    """Has the model sum up what several people said.

    Args:
        completion: asked in words alone.
        account: which pays.
    """

    def __init__(self, completion: Completion, account: Account) -> None:
        self._completion = completion
        self._account = account

    async def up(
        self,
        recordings: Sequence[Recording],
        language: str,
        *,
        asked_by: int,
        guild_id: int | None,
        channel_id: int,
        on_text: Callable[[str], None],
    ) -> Answer:
        """One summary of some recordings.

        Args:
            recordings: the oldest first; as many as fit.
            language: the summary's, by its English name.
            asked_by: the person.
            guild_id: the server in which they ask; None in direct messages.
            channel_id: the channel that it is about.
            on_text: called with all the text there is so far, each time there is more.

        Raises:
            EarshotError: whatever kept the answer away.
        """
        told = [(recording.name, recording.when, recording.text) for recording in recordings]
        prompt = prompts.recap(told, language)
        entry = Entry(
            guild_id=guild_id, channel_id=channel_id, speaker_id=None, asked_by=asked_by, ask="recap"
        )
        async with self._account.charge(entry, None) as charge:
            answer = await self._completion.ask(
                prompt, asker=Asker(person_id=asked_by), on_text=on_text, meter=charge
            )
        usage = answer.usage
        log.info(
            "recap",
            notes=len(recordings),
            model=answer.model,
            tokens=usage.total_tokens if usage else None,
            cost=usage.cost if usage else None,
            generation=answer.generation_id,
        )
        return answer


def _rank(answer: StandingAnswer) -> int | None:
    if answer.ask == LISTENED:
        return 0
    found = asks.preset_of(answer.ask)
    named = [preset.name for preset in _TELLING]
    return named.index(found[0]) + 1 if found and found[0] in named else None
