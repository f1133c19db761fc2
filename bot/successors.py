"""Finds the model that answers in place of one that is gone: of the same family where there is one, and not much dearer."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

log = structlog.get_logger("earshot.successors")

_REMEMBERED_SECONDS = 3600.0
_AGAIN_SECONDS = 60.0
"""After which a list of models that could not be had is asked for again."""
_ASKING_SECONDS = 15.0
_MOST_TRIED = 3
_HTTP_OK = 200
_PRICES = {"google/gemini-2.5-flash": 1e-6}
"""What a token of audio has cost, for models that may not be listed any more when somebody asks for their successors."""
_VERSION = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class Successor:
    """A model that may answer instead."""

    model: str
    price: float
    """Of a token of audio, in the endpoint's credits."""


def candidates(listed: object, gone: str, *, most: float, today: date) -> list[Successor]:
    """The models of a list that may answer in place of one that is gone, the nearest first.

    Those of the same maker come first, among them those whose name shares most with that of the one that is gone, and
    among these the newest and then the cheapest.

    Args:
        listed: what the endpoint says of its models, parsed.
        gone: the model's id.
        most: how many times as dear a token of audio may be, where it is known what it cost; else only the same maker's
            models are taken. Tokens stand for seconds: how many a second has, no endpoint tells.
        today: a model that retires by then is none.
    """
    data = _mapping(listed).get("data")
    entries = [_mapping(each) for each in cast("list[object]", data)] if isinstance(data, list) else []
    prices = {str(entry.get("id")): _price(entry) for entry in entries}
    known = prices.get(gone) or _PRICES.get(gone)
    found: list[tuple[tuple[Any, ...], Successor]] = []
    for entry in entries:
        model, price = str(entry.get("id")), prices[str(entry.get("id"))]
        if model == gone or price is None or not _hears(entry) or _retired(entry, today):
            continue
        same_maker = _maker(model) == _maker(gone)
        if (known is None and not same_maker) or (known is not None and price > known * most):
            continue
        ours, theirs = _words(gone), _words(model)
        rank = (
            not same_maker,
            -len(ours & theirs),
            len(theirs - ours),
            [-number for number in _version(model)],
            price,
            model,
        )
        found.append((rank, Successor(model, price)))
    return [successor for _, successor in sorted(found, key=lambda each: each[0])]


class Successors:
    """Remembers for an hour which models may answer in place of one that is gone.

    Args:
        session: for requests.
        url: where the endpoint lists its models.
        headers: with the key.
        most: how many times as dear they may be.
        clock: gives seconds, monotonic.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        url: str,
        headers: Mapping[str, str],
        most: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._url = url
        self._headers = headers
        self._most = most
        self._clock = clock
        self._asking = asyncio.Lock()
        self._found: dict[str, tuple[float, list[str]]] = {}
        """By the model that is gone: until when it is remembered, and which models answer instead, the best first."""

    def known(self, gone: str) -> list[str]:
        """Those that were found within the last hour, without asking; none if the model was not gone then."""
        until, models = self._found.get(gone, (0.0, []))
        return models if self._clock() < until else []

    async def instead_of(self, gone: str) -> Sequence[str]:
        """The models to try in place of one that the endpoint does not know, or that does not hear; none if it lists none."""
        async with self._asking:
            until, models = self._found.get(gone, (0.0, []))
            if self._clock() < until:
                return models
            found = candidates(await self._listed(), gone, most=self._most, today=datetime.now(UTC).date())[
                :_MOST_TRIED
            ]
            models = [successor.model for successor in found]
            lasts = _REMEMBERED_SECONDS if models else _AGAIN_SECONDS
            self._found[gone] = self._clock() + lasts, models
        if found:
            log.warning(
                "the model is gone, another one answers", gone=gone, model=models[0], price=found[0].price
            )
        else:
            log.error("the model is gone, and none can answer instead", gone=gone)
        return models

    def failed(self, gone: str, model: str) -> None:
        """One that was found does not answer, either."""
        until, models = self._found.get(gone, (0.0, []))
        self._found[gone] = until, [each for each in models if each != model]

    async def _listed(self) -> object:
        try:
            async with asyncio.timeout(_ASKING_SECONDS):
                async with self._session.get(
                    self._url, headers=self._headers, allow_redirects=False
                ) as response:
                    return json.loads(await response.read()) if response.status == _HTTP_OK else None
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as error:
            log.warning("the list of models can't be had", error=type(error).__name__)
            return None


def _hears(entry: Mapping[str, Any]) -> bool:
    architecture = _mapping(entry.get("architecture"))
    heard, told = architecture.get("input_modalities"), architecture.get("output_modalities")
    return isinstance(heard, list) and "audio" in heard and (not isinstance(told, list) or "text" in told)


def _retired(entry: Mapping[str, Any], today: date) -> bool:
    try:
        return date.fromisoformat(str(entry.get("expiration_date"))[:10]) <= today
    except ValueError:
        return False


def _price(entry: Mapping[str, Any]) -> float | None:
    """Of a token of audio; None if it is not told, or told as nothing: what is free today is somebody's trial."""
    pricing = _mapping(entry.get("pricing"))
    for name in ("audio", "prompt"):
        try:
            price = float(pricing[name])
        except (KeyError, TypeError, ValueError):
            continue
        if 0 < price < float("inf"):
            return price
    return None


def _maker(model: str) -> str:
    return model.partition("/")[0] if "/" in model else ""


def _words(model: str) -> set[str]:
    """The parts of a model's name that are no version: `gemini`, `flash`."""
    name = model.rpartition("/")[2].lower()
    return {word for word in re.split(r"[-:_@]", name) if word and not _VERSION.fullmatch(word)}


def _version(model: str) -> list[int]:
    found = _VERSION.search(model.rpartition("/")[2])
    return [int(number[:9]) for number in found[0].split(".")] if found else []


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
