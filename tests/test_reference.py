"""The reference can be written of every public name; the pages themselves are tested in the built site."""

import sys

from tests.notebooks.rules import ROOT

sys.path.append(str(ROOT / "_ext"))

import api


def test_every_public_name_has_a_signature_to_show():
    for module in api.modules():
        for full, thing in api.public(module).items():
            for name, each in {full: thing, **api.members(full, thing)}.items():
                assert name.split(".")[-1] in "".join(piece.astext() for piece in api.signature(name, each)), name


def test_a_class_with_the_signature_of_a_built_in_is_shown_without_arguments():
    class Bag(dict):
        """A dict takes anything."""

    assert "".join(piece.astext() for piece in api.signature("Bag", Bag)) == "class Bag()"
