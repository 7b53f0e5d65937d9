"""What *Recurrent networks* quotes of `python -m benchmarks.recurrent`, and that benchmark's own tasks and counts."""

import numpy as np
import pytest

from benchmarks import recurrent
from tests.recorded.quoted import cells, of_one_day, saved


def test_every_number_is_of_a_file():
    """*Recurrent networks* types counts, losses and ranges; the files hold each seed's number."""
    text, tables = "\n".join(cells("sequences/recurrent-networks")), saved("recurrent")
    assert all(f"`{tables[name]['command']}`" in text for name in ("adding", "gates", "patience", "names"))

    plain = [row for row in tables["adding"]["rows"] if row["what"] == "RNN"]
    runs = [loss for row in plain for loss in row["loss"]]
    assert f"at {('four', 'five')[len(plain) - 4]} rates from {plain[0]['rate']} to {plain[-1]['rate']}" in text
    assert min(runs) > 0.15 and f"ends above 0.15 in all {len(runs)} runs" in text
    found = {f"adding: {row['what']}": row for row in tables["adding"]["rows"] if row["what"] != "RNN"}
    lstm, gru = found.values()
    assert lstm["rate"] == gru["rate"] and f"on validation data, {lstm['rate']}" in text
    assert f"below 0.02 in {lstm['solved']} of 10 runs, the GRU in {gru['solved']} of 10" in text

    found |= {row["what"]: row for row in tables["gates"]["rows"]}
    for kind, label in (("LSTM", "LSTM"), ("LSTM, i=1", "$i=1$"), ("LSTM, f=1", "$f=1$"), ("LSTM, f=0", "$f=0$"),
                        ("LSTM, o=1", "$o=1$"), ("GRU", "GRU"), ("GRU, r=1", "GRU, $r=1$")):  # fmt: skip
        pair = [found[f"{task}: {kind}"] for task in ("adding", "last")]
        quoted = [f"{row['solved']} of {len(row['loss'])}|{np.median(row['loss']):.4f}" for row in pair]
        assert f"|{label}|{'|'.join(quoted)}|" in text
    alone, whole = (found[f"last: LSTM{gate}"]["validation"] for gate in (", f=1", ""))
    assert "from 0.01 on, $f=1$ has at least 15 times the validation loss of the whole LSTM" in text
    assert min(alone[rate] / whole[rate] for rate in alone if float(rate) >= 0.01) >= 15
    patient = {row["what"]: row for row in tables["patience"]["rows"]}
    assert "three times the steps" in text and "$i=1$, $f=0$ and $o=1$ in *adding* and $f=1$ in *last*" in text
    assert patient.keys() == {*(f"adding: LSTM, {gate}" for gate in ("i=1", "f=0", "o=1")), "last: LSTM, f=1"}
    assert "are solved, each in 5 of 5 runs" in text and all(row["solved"] == 5 for row in patient.values())

    losses = {row["what"]: row["loss"] for row in tables["names"]["rows"]}
    sizes = {row["what"]: f"{row['parameters']:,}" if "parameters" in row else "" for row in tables["names"]["rows"]}
    for line in text.split("\n"):
        label, *rest = line.strip("|").split("|")
        names = {"counts, 5 symbols": "counts 5", "GRU, 136 units": "GRU", "LSTM, 136 units": "LSTM",
                 "RNN, 136 units": "RNN", "perceptron, 3 letters": "three characters"}  # fmt: skip
        if (name := names.pop(label, label)) in losses and len(rest) == 3:
            loss = losses.pop(name)
            assert rest == [sizes[name], f"{np.median(loss):.2f}", f"{min(loss):.2f} to {max(loss):.2f}"]
    assert set(losses) == {f"counts {n}" for n in range(1, 5)}
    losses = {row["what"]: row["loss"] for row in tables["names"]["rows"]}
    wins = [sum(np.less(losses[name], losses["counts 5"])) for name in ("GRU", "LSTM", "RNN, 240 units")]
    said = "the GRU beats the counts in {} of 5 cases, the LSTM in {}, the RNN of 240 units in {}, the others in none"
    assert said.format(*wins) in text
    for name in ("RNN", "transformer", "three characters"):
        assert not np.less(losses[name], losses["counts 5"]).any()
    wins = [sum(np.less(losses[name], losses["Kneser-Ney"])) for name in ("GRU", "LSTM", "RNN, 240 units")]
    said = "Against Kneser-Ney the GRU wins in {} of 5, the LSTM in {}, the RNN of 240 units in {}."
    assert said.format(*wins) in text
    longer = {row["what"]: row["loss"] for row in tables["longer"]["rows"]}
    assert "With 800 steps the GRU is below both in each case, and the transformer above" in text
    assert np.less(longer["GRU"], np.minimum(losses["counts 5"], losses["Kneser-Ney"])).all()
    assert not np.less(longer["transformer"], losses["counts 5"]).any()


def test_the_tables_of_recurrent_networks_are_whole():
    """Each is of one day and machine; a rate is the best of its grid; the solved are counted."""
    tables = saved("recurrent")
    assert tables.keys() == recurrent.TABLES.keys()
    assert of_one_day(tables, "2026-12-01")
    for name, data in tables.items():
        higher = recurrent.RATES[1:]
        rates = {"gates": higher, "patience": higher, "longer": recurrent.RATES[:3]}.get(name, recurrent.RATES)
        assert data["command"] == f"python -m benchmarks.recurrent {name}"
        assert not set(data["tuning"]) & set(data["seeds"])
        for row in data["rows"]:
            assert len(row["loss"]) == len(data["seeds"]) == {"adding": 10}.get(name, 5)
            if found := row.get("validation"):
                assert list(found) == [f"{rate:g}" for rate in rates]
                assert float(min(found, key=found.get)) == row["rate"]
            if "solved" in row:
                task = row["what"].split(":")[0] if name in ("gates", "patience") else "adding"
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


def test_kneser_ney_by_hand(monkeypatch):
    """Of "ab" and "b": single characters count once for each before them, a once, b twice, the mark once."""
    monkeypatch.setattr(recurrent, "DISCOUNTS", [0.5])
    monkeypatch.setattr(recurrent, "STRENGTHS", [1])
    b, mark = ((kinds - 0.5 + (3 * 0.5 + 1) / 27) / (4 + 1) for kinds in (2, 1))
    b = (1 - 0.5 + (2 * 0.5 + 1) * b) / (2 + 1)  # after a mark, which an a and a b followed
    mark = (2 - 0.5 + (0.5 + 1) * mark) / (2 + 1)  # after a b, which only marks followed, twice
    names = recurrent.Splits(["ab", "b"], ["b"], ["b"])
    np.testing.assert_allclose(recurrent.kneser_ney(names, 2), -np.log(b * mark) / 2)
