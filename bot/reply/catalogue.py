"""The bot's sentences in the languages it speaks: gettext catalogues, and how each language writes numbers and times.

The English sentence is the key. `make messages` collects the sentences from the code into `locale/earshot.pot` and into a
file for each language, which people translate; those are read here as they are, when a language is first spoken.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from babel.units import format_unit

from bot.reply import po_files

if TYPE_CHECKING:
    from typing import Final

LOCALES: Final = ("en-US", "zh-CN", "de", "fr", "es-ES", "pt-BR", "ja", "ru")
"""The languages, by Discord's tags. The first is that of the code."""
_BY_LANGUAGE = {tag.partition("-")[0]: tag for tag in LOCALES}
_FOLDER = Path(__file__).parent / "locale"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ONE_DECIMAL = "#,##0.#"
_PRECISE = "#,##0.00########"
_IN_FULL = "0.##########"
_SETS_APART = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
"""A space between thousands."""


class Words:
    """One language.

    Args:
        locale: one of `LOCALES`.
        folder: where the catalogues are.

    Raises:
        OSError, ValueError: the catalogue can't be read.
    """

    def __init__(self, locale: str, folder: Path = _FOLDER) -> None:
        self.locale = locale
        """Discord's tag of the language."""
        self._name = locale.replace("-", "_")
        self._messages = _catalogue(folder, self._name)

    def __call__(self, message: str, /, **values: object) -> str:
        """A whole English sentence in this language.

        Args:
            message: the sentence, with `{name}` where values go.
            values: what goes there, as it is: a value's own braces mean nothing.

        Raises:
            KeyError: a value is missing.
        """
        return _filled(self._messages.gettext(message), values)

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """A whole English sentence in this language, in the form it takes for that number.

        Args:
            one: the sentence for one, with `{count}` where the number goes.
            many: the sentence for any other number.
            count: the number.
            values: what else goes into it.

        Raises:
            KeyError: a value is missing.
        """
        message = self._messages.ngettext(one, many, count)
        return _filled(message, {"count": self.number(count), **values})

    def number(self, value: float) -> str:
        """A number, with one decimal at most."""
        return format_decimal(value, _ONE_DECIMAL, locale=self._name)

    def typed_number(self, text: str) -> str | None:
        """What somebody means who types a number; None if it is none.

        A comma and a point both stand before decimals, except where the language sets thousands apart with them: "1,000" is a
        thousand in English and one in German.

        Args:
            text: as it was typed.

        Returns:
            The number as Python writes it: "1000", "2.5".
        """
        # Some languages set thousands apart with spaces, of more than one kind; some keyboards write wide digits and commas.
        # Any other space may be a point that was missed: "2 5" is not 25.
        plain = _SETS_APART.sub("", unicodedata.normalize("NFKC", text).strip())
        for written, locale in ((plain, self._name), (plain.replace(",", "."), LOCALES[0].replace("-", "_"))):
            try:
                return str(parse_decimal(written, locale=locale, strict=True))
            except NumberFormatError:
                continue
        return None

    def number_to_type(self, value: float) -> str:
        """A number in full, as `typed_number` understands it: for a field in which it can be changed."""
        return format_decimal(value, _IN_FULL, locale=self._name, decimal_quantization=False)

    def precise(self, value: float) -> str:
        """A number that may be very small, such as what an answer cost: with two significant digits at least."""
        return format_decimal(float(f"{value:.2g}") if value < 1 else value, _PRECISE, locale=self._name)

    def duration(self, seconds: float) -> str:
        """A length of time, short, in its two largest units: `42 sec`, `3 min 5 sec`, `2 hr 10 min`."""
        minutes, left = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            parts = ((hours, "duration-hour"), (minutes, "duration-minute"))
        else:
            parts = ((minutes, "duration-minute"), (left, "duration-second"))
        # Not a list as Babel joins it, which sets commas: it stands in brackets and in titles.
        said = [self._unit(number, unit) for number, unit in parts if number]
        return " ".join(said) or self._unit(0, "duration-second")

    def megabytes(self, size: int) -> str:
        """A number of bytes in megabytes: `0.5 MB`."""
        return self._unit(size / 1e6, "digital-megabyte")

    def kilohertz(self, rate: int) -> str:
        """A number of hertz in kilohertz: `44.1 kHz`."""
        return self._unit(rate / 1000, "frequency-kilohertz")

    def _unit(self, value: float, unit: str) -> str:
        return format_unit(value, unit, "short", format=_ONE_DECIMAL, locale=self._name)


def words_for(locale: str | None) -> Words:
    """The language for one of Discord's locale tags: the nearest there is, English where there is none."""
    language = (locale or "").partition("-")[0]
    return _words(_BY_LANGUAGE.get(language, LOCALES[0]))


@functools.cache
def _words(locale: str) -> Words:
    return Words(locale)


def _catalogue(folder: Path, name: str) -> NullTranslations:
    if name == LOCALES[0].replace("-", "_"):
        return NullTranslations()
    with (folder / name / "LC_MESSAGES" / "earshot.po").open(encoding="utf-8-sig") as file:
        return po_files.translations(file)


def _filled(message: str, values: dict[str, object]) -> str:
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), message)


ENGLISH = words_for(LOCALES[0])
