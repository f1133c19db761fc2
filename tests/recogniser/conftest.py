"""The recogniser's fixtures: the model is loaded once for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recogniser.model import Recogniser

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def recogniser() -> Iterator[Recogniser]:
    """A loaded model."""
    recogniser = Recogniser()
    yield recogniser
    recogniser.close()
