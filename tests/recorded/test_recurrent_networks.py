"""What *Recurrent networks* quotes of `python -m benchmarks.recurrent`, and that benchmark's own tasks and counts."""

import numpy as np
import pytest

from benchmarks import recurrent
from tests.recorded.quoted import of_one_day, saved


def test_the_tables_of_recurrent_networks_are_whole():
    """Each is of one day and machine; a rate is the best of its grid; the solved are counted."""
    tables = saved("recurrent")
    assert tables.keys() == recurrent.TABLES.keys()
    assert of_one_day(tables, "2026-12-01")
    for name, data in tables.items():
        rates = {"gates": recurrent.RATES[1:], "longer": recurrent.RATES[:3]}.get(name, recurrent.RATES)
        assert data["command"] == f"python -m benchmarks.recurrent {name}"
        assert not set(data["tuning"]) & set(data["seeds"])
        for row in data["rows"]:
            assert len(row["loss"]) == len(data["seeds"]) == {"adding": 10}.get(name, 5)
            if found := row.get("validation"):
                assert list(found) == [f"{rate:g}" for rate in rates]
                assert float(min(found, key=found.get)) == row["rate"]
            if "solved" in row:
                task = row["what"].split(":")[0] if name == "gates" else "adding"
                assert row["solved"] == sum(loss < recurrent.TASKS[task][2] for loss in row["loss"])


def test_the_tasks_of_recurrent_networks():
    for make, marks in ((recurrent.adding, 2), (recurrent.last, 4)):
        x, y = make(500, np.random.default_rng(0))
        assert (x[:, :, 1].sum(1) == marks).all()
        for (values, marked), wanted in zip(x.swapaxes(1, 2), y):
            chosen = values[marked == 1]
            np.testing.assert_allclose(wanted, chosen.sum() if marks == 2 else chosen[-1], rtol=1e-6)
    assert (recurrent.adding(500, np.random.default_rng(1))[0][:, :15, 1].sum(1) == 1).all()


@pytest.mark.parametrize(("cell", "gate", "value"), recurrent.REMOVED)
def test_a_gate_that_is_removed_stays_so(cell, gate, value):
    """At the end of training its rows are those of the start, to the bit; those of the other gates are not."""
    rng = np.random.default_rng(0)
    net = recurrent.Reader(cell, rng, gate, value)
    before = {name: p.copy() for name, p in net.state_dict().items()}
    recurrent.learned(net, recurrent.Splits(*(recurrent.adding(n, rng) for n in (320, 9, 9))), 0.03, 5, rng)
    places = slice(*(32 * (recurrent.GATES[cell].index(gate) + k) for k in (0, 1)))
    for name, p in net.state_dict().items():
        if name.startswith("rnn."):
            same = (p == before[name]).reshape(len(p), -1).all(1)
            assert same[places].all() and not np.delete(same, np.r_[places]).all()


def test_counts_by_hand():
    """Of "ab" and "b", one of five symbols is an a; where a strength is chosen, it has the lowest validation loss."""
    assert recurrent.grams(["ab"], 3) == ["..a", ".ab", "ab."]
    names = recurrent.Splits(["ab", "b"], ["b"], ["a"])
    tried = [[(seen + a / 27) / (5 + a) for seen in (1, 2, 2)] for a in recurrent.STRENGTHS]  # a, b, mark
    a, b, mark = min(tried, key=lambda p: p[1] * p[2] * -1)
    np.testing.assert_allclose(recurrent.counts(names, 1), [-np.log([b * mark, a * mark]) / 2])
