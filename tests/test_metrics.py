"""Figures: what is counted of the lines of the log, and what is not in them."""

from __future__ import annotations

import structlog

from bot import errors
from bot.metrics import Metrics
from bot.models import Answer, Audio, Heard, State, Timings, Usage
from bot.notes.ending import log_end
from tests.fixtures import note_of


def counted(*lines: dict[str, object]) -> dict[str, float]:
    """The figures after some lines, by name and labels."""
    metrics = Metrics()
    for line in lines:
        assert metrics.observe(None, "info", dict(line)) == line
    rows = [row for row in metrics.text().decode().splitlines() if row and not row.startswith("#")]
    return {row.rpartition(" ")[0]: float(row.rpartition(" ")[2]) for row in rows}


def test_every_note_is_counted_by_how_it_ended() -> None:
    """By the very lines that notes end in, with what they tell of length, tokens, cost and stages."""
    metrics = Metrics()
    structlog.configure(processors=[metrics.observe, structlog.processors.JSONRenderer()])
    try:
        answer = Answer(
            text="What was said.",
            model="a/b",
            usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3, cost=0.5),
        )
        part = Audio(path=None, format="wav", seconds=4.5, bytes=10, transcoded=True)  # pyright: ignore[reportArgumentType]
        heard = Heard(
            parts=(part,), answer=answer, timings=Timings(fetch=0.02, prepare=0.2, first_text=0.7, total=3.0)
        )
        log_end(note_of(), State.POSTED, heard=heard, seconds=3.0)
        log_end(note_of(), State.REFUSED, error=errors.OptedOut(own=True))
        log_end(note_of(), State.FAILED, error=errors.DecoderFailed("died"))
    finally:
        structlog.reset_defaults()
    text = metrics.text().decode()
    for row in (
        'earshot_notes_total{outcome="posted"} 1.0',
        'earshot_notes_total{outcome="refused"} 1.0',
        'earshot_refusals_total{reason="opted_out"} 1.0',
        'earshot_errors_total{kind="decoder_failed"} 1.0',
        "earshot_decoder_restarts_total 1.0",
        "earshot_audio_seconds_total 4.5",
        "earshot_tokens_total 3.0",
        "earshot_cost_credits_total 0.5",
        'earshot_stage_seconds_bucket{le="0.05",stage="fetch"} 1.0',
        'earshot_stage_seconds_sum{stage="total"} 3.0',
    ):
        assert f"\n{row}\n" in text, row
    assert "said" not in text.replace("earshot", "")
    assert "a/b" not in text


def test_what_else_is_counted() -> None:
    """Requests that failed, by their status; what Discord asked for; what waits."""
    found = counted(
        {"event": "a request failed", "error": "status 503, type x"},
        {"event": "a request failed", "error": "ServerDisconnectedError"},
        {"event": "postponed", "error": "status 503"},
        {"event": "We are being rate limited. POST https://discord.com responded with 429."},
        {"event": "something else"},
    )
    assert found['earshot_failed_requests_total{status="503"}'] == 1
    assert found['earshot_failed_requests_total{status="none"}'] == 1
    assert found["earshot_postponed_total"] == 1
    assert found["earshot_discord_rate_limits_total"] == 1
    metrics = Metrics()
    metrics.queue(7, 12.5)
    metrics.running(tasks=3, pooled=1, others=2)
    figures = (
        "queue_notes 7.0",
        "queue_age_seconds 12.5",
        "tasks 3.0",
        'threads{of="pool"} 1.0',
        'threads{of="others"} 2.0',
    )
    assert "".join(f"\nearshot_{each}" for each in figures) in "\n".join(
        line for line in ("", *metrics.text().decode().splitlines(), "") if not line.startswith("#")
    )
