"""The panel of a server's settings: it fits Discord's limits in every language, and says what is pressed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import presets, reply, rules
from bot.client.posting.components import view_of
from bot.facts import Source
from bot.reply import panel
from bot.reply.catalogue import ENGLISH, LOCALES
from bot.rules import SETTINGS, Level, Rules
from tests.reply.test_settings import IN_FORCE

CHANNEL = 2**63 - 1
MOST = Rules(
    (
        Level(
            Source.SERVER,
            {
                "allowed-channels": ",".join(str(CHANNEL - n) for n in range(25)),
                "barred-channels": ",".join(str(CHANNEL - n) for n in range(25)),
                "allowed-roles": ",".join(str(CHANNEL - n) for n in range(25)),
                "barred-roles": ",".join(str(CHANNEL - n) for n in range(25)),
                "prompt": "W" * 4000,
                "answers": "button",
                "questions": "always",
                "heard": "video",
                "thread-names": "words",
                "footer": "model,seconds,cost",
                "language": "zh-TW",
                "model": "m" * 60,
                "person-minutes": "999999.5",
                "server-minutes": "999999.5",
                "month-cost": "999999.123456",
            },
        ),
        *IN_FORCE.levels,
    ),
    ("m" * 60, *(f"model-{n}" for n in range(40))),
)
"""As much as can be decided."""


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("in_force", [IN_FORCE, MOST], ids=["nothing", "all"])
@pytest.mark.parametrize("channel_id", [0, CHANNEL])
async def test_it_fits(locale: str, in_force: Rules, channel_id: int) -> None:
    """All of it, on one message: texts, choices, custom ids; discord.py takes what it is made of."""
    words = reply.words_for(locale)
    pages = [panel.overview(in_force, presets.BUILT_IN, words, channel_id=channel_id)]
    pages += [
        panel.page(setting, in_force, presets.BUILT_IN, words, channel_id=channel_id, is_set=True)
        for setting in SETTINGS
    ]
    for page in pages:
        [text] = page.pages
        assert 0 < len(text) <= 2000
        assert len(page.menus) + 1 <= 5
        assert len(page.buttons) <= 5
        for menu in page.menus:
            assert len(menu.custom_id) <= 100
            assert len(menu.placeholder) <= 150
            if isinstance(menu, reply.Menu):
                assert 1 <= len(menu.choices) <= 25
                assert menu.least <= menu.most <= len(menu.choices)
                assert sum(choice.chosen for choice in menu.choices) <= menu.most
                assert len({choice.value for choice in menu.choices}) == len(menu.choices)
                assert all(1 <= len(choice.label) <= 100 for choice in menu.choices)
                assert all(1 <= len(choice.value) <= 100 for choice in menu.choices)
        view = view_of(page)
        assert view is not None
        assert view.to_components()


def test_the_overview_marks_what_was_decided() -> None:
    """And leaves out, for a channel, what holds for a server alone."""
    levels = (
        Level(Source.CHANNEL, {"flags": "off"}),
        Level(Source.SERVER, {"buttons": "off"}),
        *IN_FORCE.levels,
    )
    [text] = panel.overview(Rules(levels), presets.BUILT_IN, ENGLISH, channel_id=5).pages
    assert text.startswith("The settings of <#5>.")
    assert "\n- **Flags: off**\n- Small print: nothing\n" in text
    assert "\n- **Buttons: off**\n" in text
    assert "Minutes the server has a day" not in text
    [text] = panel.overview(Rules(levels), presets.BUILT_IN, ENGLISH).pages
    assert "Minutes the server has a day: no limit" in text


def test_a_page_offers_what_can_be_set() -> None:
    """A number by a form; what is set can be set back."""
    page = panel.page(rules.LONGEST_NOTE, IN_FORCE, presets.BUILT_IN, ENGLISH, is_set=False)
    assert page.menus == ()
    assert [button.label for button in page.buttons] == ["Type a number", "All settings"]
    assert "At most: 3 hr" in page.pages[0]
    page = panel.page(rules.PROMPT, IN_FORCE, presets.BUILT_IN, ENGLISH, is_set=True)
    assert [button.label for button in page.buttons] == ["Type a prompt", "Set back", "All settings"]


def test_a_change_is_told() -> None:
    """From what to what; also where it changes nothing."""
    told = panel.changed(rules.FLAGS, "on", "off", ENGLISH, channel_id=5)
    assert told == "“Flags” (<#5>) is changed: on → off"
    assert panel.changed(rules.FLAGS, "on", "on", ENGLISH) == "“Flags” (the whole server) stays as it is: on"


@given(
    step=st.sampled_from("ocpvdftu"),
    setting=st.sampled_from(["", *(each.name for each in SETTINGS)]),
    channel_id=st.integers(0, 2**63 - 1),
)
def test_a_step_is_read_as_it_was_written(step: str, setting: str, channel_id: int) -> None:
    """Whatever it is about, and in a hundred characters."""
    wanted = panel.Step(step=step, setting=setting, channel_id=channel_id)
    assert len(wanted.custom_id) <= 100
    press = reply.read_press(wanted.custom_id)
    assert press is not None
    assert press.action is reply.Action.SETTINGS
    assert panel.step_of(press.rest) == wanted


@pytest.mark.parametrize(
    "rest", ["", "o", "o.listening", "o..x", "oo..1", f"o..{2**63}", "o..1\n", "O..1", "o..²"]
)
def test_what_was_not_written_so_is_not_read(rest: str) -> None:
    """Another version's, or somebody's own."""
    assert panel.step_of(rest) is None
