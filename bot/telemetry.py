"""Log lines: structured, on stderr, never with audio, keys, prompts or what was said."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

# The least severe lines of the libraries. At DEBUG some write whole request bodies: other people's words and our
# token. The queue logs a traceback for each second a database is away; we say that in a line of our own.
_LIBRARIES = {
    "discord": logging.INFO,
    "aiohttp": logging.WARNING,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "psycopg": logging.CRITICAL,
    "procrastinate": logging.CRITICAL,
}


def configure(
    level: str,
    form: Literal["console", "json"] | None,
    *,
    observe: structlog.typing.Processor | None = None,
) -> None:
    """Send our lines and those of the libraries to stderr, in one form.

    Args:
        level: the least severe lines that are sent.
        form: `console` for people, `json` for programs; None for that of whoever reads them, by whether it is a terminal.
        observe: is shown each line, also those that are not sent.
    """
    if form is None:
        form = "console" if sys.stderr.isatty() else "json"
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if observe is not None:
        shared.append(observe)
    if form == "json":
        shared.append(structlog.processors.format_exc_info)
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _LIBRARIES.items():
        logging.getLogger(name).setLevel(max(root.level, least))
