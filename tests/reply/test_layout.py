"""An answer as Discord messages: whole, in order, within the limits."""

from __future__ import annotations

import dataclasses
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import reply
from bot.models import Answer, Ending, Unheard
from tests.fixtures import file_of, note_of

if TYPE_CHECKING:
    from bot.models import VoiceNote

MOST_PAGES = 5
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
    """The length of a text in UTF-16 units; Discord counts code points, which are never more."""
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
    for pages in (
        reply.finished(answer(text, ending), heading, words=reply.ENGLISH).pages,
        reply.growing(text, heading),
    ):
        assert 1 <= len(pages) <= MOST_PAGES
        for page in pages:
            assert page.strip()
            assert units(page) <= 2000


@settings(deadline=None)
@given(PROSE)
def test_no_character_is_lost_or_moved(text: str) -> None:
    """All that leaves a mark is on the pages in its order, but what is in the file where it is too long."""
    if not text.strip():
        return
    final = reply.finished(answer(text), words=reply.ENGLISH)
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
    final = reply.finished(answer(text), words=reply.ENGLISH)
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
    first, second = reply.finished(answer(text), words=reply.ENGLISH).pages
    assert first.startswith("Look:\n```py\n")
    assert first.endswith("\n```")
    assert second.startswith("```py\nprint(")
    assert second.endswith("```\nThat's it.")


@pytest.mark.parametrize("code", ["```\ncode```", "see ```py\ncode\n```", "```code```", "`a` and ``b``"])
def test_code_closed_in_any_way_is_closed(code: str) -> None:
    """What follows code that a model closed at a line's end or opened within a line is not taken for code."""
    pages = reply.finished(answer(code + "\n\n" + "Plain words. " * 250), words=reply.ENGLISH).pages
    assert len(pages) == 2
    assert "```" not in pages[1]


def test_a_remark_is_not_swallowed_by_open_code() -> None:
    """An answer cut within code is closed before the line that says so."""
    [page] = reply.finished(answer("```py\nx = 1", Ending.CUT), words=reply.ENGLISH).pages
    assert page.startswith("```py\nx = 1\n```\n\n-# The answer was cut short here")


@settings(deadline=None)
@given(MIXED, st.data())
def test_what_grows_is_what_will_be(text: str, data: st.DataObject) -> None:
    """At any moment all pages but the last already read as they will in the end."""
    if not text.strip():
        return
    growing = reply.growing(text[: data.draw(st.integers(0, len(text)))])
    final = reply.finished(answer(text), words=reply.ENGLISH).pages
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
    final = reply.finished(answer(text), words=reply.ENGLISH) if text.strip() else reply.Reply(())
    if final.file_text is not None:
        return
    for link in re.findall(r"(?<!\S)https://example\.com/a+(?!\S)", text):
        assert any(link in page for page in final.pages)


def test_a_link_longer_than_a_page_is_shown_in_parts() -> None:
    """Rather than not at all."""
    link = "https://example.com/" + "a" * 3000
    pages = reply.finished(answer(f"See {link} there"), words=reply.ENGLISH).pages
    assert inked("".join(pages)) == inked(f"See {link} there")


def test_pages_end_where_a_reader_would_pause() -> None:
    """After a paragraph rather than a sentence, after a sentence rather than a word."""
    paragraph = "One sentence here. Another one there.\n"
    first, second = reply.finished(answer(paragraph * 30 + "\n" + paragraph * 30), words=reply.ENGLISH).pages
    assert (first.count("sentence"), second.count("sentence")) == (30, 30)
    first, second = reply.finished(
        answer("Seven words make up a whole sentence. " * 60), words=reply.ENGLISH
    ).pages
    assert first.endswith("sentence.")
    assert second.startswith("Seven")


def test_a_long_answer_comes_as_pages_and_a_file() -> None:
    """Of more than five pages four are posted, then a notice with the whole text attached."""
    text = "All work and no play makes Jack a dull boy.\n" * 400
    final = reply.finished(answer(text, Ending.CUT), words=reply.ENGLISH)
    assert len(final.pages) == MOST_PAGES
    assert final.pages[:4] == reply.growing(text)
    assert "in the file" in final.pages[4]
    assert "cut short" in final.pages[4]
    assert final.file_name.endswith(".txt")
    assert final.file_text == text.strip() + "\n"


def test_a_notice_is_the_last_line() -> None:
    """After what is missing of the answer."""
    [page] = reply.finished(answer("Buy milk.", Ending.CUT), words=reply.ENGLISH, notice="Read this.").pages
    assert page.startswith("Buy milk.\n\n-# The answer was cut short")
    assert page.endswith("\n-# Read this.")


def test_a_notice_below_a_full_page_gets_one_of_its_own() -> None:
    """What was shown while the answer grew stays as it is, and the line stays whole."""
    text = "x" * 1990
    notice = "Recordings are sent to `api.example`, where a model hears them."
    pages = reply.finished(answer(text), words=reply.ENGLISH, notice=notice).pages
    assert pages == (text, f"-# {notice}")
    assert reply.growing(text) == (text,)
    five = "\n".join([text] * 5)
    final = reply.finished(answer(five), words=reply.ENGLISH, notice=notice)
    assert final.pages[:4] == (text,) * 4
    assert final.pages[4].endswith(f"\n-# {notice}")
    assert final.file_text == f"{five}\n"


def test_a_notice_is_in_every_form_of_an_answer() -> None:
    """Whatever Discord makes of the answer, the line comes with it."""
    final = reply.finished(
        answer("See https://a.example now."), words=reply.ENGLISH, notice="It goes to `api.example`."
    )
    whole, bare, file = reply.forms(final, words=reply.ENGLISH)
    assert whole.pages[0].endswith("-# It goes to `api.example`.")
    assert "-# It goes to `[link]`." in bare.pages[0]
    assert file.file_text is not None
    assert "It goes to `api.example`." in file.file_text


def test_five_pages_need_no_file() -> None:
    """The limit itself is allowed."""
    final = reply.finished(answer("\n".join(["x" * 1990] * 5)), words=reply.ENGLISH)
    assert (len(final.pages), final.file_text) == (5, None)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending.CUT, "cut short"),
        (Ending.FILTERED, "content filter"),
        (Ending.REPETITION, "began to repeat itself"),
        (Ending.GAPS, reply.GAP),
        (Ending.TRANSCRIPT, "its transcript"),
    ],
)
def test_an_answer_that_was_not_allowed_to_finish_says_so(ending: Ending, words: str) -> None:
    """In a small line of its own, after the text."""
    [page] = reply.finished(answer("So I said", ending), words=reply.ENGLISH).pages
    text, _, remark = page.partition("\n\n-# ")
    assert text == "So I said"
    assert words in remark


def test_an_answer_to_the_beginning_of_a_recording_says_so() -> None:
    """How much was heard; beside what else there is to say."""
    heard = dataclasses.replace(answer("So I said"), only_first=754.2)
    [page] = reply.finished(heard, words=reply.ENGLISH).pages
    assert page.startswith("So I said\n\n-# ")
    assert "only the first 12 min 34 sec" in page
    [page] = reply.finished(dataclasses.replace(heard, ending=Ending.CUT), words=reply.ENGLISH).pages
    text, *remarks = page.split("\n-# ")
    assert (text, len(remarks)) == ("So I said\n", 2)
    assert "cut short" in remarks[0]
    assert "12 min 34 sec" in remarks[1]
    assert reply.what_is_missing(answer("So I said"), words=reply.ENGLISH) == ()


def test_why_the_rest_was_not_heard_is_told() -> None:
    """A sentence for each reason, each with how much was."""
    heard = dataclasses.replace(answer("So I said"), only_first=754.2)
    told = {
        reply.what_is_missing(dataclasses.replace(heard, rest=rest), words=reply.ENGLISH) for rest in Unheard
    }
    assert len(told) == len(Unheard)
    assert all("only the first 12 min 34 sec" in sentence for [sentence] in told)


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
    reply.finished(answer(text), words=reply.ENGLISH)
    reply.growing(text)
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    ("named", "name"),
    [
        (note(voice=True, seconds=11.3), "Voice note (11 sec)"),
        (note(voice=True, seconds=3600), "Voice note (1 hr)"),
        (note("voice-message.ogg", voice=True), "Voice note"),
        (note("interview.m4a", seconds=61), "interview.m4a"),
        (note("  "), "Voice note"),
        (note("x" * 300), "x" * 100),
    ],
)
def test_a_thread_has_a_name(named: VoiceNote, name: str) -> None:
    """1 to 100 characters: the length of a voice message, the name of a file."""
    assert reply.thread_name(named, words=reply.ENGLISH) == name


def test_a_files_name_is_shown_letter_by_letter() -> None:
    """Markdown, mentions and links in it do nothing."""
    assert reply.title(note("a_b*c*.mp3", titled=True)) == "**a\\_b\\*c\\*.mp3**\n"
    assert reply.title(note()) == ""


def test_a_file_is_called_what_its_author_called_it() -> None:
    """Where Discord keeps that beside a name of Latin letters; in the thread's name and in the heading."""
    note = note_of(attachment=file_of(filename="1.m4a", title="**Встреча** 录音 1"), titled=True)
    assert reply.thread_name(note, words=reply.ENGLISH) == "**Встреча** 录音 1.m4a"
    assert reply.title(note) == "**\\*\\*Встреча\\*\\* 录音 1.m4a**\n"
    assert (
        len(
            reply.thread_name(
                note_of(attachment=file_of(filename="1.m4a", title="录" * 300)), words=reply.ENGLISH
            )
        )
        == 100
    )


LONG_REPLY = reply.Reply(("one", "-# All of it is in the file."), file_text="one two\n")


def test_forms_of_a_short_answer() -> None:
    """As it is, and as a file that is titled."""
    first, second = reply.forms(reply.Reply(("**a**\none", "two")), "**a**\n", words=reply.ENGLISH)
    assert first == reply.Reply(("**a**\none", "two"))
    assert (second.file_text, len(second.pages)) == ("**a**\none\ntwo\n", 1)
    assert second.pages[0].startswith("**a**\n-# ")


def test_forms_of_an_answer_with_links() -> None:
    """Before the file, without them; the last page says so, if it has room."""
    _, bare, _ = reply.forms(reply.Reply(("See https://a.example/b!", "x" * 2000)), words=reply.ENGLISH)
    assert bare.pages == ("See [link]", "x" * 2000)
    _, bare, _ = reply.forms(reply.Reply(("See https://a.example/b", "and.")), words=reply.ENGLISH)
    assert bare.pages[0] == "See [link]"
    assert bare.pages[1].startswith("and.\n\n-# ")
    _, bare, _ = reply.forms(reply.Reply(("a.io " * 400,)), words=reply.ENGLISH)
    assert units(bare.pages[0]) <= 2000
    assert "a.io" not in bare.pages[0]


def test_forms_of_an_answer_with_a_file() -> None:
    """As it is, the file alone, and the beginning alone."""
    whole, file, beginning = reply.forms(LONG_REPLY, words=reply.ENGLISH)
    assert whole == LONG_REPLY
    assert file.file_text == LONG_REPLY.file_text
    assert (beginning.file_text, beginning.pages[0]) == (None, "one")
    assert "Discord" in beginning.pages[1]


def test_forms_where_no_files_may_be_posted() -> None:
    """The beginning, and which permission the rest would need."""
    [beginning] = reply.forms(LONG_REPLY, files=False, words=reply.ENGLISH)
    assert (beginning.file_text, beginning.pages[0]) == (None, "one")
    assert "“Attach Files”" in beginning.pages[1]
    assert reply.forms(reply.Reply(("one",)), files=False, words=reply.ENGLISH) == (reply.Reply(("one",)),)


@given(MIXED)
@settings(max_examples=60, deadline=None)
def test_every_form_fits(text: str) -> None:
    """Each page of each form is one message of Discord's: 1 to 2000 characters."""
    final = reply.finished(answer(f"https://a.example/{'b' * 30} {text}"), words=reply.ENGLISH)
    for form in reply.forms(final, "**memo.mp3**\n", words=reply.ENGLISH):
        assert all(1 <= units(page.strip()) <= 2000 for page in form.pages)


def test_a_picture_is_left_out_where_it_does_not_pass() -> None:
    """The text says the same; where no files may be posted it is not tried."""
    picture = reply.Picture(png=b"\x89PNG", name="a.png", description="Bars.")
    final = reply.Reply(("one",), picture=picture)
    assert not final.stands_alone
    first, second, *others = reply.forms(final, words=reply.ENGLISH)
    assert (first, second) == (final, reply.Reply(("one",)))
    assert all(form.picture is None for form in others)
    assert reply.forms(final, files=False, words=reply.ENGLISH) == (reply.Reply(("one",)),)
