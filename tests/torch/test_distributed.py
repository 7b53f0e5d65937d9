"""One step, one result: however many processes share a batch, they end where a single process with all of it ends."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from dlnotes.data import mnist
from dlnotes.torch.distributed import as_tensors, parallel_step, run, train

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
SCRIPT = ["-m", "dlnotes.torch.distributed"]


def assert_equal_to(reference, parameters, tolerance):
    assert parameters.keys() == reference.keys()
    for name, value in reference.items():
        torch.testing.assert_close(parameters[name], value, rtol=0, atol=tolerance)


def test_step_of_one_process_is_the_plain_step():
    x, y = (part[:50] for part in as_tensors(mnist().train))
    results = []
    for plain in (True, False):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(784, 5, dtype=x.dtype), nn.Tanh(), nn.Linear(5, 10, dtype=x.dtype))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        if plain:
            value = nn.functional.cross_entropy(model(x), y)
            value.backward()
            optimizer.step()
            results.append((model.state_dict(), value.item()))
        else:
            results.append((model.state_dict(), parallel_step(model, nn.functional.cross_entropy, optimizer, x, y)))
    assert_equal_to(*(parameters for parameters, _ in results), tolerance=0)
    assert results[0][1] == results[1][1]


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
def test_processes_take_the_same_steps_as_one(processes):
    """Batches of 10: two shares of 5, three of 4, 3 and 3, four of 3, 3, 2 and 2."""
    model, _ = train(batch_size=10, steps=5)
    assert_equal_to(model.state_dict(), run(processes, batch_size=10, steps=5), tolerance=1e-12)


def test_a_step_changes_the_parameters():
    first, second = (run(2, batch_size=10, steps=steps) for steps in (1, 2))
    assert all((first[name] - second[name]).abs().max() > 1e-4 for name in first)


def test_batch_smaller_than_the_processes_is_refused():
    with pytest.raises(Exception, match="batches of 3 leave one of 2, too small for 4 processes"):
        run(4, batch_size=3)


@pytest.mark.slow
def test_script_under_torchrun_equals_one_process(tmp_path):
    model, losses = train(steps=30)
    summaries = []
    for processes in (1, 2):
        out = tmp_path / f"parameters-{processes}.pt"
        command = [*TORCHRUN, f"--nproc_per_node={processes}", *SCRIPT, "--steps=30", "--epochs=1", f"--out={out}"]
        result = subprocess.run(command, capture_output=True, encoding="utf-8")
        assert result.returncode == 0, result.stderr
        assert_equal_to(model.state_dict(), torch.load(out, weights_only=True), tolerance=1e-12)
        count, summary = result.stdout.split(" ", 1)
        assert int(count) == processes
        summaries.append(summary)
    assert summaries[0] == summaries[1]
    assert summaries[0].splitlines()[1] == f"loss of the first batch {losses[0]:.4f}, of the last {losses[-1]:.4f}"


@pytest.mark.slow
def test_script_says_which_batch_cannot_be_split():
    command = [*TORCHRUN, "--nproc_per_node=2", *SCRIPT, "--batch-size=1"]
    result = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert result.returncode != 0
    assert "batches of 1 leave one of 1, too small for 2 processes: choose another size" in result.stderr


def test_script_without_torchrun_says_how_to_start_it():
    result = subprocess.run([sys.executable, *SCRIPT], capture_output=True, encoding="utf-8")
    assert result.returncode == 1
    assert "torchrun --standalone --nproc_per_node 2 -m dlnotes.torch.distributed" in result.stderr


def test_one_epoch_learns():
    model, losses = train()
    x, y = as_tensors(mnist().validation)
    assert len(losses) == 125 and losses[0] == pytest.approx(2.3, abs=0.1)
    assert 0.86 < (model(x).argmax(1) == y).double().mean() < 0.92
