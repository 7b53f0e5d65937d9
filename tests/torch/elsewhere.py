"""A second device for machines that have none: its tensors lie on the CPU, but say that they lie elsewhere.

As on a GPU, an operation of tensors from both places fails, but for the few that are there to bring values over;
and NumPy cannot read what is there.  So a tensor made in the wrong place is found on any machine.
"""

from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

DEVICE = torch.device("meta")  # a name that PyTorch knows on any machine, and asks no driver for
CROSSING = {"aten::_to_copy", "aten::copy_", "aten::index.Tensor", "aten::_pack_padded_sequence"}


class Elsewhere(torch.Tensor):
    @staticmethod
    def __new__(cls, here, requires_grad=False):
        return torch.Tensor._make_wrapper_subclass(
            cls, here.shape, here.stride(), here.storage_offset(), dtype=here.dtype, device=DEVICE,
            requires_grad=requires_grad,
        )  # fmt: skip

    def __init__(self, here, requires_grad=False):
        self.here = here.detach()

    def __repr__(self):
        return f"elsewhere: {self.here!r}"

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        tensors = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, torch.Tensor)]
        there = [x for x in tensors if isinstance(x, cls)]
        strangers = [x for x in tensors if not isinstance(x, cls) and x.ndim]  # a lone number may come from anywhere
        if there and strangers and function.name() not in CROSSING:
            raise RuntimeError(f"{function.name()}: tensors on two devices")
        device = kwargs.get("device")
        stays = bool(there) if device is None else torch.device(device) == DEVICE
        if device is not None:
            kwargs["device"] = torch.device("cpu")
        owners = {id(x.here): x for x in there}
        args, kwargs = tree_map_only(cls, lambda x: x.here, (args, kwargs))
        result = function(*args, **kwargs)
        if function.name() == "aten::copy_":
            return owners.get(id(result), result)
        wrapped = lambda x: owners[id(x)] if id(x) in owners else cls(x) if stays else x  # noqa: E731
        return tree_map_only(torch.Tensor, wrapped, result)


class _Dispatch(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return Elsewhere.__torch_dispatch__(function, types, args, kwargs)


class _Made(TorchFunctionMode):
    """torch.tensor makes its tensors in C++, unseen by the other mode."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function is torch.tensor and torch.device(kwargs.get("device") or "cpu") == DEVICE:
            return Elsewhere(function(*args, **kwargs | {"device": "cpu"}))
        if function is torch.Tensor.new_tensor and isinstance(args[0], Elsewhere):
            return Elsewhere(torch.tensor(args[1], dtype=args[0].dtype, device="cpu"))
        return function(*args, **kwargs)


@contextmanager
def elsewhere():
    """Tensors can be made there inside this block."""
    with _Made(), _Dispatch():
        yield DEVICE


def move(model):
    """All parameters and buffers of `model`, there."""
    for module in model.modules():
        for name, p in module._parameters.items():
            module._parameters[name] = p if p is None else torch.nn.Parameter(Elsewhere(p.data), p.requires_grad)
        for name, b in module._buffers.items():
            module._buffers[name] = b if b is None else Elsewhere(b)
    return model
