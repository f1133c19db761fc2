"""The JSON that lists the API's models and describes a key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recogniser.chat_response import FREE, Prices

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Model:
    """A model the API offers. `inputs` are its modalities, `context_length` is in tokens."""

    id: str
    name: str
    inputs: tuple[str, ...] = ("text", "audio")
    prices: Prices = FREE
    context_length: int = 1_048_576
    expiration_date: str | None = None

    @property
    def entry(self) -> dict[str, Any]:
        """The model as `GET /models` lists it."""
        return {
            "id": self.id,
            "canonical_slug": self.id,
            "name": self.name,
            "created": 1_750_000_000,
            "context_length": self.context_length,
            "architecture": {
                "modality": f"{'+'.join(self.inputs)}->text",
                "input_modalities": list(self.inputs),
                "output_modalities": ["text"],
                "tokenizer": "Other",
                "instruct_type": None,
            },
            "pricing": {
                # Clients read prices as decimal text, so no exponents.
                "prompt": f"{self.prices.prompt:.10f}",
                "completion": f"{self.prices.completion:.10f}",
                "audio": f"{self.prices.audio:.10f}",
            },
            "top_provider": {
                "context_length": self.context_length,
                "max_completion_tokens": None,
                "is_moderated": False,
            },
            "per_request_limits": None,
            "supported_parameters": ["max_tokens", "temperature"],
            "default_parameters": None,
            "supported_voices": None,
            "expiration_date": self.expiration_date,
            "links": {"details": f"/api/v1/models/{self.id}/endpoints"},
        }


def listing(models: Iterable[Model], input_modalities: str | None) -> dict[str, Any]:
    """The body of `GET /models`; `input_modalities` (comma separated) keeps those that take them all."""
    wanted = set(filter(None, (input_modalities or "").split(",")))
    entries = [model.entry for model in models if wanted <= set(model.inputs)]
    return {"data": entries, "total_count": len(entries), "links": {"next": None}}


def key_details(*, label: str, used: float = 0.0, limit: float | None = None) -> dict[str, Any]:
    """The body of `GET /key`: what was spent and the limit (None: none), both in credits."""
    periods = ("", "_daily", "_weekly", "_monthly")
    return {
        "data": {
            "label": label,
            "limit": limit,
            "limit_remaining": None if limit is None else limit - used,
            "limit_reset": None,
            **{f"usage{period}": used for period in periods},
            **{f"byok_usage{period}": 0.0 for period in periods},
            "include_byok_in_limit": False,
            "is_free_tier": False,
            "is_management_key": False,
            "is_provisioning_key": False,
            "creator_user_id": None,
            "expires_at": None,
            "rate_limit": {
                "requests": -1,
                "interval": "10s",
                "note": "This field is deprecated and safe to ignore.",
            },
        }
    }
