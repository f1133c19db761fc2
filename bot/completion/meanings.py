"""The table that says what errors of the completion API mean.

Vendors tell the same thing by a status, a code, a type or in words, and gateways wrap one into another. So all of it is
weighed together: the first row of `ROWS` that fits decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.completion.evidence import Evidence


class Meaning(Enum):
    """What an error comes down to; each is one of `bot.errors`."""

    PASSES = auto()
    REFUSED = auto()
    """The model, or a filter before it, would not answer this."""
    NO_CREDIT = auto()
    UNAFFORDABLE = auto()
    """There is credit, but not enough for the longest answer that was asked for."""
    BAD_KEY = auto()
    NO_MODEL = auto()
    TOO_LARGE = auto()
    BAD_REQUEST = auto()
    """Nothing that is known: the request as it is made is not taken from this account, key, place or network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Fits where the number is one of `where` (if any are given), and a name or the words are as described."""

    means: Meaning
    names: str = ""
    """A regular expression for one whole name."""
    words: str = ""
    """A regular expression for something in the words."""
    where: frozenset[int | None] = frozenset()
    only_if: Callable[[Evidence], bool] = field(default=lambda _: True)

    def fits(self, told: Evidence) -> bool:
        """Whether the row is about this error."""
        if (self.where and told.number not in self.where) or not self.only_if(told):
            return False
        if not self.names and not self.words:
            return True
        named = self.names and any(re.fullmatch(self.names, name) for name in told.names)
        return bool(named or (self.words and re.search(self.words, told.words)))


_SERVERS = frozenset(range(500, 600))
_CLIENTS: frozenset[int | None] = frozenset({None, *range(200, 500)})
_BAD = frozenset({None, 400, 404, 405, 406, 409, 410, 415, 422, 424, 451})
_REFUSAL = (
    r"content_?filter(ed|ing)?|contentfilter|content_polic\w*|(content_)?policy_violation|responsible_ai\w*"
    r"|data_inspection_failed|\w*moderation\w*|\w*flagged(_input|_content)?|(\w*_)?sensitive_?\w*|prohibited_?content"
    r"|(\w*_)?safety\w*|\w*refusal|model_refused|content_(blocked|violation|rejected)|guardrail\w*|unsafe\w*"
    r"|prompt_blocked|(input_|output_)?blocked_content|recitation"
)
_CREDIT = (
    r"(\w*_)?insufficient_?(\w*_)?(quota|balance|credits?|funds)\w*|\w*quota_failed|exceeded_current_quota\w*|billing_\w+"
    r"|arrearage\w*|payment_required|out_of_credits?|no_credits?|credits?_(exhausted|depleted|required|limit\w*)"
    r"|spend(ing)?_limit\w*|budget_exceeded|allocation_quota\w*|(account_)?balance_\w+|account_overdue\w*|overdue_\w+"
    r"|(key|token)_(limit|quota)_\w+|quota_(exhausted|exceeded)\w*|exceeded_quota\w*|usage_limit_(reached|exceeded)"
    r"|free_tier_only"
)
_CREDIT_WORDS = (
    r"exceeded (your|the) (current |monthly )?(quota|budget)|quota (is not enough|exhausted|used up)"
    r"|(insufficient|not enough|no|out of|without|add|purchase|requires?( more| additional)?|more)"
    r"([_ ]\w+)?[_ ](credits?|balance|funds|quota)\b"
    r"|usage limits|balance (is )?(negative|(too )?low|zero|exhausted|insufficient|not (enough|sufficient))|unpaid|\btop.?up|recharge|充值|credit balance|in good standing|arrear|overdue|billing (hard )?limit|payment required"
    r"|(key|spend(ing)?|credit|budget|usage|total|monthly|weekly|daily) limit (has been )?(exceeded|reached)"
    r"|budget has been exceeded|额度|余额|欠费|配额不足"
)
_KEY = (
    r"(invalid|incorrect|missing|wrong|bad|expired|disabled)_(api_?)?key|(api_?)?key_(invalid|expired|missing|not_found)"
    r"|auth\w*_(error|failed|required)|authentication\w*|unauthori[sz]ed\w*|unauthenticated|invalid_auth\w*"
    r"|(invalid|expired)_(access_)?token|(access_)?token_(expired|invalid)|invalid_credentials"
)
_MODEL = (
    r"(\w*_)?model_(\w+_)?not_(found|exist\w*|available|supported|open)|(invalid|unknown|unsupported|no_such)_model\w*"
    r"|invalid_model_id|deployment_not_found|model_(is_)?(decommissioned|deprecated|retired|unavailable_forever|sunset|eol)"
    r"|no_(available_)?(endpoints?|providers?|channels?)\w*|not_found_model|resource_not_found"
)
_MODEL_WORDS = (
    r"not a valid model|no endpoints found|no (allowed )?providers (are )?available|model.{0,100}(does not|doesn.t) exist"
    r"|model not exist|model.{0,100}(not found|is unknown|cannot be found|is not (supported|accessible|available(?! right now| at the moment| temp)))"
    r"|(invalid|unknown|unsupported|no such|could not find( the)?|not found:?) model\b"
    r"|model.{0,100}(decommissioned|deprecated|retired|discontinued|sunset|end.of.life|no longer (available|supported))"
    r"|model (identifier|id|name).{0,40}invalid|invalid.{0,20}model (identifier|id|name)|model.{0,100}end of its life"
    r"|is not found for api version|model_not_found|no available channel|无可用渠道"
    r"|model (is |has been )?disabled|模型.{0,40}(不存在|不支持|下线|未找到)|无权访问.{0,10}模型|access to (the )?model"
)
_BUSY = (
    r"(\w*_)?overload(ed)?(_\w+)?|(\w*_)?unavailable(_\w+)?|\w*time_?d?_?out(_\w+)?|deadline_exceeded|(\w*_)?busy"
    r"|(\w*_)?rate_?limit\w*|(\w*_)?throttl\w*|too_many_requests|resource_exhausted|(\w*_)?capacity(_\w+)?|try_again\w*"
    r"|limit_(requests|burst_rate)"
)
_BROKEN = (
    r"(\w*_)?(server|upstream|gateway|provider|network|connection|stream|internal|api)(_?error|_failed|_failure)?"
    r"|(\w*_)?(disconnect|interrupt|abort|reset|closed|terminat)\w*|internal\w*|upstream\w*|bad_gateway|e?conn\w+"
    r"|(?!(invalid|bad|unsupported|missing|validation|unprocessable|context|param|permission|not_found|request)\w*)"
    r"\w*(error|failed|failure|exception|crash\w*|broken\w*|hang\w*|closed?|lost|killed|died|memory|incomplete|stopped)"
    r"|bad_response\w*|do_request_failed|(\w*_)?connection_\w+|service_error|temporar\w+"
)
_BUSY_WORDS = (
    r"overload|unavailable|no healthy|not available (right now|at the moment)|time[d ]?.?out\b"
    r"|rate.?limit|too many requests|(is|are|too|very) busy|at capacity|(try|retry).{0,20}(again|later)|throttl"
    r"|过载|繁忙|超时|稍后|限流|负载|请求过多"
)
_BROKEN_WORDS = (
    r"server error|internal|upstream|gateway|disconnect|connection|network|interrupt|abort|reset by|closed"
)
_OPERATOR = (
    r"country|region|territor|location|permission|forbidden|denied|not allowed|not authori[sz]ed|access|api.?key|\bkey\b"
    r"|request (was|has been) blocked|\bip\b|allow.?list|white.?list|organi[sz]ation|project|account|subscription"
    r"|\bplan\b|verif|cloudflare|firewall"
    r"|unauthori|authenticat|suspend|deactivat|disabled|banned|not (enabled|activated)|terms of|agreement|expired"
    r"|未开通|实名|停用|封禁|过期|\bwaf\b|token|scope|role|limit|error code: 1\d\d\d|权限|无权|令牌|地区|分组|禁"
)
_OPERATOR_NAMES = (
    r"unsupported_country\w*|(\w*_)?permission(_\w+)?|access_\w+|(\w*_)?forbidden(_\w+)?|(\w*_)?denied(_\w+)?"
    r"|(\w*_)?region(_\w+)?|(\w*_)?location(_\w+)?|account_\w+|(\w*_)?not_allowed(_\w+)?|ip_\w+|(\w*_)?disabled"
)

ROWS = (
    Row(means=Meaning.PASSES, only_if=lambda told: told.retryable is True),
    # What was said or asked is against somebody's rules.
    Row(means=Meaning.REFUSED, names=_REFUSAL),
    Row(
        means=Meaning.REFUSED,
        words=r"(content|usage|safety|moderation)[_ ]?(management )?(polic|filter|risk)|flagged|inappropriate content"
        r"|sensitive (content|words?|information)|responsible ai|safety (system|reasons|filters?)|prohibited[_ ]content"
        r"|requires moderation|(blocked|rejected) by moderation|responsibleai|data_?inspection|considered high risk|content exists risk|new_sensitive"
        r"|敏感|违规|不安全|内容审核",
        where=frozenset({None, 400, 403, 406, 422, 451}),
        only_if=lambda told: told.from_api or told.status is None,
    ),
    # Gemini tells a limit a minute in the words of an empty account; but then it says how long to wait.
    Row(
        means=Meaning.PASSES,
        names="resource_exhausted|throttling\\w*",
        where=frozenset({None, 429}),
        only_if=lambda told: told.pause is not None or "throttl" in " ".join(told.names),
    ),
    # The account.
    Row(
        means=Meaning.UNAFFORDABLE,
        words=r"fewer max_?tokens|can only afford|(lower|reduce|decrease).{0,20}max_?tokens",
        where=frozenset({None, 402, 403, 429}),
    ),
    Row(means=Meaning.NO_CREDIT, names=_CREDIT, where=_CLIENTS),
    Row(means=Meaning.NO_CREDIT, words=_CREDIT_WORDS, where=frozenset({None, 400, 401, 402, 403, 429})),
    Row(means=Meaning.NO_CREDIT, names="insufficient_(user_)?quota|arrearage", where=_SERVERS),
    Row(means=Meaning.NO_CREDIT, where=frozenset({402})),
    # The model.
    Row(means=Meaning.NO_MODEL, names=_MODEL, words=_MODEL_WORDS, where=_BAD | {403}),
    Row(means=Meaning.NO_MODEL, where=frozenset({404, 410})),
    # LiteLLM: the key is right, but not for this model.
    Row(means=Meaning.NO_MODEL, names=r"\w*model_access_denied|model_not_found", where=frozenset({401})),
    # The key.
    Row(means=Meaning.BAD_KEY, names=_KEY, where=_BAD | {401, 403}),
    Row(
        means=Meaning.BAD_KEY,
        words=r"(invalid|incorrect|wrong|missing|expired) (api.?)?key|api.?key (is )?(not valid|invalid|expired)"
        r"|api.?key was reported|use another api.?key|invalid proxy server token"
        r"|无效的(令牌|api)",
        where=_BAD | {401, 403},
    ),
    Row(means=Meaning.BAD_KEY, where=frozenset({401})),
    # The size.
    Row(
        means=Meaning.TOO_LARGE,
        names=r"(request|payload|body|entity|file|audio)_(entity_)?too_large|request_too_large_error",
        words=r"(request|payload|body|entity|upload)( \w+)? (size )?(is )?(too large|exceeds(?!.{0,30}context))|payload size",
        where=frozenset({None, 400, 413, 422}),
    ),
    Row(means=Meaning.TOO_LARGE, where=frozenset({413})),
    # What passes by itself: every failure of a server, and what only looks like something else.
    Row(means=Meaning.PASSES, where=_SERVERS | {408, 409, 425, 429, 499}),
    Row(means=Meaning.PASSES, names=_BUSY, words=_BUSY_WORDS, where=_BAD | {403}),
    Row(means=Meaning.PASSES, names=_BROKEN, where=frozenset({None})),
    Row(
        means=Meaning.PASSES,
        words=_BROKEN_WORDS,
        where=frozenset({None}),
        only_if=lambda told: (
            not any(re.match("invalid|bad|unsupported|missing", name) for name in told.names)
        ),
    ),
    # An error inside a 200 without a name or number is a provider's that gave up half way.
    Row(means=Meaning.PASSES, where=frozenset({None}), only_if=lambda told: not told.names),
    # 403: the model's own only where the API speaks, and of nothing that is the operator's.
    Row(
        means=Meaning.BAD_REQUEST,
        names=_OPERATOR_NAMES,
        words=_OPERATOR,
        where=frozenset({403}),
    ),
    Row(means=Meaning.REFUSED, where=frozenset({403}), only_if=lambda told: told.from_api),
)


def meaning_of(told: Evidence) -> Meaning:
    """What the first row that fits says; a body that rules a retry out is not overruled."""
    for row in ROWS:
        if row.fits(told) and not (row.means is Meaning.PASSES and told.retryable is False):
            return row.means
    return Meaning.BAD_REQUEST
