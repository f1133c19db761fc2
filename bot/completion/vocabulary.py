"""Names in errors are logged only if they are made of these words: others could be part of a prompt or a key."""

from __future__ import annotations

import re

_LARGEST = 10**6
_MOST_CHARACTERS = 40
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_NAME = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_VOCABULARY = """
a abort aborted access account ai algo allocation allowed already an and api argument arrearage at audio auth
authentication authorization authorized available away bad balance base be billing blocked body busy by call cancelled
capacity channel chat closed code completion conflict connection content context country credit credits current data
database deadline decommissioned denied deployment deprecated detail disabled disconnected empty encoding endpoint
endpoints engine entity error errors exceed exceeded exception exhausted exist exists expired fail failed failure
field file filter filtered flagged forbidden format found free from funds gateway generation generic group hard http
id in incorrect incomplete inference input inspection insufficient internal invalid invalidated ip is json key large
length limit limited limits loading location long maintenance max maximum media message method missing mode model
models moderation network new no none not null of on one only open organization out overload overloaded param
parameter params parse payload payment permission plan policy precondition processing prohibited prompt provider
quota range rate read reached region refusal refused rejected request requests required reset resource response
responsible retired risk route safety schema sensitive server service size source spend status stream string
subscription support supported tenant territory temporarily the throttled throttling tier time timed timeout to token
tokens too type unauthenticated unauthorized unavailable unknown unprocessable unreachable unsupported upstream usage
used user v validation value version violation was window with
"""
_WORDS = frozenset(_VOCABULARY.split())


def known(value: object) -> bool:
    """Whether a code or the name of a type says nothing but what the API's own vocabulary can say."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    if not _NAME.fullmatch(value) or len(value) > _MOST_CHARACTERS:
        return False
    return all(
        word.lower() in _WORDS or (word.isdigit() and int(word) < _LARGEST) for word in _WORD.findall(value)
    )
