"""The line that says where recordings go is true of the settings in force."""

from __future__ import annotations

from bot import reply


def test_it_names_the_host_that_hears() -> None:
    """In code, so that it is no link."""
    said = reply.notice(reply.Handling(hearer="api.example", keep_days=30), reply.ENGLISH)
    assert said.startswith("Recordings are sent to `api.example`")
    assert "`/privacy`" in said


def test_what_is_heard_here_is_sent_nowhere() -> None:
    """Nor is any host named."""
    said = reply.notice(reply.Handling(hearer=None, keep_days=30), reply.ENGLISH)
    assert "sent nowhere else" in said


def test_a_text_server_is_named() -> None:
    """The recording stays; what was heard does not."""
    handling = reply.Handling(hearer=None, text_server="text.example:8080", keep_days=30)
    said = reply.notice(handling, reply.ENGLISH)
    assert "sent to `text.example:8080`" in said
    assert "nowhere" not in said


def test_it_is_one_line_in_every_language() -> None:
    """Small print is one line, and short."""
    for locale in reply.LOCALES:
        for handling in (
            reply.Handling(hearer="api.example", keep_days=30),
            reply.Handling(hearer=None, text_server="text.example", keep_days=30),
            reply.Handling(hearer=None, keep_days=30),
        ):
            said = reply.notice(handling, reply.words_for(locale))
            assert "\n" not in said
            assert len(said) <= 400
