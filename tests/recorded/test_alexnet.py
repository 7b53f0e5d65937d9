"""*AlexNet* quotes what `python -m benchmarks.alexnet` recorded."""

import numpy as np

from tests.recorded.quoted import cells, literals, of_one_day, saved


def test_every_number_is_of_a_file():
    """*AlexNet* shows the steps of its race, and the accuracies and losses of its ablation with their ranges."""
    sources = cells("architectures/alexnet")
    quoted = literals(sources)
    tables = saved("alexnet")
    assert quoted.keys() == {"steps", "recorded", "trained"}
    rows = tables["race"]["rows"]
    for activation, steps in quoted["steps"].items():
        assert steps == {row["rate"]: row["steps"] for row in rows if row["activation"] == activation}
        tried = {row["rate"]: sum(row["tried"]) for row in rows if row["activation"] == activation}
        assert min(tried, key=tried.get) == {"ReLU": 0.02, "Tanh": 0.08}[activation]

    names = {"both": "everything", "dropout": "no augmentation", "augmentation": "no dropout",
             "neither": "neither of these"}  # fmt: skip
    both = tables["short"], tables["long"]
    lengths = {each["epochs"]: {row["variant"]: row for row in each["rows"]} for each in both}
    for here, key in (("recorded", "test accuracy"), ("trained", "train accuracy")):
        assert quoted[here].keys() == names.keys()
        for name, variant in names.items():
            for epochs, found in lengths.items():
                np.testing.assert_allclose(quoted[here][name][epochs], 100 * np.array(found[variant][key]), atol=1e-9)

    (table,) = (cell for cell in sources if "|network has|" in cell)
    printed = {line.split("|")[1]: line.split("|")[2:-1] for line in table.splitlines() if line.startswith("|")}
    words = {"both": "augmentation and dropout", "dropout": "dropout alone", "augmentation": "augmentation alone",
             "neither": "neither"}  # fmt: skip
    for name, label in words.items():
        short, long = (lengths[epochs][names[name]] for epochs in (10, 100))
        want = [(short["test accuracy"], 100, 0), (short["train accuracy"], 100, 0), (long["test accuracy"], 100, 0),
                (long["train accuracy"], 100, 0), (long["test loss"], 1, 1)]  # fmt: skip
        for text, (values, scale, digits) in zip(printed[label], want, strict=True):
            mean, low, high = (float(word.strip("[],")) for word in text.split())
            for shown, value in ((mean, np.mean(values)), (low, min(values)), (high, max(values))):
                assert abs(shown - scale * value) <= 0.5 * 10**-digits + 1e-9
    assert of_one_day(tables, "2026-12-01")
    assert f"*, {tables['short']['seconds']} and {tables['long']['seconds']} seconds" in "".join(sources)
    long = lengths[100]
    for with_it, without in (("no augmentation", "neither of these"), ("everything", "no dropout")):  # "in each seed"
        assert all(np.less(long[with_it]["test loss"], long[without]["test loss"]))
