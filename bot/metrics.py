"""Figures for Prometheus, counted from the lines of the log: whatever writes one is counted, and knows nothing of it.

A line at a level that is not shown is counted all the same.
"""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

_STAGES = {"fetch": "fetch", "prepare": "prepare", "first_text": "first_text", "total": "total"}
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_GATE = {"opted_out", "channel_barred", "role_barred", "over_budget", "too_long", "too_large"}
"""The kinds of errors with which a note is turned away before it is heard."""
_DECODER = "decoder_failed"
_DISCORD_LIMIT = "We are being rate limited"
"""How discord.py's warning begins."""


class Metrics:
    """What a process has done since it began."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, said: str, *labels: str) -> Counter:
            return Counter(name, said, labels, registry=self.registry)

        self._notes = counter("earshot_notes", "Notes that ended, by how.", "outcome")
        self._refusals = counter(
            "earshot_refusals", "Notes that were turned away before they were heard, by why.", "reason"
        )
        self._errors = counter(
            "earshot_errors", "Notes that ended without an answer, by the kind of error.", "kind"
        )
        self._audio = counter("earshot_audio_seconds", "Seconds of audio that were heard.")
        self._tokens = counter("earshot_tokens", "Tokens that answers took.")
        self._cost = counter("earshot_cost_credits", "What answers cost, in the endpoint's credits.")
        self._postponed = counter("earshot_postponed", "How often a note was left for later.")
        self._requests = counter(
            "earshot_failed_requests",
            "Requests to the endpoint that came to nothing, by the status.",
            "status",
        )
        self._discord = counter("earshot_discord_rate_limits", "How often Discord asked for a pause.")
        self._restarts = counter("earshot_decoder_restarts", "Decoder processes that died or met a limit.")
        self._stages = Histogram(
            "earshot_stage_seconds",
            "Seconds from the beginning of work on a note to the end of a stage.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._waiting = Gauge("earshot_queue_notes", "Notes that are not finished.", registry=self.registry)
        self._oldest = Gauge(
            "earshot_queue_age_seconds", "The age of the oldest of them.", registry=self.registry
        )
        self._tasks = Gauge(
            "earshot_tasks",
            "Tasks of the event loop, of whoever asks for these figures, too.",
            registry=self.registry,
        )
        self._threads = Gauge(
            "earshot_threads",
            "Threads: those of the event loop's pool, which come when they are needed and stay, and all others.",
            ("of",),
            registry=self.registry,
        )
        Gauge("earshot_build_info", "What runs here.", ("version", "python"), registry=self.registry).labels(
            VERSION, platform.python_version()
        ).set(1)
        self._by_event: dict[str, Callable[[MutableMapping[str, Any]], None]] = {
            "note": self._note,
            "recap": self._answer,
            "postponed": lambda _: self._postponed.inc(),
            "a request failed": lambda line: self._requests.labels(_status(line)).inc(),
        }

    def observe(
        self, _logger: object, _level: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Count a line of the log, and hand it on: a processor of structlog."""
        event = str(line.get("event", ""))
        if count := self._by_event.get(event):
            count(line)
        elif event.startswith(_DISCORD_LIMIT):
            self._discord.inc()
        return line

    def queue(self, waiting: int, oldest_seconds: float) -> None:
        """Tell how many notes wait, and for how long the first of them has."""
        self._waiting.set(waiting)
        self._oldest.set(oldest_seconds)

    def running(self, *, tasks: int, pooled: int, others: int) -> None:
        """Tell how many tasks the event loop has, and how many threads there are in its pool and beside that.

        A bot at rest has the same numbers for months, once the pool is full: at some threads more than there are cores.
        """
        self._tasks.set(tasks)
        self._threads.labels("pool").set(pooled)
        self._threads.labels("others").set(others)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)

    def _note(self, line: MutableMapping[str, Any]) -> None:
        self._notes.labels(line["outcome"]).inc()
        for stage, field in _STAGES.items():
            if line.get(field) is not None:
                self._stages.labels(stage).observe(line[field])
        kind = str(line.get("error") or "").partition(":")[0]
        if kind:
            self._errors.labels(kind).inc()
        if kind in _GATE:
            self._refusals.labels(kind).inc()
        if kind == _DECODER:
            self._restarts.inc()
        self._audio.inc(line.get("seconds") or 0)
        self._answer(line)

    def _answer(self, line: MutableMapping[str, Any]) -> None:
        self._tokens.inc(line.get("tokens") or 0)
        self._cost.inc(line.get("cost") or 0)


def _status(line: MutableMapping[str, Any]) -> str:
    """The HTTP status an error tells of; `none` where there was no answer."""
    found = re.match(r"status (\d{3})", str(line.get("error") or ""))
    return found[1] if found else "none"
