"""What servers and people have decided about what is heard: the gate that every recording passes before it is downloaded.

In goes a note, whoever asked for it and by whichever door; out comes nothing, or the error that says why it is not heard.
"""

from bot.policy.gate import Gate
from bot.policy.rule_book import RuleBook
from bot.policy.standing import expectation, facts

__all__ = ["Gate", "RuleBook", "expectation", "facts"]
