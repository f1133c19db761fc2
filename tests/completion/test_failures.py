"""What errors mean: a case for each row of the table, as servers tell them, and what may be logged of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import errors
from bot.completion.evidence import evidence_of
from bot.completion.failures import failure_of
from bot.completion.meanings import ROWS, meaning_of
from bot.completion.vocabulary import known
from sandbox.openroute.quirks import REJECTIONS

Kind = type[errors.EarshotError]
BUSY, REFUSED, CREDIT, KEY = errors.EndpointBusy, errors.ModelRefused, errors.OutOfCredit, errors.KeyRefused
MODEL, LARGE, REQUEST = errors.ModelUnknown, errors.RequestTooLarge, errors.RequestRefused


def error(message: str = "?", **fields: Any) -> dict[str, Any]:
    """A body in the shape all of them know."""
    return {"error": {"message": message, **fields}}


def wrapped(code: int, raw: object) -> dict[str, Any]:
    """An upstream's error as OpenRouter passes it on."""
    metadata = {"raw": raw if isinstance(raw, str) else json.dumps(raw), "provider_name": "Somebody"}
    return error("Provider returned error", code=code, metadata=metadata)


# Status (None: inside a 200), body, kind; the row of the table is the one that decides.
CASES: list[tuple[int | None, object, Kind]] = [
    # As told by SiliconFlow, LiteLLM, Gemini, llama.cpp.
    (403, {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}, CREDIT),
    (403, {"code": 30003, "message": "Model disabled.", "data": None}, MODEL),
    (401, error("key not allowed to access model", type="key_model_access_denied", code="401"), MODEL),
    (400, error("Authentication Error, Invalid proxy server token passed.", code="400"), KEY),
    (403, error("Your API key was reported as leaked. Please use another API key.", code=403), KEY),
    (400, error("the request exceeds the available context size", type="exceed_context_size_error"), REQUEST),
    (403, wrapped(403, error("Your request was blocked by moderation")), REFUSED),
    # The body says that it passes.
    (400, error(availability={"retryable": True}), BUSY),
    (402, error(availability={"retryable": True}), BUSY),
    # A filter's names, wherever they stand.
    (400, error(code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"}), REFUSED),
    (400, error(code=400, innererror={"code": "ResponsibleAIPolicyViolation"}), REFUSED),
    (400, error(code="data_inspection_failed"), REFUSED),
    (
        400,
        {"code": "DataInspectionFailed", "message": "Input data may contain inappropriate content."},
        REFUSED,
    ),
    (400, error(metadata={"error_type": "moderation"}), REFUSED),
    (422, error(type="content_policy_violation"), REFUSED),
    (400, error(code="moderation_blocked"), REFUSED),
    (400, error(code="sensitive_words_detected", type="new_api_error"), REFUSED),
    (403, error("Input was flagged", code=403, metadata={"reasons": ["x"], "flagged_input": "…"}), REFUSED),
    (400, wrapped(400, {"error": {"code": "content_filter", "message": "…"}}), REFUSED),
    (None, error(code=403, metadata={"error_type": "moderation"}), REFUSED),
    # A filter's words.
    (400, error("The response was filtered due to our content management policy."), REFUSED),
    (400, error("litellm.ContentPolicyViolationError: AzureException"), REFUSED),
    (400, error("Content Exists Risk", type="invalid_request_error"), REFUSED),
    (400, error("The request was rejected because it was considered high risk"), REFUSED),
    (400, error("系统检测到输入内容可能包含不安全或敏感内容", code="1301"), REFUSED),
    (
        None,
        {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive: sensitive content"}},
        REFUSED,
    ),
    # A limit a minute, in the words of an empty account.
    (429, REJECTIONS["Gemini, a limit a minute"].body, BUSY),
    (429, error("You exceeded your current quota", code="Throttling.AllocationQuota"), BUSY),
    # Not enough for the longest answer.
    (402, error("This request requires more credits, or fewer max_tokens. You can only afford 812."), CREDIT),
    # An account without credit, by name and in words, whatever the status.
    (429, error(code="insufficient_quota", type="insufficient_quota"), CREDIT),
    (403, error("user quota is not enough", code="insufficient_user_quota", type="v_api_error"), CREDIT),
    (403, error("token quota is not enough", code="pre_consume_token_quota_failed"), CREDIT),
    (400, error("Budget has been exceeded!", type="budget_exceeded", code="400"), CREDIT),
    (
        400,
        {"code": "Arrearage", "message": "Access denied, please make sure your account is in good standing."},
        CREDIT,
    ),
    (403, error(code="AllocationQuota.FreeTierOnly"), CREDIT),
    (400, error(code="billing_hard_limit_reached"), CREDIT),
    (429, error("Your account is suspended", type="exceeded_current_quota_error"), CREDIT),
    (429, error("You exceeded your current quota, please check your plan and billing details."), CREDIT),
    (400, error("Your credit balance is too low to access the API.", type="invalid_request_error"), CREDIT),
    (400, error("You have reached your specified API usage limits."), CREDIT),
    (403, error("Account balance is negative"), CREDIT),
    (403, error("Key limit exceeded (total limit). Manage it in your settings.", code=403), CREDIT),
    (401, error("该令牌额度已用尽", type="new_api_error"), CREDIT),
    (429, error("Insufficient balance or no resource package. Please recharge.", code="1113"), CREDIT),
    (None, error(code="insufficient_quota"), CREDIT),
    (None, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, CREDIT),
    (500, error(code="insufficient_quota"), CREDIT),
    (402, None, CREDIT),
    (None, {"choices": [{"delta": {}, "error": {"code": 402}}]}, CREDIT),
    # A model that isn't there (any more).
    (400, error(code="model_not_found"), MODEL),
    (400, error("a/b is not a valid model ID", code=400), MODEL),
    (400, error("No endpoints found for a/b.", code=400), MODEL),
    (400, error("The model `a` has been decommissioned", code="model_decommissioned"), MODEL),
    (400, error("Model Not Exist", type="invalid_request_error"), MODEL),
    (400, error("The model a is no longer available. Please use b instead."), MODEL),
    (400, error("The provided model identifier is invalid.", type="ValidationException"), MODEL),
    (400, error("litellm.BadRequestError: Invalid model name passed in model=a"), MODEL),
    (400, error("模型不存在", code="1211"), MODEL),
    (403, error("Project does not have access to model a", code="model_not_found"), MODEL),
    (400, [error("models/a is not found for API version v1main", code=400, status="NOT_FOUND") | {}], MODEL),
    (None, error(code="model_not_found"), MODEL),
    (404, None, MODEL),
    (410, error("Gone"), MODEL),
    # A key that isn't taken.
    (400, [error("API key not valid.", code=400, details=[{"reason": "API_KEY_INVALID"}])], KEY),
    (403, error(code="invalid_api_key"), KEY),
    (None, error(type="authentication_error"), KEY),
    (400, error("Incorrect API key provided"), KEY),
    (401, None, KEY),
    (401, error("No cookie auth credentials found"), KEY),
    # Too much at once.
    (400, error(type="request_too_large"), LARGE),
    (400, error("Request payload size exceeds the limit: 20971520 bytes.", status="INVALID_ARGUMENT"), LARGE),
    (413, None, LARGE),
    # What passes: every failure of a server, and what says that it is busy.
    *(
        (status, None, BUSY)
        for status in (500, 501, 502, 503, 504, 507, 520, 521, 523, 525, 526, 529, 530, 599)
    ),
    *((status, None, BUSY) for status in (408, 425, 429, 499)),
    (503, error("No available channel for model a under group default", code="model_not_found"), BUSY),
    (400, error("?", type="overloaded_error"), BUSY),
    (403, error("rate limit", code="rate_limit_exceeded"), BUSY),
    (400, error("Upstream request timed out"), BUSY),
    (None, error(code="rate_limit_exceeded"), BUSY),
    (None, error(code="engine_overloaded"), BUSY),
    (None, error(code=400, type="UNAVAILABLE"), BUSY),
    (None, error("The model is overloaded. Please try again later.", code=400), BUSY),
    (None, error(code="upstream_timeout"), BUSY),
    (None, error(code="ETIMEDOUT"), BUSY),
    (None, error("The model is not available right now"), BUSY),
    (None, error("The model returned an unknown error"), BUSY),
    (None, error(code="upstream_rate_limited"), BUSY),
    (None, error(code="generation_failed"), BUSY),
    (None, error(type="BackendError"), BUSY),
    (None, error("当前服务负载较高", code="1305"), BUSY),
    (None, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, BUSY),
    (None, error(code="server_error"), BUSY),
    (None, error(type="api_error"), BUSY),
    (None, error(code="stream_interrupted"), BUSY),
    (None, error("connection reset by peer", code="E17"), BUSY),
    (None, error("Provider disconnected"), BUSY),
    (None, {"error": "upstream closed"}, BUSY),
    (None, {"success": False}, BUSY),
    (None, error(code=502), BUSY),
    (None, error(code="502"), BUSY),
    # 403: the operator's, unless the API says that it is the model's.
    (
        403,
        error("Country, region, or territory not supported", code="unsupported_country_region_territory"),
        REQUEST,
    ),
    (403, error("Request not allowed", type="forbidden"), REQUEST),
    (403, error("IP not in the allow list"), REQUEST),
    (403, [error(code=403, status="PERMISSION_DENIED")], REQUEST),
    (403, error("该令牌无权使用此分组"), REQUEST),
    (403, error("Your request was blocked."), REQUEST),
    (403, {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}, REQUEST),
    (403, error("This account has been suspended"), REQUEST),
    (403, {"detail": "Not authenticated"}, REQUEST),
    (403, {"message": "Forbidden"}, REQUEST),
    (403, None, REQUEST),
    (403, ["no", "object"], REQUEST),
    (403, error("No.", code=403), REFUSED),
    # Nothing that is known.
    *((status, None, REQUEST) for status in (302, 400, 405, 418, 422, 451)),
    (400, error("Unsupported audio format", code="bad_audio"), REQUEST),
    (
        400,
        error("This model's maximum context length is 8192 tokens", code="context_length_exceeded"),
        REQUEST,
    ),
    (400, {"detail": [{"type": "missing", "loc": ["body", "messages"], "msg": "Field required"}]}, REQUEST),
    (400, error("User location is not supported for the API use.", status="FAILED_PRECONDITION"), REQUEST),
    (None, error(code="invalid_prompt"), REQUEST),
    (None, error(type="invalid_request_error"), REQUEST),
    (None, error(type="validation_error"), REQUEST),
    (None, error(code="9" * 5000), REQUEST),
    (None, error("connection", type="invalid_request_error"), REQUEST),
    # A body that rules a retry out is not overruled.
    (503, error(availability={"retryable": False}), REQUEST),
    (429, error(code="insufficient_quota", availability={"retryable": False}), CREDIT),
    (503, error(availability={"retryable": None}), BUSY),
]


@pytest.mark.parametrize(("status", "body", "kind"), CASES, ids=range(len(CASES)))
def test_what_an_error_means(status: int | None, body: object, kind: Kind) -> None:
    """By status, code, type, words and shape together."""
    assert type(failure_of(status, body)) is kind


def test_every_row_decides_something() -> None:
    """A row no case needs is none."""
    deciding: set[int] = set()
    for status, body, _ in CASES:
        told = evidence_of(status, body)
        deciding.add(next((index for index, row in enumerate(ROWS) if row.fits(told)), -1))
    assert deciding >= set(range(len(ROWS)))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("error code: 1020", REQUEST),
        ("Insufficient balance", CREDIT),
        ("content policy violation", REQUEST),
        ("", REQUEST),
    ],
)
def test_a_403_without_json_is_never_the_models(words: str, kind: Kind) -> None:
    """The API speaks JSON; a proxy before it speaks as it likes."""
    assert type(failure_of(403, None, words=words)) is kind


def test_the_body_knows_better_than_the_header_how_long_to_wait() -> None:
    """It is nearer to the cause."""
    for availability, pause in (({"retry_after": 3}, 3.0), ({"retry_after": "soon"}, 7.0), ({}, 7.0)):
        failure = failure_of(429, error(availability=availability), pause=7.0)
        assert isinstance(failure, errors.EndpointBusy)
        assert failure.retry_after == pause
    gemini = failure_of(429, REJECTIONS["Gemini, a limit a minute"].body)
    assert isinstance(gemini, errors.EndpointBusy)
    assert gemini.retry_after == 3.0


def test_a_refused_key_names_the_host() -> None:
    """Another service's key under the same variable name is the likeliest mistake."""
    failure = failure_of(401, error("User not found."), host="www.openroute.cn")
    assert isinstance(failure, errors.KeyRefused)
    assert "www.openroute.cn" in failure.detail


def test_what_is_not_affordable_points_at_the_setting() -> None:
    """The account isn't empty: a shorter answer would do."""
    rejection = REJECTIONS["OpenRouter, not affordable"]
    assert "MAX_TOKENS" in str(failure_of(rejection.status, rejection.body))
    assert "MAX_TOKENS" not in str(failure_of(402, None))


@pytest.mark.parametrize("status", [None, 400, 401, 402, 403, 404, 413, 429, 500])
@pytest.mark.parametrize(
    "words", ["Summarise sk-or-v1-secret", "sk-or-v1-secret", "Secret", "call-Anna", "my.secret"]
)
def test_an_errors_own_words_never_reach_the_log(status: int | None, words: str) -> None:
    """They may repeat the prompt or the key, wherever they stand, even as a code."""
    for told in (
        words,
        {"message": words, "code": words, "type": words, "metadata": {"error_type": words, "raw": words}},
        {"message": words, "code": "x" * 41, "metadata": {"error_type": [words]}},
    ):
        logged = str(failure_of(status, {"error": told}, words=words)).lower()
        assert not [word for word in ("summarise", "secret", "anna", "xxx", "sk-") if word in logged]


def test_numbers_and_known_names_are_logged() -> None:
    """They are what an operator looks up."""
    told = error(code="bad_audio", metadata={"error_type": "provider.format"})
    assert str(failure_of(400, told)) == "status 400, code bad_audio, type provider.format"
    for name in (
        "insufficient_quota",
        "ModelNotFound",
        "Throttling.RateQuota",
        "RESOURCE_EXHAUSTED",
        429,
        "1113",
    ):
        assert known(name)
    unknown: list[object] = [True, None, 1.5, [], 10**9, "sk-1", "9" * 41, "geheim", "invalid key"]
    assert not any(known(name) for name in unknown)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["error", "errors", "code", "type", "status", "message", "detail", "availability", "retryable", "retry_after",
     "metadata", "error_type", "raw", "innererror", "base_resp", "status_code", "choices", "details", "reason"]
)  # fmt: skip
WARPED = st.recursive(
    ANYTHING | st.sampled_from(["error", "429", "moderation", '{"error": 1}', "[[", 10**400, -1, 429, True]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(WARPED)
def test_no_body_brings_the_reader_down(data: object) -> None:
    """Whatever JSON comes back, with whatever status, it is an error of ours."""
    for status in (None, 200, 400, 401, 403, 429, 503):
        assert isinstance(failure_of(status, data), errors.EarshotError)


def test_an_error_nested_without_end_is_read_as_far_as_it_makes_sense() -> None:
    """Errors within errors must use up neither the stack nor the time."""
    deep: object = {"code": "content_filter"}
    for _ in range(5_000):
        deep = {"error": deep}
    assert isinstance(failure_of(400, deep), errors.RequestRefused)
    wide = {"errors": [{"code": "x", "message": "y"}] * 100_000}
    assert len(evidence_of(400, wide).names) < 1_000
    assert meaning_of(evidence_of(None, {"error": {"message": "x" * 1_000_000}}))
