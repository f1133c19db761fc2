"""The buttons under an answer, and the select behind the last of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot import asks, errors, presets
from bot.marking import marked as _
from bot.reply import languages
from bot.reply.catalogue import LOCALES, words_for
from bot.reply.press_ids import Action, Press

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Before, NoteKey, VoiceNote
    from bot.presets import Preset
    from bot.reply.catalogue import Words

_NAMES = {
    # NOTE: A button: this and the next five are what people can ask for about a recording, so they are very short.
    presets.TRANSCRIBE.name: _("Transcript"),
    presets.SUMMARY.name: _("Summary"),
    presets.TODOS.name: _("To-dos"),
    presets.MINUTES.name: _("Minutes"),
    presets.TRANSLATE.name: _("Translation"),
    presets.REPLY.name: _("Reply draft"),
}
_MOST_PRESETS = 3
_MOST_OWN = 2
"""A server has made its own because it wants them; one that is built in stands beside them."""
_MOST_LANGUAGES = 15
PRESET_CHOICE, LANGUAGE_CHOICE, DELETE_CHOICE = "p", "l", "d"
"""How the values of the select begin."""
_PRIVATE, _APART = "p", "o"
_MOST_CHOICES = 25
"""As many as Discord shows."""
_MOST_ID = 2**63 - 1


def choice_of(rest: str) -> tuple[int, bool] | None:
    """Under which message something was chosen, and whether only one person sees that; None if it can't be read.

    Args:
        rest: that of the select's `Press`.
    """
    place = rest.removesuffix(_APART)
    under = place.removesuffix(_PRIVATE)
    if not (under.isascii() and under.isdecimal()) or int(under) > _MOST_ID:
        return None
    return int(under), place != under


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button, by what Discord shows and sends back."""

    custom_id: str
    label: str
    emoji: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a select."""

    value: str
    label: str
    emoji: str | None = None
    chosen: bool = False
    """Whether it is chosen already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A select, from which something is chosen."""

    custom_id: str
    placeholder: str
    choices: tuple[Choice, ...]
    least: int = 1
    most: int = 1
    """Of the choices, at least and at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """A select of a server's channels or roles, which Discord itself lists."""

    custom_id: str
    placeholder: str
    of: Literal["channels", "places", "roles"]
    """`places` are channels and threads."""
    most: int
    least: int = 1
    chosen: tuple[int, ...] = ()
    """The ids of those that are chosen already."""


def preset_name(preset: Preset, words: Words) -> str:
    """What a preset is called."""
    if preset.title is not None:
        return preset.title
    return words(_NAMES[preset.name]) if preset.name in _NAMES else preset.name


def is_built_in(title: str) -> bool:
    """Whether one of the presets that are built in is called so, in whatever language."""
    called = {preset.name for preset in presets.BUILT_IN} | {
        preset_name(preset, words_for(locale)) for preset in presets.BUILT_IN for locale in LOCALES
    }
    return any(presets.same_name(title, name) for name in called)


class Controls:
    """Decides what is offered under answers.

    Args:
        offered: the presets that the model can follow; none where it only transcribes. Then nothing can be asked, either.
    """

    def __init__(self, offered: Sequence[Preset] = presets.BUILT_IN) -> None:
        self.offered = tuple(offered)

    def under_answer(
        self,
        note: VoiceNote,
        before: Before,
        words: Words,
        *,
        whole: bool = True,
        own: Sequence[Preset] = (),
    ) -> tuple[Button, ...]:
        """Those under an answer.

        Args:
            note: what is answered.
            before: what was asked about the recording before.
            words: the language.
            whole: whether all of the answer stands on its last page.
            own: the server's own presets.
        """
        buttons: list[Button] = []
        if note.private:
            share = Press(action=Action.SHARE, rest="1" if whole else "")
            # NOTE: A button: it shows to all what only one person has seen.
            buttons.append(Button(custom_id=share.custom_id, label=words("Share in channel"), emoji="📣"))
        if note.loose:
            # What came with a command stands in no message from which it could be heard again.
            return tuple(buttons)
        asked = {found[0] for key in (*before.asked, note.ask) if (found := asks.preset_of(key))}
        if presets.transcribes(note) or before.transcript is not None:
            asked.add(presets.TRANSCRIBE.name)
        theirs = [preset for preset in own if preset.key not in asked][:_MOST_OWN]
        left = [*theirs, *(preset for preset in self.offered if preset.key not in asked)]
        language = languages.normal(words.locale)
        buttons += [
            Button(
                custom_id=Press(
                    action=Action.PRESET, note=note.key, rest=f"{preset.name}:{_language(preset, language)}"
                ).custom_id,
                label=preset_name(preset, words),
                emoji=preset.emoji,
            )
            for preset in left[: _MOST_PRESETS - len(buttons)]
        ]
        if self.offered:
            ask = Press(action=Action.ASK, note=note.key)
            # NOTE: A button: it opens a form in which one asks a question about a recording.
            buttons.append(Button(custom_id=ask.custom_id, label=words("Ask…"), emoji="❓"))
        if self.offered or not note.private:
            more = Press(action=Action.MORE, note=note.key)
            # NOTE: A button: it shows what else can be asked for, and languages.
            buttons.append(Button(custom_id=more.custom_id, label=words("More…")))
        return tuple(buttons)

    def under_offer(self, note: VoiceNote, words: Words) -> tuple[Button, ...]:
        """The one below a note that is answered only when somebody asks for it."""
        hear = Press(action=Action.HEAR, note=note.key)
        # NOTE: A button below a voice note: it has the note heard and answered.
        return (Button(custom_id=hear.custom_id, label=words("Listen"), emoji="🎙️"),)

    def under_failure(self, note: VoiceNote, error: Exception, words: Words) -> tuple[Button, ...]:
        """The one under a sentence that says why there is no answer, where another try may bring one."""
        if note.loose or not may_pass(error):
            return ()
        if note.private and note.ask != asks.LISTENED and asks.preset_of(note.ask) is None:
            # What was typed in private is not kept.
            return ()
        again = Press(action=Action.AGAIN, note=note.key, rest=note.ask)
        # NOTE: A button: it stands under a sentence that says why there is no answer.
        return (Button(custom_id=again.custom_id, label=words("Try again"), emoji="🔁"),)

    def more(
        self,
        note: NoteKey,
        under: int,
        words: Words,
        *,
        may_delete: bool,
        private: bool,
        own: Sequence[Preset] = (),
    ) -> tuple[Menu, ...]:
        """The selects with all that can be asked about a recording, and whether its answer can be deleted; none if nothing.

        A server's own presets come before languages, in a select of their own where there are too many for one.

        Args:
            note: the recording.
            under: the message under which it was asked for.
            words: the language.
            may_delete: whether the person may have that answer deleted.
            private: whether only that person sees it.
            own: the server's own presets.
        """
        choices: list[Choice] = []
        if may_delete:
            # NOTE: A choice: it deletes the answer under which one chooses it.
            choices.append(Choice(value=DELETE_CHOICE, label=words("Delete this answer"), emoji="🗑️"))
        choices += [_choice(preset, words) for preset in self.offered]
        theirs = [_choice(preset, words) for preset in own]
        apart = len(choices) + len(theirs) > _MOST_CHOICES
        if not apart:
            choices += theirs
        if presets.TRANSLATE in self.offered:
            tags = dict.fromkeys((languages.normal(words.locale), *languages.OFFERED))
            choices += [
                Choice(
                    value=f"{LANGUAGE_CHOICE}:{tag}",
                    # NOTE: A choice: a translation into that language.
                    label=words("In {language}", language=languages.name(tag, words.locale))[:100],
                    emoji=presets.TRANSLATE.emoji,
                )
                for tag in list(tags)[:_MOST_LANGUAGES]
            ]
        rest = f"{under}{_PRIVATE if private else ''}"
        select = Press(action=Action.CHOICE, note=note, rest=rest)
        # Of two selects in a message, each has a custom id of its own.
        second = Press(action=Action.CHOICE, note=note, rest=f"{rest}{_APART}")
        menus = (
            Menu(
                custom_id=select.custom_id,
                # NOTE: A placeholder: it stands in the list from which one chooses, until one does.
                placeholder=words("What shall I do?"),
                choices=tuple(choices[:_MOST_CHOICES]),
            ),
            Menu(
                custom_id=second.custom_id,
                # NOTE: A placeholder: it stands in the list of presets that a server has made.
                placeholder=words("This server's own presets"),
                choices=tuple(theirs if apart else ())[:_MOST_CHOICES],
            ),
        )
        return tuple(menu for menu in menus if menu.choices)


def may_pass(error: Exception) -> bool:
    """Whether another try may succeed though nothing is changed about the recording."""
    return not isinstance(error, errors.Refused) or isinstance(error, errors.NoAnswer | errors.OverBudget)


def _choice(preset: Preset, words: Words) -> Choice:
    return Choice(
        value=f"{PRESET_CHOICE}:{preset.name}", label=preset_name(preset, words), emoji=preset.emoji
    )


def _language(preset: Preset, language: str) -> str:
    return language if preset.names_language else ""
