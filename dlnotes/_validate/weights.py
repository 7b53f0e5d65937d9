"""What both back ends ask of saved weights."""

from __future__ import annotations

from collections.abc import Mapping


def state_dict(own: Mapping[str, tuple], given: Mapping[str, tuple]) -> None:
    """The shapes given, by name, are those of the model: one ValueError lists everything that is not so."""
    faults = [f"missing {name}" for name in own if name not in given]
    for name, shape in given.items():
        if name not in own:
            faults.append(f"unexpected {name}")
        elif shape != own[name]:
            faults.append(f"{name}: expected shape {own[name]}, got {shape}")
    if faults:
        raise ValueError("state_dict: " + "; ".join(faults))
