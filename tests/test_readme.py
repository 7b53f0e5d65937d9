"""The README's examples run as printed, with either back end, and learn as much as they say."""

import contextlib
import io
import re

import pytest

from tools.notebooks import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_example(backend, tmp_path, monkeypatch):
    code = "".join(re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL))
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code.replace("import dlnotes.numpy as dn", f"import dlnotes.{backend} as dn"), {})
    assert [path.name for path in tmp_path.iterdir()] == ["resnet.safetensors"]
    assert 0.88 < float(re.search(r"accuracy=([\d.]+)", printed.getvalue())[1]) < 0.94
