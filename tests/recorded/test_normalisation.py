"""*Normalisation* quotes what `python -m benchmarks.normalisation` recorded."""

import numpy as np

from tests.recorded.quoted import cells, literals, saved


def test_every_number_is_of_one_file():
    """*Normalisation*: every number of its recorded cells, and the tables of its text, are those of one file."""
    sources = cells("training/normalisation")
    quoted = literals(sources)
    tables = saved("normalisation")["recorded"]
    assert any(tables["command"] in cell and tables["date"] in cell for cell in sources)

    def same(found, wanted):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=0.00051)

    at = {rate: place for place, rate in enumerate(tables["rates"])}
    for kind, rows in quoted["recorded"].items():
        runs = np.array(tables[f"rates, {kind}"])
        same(rows, [runs.mean(1), runs.min(1), runs.max(1)])
    plain, batch = (tables[f"rates, {kind}, lengths held"] for kind in ("none", "batch"))
    same(quoted["plain_held"], [plain[at[rate]] for rate in (0.1, 1, 3)])
    same(quoted["batch_held"], batch[at[0.1]])
    for (rate, kind), runs in quoted["at_large"].items():
        held = ", lengths held" if kind == "held" else ""
        more = tables[f"more seeds at 1 and 3, batch{held}"][(1, 3).index(rate)]
        same(runs, tables[f"rates, batch{held}"][at[rate]] + more)
    assert len(quoted["by_size"]) == 9
    for (size, kind), runs in quoted["by_size"].items():
        same(runs, tables[f"batches of {size}, {kind}"][1])
    same(quoted["after_relu"], tables["order, after"][1])
    for kind, runs in quoted["chosen"].items():
        same(runs, tables[f"order, {kind}"][1] + tables[f"order, {kind}, more seeds"][1])

    text = "\n".join(sources)  # the tables
    part = lambda runs: f"{100 * min(runs):.0f} to {100 * max(runs):.0f}"  # noqa: E731
    for size in (2, 4, 8):
        columns = [tables[f"batches of {size}, {kind}"][1] for kind in ("none", "batch", "layer")]
        assert f"|{size}|" + "|".join(f"{100 * np.mean(runs):.0f} ({part(runs)})" for runs in columns) + "|" in text
    longer = tables["batches of 2, batch, five epochs"][1]
    assert f"{100 * np.mean(longer):.0f} ({part(longer)})" in text
    modes = tables["wrong mode"]
    for line, name in (
        ("evaluation|any", "evaluation"), ("training|50 images, shuffled", "training mode, batches of 50"),
        ("training|2 images, shuffled", "training mode, batches of 2"),
        ("training|200 images of one kind", "one class a batch"),
    ):  # fmt: skip
        assert f"|{line}|{part(modes[name])}|" in text
    assert f"{part(modes['evaluation, after 20 batches of sneakers'])} %" in text
    free, held = quoted["recorded"], quoted["at_large"]
    for rate in (0.1, 1, 3):
        runs = (quoted["batch_held"],) * 2 if rate == 0.1 else (held[rate, "free"], held[rate, "held"])
        means = [free["none"][0][at[rate]], np.mean(plain[at[rate]]), *map(np.mean, runs)]
        means[2] = free["batch"][0][at[rate]] if rate == 0.1 else means[2]
        assert f"|{rate}|" + "|".join(f"{mean:.{3 if rate == 0.1 else 2}f}" for mean in means) + "|" in text, means
