"""An answer as Discord messages: whole, in order, within the limits; and plain words for whatever goes wrong."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import errors, reply
from bot.models import Answer, Ending, Prompt, PromptSource
from bot.reply.pages import PAGE_CHARACTERS
from bot.reply.wording import MOST_PAGES
from tests.fixtures import file_of, note_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models import VoiceNote

T = TypeVar("T")

GENERIC = reply.sentence(RuntimeError("secret detail"))
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


def repeated(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of a few pieces, each many times over: soon longer than a page."""
    return st.lists(
        st.tuples(pieces, st.integers(1, 700)).map(lambda pair: pair[0] * pair[1]), min_size=1, max_size=6
    ).map("".join)


PROSE = repeated(
    st.sampled_from(
        [
            "word ",
            "x",
            "A sentence. ",
            "line\n",
            "para\n\n",
            "你好",
            "句子。",
            "\U0001f600",
            FAMILY,
            "\u200d",
            "é ",
            " \n\t ",
        ]
    )
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="`[]"), max_size=8)
)
CODE = st.tuples(
    st.sampled_from(["", "py", "c++"]),
    repeated(st.sampled_from(["x = 1\n", "    indented()\n", "\n", "y" * 40, "\U0001f600\n"])),
).map(lambda pair: f"\n```{pair[0]}\n{pair[1]}\n```\n")
MIXED = st.lists(PROSE | CODE, min_size=1, max_size=4).map("".join)


def answer(text: str, ending: Ending = Ending.COMPLETE) -> Answer:
    """An answer of that text."""
    return Answer(text=text, model="a/b", ending=ending)


def units(text: str) -> int:
    """How long Discord finds it, at worst."""
    return len(text.encode("utf-16-le")) // 2


def inked(text: str) -> str:
    """Its characters that leave a mark."""
    return "".join(text.split())


def fences(text: str) -> int:
    """How often code begins or ends in it."""
    return text.count("```")


def note(
    filename: str = "memo.mp3", *, voice: bool = False, titled: bool = False, seconds: float | None = None
) -> VoiceNote:
    """A note as reply sees it."""
    return note_of(attachment=file_of(filename=filename, seconds=seconds), voice=voice, titled=titled)


@settings(deadline=None)
@given(MIXED, st.sampled_from(list(Ending)), st.sampled_from(["", "**memo.mp3**\n"]))
@example("\u200d\U0001f600" * 1500, Ending.COMPLETE, "")
@example("```\n" + "\U0001f600" * 4000, Ending.CUT, "")
def test_every_page_is_a_message_discord_takes(text: str, ending: Ending, heading: str) -> None:
    """Never blank, never more than 2000 UTF-16 units, never more than five, growing or finished."""
    if not text.strip():
        return
    for pages in (reply.finished(answer(text, ending), heading).pages, reply.growing(text, heading)):
        assert 1 <= len(pages) <= MOST_PAGES
        for page in pages:
            assert page.strip()
            assert units(page) <= PAGE_CHARACTERS


@settings(deadline=None)
@given(PROSE)
def test_no_character_is_lost_or_moved(text: str) -> None:
    """All that leaves a mark is on the pages in its order, but what is in the file where it is too long."""
    if not text.strip():
        return
    final = reply.finished(answer(text))
    if final.file_text is None:
        assert inked("".join(final.pages)) == inked(text)
    else:
        assert final.file_text.strip() == text.strip()
        assert inked(text).startswith(inked("".join(final.pages[:-1])))


@settings(deadline=None)
@given(
    st.lists(
        PROSE.map(lambda text: text[:900]) | CODE.map(lambda text: text[:900] + "\n```\n"), max_size=8
    ).map("".join)
)
def test_code_comes_through_cuts_whole(text: str) -> None:
    """Each page opens and closes its own fences; without them the text is all there."""
    if not text.strip():
        return
    final = reply.finished(answer(text))
    for page in final.pages:
        assert fences(page) % 2 == 0
    if final.file_text is None:
        assert without_fences("\n".join(final.pages)) == without_fences(text)


def without_fences(text: str) -> str:
    """What stands between the lines that open and close code."""
    return inked(re.sub(r"```(py|c\+\+)?", "", text))


def test_code_is_opened_again_in_its_own_language() -> None:
    """Highlighting goes on after a cut."""
    text = "Look:\n```py\n" + "print('a line of code')\n" * 120 + "```\nThat's it."
    first, second = reply.finished(answer(text)).pages
    assert first.startswith("Look:\n```py\n")
    assert first.endswith("\n```")
    assert second.startswith("```py\nprint(")
    assert second.endswith("```\nThat's it.")


@pytest.mark.parametrize("code", ["```\ncode```", "see ```py\ncode\n```", "```code```", "`a` and ``b``"])
def test_code_closed_in_any_way_is_closed(code: str) -> None:
    """What follows code that a model closed at a line's end or opened within a line is not taken for code."""
    pages = reply.finished(answer(code + "\n\n" + "Plain words. " * 250)).pages
    assert len(pages) == 2
    assert "```" not in pages[1]


def test_a_remark_is_not_swallowed_by_open_code() -> None:
    """An answer cut within code is closed before the line that says so."""
    [page] = reply.finished(answer("```py\nx = 1", Ending.CUT)).pages
    assert page.startswith("```py\nx = 1\n```\n\n-# The answer was cut short here")


@settings(deadline=None)
@given(MIXED, st.data())
def test_what_grows_is_what_will_be(text: str, data: st.DataObject) -> None:
    """At any moment all pages but the last already read as they will in the end."""
    if not text.strip():
        return
    growing = reply.growing(text[: data.draw(st.integers(0, len(text)))])
    final = reply.finished(answer(text)).pages
    assert len(growing) <= MOST_PAGES - 1
    assert growing[:-1] == final[: max(0, len(growing) - 1)]


@settings(deadline=None)
@given(
    st.lists(
        PROSE.map(lambda text: text[:1500])
        | st.integers(20, 1900).map(lambda size: f" https://example.com/{'a' * size} "),
        max_size=6,
    ).map("".join)
)
def test_a_link_is_never_cut(text: str) -> None:
    """Each link that fits a page stands whole on one."""
    final = reply.finished(answer(text)) if text.strip() else reply.Reply(())
    if final.file_text is not None:
        return
    for link in re.findall(r"(?<!\S)https://example\.com/a+(?!\S)", text):
        assert any(link in page for page in final.pages)


def test_a_link_longer_than_a_page_is_shown_in_parts() -> None:
    """Rather than not at all."""
    link = "https://example.com/" + "a" * 3000
    pages = reply.finished(answer(f"See {link} there")).pages
    assert inked("".join(pages)) == inked(f"See {link} there")


def test_pages_end_where_a_reader_would_pause() -> None:
    """After a paragraph rather than a sentence, after a sentence rather than a word."""
    paragraph = "One sentence here. Another one there.\n"
    first, second = reply.finished(answer(paragraph * 30 + "\n" + paragraph * 30)).pages
    assert (first.count("sentence"), second.count("sentence")) == (30, 30)
    first, second = reply.finished(answer("Seven words make up a whole sentence. " * 60)).pages
    assert first.endswith("sentence.")
    assert second.startswith("Seven")


def test_a_long_answer_comes_as_pages_and_a_file() -> None:
    """Of more than five pages four are posted, then a notice with the whole text attached."""
    text = "All work and no play makes Jack a dull boy.\n" * 400
    final = reply.finished(answer(text, Ending.CUT))
    assert len(final.pages) == MOST_PAGES
    assert final.pages[:4] == reply.growing(text)
    assert "in the file" in final.pages[4]
    assert "cut short" in final.pages[4]
    assert final.file_name.endswith(".txt")
    assert final.file_text == text.strip() + "\n"


def test_five_pages_need_no_file() -> None:
    """The limit itself is allowed."""
    final = reply.finished(answer("\n".join(["x" * 1990] * 5)))
    assert (len(final.pages), final.file_text) == (5, None)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending.CUT, "cut short"),
        (Ending.FILTERED, "content filter"),
        (Ending.GAPS, reply.GAP),
        (Ending.TRANSCRIPT, "its transcript"),
    ],
)
def test_an_answer_that_was_not_allowed_to_finish_says_so(ending: Ending, words: str) -> None:
    """In a small line of its own, after the text."""
    [page] = reply.finished(answer("So I said", ending)).pages
    text, _, remark = page.partition("\n\n-# ")
    assert text == "So I said"
    assert words in remark


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://" + "a" * 200_000,
        "[a](https://b " * 20_000,
        "[" * 200_000,
        "](" * 100_000,
        "`" * 199_999,
        "x" * 1_000_000,
        "A word or two. " * 60_000,
    ],
)
def test_no_answer_holds_the_bot_up(text: str) -> None:
    """The work grows with the text and no faster: everything else waits meanwhile."""
    began = time.process_time()
    reply.finished(answer(text))
    reply.growing(text)
    assert time.process_time() - began < 1.5


def subclasses(kind: type[T]) -> Iterator[type[T]]:
    """All below a class."""
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def example_of(kind: type[errors.EarshotError]) -> errors.EarshotError:
    """One error of a class, with data as it might have."""
    if issubclass(kind, errors.TooLong):
        return kind(limit=10_800, seconds=14_425.4)
    if issubclass(kind, errors.TooLarge):
        return kind(limit=100_000_000, size=250_000_000)
    if issubclass(kind, errors.Forbidden):
        return kind("Send Messages in Threads")
    return kind("sk-or-v1-secret: Traceback in /srv/bot")


KINDS = [
    kind
    for kind in subclasses(errors.EarshotError)
    if kind.__module__ == errors.__name__ and kind not in {errors.Refused, errors.Transient, errors.Fault}
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_words(kind: type[errors.EarshotError]) -> None:
    """Of its own, short, plain, and with nothing in them of what the log is for."""
    words = reply.sentence(example_of(kind))
    assert words != GENERIC
    assert len(words) <= 200
    assert "secret" not in words
    assert not re.search(r"Traceback|[Ee]xception|\bHTTP\b|\b[45]\d\d\b|API|endpoint|None|token|codec", words)
    assert re.search(r"[.?]$", words)
    assert reply.explained(example_of(kind), "**a**\n").pages == (f"**a**\n{words}",)


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if issubclass(k, errors.Refused)], ids=lambda kind: kind.__name__
)
def test_a_refusal_says_what_can_be_done(kind: type[errors.EarshotError]) -> None:
    """No two refusals sound alike, and none ends without a way out."""
    words = reply.sentence(example_of(kind))
    others = {reply.sentence(example_of(other)) for other in KINDS if other is not kind}
    assert words not in others
    assert re.search(r"[Pp]lease|try again|may work|I take", words)


def test_a_missing_permission_is_told_where_it_is_not_missing() -> None:
    """In private; the lock of a thread is called by its name."""
    words = reply.sentence(errors.Forbidden("Send Messages"))
    assert "answer there" in words
    assert "“Send Messages”" in words
    assert "the thread is locked" in reply.sentence(errors.Forbidden("Manage Threads"))


def test_the_limits_are_told_in_numbers_people_use() -> None:
    """Hours, minutes, megabytes; small limits are not rounded to nothing."""
    told = [
        reply.sentence(errors.TooLong(limit=10_800, seconds=14_425.4)),
        reply.sentence(errors.TooLong(limit=90)),
        reply.sentence(errors.TooLarge(limit=100_000_000, size=250_000_000)),
        reply.sentence(errors.TooLarge(limit=500_000)),
    ]
    assert told == [
        "This recording is too long (4 h). I take up to 3 h: please send a shorter one.",
        "This recording is too long. I take up to 1 min 30 s: please send a shorter one.",
        "This file is too large (250 MB). I take up to 100 MB: please send a smaller one.",
        "This file is too large. I take up to 0.5 MB: please send a smaller one.",
    ]


def test_an_accident_gives_nothing_away() -> None:
    """What was not raised on purpose is told in general words."""
    assert "secret" not in GENERIC
    assert reply.sentence(KeyError("secret detail")) == GENERIC


@pytest.mark.parametrize(
    ("named", "name"),
    [
        (note(voice=True, seconds=11.3), "Voice note (11 s)"),
        (note(voice=True, seconds=3600), "Voice note (1 h)"),
        (note("voice-message.ogg", voice=True), "Voice note"),
        (note("interview.m4a", seconds=61), "interview.m4a"),
        (note("  "), "Voice note"),
        (note("x" * 300), "x" * 100),
    ],
)
def test_a_thread_has_a_name(named: VoiceNote, name: str) -> None:
    """1 to 100 characters: the length of a voice message, the name of a file."""
    assert reply.thread_name(named) == name


def test_a_files_name_is_shown_letter_by_letter() -> None:
    """Markdown, mentions and links in it do nothing."""
    assert reply.title(note("a_b*c*.mp3", titled=True)) == "**a\\_b\\*c\\*.mp3**\n"
    assert reply.title(note()) == ""


@settings(deadline=None)
@given(st.sampled_from(["*", "a", "\n", "\U0001f600", "long words here "]), st.integers(1, 4000))
def test_a_prompt_is_shown_within_one_message(piece: str, times: int) -> None:
    """However long, and however much of it has to be escaped."""
    text = (piece * times)[:4000]
    shown = [
        reply.prompt_set(text, 10**18, has_threads=True),
        *(reply.prompt_shown(Prompt(text=text, source=source), 10**18) for source in PromptSource),
    ]
    for message in shown:
        assert 0 < units(message) <= PAGE_CHARACTERS


def test_a_prompt_is_quoted_as_it_was_written() -> None:
    """Line for line."""
    shown = reply.prompt_shown(Prompt(text="Summarise.\nIn German.", source=PromptSource.CHANNEL))
    assert shown == "The channel's own prompt is in force here:\n> Summarise.\n> In German."


def test_it_is_said_which_channel_a_prompt_is_for() -> None:
    """The one that was asked about; threads are named where there can be any."""
    prompt = Prompt(text="Summarise.", source=PromptSource.SERVER)
    assert reply.prompt_shown(prompt, 7).startswith("The prompt of this server is in force in <#7>:")
    assert "every voice note in this server is" in reply.prompt_set("x", None)
    assert "every voice note in <#7> and its threads is" in reply.prompt_set("x", 7, has_threads=True)
    assert "every voice note in <#7> is" in reply.prompt_set("x", 7)


def test_resetting_says_what_is_in_force_now() -> None:
    """Or that nothing has changed."""
    assert "gone; the server's prompt" in reply.prompt_reset(7, was_set=True)
    assert "gone; that of its channel" in reply.prompt_reset(7, was_set=True, is_thread=True)
    assert "bot's own prompt" in reply.prompt_reset(None, was_set=True)
    assert "nothing changes" in reply.prompt_reset(7, was_set=False)


def test_durations_are_rounded_up_to_the_next_unit_where_they_reach_it() -> None:
    """59.6 seconds are a minute."""
    assert [reply.thread_name(note(voice=True, seconds=s)) for s in (59.4, 59.6, math.pi * 1000)] == [
        "Voice note (59 s)",
        "Voice note (1 min)",
        "Voice note (52 min 22 s)",
    ]


@pytest.mark.parametrize("error", [errors.DownloadFailed("503"), errors.EndpointBusy("503")])
def test_who_waits_is_told_for_what(error: errors.Transient) -> None:
    """And that nothing is to be done; under the file's name, where there are several."""
    [page] = reply.waiting(error, "**memo.ogg**\n")
    assert page.startswith("**memo.ogg**\n")
    assert "is busy or unreachable right now" in page
    assert "I keep trying" in page


def test_progress_is_counted_in_parts() -> None:
    """In small print."""
    assert reply.progress(2, 5) == "-# I'm listening: 2 of 5 parts heard so far."
