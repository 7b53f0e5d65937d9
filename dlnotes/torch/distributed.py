"""Data-parallel training: every process holds the whole network and takes the gradient of its share of each mini-batch.

The gradient of a mean over B examples is the sum of the gradients of its shares, each share of n examples weighted by
n / B.  So the processes add up their gradients (all-reduce) and then all take the same step, the one that a single
process would have taken with the whole batch.  From a shell:

    torchrun --standalone --nproc_per_node 2 -m dlnotes.torch.distributed --epochs 1

trains a small network on the MNIST images that ship with dlnotes.  From a notebook, `run(2)` does the same and returns
the trained parameters.
"""

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from dlnotes.data import Dataset, mnist


def parallel_step(
    model: nn.Module,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    inputs: torch.Tensor,
    targets: torch.Tensor,
) -> float:
    """One step on a batch that every process holds and each uses its share of.  Returns the loss of the whole batch.

    `loss` is a mean over examples.  Shares need not be equal.  Where no process group was started, one process does
    it all.
    """
    rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    if len(inputs) < world:
        raise ValueError(f"a batch of {len(inputs)} examples cannot be split over {world} processes")
    x, y = inputs.tensor_split(world)[rank], targets.tensor_split(world)[rank]
    optimizer.zero_grad()
    value = loss(model(x), y) * (len(x) / len(inputs))  # this share of the mean over the batch
    value.backward()
    if world > 1:
        for parameter in model.parameters():
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)  # sum over the processes
        dist.all_reduce(value := value.detach())
    optimizer.step()
    return value.item()


def train(
    epochs: int = 1, batch_size: int = 64, learning_rate: float = 0.05, steps: int | None = None
) -> tuple[nn.Module, list[float]]:
    """A network with 64 hidden units, trained on the shipped MNIST by SGD with momentum, and the loss of every batch.

    Every process starts from the same weights and draws the same batches, because every one seeds its generator alike.
    `steps`, where given, ends the training after so many steps.  In float64, so that runs can be compared closely.
    """
    world = dist.get_world_size() if dist.is_initialized() else 1
    x, y = as_tensors(mnist().train)  # (8000, 784), (8000,)
    smallest = len(x) % batch_size or batch_size
    if smallest < world:
        raise ValueError(
            f"batches of {batch_size} leave one of {smallest}, too small for {world} processes: choose another size"
        )
    generator = torch.Generator().manual_seed(0)
    model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)).to(x.dtype)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.05, generator=generator)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    batches = (b for _ in range(epochs) for b in torch.randperm(len(x), generator=generator).split(batch_size))
    loss = nn.CrossEntropyLoss()
    return model, [parallel_step(model, loss, optimizer, x[b], y[b]) for b in islice(batches, steps)]


def as_tensors(data: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Images as rows of numbers from 0 to 1, (N, H * W) float64, and labels, (N,)."""
    return torch.from_numpy(data.images).flatten(1).double() / 255, torch.from_numpy(data.labels)


def run(processes: int, **options: Any) -> dict[str, torch.Tensor]:
    """`train` in so many processes of this machine; the trained parameters by name: `run(4, epochs=1, batch_size=64)`.

    The quick way for a notebook.  One server imports torch once and is copied for each process, where torchrun would
    import it anew in each.
    """
    multiprocessing.set_forkserver_preload([__name__, "torch._dynamo"])  # the latter is what optimizers import
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.start_processes(
            work, args=(processes, folder, options), nprocs=processes, start_method="forkserver"
        )
        return torch.load(Path(folder) / "parameters.pt", weights_only=True)


def work(rank: int, world: int, folder: str, options: dict[str, Any]) -> None:
    """One process of `run`: the processes meet at a file in `folder`, and the first leaves the parameters there."""
    torch.set_num_threads(1)  # the processes share the cores
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=world)
    model, _ = train(**options)
    if rank == 0:
        torch.save(model.state_dict(), Path(folder) / "parameters.pt")
    dist.destroy_process_group()


def main() -> None:
    """The script that torchrun starts: train, and report once."""
    parser = argparse.ArgumentParser(prog="dlnotes.torch.distributed", description="Train on MNIST, data-parallel.")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--steps", type=int, help="stop after so many steps")
    parser.add_argument("--out", type=Path, help="write the trained parameters to this file")
    options = parser.parse_args()
    if not dist.is_torchelastic_launched():
        sys.exit(
            "dlnotes.torch.distributed: start this with torchrun, which tells each process its number:\n"
            "  torchrun --standalone --nproc_per_node 2 -m dlnotes.torch.distributed --epochs 1"
        )
    dist.init_process_group("gloo")
    try:
        model, losses = train(options.epochs, options.batch_size, options.learning_rate, options.steps)
        if dist.get_rank() == 0:
            x, y = as_tensors(mnist().validation)
            accuracy = (model(x).argmax(1) == y).double().mean()
            print(f"{dist.get_world_size()} processes, {len(losses)} steps on batches of {options.batch_size}")
            print(f"loss of the first batch {losses[0]:.4f}, of the last {losses[-1]:.4f}")
            print(f"validation accuracy {100 * accuracy:.1f} %")
            if options.out:
                torch.save(model.state_dict(), options.out)
    except ValueError as error:
        sys.exit(f"dlnotes.torch.distributed: {error}")
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
