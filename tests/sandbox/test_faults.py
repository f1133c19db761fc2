"""Which request meets which fault."""

from __future__ import annotations

import random

from sandbox.faults import Faults


def test_a_fault_is_used_up() -> None:
    """A fault happens to as many requests as it was added for, then no more."""
    faults = Faults()
    fault = faults.add("post", r"/channels/\d+/messages", times=2, status=500)
    assert faults.take("POST", "/channels/1/messages") is fault
    assert faults.take("POST", "/channels/2/messages") is fault
    assert faults.take("POST", "/channels/3/messages") is None
    assert fault.used == 2
    assert fault.met.is_set()


def test_the_whole_path_and_the_method_count() -> None:
    """The pattern must match the whole path; "*" stands for every method."""
    faults = Faults()
    faults.add("GET", "/models", status=503)
    assert faults.take("GET", "/models/x") is None
    assert faults.take("POST", "/models") is None
    faults.add("*", "/key", status=503)
    assert faults.take("DELETE", "/key") is not None


def test_the_first_one_added_comes_first() -> None:
    """Faults for the same path happen in order; clearing forgets them."""
    faults = Faults()
    first = faults.add("GET", "/x", status=500)
    second = faults.add("GET", "/x", status=503)
    assert faults.take("GET", "/x") is first
    assert faults.take("GET", "/x") is second
    faults.add("GET", "/x", status=500)
    faults.clear()
    assert faults.take("GET", "/x") is None


def test_a_fault_with_a_share_goes_on() -> None:
    """With a share of 3 % it happens to about 3 of 100 requests, the same ones for the same seed; others get the next fault."""

    def met(seed: int) -> list[int]:
        faults = Faults(random.Random(seed))  # noqa: S311 - no secret
        weather = faults.add("*", "/x", times=None, share=0.03, status=503)
        return [number for number in range(10_000) if faults.take("GET", "/x") is weather]

    assert met(1) == met(1) != met(2)
    assert 200 < len(met(1)) < 400
    faults = Faults()
    faults.add("*", "/x", times=None, share=0.0, status=503)
    always = faults.add("*", "/x", times=None, status=500)
    assert [faults.take("GET", "/x") for _ in range(3)] == [always] * 3


def test_an_answer_of_its_own() -> None:
    """A fault's body may be JSON, text or bytes; without a status it is answered with 200."""
    faults = Faults()
    as_json = faults.add("GET", "/x", status=402, body={"error": 1}, headers={"Retry-After": "3"}).answer()
    assert (as_json.status, as_json.body) == (402, b'{"error": 1}')
    assert (as_json.headers["Retry-After"], as_json.content_type) == ("3", "application/json")
    as_text = faults.add("GET", "/x", body="<html>", headers={"Content-Type": "text/html"}).answer()
    assert (as_text.status, as_text.body, as_text.content_type) == (200, b"<html>", "text/html")
