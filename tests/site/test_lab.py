"""The same figures in JupyterLab, where a kernel draws them: started here, on localhost, and driven by a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.site.conftest import ROOT

pytestmark = pytest.mark.xdist_group("lab")  # started once
CODE = """\
import numpy as np
from dlnotes.explore import explore, sketch, stepper

def root(x, dark):
    "A grey square."
    if x < 0:
        raise ValueError("no root below 0")
    return np.full((4, 4), x ** 0.5 * (0.5 if dark else 1.0))

explore(root, x=(-1, 1, 0.25, 1), dark=False)
"""
SKETCH = """\
import dlnotes.numpy as dn
from dlnotes.models import lenet5
rng = np.random.default_rng(0)
sketch(lenet5(dn, activation="ReLU", generator=rng), rng.integers(0, 256, (2, 28, 28), np.uint8))
"""
LEVEL = """
async (image) => {
    try {
        await image.decode();
    } catch {
        return -1; // a new picture came meanwhile
    }
    const ink = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    ink.drawImage(image, 0, 0, 1, 1);
    return ink.getImageData(0, 0, 1, 1).data[0];
}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab's address, without a token and with settings of its own."""
    folder = tmp_path_factory.mktemp("lab")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [new_code_cell(CODE), new_code_cell("stepper()"), new_code_cell(SKETCH)]
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "moves.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    own = {name: str(folder / name.lower()) for name in names}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=",
               "--LabApp.extension_manager=readonly", "--LabApp.news_url="]  # fmt: skip
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(
            command, env=os.environ | own | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(120):
            try:
                urlopen(f"{url}api", timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail((folder / "log").read_text(encoding="utf-8"))
        yield url
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def notebook(lab, browser):
    """The notebook, open and run, with the network cut but for JupyterLab itself."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith((lab, "data:", "blob:"))
               else route.abort())  # fmt: skip
    page.goto(f"{lab}lab/tree/moves.ipynb?reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text("(ipykernel) | Idle").wait_for()  # run before, it asks which kernel
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    for each in ("stepper", "sketch"):
        page.locator(f".explore .{each}").wait_for()
    yield page
    context.close()


def settled(page, level):
    """Wait until the figure shows this grey."""
    image = page.locator(".explore-notebook > img").first
    for _ in range(200):
        if abs(image.evaluate(LEVEL) - level) <= 1:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the figure shows {image.evaluate(LEVEL)}, not {level}")


def test_drag_type_fail_and_recover(notebook):
    figure = notebook.locator(".explore-notebook", has=notebook.locator("img")).first
    slider, typed = figure.get_by_label("x", exact=True), figure.get_by_label("x, value")
    settled(notebook, 255)

    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    notebook.mouse.move(box["x"] + box["width"] - 8, middle)
    notebook.mouse.down()
    notebook.mouse.move(box["x"] + 8 + (box["width"] - 16) * 0.625, middle, steps=15)  # of -1 to 1: the step at 0.25
    notebook.mouse.up()
    settled(notebook, 128)
    assert typed.input_value() == "0.25"

    typed.fill("0.09")  # between two steps of the slider
    typed.press("Enter")
    settled(notebook, round(255 * 0.3))
    figure.get_by_label("dark").check()
    settled(notebook, round(255 * 0.15))

    typed.fill("-0.5")
    typed.press("Enter")
    figure.get_by_role("alert").get_by_text("ValueError: no root below 0").wait_for()
    slider.press("End")
    settled(notebook, 128)
    slider.press("ArrowLeft")  # an arrow is a command of JupyterLab's where a cell has the focus
    slider.press("ArrowLeft")
    assert typed.input_value() == "0.5"
    assert not figure.get_by_role("alert").is_visible()
    figure.get_by_role("button", name="Reset").click()
    settled(notebook, 255)
    assert figure.get_by_role("button", name="Copy link").count() == 0  # the address is JupyterLab's


def test_stepper_in_a_notebook(notebook):
    total = notebook.locator(".stepper-sum b")
    before = total.inner_text()
    notebook.locator(".stepper-output td").nth(12).click()
    assert total.inner_text() == notebook.locator(".stepper-output td").nth(12).inner_text() != before


def test_sketch_in_a_notebook(notebook):
    figure = notebook.locator(".explore-notebook", has=notebook.locator(".sketch"))
    assert figure.locator("img").get_attribute("src").startswith("blob:")
    figure.locator("canvas").click()
    drawn = "(figure) => figure.querySelector('img').src.startsWith('data:')"
    notebook.wait_for_function(drawn, arg=figure.element_handle())
    assert not figure.get_by_role("alert").is_visible()
