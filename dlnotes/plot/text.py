"""Text that a model wrote."""

from __future__ import annotations

from html import escape

__all__ = ["Samples", "samples"]


class Samples(dict):
    """Pieces of text under their titles.  A page shows them as text that can be copied, wraps, and is read aloud."""

    def __init__(self, texts: dict[str, str]):
        super().__init__(texts)

    def __repr__(self) -> str:
        return "\n\n".join(f"{title}\n{_indented(text)}" for title, text in self.items())

    def _repr_html_(self) -> str:
        entries = (f"<dt>{escape(title)}</dt><dd><pre>{escape(text)}</pre></dd>" for title, text in self.items())
        return f'<dl class="samples">{"".join(entries)}</dl>'


def samples(texts: dict[str, str | list[str]]) -> Samples:
    """Samples of text, each under its title, for example by temperature; a list of words is joined by commas.

    >>> samples({"temperature 0.5": ["anna", "marla"]})
    temperature 0.5
        anna, marla
    """
    return Samples({t: text if isinstance(text, str) else ", ".join(text) for t, text in texts.items()})


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
