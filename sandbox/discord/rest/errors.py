"""Discord's documented errors, and the exception by which handlers refuse a request with one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.discord.state import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """One of Discord's documented errors."""

    status: int
    code: int
    message: str


UNAUTHORIZED = Problem(401, 0, "401: Unauthorized")
NOT_FOUND = Problem(404, 0, "404: Not Found")
METHOD_NOT_ALLOWED = Problem(405, 0, "405: Method Not Allowed")
UNKNOWN_CHANNEL = Problem(404, 10003, "Unknown Channel")
UNKNOWN_GUILD = Problem(404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = Problem(404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = Problem(404, 10008, "Unknown Message")
UNKNOWN_USER = Problem(404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = Problem(404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = Problem(404, 10062, "Unknown interaction")
UNKNOWN_COMMAND_PERMISSIONS = Problem(404, 10066, "Unknown application command permissions")
UNKNOWN_COMMAND = Problem(404, 10063, "Unknown application command")
OLD_EDIT_LIMIT = Problem(429, 30046, "Maximum number of edits to messages older than 1 hour reached")
COMMAND_LIMIT = Problem(400, 30032, "Maximum number of application commands reached (100).")
FILE_TOO_LARGE = Problem(413, 40005, "Request entity too large")
ALREADY_ACKNOWLEDGED = Problem(400, 40060, "Interaction has already been acknowledged.")
FOLLOWUP_LIMIT = Problem(400, 40094, "This interaction has reached the maximum number of follow up messages.")
MISSING_ACCESS = Problem(403, 50001, "Missing Access")
NOT_YOUR_MESSAGE = Problem(403, 50005, "Cannot edit a message authored by another user")
EMPTY_MESSAGE = Problem(400, 50006, "Cannot send an empty message")
CANNOT_MESSAGE_USER = Problem(403, 50007, "Cannot send messages to this user")
NOT_TEXT_CHANNEL = Problem(400, 50008, "Cannot send messages in a non-text channel")
MISSING_PERMISSIONS = Problem(403, 50013, "Missing Permissions")
WRONG_CHANNEL_TYPE = Problem(400, 50024, "Cannot execute action on this channel type")
INVALID_WEBHOOK_TOKEN = Problem(401, 50027, "Invalid Webhook Token")
INVALID_FORM = Problem(400, 50035, "Invalid Form Body")
ARCHIVED_THREAD = Problem(400, 50083, "Thread is archived")
INVALID_JSON = Problem(400, 50109, "The request body contains invalid JSON.")
THREAD_EXISTS = Problem(400, 160004, "A thread has already been created for this message")
LOCKED_THREAD = Problem(403, 160005, "Thread is locked")
TOO_MANY_THREADS = Problem(400, 160006, "Maximum number of active threads reached")

BLOCKED_WORDS = Problem(400, 200000, "Message was blocked by automatic moderation")
HARMFUL_LINK = Problem(400, 240000, "Message blocked by harmful links filter")


class ApiError(Exception):
    """A request is refused: raised by handlers, turned into the HTTP answer by `Middlewares`. `errors` names fields."""

    def __init__(self, problem: Problem, errors: Json | None = None) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.errors = errors

    @property
    def body(self) -> Json:
        """The JSON of the answer."""
        body: Json = {"message": self.problem.message, "code": self.problem.code}
        return body | {"errors": self.errors} if self.errors else body


def invalid(field: str, code: str, message: str) -> ApiError:
    """The error for an invalid field (code 50035). Dots lead into nested fields: `allowed_mentions.parse`."""
    errors: Json = {"_errors": [{"code": code, "message": message}]}
    for name in reversed(field.split(".")):
        errors = {name: errors}
    return ApiError(INVALID_FORM, errors)
