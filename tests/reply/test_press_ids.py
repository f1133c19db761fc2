"""Custom ids: short enough for Discord, and read without trust."""

from __future__ import annotations

import pytest

from bot import asks, presets
from bot.models import NoteKey
from bot.reply import Action, Press, is_press, languages, read_press

LARGEST = 2**63 - 1
NOTE = NoteKey(channel_id=LARGEST, message_id=LARGEST, attachment_id=LARGEST)
RESTS = [
    "",
    *(f"{preset.name}:{tag}" for preset in presets.BUILT_IN for tag in ("", *languages.OFFERED)),
    f"{LARGEST}p",
    asks.typed(LARGEST),
    asks.question(LARGEST),
    *(asks.preset(preset.name, "zh-CN") for preset in presets.BUILT_IN),
]


@pytest.mark.parametrize("action", Action)
def test_the_longest_fit(action: Action) -> None:
    """A hundred characters, with the largest ids there can be; and what is written is read again."""
    for rest in RESTS:
        press = Press(action=action, note=NOTE, rest=rest)
        assert len(press.custom_id) <= 100
        assert read_press(press.custom_id) == press


def test_what_is_about_no_recording() -> None:
    """It is read again, too; as is an id of nought."""
    press = Press(action=Action.SHARE, rest="1")
    assert read_press(press.custom_id) == press
    nought = Press(action=Action.MORE, note=NoteKey(channel_id=0, message_id=0, attachment_id=0))
    assert read_press(nought.custom_id) == nought


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "e:",
        "e:p",
        "e:p:",
        "e:?:1.2.3:",
        "e:x:1.2.3:",
        "e:p:1.2:summary:en",
        "e:p:1.2.3.4:summary:en",
        "e:p:zz..:summary:en",
        "e:p:...:",
        "e:p:-1.2.3:",
        "e:p:1_0.2.3:",
        "e:p:A.B.C:",
        f"e:p:{'z' * 30}.1.1:summary:en",
        "e:p:1y2p0ij32e8e8.1.1:summary:en",
        "f:p:1.2.3:summary:en",
    ],
)
def test_what_cannot_be_read(custom_id: str) -> None:
    """Other bots' ids, ids of other versions, numbers that are none, and numbers that no database takes."""
    assert read_press(custom_id) is None
    assert is_press(custom_id) == custom_id.startswith("e:")
