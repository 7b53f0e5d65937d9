"""Exercises keep their promise: right answers pass, the untouched stub and every wrong answer do not."""

import importlib
import pkgutil
import re
import sys

import nbclient
import nbformat
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes.check import EXERCISES, check, judge
from tests.check import answers
from tests.check.answers import backpropagation, neural_network

CHAPTERS = [importlib.import_module(f"{answers.__name__}.{m.name}") for m in pkgutil.iter_modules(answers.__path__)]
RIGHT = {name: answer for chapter in CHAPTERS for name, answer in chapter.RIGHT.items()}
ALSO_RIGHT = [pair for chapter in CHAPTERS for pair in getattr(chapter, "ALSO_RIGHT", [])]
WRONG = {name: pairs for chapter in CHAPTERS for name, pairs in chapter.WRONG.items()}


def test_every_exercise_has_a_right_answer_and_wrong_ones():
    judge("nn-parameters", None)  # loads all chapters
    assert set(EXERCISES) == set(RIGHT) == set(WRONG)
    assert all(len(answers) >= 3 for answers in WRONG.values())


@pytest.mark.parametrize(("name", "answer"), [*RIGHT.items(), *ALSO_RIGHT])
def test_right_answers_pass(name, answer, capsys):
    assert judge(name, *answer) is None
    check(name, *answer)
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(("name", "answer", "word"), [(n, a, w) for n, rows in WRONG.items() for a, w in rows])
def test_wrong_answers_fail_and_say_why(name, answer, word, capsys):
    assert word in judge(name, *answer)
    check(name, *answer)
    assert capsys.readouterr().out.startswith("Not yet. ")


def test_a_reader_is_tried_in_each_back_end():
    dt.ones(1)  # or skipped
    assert judge("nn-reader", neural_network.read, dn, dt) is None
    assert "no Module of torch" in judge("nn-reader", lambda d: neural_network.read(dn), dn, dt)


def test_a_small_difference_can_be_seen():
    message = judge("bp-difference", backpropagation.one_sided)
    want, got = re.findall(r"-?\d+\.\d+", message.partition("should be")[2])
    assert want != got and abs(float(want) - float(got)) < 1e-6


def test_unknown_names_are_listed():
    with pytest.raises(ValueError, match="name: expected one of .*bp-checkpoints, .* got 'nn-typo'"):
        check("nn-typo", 1)


class Leave(BaseException):
    pass


def raising(error):
    def answer(*_):
        raise error

    return answer


def test_whatever_an_answer_raises_is_a_message():
    for error in (SystemExit(3), GeneratorExit("x"), Leave("away"), RecursionError("deep"), MemoryError("much")):
        assert judge("nn-parameters", raising(error)) == f"Your code raised {type(error).__name__}: {error}"
    assert judge("nn-parameters", lambda sizes: sys.exit()) == "Your code raised SystemExit."
    with pytest.raises(KeyboardInterrupt):
        judge("nn-parameters", raising(KeyboardInterrupt))


@pytest.mark.slow
def test_an_answer_that_exits_leaves_the_kernel_alive():
    """In a notebook `exit` asks the kernel to end a moment later, and raises nothing."""
    lines = [
        "from dlnotes.check import check",
        "check('nn-parameters', lambda sizes: exit())",
        "import time; time.sleep(1)",
        "print('still here')",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line) for line in lines])
    nbclient.NotebookClient(book, timeout=120).execute()
    assert book.cells[1].outputs[0].text == "Not yet. Your code raised SystemExit.\n"
    assert book.cells[3].outputs[0].text == "still here\n"
