"""*Regularisation and dropout* quotes what `python -m benchmarks.regularisation` recorded."""

import numpy as np

from tests.recorded.quoted import cells, of_one_day, saved


def test_every_number_is_of_a_file():
    """The tables and numbers of *Regularisation and dropout* are those of the files, rounded."""
    prose = "\n".join(cells("training/regularisation", "markdown"))
    tables = saved("regularisation")
    scores: dict = {}
    for name, data in tables.items():
        for line in data["lines"]:
            columns = zip(data["columns"], zip(*line["scores"]))
            key = name, line["what"] + (", smoothed" if name == "one_rate" and line["rate"] == 0.001
                                        and "smoothing" in line else "")  # fmt: skip
            scores[key] = {column: np.array(values) for column, values in columns}

    def mean(name, what, column, digits):
        found = f"{scores[name, what][column].mean():.{digits}f}"
        return found.removeprefix("0") if digits == 3 else found

    for method in ("none", "AdamW", "dropout", "label smoothing"):
        last, best = (f"{method}, {when} epoch" for when in ("last", "best"))
        pairs = [(last, ""), (best, ""), (best, "_after")]
        row = [f"{mean('clean', w, 'loss' + t, 3)} ({mean('clean', w, 'ece' + t, 1)})" for w, t in pairs]
        assert f"|{method}|{'|'.join(row)}|\n" in prose
    for method in ("none", "AdamW"):
        row = [mean("one_rate", f"{method}, 30% wrong", "accuracy", 1)]
        row += [mean("noisy", f"{method}, {when} epoch", "accuracy", 1) for when in ("last", "best")]
        assert f"|{method}|{'|'.join(row)}|\n" in prose
    for start, what in (("2,000 images, 50 epochs, rate 0.003", ("none, 0% wrong", "smoothing, 0% wrong")),
                        ("9,000 images, 3 epochs, rate 0.001",
                         ("9000 images, 3 epochs", "9000 images, 3 epochs, smoothed"))):  # fmt: skip
        row = [mean("one_rate", w, column, 1) for w in what for column in ("ece", "ece_after")]
        assert f"|{start}|{'|'.join(row)}|\n" in prose

    plain, smooth = scores["one_rate", "none, 0% wrong"], scores["one_rate", "smoothing, 0% wrong"]
    none, dropout, adamw = (scores["clean", f"{name}, best epoch"] for name in ("none", "dropout", "AdamW"))
    for column, lead in (("loss", ".023"), ("loss_after", ".015")):
        gain = none[column] - dropout[column]
        assert (gain > 0).all() and f"{gain.mean():.3f}"[1:] == lead and lead in prose
    later = scores["clean", "none, last epoch"]
    assert (later["loss"] > scores["clean", "dropout, last epoch"]["loss"]).all()
    assert f"(.{dropout['loss'].mean() * 1000:.0f} to .{adamw['loss'].mean() * 1000:.0f})" in prose
    assert f".{plain['loss'].mean() * 100:.0f} to .{none['loss'].mean() * 100:.0f}, and dropout to .46" in prose
    assert f"{dropout['loss'].mean():.2f} {plain['loss_after'].mean():.2f}" == "0.46 0.48"
    assert f"from {plain['ece'].mean():.0f} to {none['ece'].mean():.0f} and to {dropout['ece'].mean():.0f} %" in prose
    assert f"{plain['ece_after'].mean():.1f} instead of {plain['ece'].mean():.1f} %" in prose
    assert f"{later['accuracy'].mean():.1f} %" in prose
    assert f"($T={plain['temperature'].mean():.2f}$)" in prose and f"($T={smooth['temperature'].mean():.2f}$)" in prose
    assert (smooth["temperature"] < 1).all() and (plain["temperature"] > 1).all()
    assert f".{smooth['loss_after'].mean() * 1000:.0f} to .{plain['loss_after'].mean() * 1000:.0f} " in prose
    for name in ("9000 images, 3 epochs", "9000 images, 3 epochs, smoothed"):
        assert mean("one_rate", name, "loss_after", 3) == ".520"
    bare, decayed = (scores["one_rate", f"{name}, 30% wrong"] for name in ("none", "AdamW"))
    assert f"from {bare['ece'].mean():.1f} to {decayed['ece'].mean():.1f} %" in prose
    assert f"({decayed['ece_after'].mean():.1f} to {bare['ece_after'].mean():.1f} %)" in prose
    gain = scores["noisy", "AdamW, best epoch"]["accuracy"] - scores["noisy", "none, best epoch"]["accuracy"]
    assert f"(for {(gain > 0).sum()} of {len(gain)} seeds" in prose
    free, masked = scores["masks", "none"], scores["masks", "dropout"]
    assert f"{masked['80 % removed'].mean():.0f} % against {free['80 % removed'].mean():.0f} %" in prose
    assert abs(masked["accuracy"].mean() - free["accuracy"].mean()) < 0.1
    assert (masked["60 % removed"] > free["60 % removed"]).all()
    single, spread = (masked[f"digits, {doubt}"] for doubt in ("confidence", "spread"))
    assert f"(.{spread.mean() * 100:.0f} to .{single.mean() * 100:.0f}; recorded" in prose
    assert (single > spread).sum() == 3
    assert (masked["mistakes, confidence"] > masked["mistakes, spread"]).all()
    assert of_one_day(tables, "2026-12-01")
