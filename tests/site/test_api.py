"""The reference pages: every public name of dlnotes stands there once, under its full name, with its words."""

import importlib
import inspect
import pkgutil
import re

import pytest

import dlnotes
from tests.site.conftest import PAGES

pytestmark = pytest.mark.xdist_group("reference")  # parsed once
API = [page for page in PAGES if "/api" in page]
SHOWN_BY_PARENT = re.compile(r"dlnotes\.(_|torch|numpy$|data\.|check\.|explore\.|plot\.)")  # twins beside ours
MODULES = [m.name for m in pkgutil.walk_packages(dlnotes.__path__, "dlnotes.") if not SHOWN_BY_PARENT.match(m.name)]


def public():
    """(full name, object) of every public name: what chapters can link to."""
    for module in map(importlib.import_module, MODULES):
        home = re.sub(r"^dlnotes\.numpy\.(?!filters)\w+", "dlnotes.numpy", module.__name__)
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            yield f"{home}.{name}", thing
            for member, value in vars(thing).items() if isinstance(thing, type) else ():
                own = inspect.isfunction(value) or isinstance(value, property)
                if own and value.__doc__ and not member.startswith("_"):
                    yield f"{home}.{name}.{member}", value


NAMES = dict(public())


def words(text):
    return re.findall(r"[a-z]+", text.lower())


@pytest.fixture(scope="session")
def places(soups):
    """What carries each name's anchor, over all reference pages."""
    found = {}
    for page in API:
        for tag in soups[page].find_all(id=re.compile(r"^dlnotes\.")):
            found.setdefault(tag["id"], []).append(tag)
    return found


def test_every_public_name_has_its_place_once(places):
    assert [name for name in NAMES if len(places.get(name, ())) != 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_entry_holds_the_docstring_and_the_signature(places, name):
    thing, (place,) = NAMES[name], places[name]
    text = place.get_text(" ") + " " + (place.find_next("dd").get_text(" ") if place.name == "dt" else "")
    if inspect.isroutine(thing) or isinstance(thing, (type, property)):
        assert not set(words(thing.__doc__ or "")) - set(words(text))
    if callable(thing):
        assert not {p for p in inspect.signature(thing).parameters if p != "self"} - set(re.findall(r"\w+", text))


def test_modules_say_what_their_chapter_says(soups):
    for module in map(importlib.import_module, MODULES):
        if getattr(module, "__all__", ()):
            (place,) = [tag for page in API for tag in soups[page].find_all(id=f"module-{module.__name__}")]
            assert not set(words(module.__doc__)) - set(words(place.get_text(" ")))


def test_the_twin_is_named(places):
    said = {name: places[f"dlnotes.numpy.{name}"][0].find(class_="twin").get_text(" ") for name in
            ("relu", "Linear", "SGD", "StepLR", "kaiming_normal_", "no_grad")}  # fmt: skip
    assert "torch.relu" in said["relu"]
    assert "dt.Linear" in said["Linear"]
    assert "torch.optim.SGD" in said["SGD"]
    assert "torch.optim.lr_scheduler.StepLR" in said["StepLR"]
    assert "dt.kaiming_normal_" in said["kaiming_normal_"]
    assert "torch.no_grad" in said["no_grad"]


def test_a_search_for_a_name_finds_its_entry(reader):
    page, _ = reader.open("search.html?q=cross_entropy")
    page.locator("#search-results li a[href*='#dlnotes.numpy.cross_entropy']").first.wait_for()
    page.close()
