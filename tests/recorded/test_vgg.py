"""*VGG* quotes what `python -m benchmarks.vgg` recorded."""

from tests.recorded.quoted import cells, literals, of_one_day, saved


def test_every_number_is_of_a_file():
    """*VGG* shows accuracies, losses and times of the files of one day."""
    quoted = literals(cells("architectures/vgg"), "other_rate", "small_right")
    tables = saved("vgg")
    depth = {row["what"]: row["accuracy"] for row in tables["depth"]["rows"]}
    for name, kind in (("with_norm", "batch norm"), ("without", "no norm")):
        assert quoted[name] == {n: depth[f"{n} convolutions, {kind}, 8 epochs"] for n in (3, 9, 18)}
    assert quoted["ms"] == {row["what"]: tuple(row["ms"].values()) for row in tables["time"]["rows"]}
    losses = {row["what"]: row["loss"] for row in tables["depth"]["rows"]}
    assert quoted["last_losses"] == {n: losses[f"{n} convolutions, batch norm, 8 epochs"] for n in (3, 9, 18)}
    assert quoted["other_rate"] == tables["other"]["rows"][0]["accuracy"]
    assert quoted["adam"] == {row["rate"]: row["loss"] for row in tables["adam"]["rows"]}
    assert quoted["small_right"] == tables["small"]["rows"][0]["accuracy"]
    rows = tables["border"]["rows"]
    assert [*quoted["left"].values()] == [row["left"] for row in rows]
    assert [*quoted["left"]] == [row["what"].removeprefix("n counts ").split(" around")[0] for row in rows]
    assert quoted["ends"] == {(row["what"].split()[-1], row["rate"]): row["loss"] for row in tables["start"]["rows"]}
    assert of_one_day(tables, "2026-12-01")
