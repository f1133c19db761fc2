"""What is said about an answer beside the answer itself."""

from __future__ import annotations

import pytest

from bot import errors, reply


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (errors.DownloadFailed("503"), "Discord's file server is busy or unreachable right now."),
        (errors.EndpointBusy("503"), "The speech service is busy or unreachable right now."),
        (errors.DiskFailed("full"), "I have no room to store this file at the moment."),
    ],
)
def test_who_waits_is_told_for_what(error: errors.Transient, why: str) -> None:
    """And that nothing is to be done; under the file's name, where there are several."""
    words = f"{why} I keep trying: the answer will appear here."
    assert reply.waiting(error, words=reply.ENGLISH) == (words,)
    assert reply.waiting(error, "**memo.ogg**\n", words=reply.ENGLISH) == (f"**memo.ogg**\n{words}",)


def test_progress_is_counted_in_parts() -> None:
    """In small print."""
    assert reply.progress(2, 5, words=reply.ENGLISH) == "-# I'm listening: 2 of 5 parts heard so far."
