"""The README's examples run as printed, with either back end, and learn as much as they say."""

import contextlib
import io
import re
import subprocess

import pytest
import yaml

from tools.notebooks import ROOT


@pytest.mark.parametrize(("torch", "requirements"), [("1", "requirements.txt"), ("0", "requirements-numpy.txt")])
def test_without_make_the_same_is_done(torch, requirements):
    """The commands for Windows are those of `make book`."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    \.venv\\Scripts\\(.*)", readme, re.MULTILINE)
    made = subprocess.run(["make", "-nB", "book", f"TORCH={torch}"], cwd=ROOT, capture_output=True, encoding="utf-8")
    made = made.stdout.replace(" --disable-pip-version-check", "")
    assert len(commands) == 4
    for command in commands:
        assert f".venv/bin/{command.replace('requirements.txt', requirements)}\n" in made


def test_the_site_tests_the_numpy_half_as_make_does():
    """The steps on macOS and Windows are those of `make test TORCH=0`, but for lint, which needs one machine only."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text(encoding="utf-8"))
    steps = [step["run"] for step in workflow["jobs"]["numpy"]["steps"] if "run" in step]
    made = subprocess.run(["make", "-nB", "test", "TORCH=0"], cwd=ROOT, capture_output=True, encoding="utf-8").stdout
    made = made.replace(" --disable-pip-version-check", "").replace(".venv/bin/", "").replace("\\\n\t", "")
    assert len(steps) == 7
    for step in steps:
        assert step in made


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_example(backend, tmp_path, monkeypatch):
    code = "".join(re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL))
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code.replace("import dlnotes.numpy as dn", f"import dlnotes.{backend} as dn"), {})
    assert [path.name for path in tmp_path.iterdir()] == ["resnet.safetensors"]
    assert 0.88 < float(re.search(r"accuracy=([\d.]+)", printed.getvalue())[1]) < 0.94
