"""What servers and people have decided: the gate that every recording passes, and the account that pays for what is heard.

In goes a note, whoever asked for it and by whichever door; out comes nothing, or the error that says why it is not heard.
"""

from bot.policy.account import Account, Charge
from bot.policy.gate import Gate
from bot.policy.limits import Limits, ServerLimits
from bot.policy.rule_book import RuleBook
from bot.policy.standing import expectation, facts, lacking

__all__ = [
    "Account",
    "Charge",
    "Gate",
    "Limits",
    "RuleBook",
    "ServerLimits",
    "expectation",
    "facts",
    "lacking",
]
