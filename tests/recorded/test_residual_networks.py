"""*Residual networks* quotes what `python -m benchmarks.residual` recorded."""

import ast

from benchmarks import residual
from tests.recorded.quoted import cells, of_one_day, saved


def test_every_number_is_of_a_file():
    """*Residual networks* shows rates, losses and accuracies of the files of one day."""
    sources = cells("architectures/residual-networks")
    text = "\n".join(sources)
    tables = saved("residual")
    assert tables.keys() == residual.TABLES.keys()
    assert of_one_day(tables, "2026-12-01")
    (cell,) = (cell for cell in sources if cell.startswith("RATES = "))
    rates = ast.literal_eval(ast.parse(cell).body[0].value)
    assert rates == {row["network"]: row["rate"] for row in tables["small"]["rows"]}

    def percent(row):
        return f"{100 * min(row['accuracy']):.0f}", f"{100 * max(row['accuracy']):.0f}"

    for part, end in (("small", ""), ("deeper", ""), ("longer", ", 240 steps")):
        for row in tables[part]["rows"]:
            loss = f"{min(row['loss']):.2f}–{max(row['loss']):.2f}"
            assert f"|{row['network']}{end}|{loss}|{'–'.join(percent(row))} %|" in text
    none, scaled, zero = (percent(row) for row in tables["remedies"]["rows"])
    norms = percent(tables["deeper"]["rows"][2])
    bare, plain = (percent(row) for row in tables["bare"]["rows"])
    assert none == plain == ("10", "10")
    assert f"it gets {' to '.join(bare)} % of the test" in text
    found = tables["bare"]["rows"][1]["validation"].values()
    assert f"gets {100 * min(found):.0f} to {100 * max(found):.0f} % of the validation images" in text
    found = f"{' to '.join(scaled)} %, with zeros {' to '.join(zero)} %; with norms, as above, {' to '.join(norms)} %"
    assert f"get 10 % of the test images right (chance); with scaled branches {found}" in text
