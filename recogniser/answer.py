"""The answer to one request: the words heard, or what the text server makes of them."""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from recogniser import model
from recogniser.chat_request import RejectedError, prompt_of
from recogniser.chat_response import usage
from recogniser.conversation import messages_of, wants_transcript_alone
from recogniser.text_stream import TextServerError, TextStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from recogniser.chat_request import ChatRequest, Recording
    from recogniser.model import Recogniser
    from recogniser.text_server import TextServer

_log = logging.getLogger("recogniser")

_ONLY_WORDS = "-# This model only writes down what is said; here is the transcript."
_NOT_ANSWERED = "-# The text server, which does what prompts ask for, failed: {}. Here is the transcript."
_BROKEN_OFF = "-# The text server failed before this answer was whole: {}. Here is the transcript."
_FAILED_DEPENDENCY = 424
"""Not a 5xx, which would have the client ask again and again: a bot has the transcript already, and does better to show it."""


class Answer:
    """What a request is answered, as it comes. Read `pieces` to the end before `finish_reason` and `usage`.

    Args:
        asked: the request.
        heard: its recording, if there is one.
        recogniser: hears it.
        text_server: does what a prompt asks for beyond a transcript; None if there is nobody who could.

    Raises:
        RejectedError: nobody here could answer it.
    """

    def __init__(
        self,
        asked: ChatRequest,
        heard: Recording | None,
        *,
        recogniser: Recogniser,
        text_server: TextServer | None,
    ) -> None:
        self._asked = asked
        self._prompt = prompt_of(asked)
        self._heard = heard
        self._recogniser = recogniser
        self._text_server = text_server
        self._text_stream = TextStream()
        self._answered = ""
        if heard is None and text_server is None:
            raise RejectedError(400, f"{model.NAME} only transcribes: the messages hold no audio")

    @property
    def model(self) -> str:
        """Who answers, joined by `+` where it is two."""
        if self._text_server is None or (self._heard and wants_transcript_alone(self._asked)):
            return model.NAME
        return f"{model.NAME}+{self._text_server.model}" if self._heard else self._text_server.model

    @property
    def finish_reason(self) -> str:
        """Why it ended: `stop`, or what the text server told."""
        return self._text_stream.finish_reason or "stop"

    @property
    def usage(self) -> dict[str, Any]:
        """The `usage` object, with the text server's own counts where it told them."""
        seconds = self._heard.sound.seconds if self._heard else 0.0
        counted = usage(prompt=self._prompt, seconds=seconds, answer=self._answered)
        told = self._text_stream.usage or {}
        prompt, completion = told.get("prompt_tokens"), told.get("completion_tokens")
        if isinstance(prompt, int) and isinstance(completion, int):
            counted["prompt_tokens"] = counted["prompt_tokens_details"]["audio_tokens"] + prompt
            counted["completion_tokens"] = completion
            counted["total_tokens"] = counted["prompt_tokens"] + completion
        return counted

    async def pieces(self) -> AsyncGenerator[str, None]:
        """Yield its text, piece by piece.

        Raises:
            RejectedError: the text server failed, and there is no transcript to give instead.
            RuntimeError: the recognition failed.
        """
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                self._answered += piece
                yield piece

    def _pieces(self) -> AsyncGenerator[str, None]:
        if self._heard is None:
            return self._in_words_alone()
        if wants_transcript_alone(self._asked):
            return self._recogniser.listen(self._heard.sound)
        return self._transcript_alone() if self._text_server is None else self._followed()

    async def _in_words_alone(self) -> AsyncGenerator[str, None]:
        try:
            async with aclosing(self._from_text_server(None)) as pieces:
                async for piece in pieces:
                    yield piece
        except TextServerError as error:
            raise RejectedError(
                _FAILED_DEPENDENCY, f"The text server gave no answer: {error}", "failed_dependency"
            ) from error

    async def _transcript_alone(self) -> AsyncGenerator[str, None]:
        """The transcript of what somebody wanted something else of: it says so, unless it is empty."""
        before = f"{_ONLY_WORDS}\n\n"
        async with aclosing(self._listen()) as pieces:
            async for piece in pieces:
                yield before + piece
                before = ""

    async def _followed(self) -> AsyncGenerator[str, None]:
        """What the text server makes of the transcript; the transcript, where that fails."""
        async with aclosing(self._listen()) as heard:
            transcript = "".join([piece async for piece in heard])
        if not transcript.strip():
            # About a silence there is nothing to say, and language models would all the same.
            return
        try:
            async with aclosing(self._from_text_server(transcript)) as pieces:
                async for piece in pieces:
                    yield piece
        except TextServerError as error:
            begun = self._answered.strip()
            remark = (f"\n\n{_BROKEN_OFF}" if begun else _NOT_ANSWERED).format(error)
            yield f"{remark}\n\n{transcript}"

    def _listen(self) -> AsyncGenerator[str, None]:
        assert self._heard is not None  # noqa: S101 - whoever calls it has looked
        return self._recogniser.listen(self._heard.sound)

    async def _from_text_server(self, transcript: str | None) -> AsyncGenerator[str, None]:
        assert self._text_server is not None  # noqa: S101
        answer = self._text_server.answer(
            messages_of(self._asked, transcript),
            self._text_stream,
            max_tokens=self._asked.max_tokens,
            temperature=self._asked.temperature,
        )
        try:
            async with aclosing(answer) as pieces:
                async for piece in pieces:
                    yield piece
        except TextServerError as error:
            # Whatever was told before is not how this answer ends.
            self._text_stream = TextStream()
            _log.warning("the text server gave no whole answer: %s", error)
            raise
