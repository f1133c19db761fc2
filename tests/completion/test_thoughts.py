"""What a model only thinks stays out of its answer, however it was marked and however the text was cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.completion.thoughts import VisibleText


def seen(text: str, *, size: int = 0) -> tuple[str, list[str]]:
    """What is left of a text that comes in pieces of so many characters (0: at once), and what was seen on the way."""
    visible, on_the_way = VisibleText(), list[str]()
    for start in range(0, len(text), size or len(text) or 1):
        visible.add(text[start : start + (size or len(text))])
        on_the_way.append(visible.text)
    visible.end()
    assert visible.length == len(visible.text)
    return visible.text, on_the_way


MARKED = [
    ("<think>", "</think>"),
    ("<think>\n", "\n</think>\n\n"),
    ("  \n<think>", "</think>"),
    ("\ufeff<THINK>", "</THINK>"),
    ("<thinking>", "</thinking>"),
    ("<think>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ('<reasoning effort="high">', "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("<antThinking>", "</antThinking>"),
    ("<scratchpad>", "</scratchpad>"),
    ("◁think▷", "◁/think▷"),
    ("[THINK]", "[/THINK]"),
    ("<|begin_of_thought|>", "<|end_of_thought|><|begin_of_solution|>"),
    ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    (
        "<|start|>assistant<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final <|message|>",
    ),
    ("<|channel>thought\n", "<channel|>"),
    ("analysis", "assistantfinal"),
    ("<unused94>thought\n", "<unused95>"),
    ('<details type="reasoning" done="true">\n', "</details>\n"),
    ("<think>one</think>\n<think>", "</think>"),
]
THOUGHT = "We have to transcribe this. 1 < 2, [so] to say.\n\nLet me hear: `</b>` is not it"
ANSWER = "Hello, Anna. 3 > 2 and <b>so</b> on.\n\n[00:01] Bye."


@pytest.mark.parametrize("size", [0, 1, 2, 5, 13])
@pytest.mark.parametrize(("beginning", "end"), MARKED)
def test_a_thought_before_the_answer_is_never_seen(beginning: str, end: str, size: int) -> None:
    """Neither in the end nor while the answer grows."""
    told, on_the_way = seen(beginning + THOUGHT + end + ANSWER, size=size)
    assert told == ANSWER
    assert all(ANSWER.startswith(text) for text in on_the_way)


def test_a_thought_within_a_thought_is_none_of_the_answer() -> None:
    """Nor is what stands between their ends, though it could not be known at once."""
    assert seen(f"<think>one <think>two</think> three</think>{ANSWER}", size=3)[0] == ANSWER


@pytest.mark.parametrize("size", [0, 1, 4])
@pytest.mark.parametrize("beginning", [mark for mark, _ in MARKED])
def test_a_thought_without_end_is_no_answer(beginning: str, size: int) -> None:
    """The model never came to speak."""
    told, on_the_way = seen(beginning + THOUGHT, size=size)
    assert told.strip() == ""
    assert "".join(on_the_way).strip() == ""


@pytest.mark.parametrize("size", [0, 1, 3])
@pytest.mark.parametrize(
    "text",
    [
        f"{THOUGHT}\n</think>\n\n{ANSWER}",
        f"{THOUGHT}</think>{ANSWER}",
        f"{THOUGHT}. </think> {ANSWER}",
        f"{THOUGHT}◁/think▷{ANSWER}",
        f"{THOUGHT}\n[/THINK]{ANSWER}",
        f"好的用户说你好</think>\n\n{ANSWER}",
        f"好的用户说你好。</think>{ANSWER}",
        f"</think>\n{ANSWER}",
        f'He said "go."</think>{ANSWER}',
    ],
)
def test_where_only_the_end_is_marked_all_before_it_was_thought(text: str, size: int) -> None:
    """Some servers put the first mark into the prompt."""
    assert seen(text, size=size)[0] == ANSWER


@pytest.mark.parametrize("size", [0, 1, 3])
@pytest.mark.parametrize(
    "text",
    [
        "Models write <think> first and </think> after it.",
        "Close it with `</think>` and go on.",
        'The tag "</think>" ends it.',
        "The tag </think> ends it.",
        "用</think>标签结束。",
        "Look:\n```\n<think>\nhm\n</think>\n```\nThat's it.",
        "Look:\n```\nhm\n</think>\n```\nThat's it.",
        "[Music] Hello [laughs] there. [/laughs]",
        "[thinking] Well, I don't know.",
        "[Thoughts]\nMonday was fine.\n\n[/Thoughts]\nBye.",
        "[Reflection] A talk by Anna.",
        "Hello.\n<think>hm</think>\nBye.",
        "> <think>hm</think>\nSo it was written.",
        "<b>bold</b> and a < b",
        "a <",
        "<",
        "<thin",
        "[00:00] Hello",
        "analysis of the talk",
        "<details><summary>More</summary>\nhm\n</details>\nHello",
        "analys",
        "<thinker> is a name",
        "think></think",
        "",
        "   ",
        "◁ left, right ▷",
        "<|not a mark|> Hello",
        "<answer>Yes.</answer>",
    ],
)
def test_a_text_that_only_mentions_such_marks_keeps_them(text: str, size: int) -> None:
    """Nothing is lost of any other text."""
    assert seen(text, size=size)[0] == text


def test_marks_around_and_after_an_answer_are_left_out() -> None:
    """They stand there for programs."""
    assert seen("<think>hm</think><answer>Yes.</answer>")[0] == "Yes."
    assert seen("<|channel|>final<|message|>Yes.<|return|>")[0] == "Yes."
    assert seen("Yes.<|im_end|>")[0] == "Yes."


@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                "think",
                ">",
                "</",
                "[",
                "]",
                "a",
                " ",
                "\n",
                "◁",
                "▷",
                "/",
                "<|",
                "|>",
                "<think>",
                ".</think>",
            ]
        ),
        max_size=30,
    )
)
def test_how_a_text_is_cut_makes_no_difference(pieces: list[str]) -> None:
    """In the end."""
    text = "".join(pieces)
    whole = seen(text)[0]
    assert seen(text, size=1)[0] == whole
    assert seen(text, size=3)[0] == whole
