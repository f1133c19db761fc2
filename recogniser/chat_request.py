"""Reads the body of a request for a completion, as strictly as the real API does."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from recogniser.sound import CONTAINERS, Sound, UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Collection


class RejectedError(Exception):
    """A request is refused: the HTTP status, a message for the client, and the API's name for the kind of error."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind

    @property
    def body(self) -> dict[str, Any]:
        """The body the API sends."""
        return {
            "error": {"code": self.status, "message": self.message, "metadata": {"error_type": self.kind}}
        }


class _Strict(BaseModel):
    """Types must be right; unknown fields are ignored, as the API ignores them."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Text(_Strict):
    type: Literal["text"]
    text: str


class _Recording(_Strict):
    data: str
    format: str


class _Audio(_Strict):
    type: Literal["input_audio"]
    input_audio: _Recording


class Message(_Strict):
    """One turn of a conversation: a text, or parts of which some may be recordings."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Annotated[_Text | _Audio, Field(discriminator="type")]]

    @property
    def texts(self) -> tuple[str, ...]:
        """Its texts, in order."""
        if isinstance(self.content, str):
            return (self.content,)
        return tuple(part.text for part in self.content if isinstance(part, _Text))

    @property
    def recordings(self) -> tuple[_Recording, ...]:
        """Its recordings, as they came."""
        if isinstance(self.content, str):
            return ()
        return tuple(part.input_audio for part in self.content if isinstance(part, _Audio))


class _StreamOptions(_Strict):
    include_usage: bool = False


class ChatRequest(_Strict):
    """The body of `POST /chat/completions`, as far as it bears on audio."""

    messages: Annotated[list[Message], Field(min_length=1)]
    model: str | None = None
    models: list[str] = []
    stream: bool = False
    stream_options: _StreamOptions | None = None
    max_tokens: PositiveInt | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    user: Annotated[str, Field(max_length=256)] | None = None
    provider: dict[str, Any] | None = None
    reasoning: dict[str, Any] | None = None

    @property
    def candidates(self) -> tuple[str, ...]:
        """The models to try, in order, each once."""
        named = [self.model, *self.models] if self.model else self.models
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that came with a request: as it came, and decoded."""

    data: bytes
    format: str
    sound: Sound


def read_request(body: object) -> ChatRequest:
    """Check a parsed JSON body. Raises `RejectedError`, naming the field."""
    try:
        request = ChatRequest.model_validate(body)
    except ValidationError as error:
        # Where a field may be one of several things, the deepest complaint is about the one that was meant.
        worst = max(error.errors(include_url=False, include_input=False), key=lambda it: len(it["loc"]))
        where = ".".join(str(step) for step in worst["loc"] if not str(step).startswith("list["))
        raise RejectedError(400, f"Invalid input at {where or 'body'}: {worst['msg']}") from error
    if not request.candidates:
        raise RejectedError(400, "No models provided")
    return request


def prompt_of(request: ChatRequest) -> str:
    """All texts of the conversation, joined by line breaks, but for system messages.

    Raises `RejectedError` if there is none.
    """
    said = (message for message in request.messages if message.role not in {"system", "developer"})
    texts = (text for message in said for text in message.texts)
    words = "\n".join(filter(None, map(str.strip, texts)))
    if not words:
        raise RejectedError(400, "The messages hold no text: say what to do with the audio", "invalid_prompt")
    return words


def recording_of(request: ChatRequest, formats: Collection[str] = tuple(CONTAINERS)) -> Recording | None:
    """The one recording of the conversation, decoded; None if there is none.

    Blocks while it decodes. Raises `RejectedError` for whatever is wrong with it; `formats` are those allowed.
    """
    recordings = [recording for message in request.messages for recording in message.recordings]
    if not recordings:
        return None
    if len(recordings) > 1:
        raise RejectedError(400, "Only one audio part per request is supported", "invalid_prompt")
    [recording] = recordings
    if recording.format not in formats:
        raise RejectedError(
            400, f"Unsupported audio format {recording.format!r}; supported: {', '.join(sorted(formats))}"
        )
    if recording.data.startswith("data:"):
        raise RejectedError(400, "input_audio.data must be plain base64, not a data URI")
    try:
        data = base64.b64decode(recording.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RejectedError(400, f"input_audio.data is not valid base64: {error}") from error
    try:
        sound = decode(data, recording.format)
    except UndecodableError as error:
        raise RejectedError(400, f"Invalid audio: {error}") from error
    return Recording(data, recording.format, sound)
