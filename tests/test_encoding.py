"""Text is UTF-8 wherever it is read or written, also where the machine's own encoding is another, as on Windows."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [p for p in ROOT.rglob("*.py") if not {".venv", ".venv-bench", "_build"} & {*p.relative_to(ROOT).parts}]


def unspecified(source: str) -> list[int]:
    """Lines that leave the encoding to the machine.  Ruff's PLW1514 sees open(), but not the type of what it reads."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "")
            given = {word.arg for word in node.keywords}
            child = name in {"run", "Popen", "check_output"} and given & {"text", "universal_newlines"}
            if (name in {"read_text", "write_text"} or child) and "encoding" not in given:
                found.append(node.lineno)
    return found


def test_no_source_leaves_the_encoding_to_the_machine():
    assert len(SOURCES) > 100
    found = {path.relative_to(ROOT).as_posix(): unspecified(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("line", ["p.read_text()", "p.write_text('a')", "subprocess.run(['ls'], text=True)"])
def test_a_line_without_an_encoding_is_found(line):
    assert unspecified(line) == [1]
    assert unspecified(line[:-1] + ("" if line.endswith("()") else ", ") + "encoding='utf-8')") == []
