"""The judge of the torture benchmark, with made-up evidence: it finds what is wrong and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.ledger import LISTENED, PRESS, QUESTION, key_of, kind_of
from benchmarks.torture_notes import words_in
from benchmarks.torture_verdict import BotMessage, DiscordRequest, Evidence, Kill, ModelCall, Note, judge

CHANNEL, FIRST, SECOND = 1, 1001, 1002
APOLOGY = "Something went wrong on my side."


def said(channel: int, text: str, *, reply_to: int | None = None) -> BotMessage:
    """Make a message of the bot."""
    return BotMessage(channel, reply_to, text, words_in(text))


PAGES = (said(FIRST, "Answer to note 1: n1w1 n1w2"), said(FIRST, "n1w3 n1w4"))
OTHER = said(SECOND, "Answer to note 2: n2w1 n2w2")
GOOD = Evidence(
    notes={FIRST: Note(number=1, words=4, thread=FIRST), SECOND: Note(number=2, words=2, thread=SECOND)},
    said=(*PAGES, OTHER),
    threads=(FIRST, SECOND),
    calls=(ModelCall(FIRST, "worker-1.1", 10.0), ModelCall(SECOND, "worker-2.1", 11.0)),
    kills=(),
    requests=(),
)


def killed(
    process: str, at: float, *, first: str = "posted", second: str = "posted", survivors: int = 2
) -> Kill:
    """Make a kill. `first` and `second` are the two notes' states in the ledger, read 0.1 s after the kill."""
    return Kill(process, at, at + 0.1, {FIRST: first, SECOND: second}, survivors)


def findings(evidence: Evidence) -> list[str]:
    """The judge's findings as texts."""
    return [str(finding) for finding in judge(evidence).findings]


def test_all_is_well() -> None:
    """Two notes, an answer each: nothing is found."""
    verdict = judge(GOOD)
    assert verdict.flawless
    assert verdict.figures == {
        "notes": 2,
        "presses": 0,
        "questions": 0,
        "answers": 2,
        "duplicates": 0,
        "missing": 0,
        "repaid": 0,
        "cut_off": 0,
        "kills": 0,
        "longest_takeover_s": 0.0,
    }


@pytest.mark.parametrize(
    ("there", "found"),
    [
        pytest.param((OTHER,), "missing: note 1: 4 of 4 words are not in its thread", id="no answer"),
        pytest.param(
            (PAGES[0], OTHER), "missing: note 1: 2 of 4 words are not in its thread", id="a page missing"
        ),
        pytest.param(
            (*PAGES, OTHER, PAGES[1]), "duplicate: note 1: 2 of 4 words are said again", id="a page twice"
        ),
        pytest.param(
            (*PAGES, OTHER, replace(PAGES[1], channel_id=CHANNEL, reply_to=FIRST)),
            "duplicate: note 1: 2 of 4 words are said again",
            id="again beside the note",
        ),
        pytest.param(
            (*(replace(page, channel_id=CHANNEL, reply_to=FIRST) for page in PAGES), OTHER),
            "missing: note 1: 4 of 4 words are not in its thread, but somewhere else",
            id="beside the note alone",
        ),
        pytest.param(
            (*(replace(page, channel_id=SECOND) for page in PAGES), OTHER),
            "missing: note 1: 4 of 4 words are not in its thread, but somewhere else",
            id="in the other note's thread",
        ),
        pytest.param(
            (PAGES[1], PAGES[0], OTHER), "missing: note 1: the pages are in the wrong order", id="wrong order"
        ),
        pytest.param(
            (said(FIRST, APOLOGY), OTHER),
            f"missing: note 1: 4 of 4 words are not in its thread; the bot says “{APOLOGY}”",
            id="an apology instead",
        ),
        pytest.param(
            (*PAGES, OTHER, said(CHANNEL, APOLOGY, reply_to=FIRST)),
            f"duplicate: note 1: answered; the bot says “{APOLOGY}”",
            id="an apology beside the answer",
        ),
        pytest.param(
            (*PAGES, OTHER, said(CHANNEL, "Hello.")), "duplicate: the bot says “Hello.”", id="about no note"
        ),
    ],
)
def test_what_people_see_is_judged(there: tuple[BotMessage, ...], found: str) -> None:
    """Missing, misplaced or repeated words and other messages are found: an answer stands once, in order, in its thread."""
    assert findings(replace(GOOD, said=there)) == [found]


def test_a_note_is_counted_once() -> None:
    """A note of which everything is said twice counts as one duplicate."""
    verdict = judge(replace(GOOD, said=(*PAGES, *PAGES, PAGES[0])))
    assert (verdict.duplicates, verdict.missing, verdict.figures["answers"]) == (1, 1, 1)
    assert not verdict.flawless


def test_a_thread_on_no_note_is_found() -> None:
    """A thread that is on no note is a finding."""
    assert findings(replace(GOOD, threads=(FIRST, SECOND, 7))) == ["duplicate: the thread 7 is on no note"]


AGAIN = (*GOOD.calls, ModelCall(FIRST, "worker-3.1", 20.0))


@pytest.mark.parametrize(
    ("kills", "why"),
    [
        pytest.param((), "nobody had killed worker-1.1", id="nobody killed"),
        pytest.param((killed("worker-2.1", 15),), "the answer was stored", id="stored when another died"),
        pytest.param(
            (killed("worker-2.1", 15, first="received"),), "nobody had killed worker-1.1", id="another killed"
        ),
        pytest.param((killed("worker-1.1", 15, first="answered"),), "the answer was stored", id="stored"),
        pytest.param(
            (killed("worker-2.1", 15, first="answered"), killed("worker-1.1", 16, first="received")),
            "the answer was stored",
            id="stored, as an earlier look showed",
        ),
        pytest.param(
            (killed("worker-1.1", 25, first="received"),), "nobody had killed worker-1.1", id="killed later"
        ),
    ],
)
def test_a_call_that_nothing_excuses_is_repaid(kills: tuple[Kill, ...], why: str) -> None:
    """Asking again is a finding if the answer was stored, or if the process that had asked was alive."""
    verdict = judge(replace(GOOD, calls=AGAIN, kills=kills))
    assert (verdict.repaid, verdict.cut_off) == (1, 0)
    assert why in str(verdict.findings[0])


def test_a_call_that_a_kill_cut_off_is_excused() -> None:
    """Asking again is no finding if the process that had asked was killed before the answer was stored."""
    verdict = judge(replace(GOOD, calls=AGAIN, kills=(killed("worker-1.1", 15, first="received"),)))
    assert (verdict.repaid, verdict.cut_off, verdict.flawless) == (0, 1, True)


def test_a_process_may_not_ask_twice() -> None:
    """A process that asks twice is a finding although it is killed afterwards."""
    calls = (*GOOD.calls, ModelCall(FIRST, "worker-1.1", 12.0))
    assert judge(replace(GOOD, calls=calls, kills=(killed("worker-1.1", 15, first="received"),))).repaid == 1


@pytest.mark.parametrize(
    ("calls", "requests", "seconds"),
    [
        pytest.param(AGAIN, (), 5.0, id="the model is asked"),
        pytest.param(
            GOOD.calls,
            (DiscordRequest(FIRST, 18.0), DiscordRequest(FIRST, 19.0)),
            3.0,
            id="something is posted",
        ),
        pytest.param(AGAIN, (DiscordRequest(FIRST, 18.0),), 3.0, id="whatever comes first"),
        pytest.param(
            AGAIN, (DiscordRequest(FIRST, 15.1), DiscordRequest(FIRST, 14.0)), 5.0, id="under way at the kill"
        ),
        pytest.param(AGAIN, (DiscordRequest(SECOND, 16.0),), 5.0, id="about another note"),
        pytest.param(GOOD.calls, (), 0.0, id="never"),
    ],
)
def test_a_takeover_lasts_until_the_next_sign_of_work(
    calls: tuple[ModelCall, ...], requests: tuple[DiscordRequest, ...], seconds: float
) -> None:
    """The time is taken from the kill to another process's first request about a note the killed one worked on."""
    kills = (killed("worker-1.1", 15, first="received"),)
    assert judge(replace(GOOD, calls=calls, requests=requests, kills=kills)).longest_takeover == seconds


@pytest.mark.parametrize(("survivors", "seconds"), [(1, 5.0), (0, 2.0)])
def test_where_nobody_is_left_the_wait_begins_anew(survivors: int, seconds: float) -> None:
    """If a second kill leaves no process running, the time is taken from that kill."""
    kills = (
        killed("worker-1.1", 15, first="received"),
        killed("worker-2.1", 18, first="received", survivors=survivors),
    )
    assert judge(replace(GOOD, calls=AGAIN, kills=kills)).longest_takeover == seconds


def test_what_was_finished_needs_no_takeover() -> None:
    """Notes that were finished, or that another process works on, count for no takeover."""
    requests = (DiscordRequest(FIRST, 40.0), DiscordRequest(SECOND, 40.0))
    kills = (killed("worker-1.1", 15, second="received"), killed("worker-3.1", 16, first="received"))
    assert judge(replace(GOOD, requests=requests, kills=kills)).longest_takeover == 0


def test_what_is_asked_further_is_judged_likewise() -> None:
    """In the note's thread, each with its own words, calls and state."""
    pressed, asked = key_of(FIRST, PRESS), key_of(FIRST, QUESTION)
    further = {
        pressed: Note(number=100_001, words=1, thread=FIRST, kind=PRESS),
        asked: Note(number=200_001, words=1, thread=FIRST, kind=QUESTION),
    }
    calls = (ModelCall(pressed, "worker-1.1", 12.0), ModelCall(asked, "worker-1.1", 13.0))
    evidence = replace(
        GOOD,
        notes={**GOOD.notes, **further},
        said=(*GOOD.said, said(FIRST, "n100001w1"), said(FIRST, "n200001w1", reply_to=77)),
        calls=(*GOOD.calls, *calls),
    )
    verdict = judge(evidence)
    assert verdict.flawless
    figures = verdict.figures
    assert (figures["notes"], figures["presses"], figures["questions"], figures["answers"]) == (2, 1, 1, 4)
    lost = judge(replace(evidence, said=(*GOOD.said, said(SECOND, "n100001w1"))))
    assert [str(finding) for finding in lost.findings] == [
        "missing: note 100001: 1 of 1 words are not in its thread, but somewhere else",
        "missing: note 200001: 1 of 1 words are not in its thread",
    ]
    again = judge(replace(evidence, calls=(*evidence.calls, ModelCall(pressed, "worker-1.1", 14.0))))
    assert again.figures["repaid"] == 1


def test_a_key_says_of_what_it_is() -> None:
    """No two are the same."""
    keys = {
        key_of(message, kind): kind for message in (FIRST, SECOND) for kind in (LISTENED, PRESS, QUESTION)
    }
    assert len(keys) == 6
    assert {key: kind_of(key) for key in keys} == keys
