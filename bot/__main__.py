"""The command line: `python -m bot [run | worker | migrate | transcribe | check | usage]`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from bot import prompts, storage, system, telemetry, terminal
from bot import settings as settings_module
from bot.local import RecogniserError
from bot.storage import DatabaseError, is_embedded
from bot.transcribe import transcribe
from bot.usage import usage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from bot.metrics import Metrics
    from bot.settings import Settings


COGS = (
    "cogs.listen",
    "cogs.ask",
    "cogs.presses",
    "cogs.privacy",
    "cogs.prompt",
    "cogs.permissions",
    "cogs.recap",
    "cogs.settings",
    "cogs.about",
    "cogs.servers",
    "cogs.presets",
    "cogs.usage",
)
SECRETS = {
    "DISCORD_TOKEN",
    "OPENROUTE_API_KEY",
    "LOCAL_TEXT_KEY",
    "DATABASE_URL",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
}
"""Variables with keys or passwords in them."""

_MOST_DAYS = 400
"""As long as it is kept."""
TOKENLESS = (
    "DISCORD_TOKEN is not set. Create a bot at https://discord.com/developers/applications and put its token"
    " into .env; `make demo` shows everything without one."
)
KEYLESS = (
    "OPENROUTE_API_KEY is not set. Put a key into .env, or use --local to hear with a model on this machine"
    " (install it with: pip install -r requirements-local.txt)."
)

NO_FLEET = (
    "Several processes need a database they can share: set DATABASE_URL to postgresql://USER:PASSWORD@HOST/NAME, and"
    " run python -m bot migrate once. One process alone needs none of that: python -m bot run."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    args = parser().parse_args(arguments)
    terminal.take_any_text()
    try:
        return _do(args)
    except terminal.OutputLostError as error:
        if not error.gone:
            terminal.remark(f"The output can't be written: {error}.")
        return 1


def _do(args: argparse.Namespace) -> int:
    try:
        settings_module.read(".env")
        settings = settings_module.load()
    except settings_module.SettingsError as error:
        return _complain(f"Earshot can't start with these settings:\n{error}")
    metrics = (
        _metrics() if settings.http_port is not None and args.command in {None, "run", "worker"} else None
    )
    telemetry.configure(
        settings.log_level, settings.log_format, observe=metrics.observe if metrics is not None else None
    )
    # They are in the settings now. No process that is started from here on has any use for them.
    for name in [name for name in os.environ if name.upper() in SECRETS]:
        del os.environ[name]
    if args.command == "worker":
        return _work(settings, args, metrics)
    does: dict[str | None, Callable[[Settings, argparse.Namespace], int]] = {
        "transcribe": _transcribe,
        "check": _check,
        "usage": _usage,
        "migrate": _migrate,
    }
    if args.command in does:
        return does[args.command](settings, args)
    return _run(settings, args, metrics)


def _metrics() -> Metrics:
    from bot.metrics import Metrics  # noqa: PLC0415 - only who is watched needs it

    return Metrics()


def _run(settings: Settings, args: argparse.Namespace, metrics: Metrics | None) -> int:
    from bot.run import run_bot  # noqa: PLC0415 - discord.py loads slowly, and only two commands need it

    if args.gateway_only and is_embedded(settings.database_url):
        return _complain(NO_FLEET)
    return _live(
        settings,
        args,
        lambda: run_bot(
            settings, local=args.local, gateway_only=args.gateway_only, extensions=COGS, metrics=metrics
        ),
    )


def _work(settings: Settings, args: argparse.Namespace, metrics: Metrics | None) -> int:
    from bot.run import run_worker  # noqa: PLC0415

    if is_embedded(settings.database_url):
        return _complain(NO_FLEET)
    return _live(settings, args, lambda: run_worker(settings, local=args.local, metrics=metrics))


def _live(settings: Settings, args: argparse.Namespace, life: Callable[[], Coroutine[Any, Any, int]]) -> int:
    if settings.discord_token is None:
        return _complain(TOKENLESS)
    if settings.openroute_api_key is None and not args.local:
        return _complain(KEYLESS)
    system.have_one_heap()
    # What is loaded stays. Among it Python would let as much garbage gather as a quarter of it, which is ten megabytes, and
    # then look through all of it; so it looks through what comes now alone.
    gc.freeze()
    gc.collect()
    try:
        return asyncio.run(life())
    except (RecogniserError, DatabaseError) as error:
        return _complain(str(error))


def _migrate(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001 - as all of them
    try:
        asyncio.run(migrate(settings.database_url))
    except DatabaseError as error:
        return _complain(str(error))
    terminal.answer("The database is up to date.")
    return 0


async def migrate(url: str) -> None:
    """Bring the database at `url` up to date, and a fleet's queue in it."""
    await storage.migrate(url)
    if not is_embedded(url):
        from bot.notes.dispatch import fleet  # noqa: PLC0415 - one process alone has no use for it

        await fleet.migrate(url)


def _transcribe(settings: Settings, args: argparse.Namespace) -> int:
    if settings.openroute_api_key is None and not args.local:
        return _complain(KEYLESS)
    try:
        return asyncio.run(
            transcribe(
                settings,
                args.files,
                prompt=prompts.clean(args.prompt) or settings.prompt,
                local=args.local,
                as_json=args.json,
            )
        )
    except RecogniserError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return 130


def _check(settings: Settings, args: argparse.Namespace) -> int:
    from bot.check import check  # noqa: PLC0415 - discord.py, which `transcribe` has no use for

    return asyncio.run(check(settings, as_json=args.json, local=args.local))


def _usage(settings: Settings, args: argparse.Namespace) -> int:
    try:
        return asyncio.run(usage(settings, days=args.days, as_json=args.json, as_csv=args.csv))
    except DatabaseError as error:
        return _complain(str(error))


def _days(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    raise argparse.ArgumentTypeError(f"it must be a number of days from 1 to {_MOST_DAYS}")


def _complain(text: str) -> int:
    terminal.remark(text)
    return 2


def parser() -> argparse.ArgumentParser:
    """What understands the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="A Discord bot that hears voice notes."
    )
    parser.set_defaults(local=False, gateway_only=False)
    commands = parser.add_subparsers(dest="command")
    run = commands.add_parser("run", help="run the bot (this is done without a command, too)")
    transcribe = commands.add_parser("transcribe", help="hear files, without Discord")
    transcribe.add_argument("files", nargs="+", metavar="FILE")
    transcribe.add_argument("--prompt", metavar="TEXT", help="what to ask, instead of PROMPT")
    run.add_argument(
        "--gateway-only", action="store_true", help="take notes in and leave the work to worker processes"
    )
    worker = commands.add_parser("worker", help="work on what gateway processes take in (needs PostgreSQL)")
    commands.add_parser("migrate", help="bring the database up to date")
    check = commands.add_parser("check", help="look whether everything is set up")
    usage = commands.add_parser("usage", help="what was used, by server, day and model")
    usage.add_argument(
        "--days", type=_days, default=30, metavar="N", help="of so many days, today included (30)"
    )
    usage.add_argument("--csv", action="store_true", help="print CSV, for spreadsheets")
    for command in (run, worker, transcribe, check):
        command.add_argument(
            "--local",
            action="store_true",
            help="hear with a model on this machine; without LOCAL_TEXT_URL it only transcribes",
        )
    for command in (transcribe, check, usage):
        command.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
