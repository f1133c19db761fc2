"""Which settings of the bot lead to the real completion API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.endpoint import real_endpoint

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_makes_it_real(tmp_path: Path) -> None:
    """What concerns the API is passed on, and nothing else; the environment is stronger than the file."""
    (tmp_path / ".env").write_text(
        "DISCORD_TOKEN=secret\nOPENROUTE_API_KEY=filed\nOPENROUTE_MODEL=one\nDATABASE_URL=sqlite:///real.db\nMAX_TOKENS=\n"
    )
    assert real_endpoint(tmp_path, {}) == {"OPENROUTE_API_KEY": "filed", "OPENROUTE_MODEL": "one"}
    environment = {"OPENROUTE_MODEL": "two", "https_proxy": "http://127.0.0.1:7890", "HOME": "/root"}
    assert real_endpoint(tmp_path, environment) == {
        "OPENROUTE_API_KEY": "filed",
        "OPENROUTE_MODEL": "two",
        "https_proxy": "http://127.0.0.1:7890",
    }


@pytest.mark.parametrize("environment", [{}, {"OPENROUTE_API_KEY": ""}, {"OPENROUTE_MODEL": "one"}])
def test_without_one_it_is_not(tmp_path: Path, environment: dict[str, str]) -> None:
    """An empty key is none."""
    assert real_endpoint(tmp_path, environment) is None
