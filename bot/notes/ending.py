"""The one line each note ends in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot import errors
from bot.models import State

if TYPE_CHECKING:
    from bot.models import Heard, VoiceNote

log = structlog.get_logger("earshot.note")


def log_end(
    note: VoiceNote,
    state: State,
    *,
    heard: Heard | None = None,
    error: Exception | None = None,
    seconds: float | None = None,
) -> None:
    """Write the one line each note ends in, with the same fields whatever happened, and never what was said or asked."""
    usage = heard.answer.usage if heard else None
    write = log.error if state is State.FAILED else log.info
    write(
        "note",
        outcome=state.value,
        message=note.message_id,
        attachment=note.attachment.id,
        guild=note.guild_id,
        seconds=round(heard.seconds, 1) if heard else None,
        ask=note.ask.partition(":")[0],
        format=heard.parts[0].format if heard and heard.parts else None,
        parts=len(heard.parts) if heard else None,
        transcoded=heard.parts[0].transcoded if heard and heard.parts else None,
        model=heard.answer.model if heard else None,
        tokens=usage.total_tokens if usage else None,
        cost=usage.cost if usage else None,
        generation=heard.answer.generation_id if heard else None,
        fetch=_rounded(heard.timings.fetch) if heard else None,
        prepare=_rounded(heard.timings.prepare) if heard else None,
        first_text=_rounded(heard.timings.first_text) if heard else None,
        total=_rounded(seconds),
        error=_described(error),
        exc_info=error if error is not None and not isinstance(error, errors.EarshotError) else None,
    )


def _described(error: Exception | None) -> str | None:
    if error is None:
        return None
    return f"{error.kind}: {error}" if isinstance(error, errors.EarshotError) else type(error).__name__


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
