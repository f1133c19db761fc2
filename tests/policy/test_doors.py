"""No door leads round the gate: who could download or hear anything is known by name, and passes it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [*sorted((ROOT / "bot").rglob("*.py")), *sorted((ROOT / "cogs").rglob("*.py"))]
PARTS = {
    "Fetcher": {"bot/services.py"},
    "Hearing": {"bot/services.py", "bot/transcribe.py"},
    "Completion": {"bot/services.py", "bot/transcribe.py"},
    "Decoders": {"bot/services.py", "bot/transcribe.py", "bot/check.py"},
    "Gate": {"bot/services.py"},
    "Account": {"bot/services.py"},
    "_Unmetered": {"bot/transcribe.py"},
}
"""What it takes to hear something, and where it may be built: `transcribe` hears files of this machine's own."""
ASKS_THE_MODEL = {"listen", "ask", "hear", "read"}
"""What is called on the parts that lead to the model."""
STEPS = {
    "_fetcher": {"bot/notes/pipeline.py"},
    "_hearing": {"bot/notes/pipeline.py"},
    "_decoders": {"bot/notes/hearing.py"},
    "_completion": {"bot/notes/hearing.py", "bot/notes/listening.py", "bot/notes/recap.py"},
    "_account": {"bot/notes/pipeline.py", "bot/notes/recap.py", "bot/client/usage.py"},
}
"""The parts as they are held, and who may use them. A recap passes the gate in `bot/client/retelling.py`, for each note."""

HANDED_ON = {("_Unmetered()", "bot/transcribe.py"), ("self._wish.meter", "bot/notes/listening.py")}
"""Meters by another name. What is wished of a long note has the charge that `Hearing.hear` was given."""


def used(names: set[str]) -> dict[str, set[str]]:
    """Where calls on objects or classes of these names are made, as paths from the root."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            parts = set(ast.unparse(called).split("."))
            for name in parts & names:
                found[name].add(path.relative_to(ROOT).as_posix())
    return found


def test_what_hears_is_built_in_one_place() -> None:
    """A door that built its own would go round the gate."""
    for name, places in used(set(PARTS)).items():
        own = {f"bot/{folder}/{file}.py" for folder, file in (("audio", "decoders"), ("audio", "fetch"))}
        assert places - own <= PARTS[name], name


def test_only_the_pipeline_downloads_and_hears() -> None:
    """Whoever wants something heard has to ask it, whatever the door."""
    for name, places in used(set(STEPS)).items():
        assert places <= STEPS[name], name
        assert places


def test_the_pipeline_asks_the_gate_first() -> None:
    """In `_answer`, before anything is shown, downloaded or heard."""
    source = ast.parse((ROOT / "bot/notes/pipeline.py").read_text(encoding="utf-8"))
    [answer] = [
        node for node in ast.walk(source) if isinstance(node, ast.AsyncFunctionDef) and node.name == "_answer"
    ]
    calls = [ast.unparse(node.func) for node in ast.walk(answer) if isinstance(node, ast.Call)]
    lines = {ast.unparse(node.func): node.lineno for node in ast.walk(answer) if isinstance(node, ast.Call)}
    assert "self._admit" in calls
    assert lines["self._admit"] < min(lines["deliver.working"], lines["self._hear"])


def test_whoever_asks_the_model_pays() -> None:
    """Each request is told to a meter, and each meter is a charge to the account, or is handed on."""
    asked = 0
    for path in CODE:
        source = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(source):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of, step = ast.unparse(node.func.value), node.func.attr
            if step not in ASKS_THE_MODEL or of.removeprefix("self.") not in {
                "_completion",
                "_hearing",
                "hearing",
            }:
                continue
            [meter] = [ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg == "meter"]
            where = path.relative_to(ROOT).as_posix()
            assert meter in {"charge", "meter"} or (meter, where) in HANDED_ON, where
            asked += 1
    assert asked == 7


def test_the_pipeline_reserves_first_and_settles_before_the_answer_counts() -> None:
    """What is over budget is neither shown nor downloaded, and a crash loses no cost."""
    source = ast.parse((ROOT / "bot/notes/pipeline.py").read_text(encoding="utf-8"))
    [answer] = [
        node
        for node in ast.walk(source)
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "_answer" and len(node.body) > 1
    ]
    lines = {ast.unparse(node.func): node.lineno for node in ast.walk(answer) if isinstance(node, ast.Call)}
    assert lines["self._charge"] < lines["deliver.working"] < lines["self._hear"]
    assert lines["self._hear"] < lines["charge.settle"] < lines["checkpoints.answered"]
