"""What other servers of this API's family do differently, as seen with them: for scripts and faults to draw on.

OpenRouter, one-api and new-api, LiteLLM, llama.cpp, vLLM, Ollama, Gemini, Azure, DashScope, MiniMax and proxies before
them. Each entry is what such a server sends; what to make of it is the client's business.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.openroute.script import Chunk, Raw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.openroute.script import Step


def named_event(name: str, data: object) -> Raw:
    """An event with a name of its own."""
    return Raw(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())


def choice(**fields: Any) -> Chunk:
    """A chunk about the answer, with these fields in its choice."""
    return Chunk({"id": "gen-1", "choices": [{"index": 0, **fields}]})


def _overloaded(code: object = 503) -> dict[str, Any]:
    return {"code": code, "message": "The upstream is overloaded", "type": "server_error"}


# A failure told in the middle of an answer, by the server that tells it so. `data: [DONE]` may follow all the same.
MID_STREAM_FAILURES: Mapping[str, Step] = {
    "OpenRouter": Chunk(
        {"error": _overloaded(), "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]}
    ),
    "llama.cpp": Raw(b"error: " + json.dumps(_overloaded(500)).encode() + b"\n\n"),
    "an event's name": named_event("error", _overloaded()),
    "an event's name, in words": Raw(b"event: error\ndata: upstream closed the connection\n\n"),
    "Anthropic": named_event(
        "error", {"type": "error", "error": {"type": "overloaded_error", "message": "?"}}
    ),
    "vLLM": Chunk(
        {"object": "error", "message": "The engine died", "type": "InternalServerError", "code": 500}
    ),
    "FastAPI": Chunk({"detail": "Internal error while generating"}),
    "GraphQL's way": Chunk({"errors": [{"message": "The backend timed out"}]}),
    "MiniMax": Chunk({"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}),
    "an envelope": Chunk({"success": False, "code": 500, "msg": "busy"}),
    "Ollama": Chunk({"error": "model runner has unexpectedly stopped"}),
    "in the choice": choice(delta={}, error=_overloaded()),
    "in the delta": choice(delta={"content": "", "error": _overloaded()}),
    "in the message": choice(message={"role": "assistant", "error": _overloaded()}),
    "DeepSeek's reason": choice(delta={}, finish_reason="insufficient_system_resource"),
    "a proxy's own line": Raw(b'{"error": {"message": "stream timeout", "code": 504}}\n\n'),
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """An answer that is none: for `Faults.add`."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def _error(**fields: Any) -> dict[str, Any]:
    return {"error": fields}


_BLOCK_PAGE = (
    "<!DOCTYPE html><html><head><title>Attention Required!</title></head><body>Access denied</body></html>"
)

REJECTIONS: Mapping[str, Rejection] = {
    "Cloudflare, the origin is down": Rejection(
        521, "<html>Web server is down</html>", {"Content-Type": "text/html"}
    ),
    "Cloudflare, the origin's name": Rejection(530, "error code: 1016", {"Content-Type": "text/plain"}),
    "a firewall's page": Rejection(403, _BLOCK_PAGE, {"Content-Type": "text/html; charset=UTF-8"}),
    "OpenAI, a country": Rejection(
        403,
        _error(
            code="unsupported_country_region_territory",
            message="Country, region, or territory not supported",
            param=None,
            type="request_forbidden",
        ),
    ),
    "OpenRouter, a key's limit": Rejection(
        403, _error(code=403, message="Key limit exceeded (total limit).")
    ),
    "OpenRouter, moderation": Rejection(
        403,
        _error(
            code=403,
            message="Input was flagged",
            metadata={"reasons": ["violence"], "flagged_input": "…", "provider_name": "OpenAI"},
        ),
    ),
    "OpenRouter, not affordable": Rejection(
        402,
        _error(
            code=402,
            message="This request requires more credits, or fewer max_tokens. You requested up to 65535 tokens, but "
            "can only afford 812.",
        ),
    ),
    "new-api, no quota": Rejection(
        403, _error(message="user quota is not enough", type="new_api_error", code="insufficient_user_quota")
    ),
    "OpenAI, no quota": Rejection(
        429,
        _error(
            message="You exceeded your current quota, please check your plan and billing details.",
            type="insufficient_quota",
            code="insufficient_quota",
        ),
    ),
    "DashScope, in arrears": Rejection(
        400,
        _error(code="Arrearage", message="Access denied, please make sure your account is in good standing."),
    ),
    "Azure, a filter": Rejection(
        400,
        _error(
            message="The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            type=None,
            param="prompt",
            code="content_filter",
            status=400,
            innererror={
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {"hate": {"filtered": True}},
            },
        ),
    ),
    "DashScope, a filter": Rejection(400, _error(code="data_inspection_failed", message="…", type=None)),
    "OpenRouter, a model": Rejection(400, _error(code=400, message="a/b is not a valid model ID")),
    "Groq, a retired model": Rejection(
        400,
        _error(
            message="The model `a` has been decommissioned",
            type="invalid_request_error",
            code="model_decommissioned",
        ),
    ),
    "Gemini, a limit a minute": Rejection(
        429,
        [
            _error(
                code=429,
                message="You exceeded your current quota, please check your plan and billing details.",
                status="RESOURCE_EXHAUSTED",
                details=[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}],
            )
        ],
    ),
}
