"""Turns an error of the completion API into one of `bot.errors`: who can act on it, and whether it passes by itself."""

from __future__ import annotations

from bot import errors
from bot.completion.evidence import evidence_of
from bot.completion.meanings import Meaning, meaning_of
from bot.completion.shapes import first_mapping, mapping
from bot.completion.vocabulary import known


def failure_of(  # noqa: PLR0911 - one a meaning
    status: int | None, data: object, *, pause: float | None = None, host: str = "", words: str = ""
) -> errors.EarshotError:
    """The error that an answer of the API means.

    Args:
        status: of the HTTP answer; None where the failure came inside a 200.
        data: the parsed body, of whatever shape; None where it is no JSON.
        pause: seconds the headers asked to wait.
        host: named where the key was refused, since several services share its variable's name.
        words: the body, where it is no JSON.
    """
    told = evidence_of(status, data, pause=pause, words=words)
    detail = _detail(status, data)
    match meaning_of(told):
        case Meaning.PASSES:
            return errors.EndpointBusy(detail, retry_after=told.pause)
        case Meaning.REFUSED:
            return errors.ModelRefused(detail)
        case Meaning.NO_CREDIT:
            return errors.OutOfCredit(detail)
        case Meaning.UNAFFORDABLE:
            return errors.OutOfCredit(f"{detail}: too little for the longest answer; set MAX_TOKENS lower")
        case Meaning.BAD_KEY:
            return errors.KeyRefused(f"{host} refused the key ({detail})")
        case Meaning.NO_MODEL:
            return errors.ModelUnknown(detail)
        case Meaning.TOO_LARGE:
            return errors.RequestTooLarge(detail)
        case Meaning.BAD_REQUEST:
            return errors.RequestRefused(detail)


def _detail(status: int | None, data: object) -> str:
    """For the log: numbers and known names. An error's own words may repeat the prompt or the key."""
    body = first_mapping(data)
    error = first_mapping(body.get("error")) or body
    named = {
        "status": status,
        "code": error.get("code"),
        "type": mapping(error.get("metadata")).get("error_type") or error.get("type"),
    }
    told = (f"{what} {value}" for what, value in named.items() if known(value))
    return ", ".join(told) or "an error without a code"
