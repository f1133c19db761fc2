"""Keeps what a model only thinks out of its answer.

Models write their reasoning down before they answer, and many servers pass it on as part of the answer, between marks
that differ by family: `<think>…</think>` and its like, `◁think▷`, `[THINK]`, `<|channel|>analysis…`. Only what stands
before the answer is left out: an answer that merely mentions such a mark keeps it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = (
    r"(?:ant_?)?(?:think|thinking|thoughts?|reasoning|reflection|scratchpad|(?:inner|internal)_(?:monologue|thoughts?)"
    r"|monologue|chain_of_thought|cot|think(?:ing)?_process|reasoning_process)"
)
_PREFIX = r"(?:[a-z]{1,12}[:_])?"
_FINAL = r"<\|channel\|>\s*final[^<]{0,40}(?:<\|constrain\|>[^<]{0,40})?<\|message\|>"
_ASSISTANT = r"(?:<\|start\|>\s*assistant\s*)?"


@dataclass(frozen=True, slots=True)
class Marks:
    """How one family of models begins and ends its thoughts."""

    beginning: re.Pattern[str]
    end: re.Pattern[str]


def _marks(beginning: str, end: str) -> Marks:
    return Marks(re.compile(beginning, re.IGNORECASE), re.compile(end, re.IGNORECASE))


_CAPITALS = "(?-i:THINK|THINKING|THOUGHT|REASONING)"
"""In square brackets. In small letters that is what a transcript says of a person: "[thinking] Well, ..."."""


_FAMILIES = (
    _marks(rf"<{_PREFIX}{_WORD}(?:\s[^<>/]{{0,100}})?>", rf"</{_PREFIX}{_WORD}\s*>"),
    _marks(rf"◁{_WORD}▷", rf"◁/{_WORD}▷"),
    _marks(rf"\[{_CAPITALS}\]", rf"\[/{_CAPITALS}\]"),
    _marks(
        rf"<\|(?:begin_(?:of_)?|start_(?:of_)?)?{_WORD}\|?>",
        rf"<\|(?:end_(?:of_)?|/){_WORD}\|?>|<\|?/{_WORD}\|>",
    ),
    # The harmony format, and what is left of it where a server drops its marks.
    _marks(
        rf"{_ASSISTANT}<\|channel\|?>\s*(?:analysis|commentary|thoughts?|thinking|reasoning)\b",
        rf"{_FINAL}|<channel\|>",
    ),
    _marks(r"<unused94>", r"<unused95>"),
    # Those that follow are looked for at the beginning alone.
    _marks(r"<details\s[^<>]{0,60}reasoning[^<>]{0,100}>", r"</details>"),
    Marks(re.compile(r"analysis(?=[A-Z\"'“‘])"), re.compile(r"assistant\s*final(?=\W|[A-Z])")),
)
_END = re.compile("|".join(family.end.pattern for family in _FAMILIES[:-2]), re.IGNORECASE)
_BEGINNING = re.compile("|".join(family.beginning.pattern for family in _FAMILIES[:-2]), re.IGNORECASE)
_WRAPPING = re.compile(
    rf"{_ASSISTANT}{_FINAL}|<(answer|output|response|final_answer)>|<\|(?:begin_of_solution|START_RESPONSE)\|>",
    re.IGNORECASE,
)
"""Marks the answer itself; what is within is kept."""
_LEFT_OVER = re.compile(
    r"(?:\s*<\|(?:return|end|im_end|eot_id|endoftext|end_of_turn|end_of_solution|END_RESPONSE)\|>)+\s*$",
    re.IGNORECASE,
)
_MAY_BEGIN = re.compile(
    r"<[^<>]{0,130}|◁[^▷]{0,30}|\[\w{0,20}"
    r"|<\|start\|>\s*\w{0,10}\s*(?:<[^<>]{0,20})?"
    r"|(?:<\|start\|>\s*assistant\s*)?<\|channel\|?>\s*\w{0,12}"
    r"|(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*final[^<]{0,40}(?:<[^<>]{0,20}(?:>[^<]{0,40}(?:<[^<>]{0,20})?)?)?"
)
"""What may yet become a mark, when more has come."""
_MAY_END = re.compile(
    r"(?:<\|channel\|>\s*\w{0,12}[^<]{0,20}(?:<[^<>]{0,20})?|<[^<>]{0,60}|◁[^▷]{0,30}|\[/?\w{0,20})$"
)
_MARK_BEGINS = re.compile(r"[<\[◁]")
_UNSEEN = " \t\r\n\f\v\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"
_QUOTES = tuple("`'\"“”‘’«»„‚()（）「」『』*_")
_SENTENCE_ENDS = ".!?…。！？"
_LONGEST_MARK = 200
_LONGEST_BEGINNING = 400
"""Characters kept back while an answer may still begin with a mark."""
_MOST_QUOTES = 3
"""Marks found to be mentions, after which none is taken for another thing."""
_FAR_EAST = 0x2E80
"""Scripts from here on have no spaces between words."""


class VisibleText:
    """Collects a model's text as it comes in and leaves its thoughts out; `text` is what people may see so far.

    `Draft` calls `add` with each piece and `end` once. However a text is cut into pieces, each character is looked at a
    few times only, so that the work grows with the length of the text and not faster.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._held: str = ""
        """Not yet known to be one thing or the other."""
        self._family: Marks | None = None
        """Of the thought that is going on."""
        self._speaking = False
        """Whether the answer itself has begun."""
        self._after_thought = False
        self._closing = ""
        self._mentions = 0

    @property
    def length(self) -> int:
        """Characters of the answer so far."""
        return self._length

    @property
    def text(self) -> str:
        """The answer so far."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def tail(self, most: int) -> str:
        """The last characters of the answer so far."""
        parts: list[str] = []
        for part in reversed(self._parts):
            parts.append(part[-most:])
            most -= len(part)
            if most <= 0:
                break
        return "".join(reversed(parts))

    def add(self, piece: str) -> None:
        """More has come."""
        self._held += piece
        self._sort(last=False)

    def end(self) -> None:
        """No more comes."""
        self._sort(last=True)
        if match := _LEFT_OVER.search(self.tail(_LONGEST_MARK)):
            self._drop(len(match[0]))
        if self._closing and (text := self.text.rstrip()).lower().endswith(self._closing):
            self._drop(self._length - len(text) + len(self._closing))

    def _sort(self, *, last: bool) -> None:
        going_on = True
        while going_on:
            if self._family is not None:
                going_on = self._think(self._family)
            elif not self._speaking:
                going_on = self._begin(last=last)
            else:
                going_on = self._speak(last=last)

    def _think(self, family: Marks) -> bool:
        """Pass over a thought; whether its end has come."""
        match = family.end.search(self._held)
        if match is None:
            self._held = self._held[-_LONGEST_MARK:]
            return False
        self._held = self._held[match.end() :]
        self._family, self._after_thought = None, True
        return True

    def _begin(self, *, last: bool) -> bool:
        """Find out whether a thought comes first; whether that is known."""
        text = self._held.lstrip(_UNSEEN)
        if not text and not last and len(self._held) < _LONGEST_BEGINNING:
            return False
        for family in _FAMILIES:
            if match := family.beginning.match(text):
                self._family, self._held = family, text[match.end() :]
                return True
        if match := _WRAPPING.match(text):
            if match[1] is None or self._after_thought:
                self._closing = f"</{match[1].lower()}>" if match[1] else ""
                self._held, self._after_thought = text[match.end() :], True
        elif not last and len(text) < _LONGEST_BEGINNING and self._may_begin_with_mark(text):
            return False
        if self._after_thought:
            self._held = self._held.lstrip(_UNSEEN)
            if not self._held and not last:
                return False
        self._speaking = True
        return True

    @staticmethod
    def _may_begin_with_mark(text: str) -> bool:
        return _MAY_BEGIN.fullmatch(text) is not None or "analysis".startswith(text)

    def _speak(self, *, last: bool) -> bool:
        """Take what has come as the answer, unless the end of a thought shows that all of it was one."""
        text, kept = self._held, 0
        if self._mentions < _MOST_QUOTES and _MARK_BEGINS.search(text):
            begins = _BEGINNING.search(text)
            for match in _END.finditer(text):
                if match.end() == len(text) and not last:
                    break
                if begins and begins.start() < match.start():
                    break
                if self._ends_a_thought(text[: match.start()], text[match.end() :]):
                    self._parts, self._length = [], 0
                    self._held = text[match.end() :]
                    self._speaking, self._after_thought = False, True
                    return True
                self._mentions += 1
            if begins:
                # It talks about such marks.
                self._mentions = _MOST_QUOTES
            if not last and self._mentions < _MOST_QUOTES:
                kept = self._unsure(text)
        taken = text[: len(text) - kept]
        if taken:
            self._parts.append(taken)
            self._length += len(taken)
        self._held = text[len(taken) :]
        return False

    def _unsure(self, text: str) -> int:
        """How many of the last characters may be, or become, the end of a thought."""
        recent = text[-_LONGEST_MARK:]
        for match in _END.finditer(recent):
            if match.end() == len(recent):
                return len(recent) - match.start()
        match = _MAY_END.search(recent)
        return len(recent) - match.start() if match else 0

    def _ends_a_thought(self, before: str, after: str) -> bool:
        """Whether a mark stands where a thought ends, and not where a sentence mentions it."""
        before = self.text + before
        if before.endswith(_QUOTES) and after.startswith(_QUOTES):
            return False
        if before.count("```") % 2:
            return False
        line = before.rstrip(" \t")
        if not line or line.endswith("\n") or line[-1] in _SENTENCE_ENDS:
            return True
        if before[-1].isspace():
            return False
        return ord(before[-1]) < _FAR_EAST or after[:1] in ("", "\n", "\r")

    def _drop(self, count: int) -> None:
        text = self.text[: self._length - count] if count else self.text
        self._parts, self._length = [text], len(text)
