"""Samples of text are text."""

from dlnotes import plot
from dlnotes.plot import text


def test_every_public_one_is_tried():
    assert set(text.__all__) == {"samples", "Samples"}


def test_samples_are_shown_whole_and_escaped():
    shown = plot.samples({"T = 1": "to be,\n<or>", "names": ["anna", "b & c"]})
    assert repr(shown) == "T = 1\n    to be,\n    <or>\n\nnames\n    anna, b & c"
    page = shown._repr_html_()
    assert "<dt>T = 1</dt><dd><pre>to be,\n&lt;or&gt;</pre></dd>" in page and "anna, b &amp; c" in page
