"""What /prompt answers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import reply
from bot.models import Prompt, PromptSource


def units(text: str) -> int:
    """The length of a text in UTF-16 units; Discord counts code points, which are never more."""
    return len(text.encode("utf-16-le")) // 2


@settings(deadline=None)
@given(st.sampled_from(["*", "a", "\n", "\U0001f600", "long words here "]), st.integers(1, 4000))
def test_a_prompt_is_shown_within_one_message(piece: str, times: int) -> None:
    """However long, and however much of it has to be escaped."""
    text = (piece * times)[:4000]
    shown = [
        reply.prompt_set(text, 10**18, has_threads=True, words=reply.ENGLISH),
        *(
            reply.prompt_shown(Prompt(text=text, source=source), 10**18, words=reply.ENGLISH)
            for source in PromptSource
        ),
    ]
    for message in shown:
        assert 0 < units(message) <= 2000


def test_a_prompt_is_quoted_as_it_was_written() -> None:
    """Line for line."""
    shown = reply.prompt_shown(
        Prompt(text="Summarise.\nIn German.", source=PromptSource.CHANNEL), None, words=reply.ENGLISH
    )
    assert shown == "The channel's own prompt is in force here:\n> Summarise.\n> In German."
    shown = reply.prompt_shown(Prompt(text="Summarise.", source=PromptSource.DEFAULT), 7, words=reply.ENGLISH)
    assert shown == "Nothing is set in <#7>, so the bot's own prompt is in force:\n> Summarise."


def test_a_long_prompt_is_cut_and_a_shorter_one_is_not() -> None:
    """At 1700 characters as they are shown: what is said around the prompt finds room in the message, too."""
    whole, cut = (
        reply.prompt_shown(
            Prompt(text="a" * length, source=PromptSource.SERVER), None, words=reply.ENGLISH
        ).partition("\n")[2]
        for length in (1698, 1699)
    )
    assert whole == "> " + "a" * 1698
    assert cut == "> " + "a" * 1697 + "…"


def test_it_is_said_which_channel_a_prompt_is_for() -> None:
    """The one that was asked about; threads are named where there can be any."""
    prompt = Prompt(text="Summarise.", source=PromptSource.SERVER)
    assert reply.prompt_shown(prompt, 7, words=reply.ENGLISH).startswith(
        "The prompt of this server is in force in <#7>:"
    )
    assert "every voice note in this server is" in reply.prompt_set("x", None, words=reply.ENGLISH)
    assert "every voice note in <#7> and its threads is" in reply.prompt_set(
        "x", 7, has_threads=True, words=reply.ENGLISH
    )
    assert "every voice note in <#7> is" in reply.prompt_set("x", 7, words=reply.ENGLISH)


def test_resetting_says_what_is_in_force_now() -> None:
    """Or that nothing has changed; and where."""
    told = [
        reply.prompt_reset(7, was_set=True, words=reply.ENGLISH),
        reply.prompt_reset(7, was_set=True, is_thread=True, words=reply.ENGLISH),
        reply.prompt_reset(None, was_set=True, words=reply.ENGLISH),
        reply.prompt_reset(7, was_set=False, words=reply.ENGLISH),
        reply.prompt_reset(None, was_set=False, words=reply.ENGLISH),
    ]
    channels = "that of its channel, or else the server's prompt or the bot's own,"
    assert told == [
        "The prompt of <#7> is gone; the server's prompt, or else the bot's own, is in force again.",
        f"The prompt of <#7> is gone; {channels} is in force again.",
        "The prompt of this server is gone; the bot's own prompt is in force again.",
        "No prompt was set for <#7>, so nothing changes.",
        "No prompt was set for this server, so nothing changes.",
    ]
