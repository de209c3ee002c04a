"""Gymnasium's spaces out of JSON, and their members on the wire, where arrays are flat."""

import numpy as np
from gymnasium import spaces


def space_from_json(data: dict) -> spaces.Space:
    """The space that ``data`` describes, in the form in which Minari writes spaces."""
    kind = data["type"]
    if kind == "Box":
        low, high = (np.array(data[bound], dtype=np.float64) for bound in ("low", "high"))
        dtype = np.dtype(data["dtype"])
        shape = tuple(data["shape"])
        return spaces.Box(low.reshape(shape).astype(dtype), high.reshape(shape).astype(dtype), shape, dtype.type)
    if kind == "Discrete":
        return spaces.Discrete(data["n"], start=data["start"])
    if kind == "MultiDiscrete":
        return spaces.MultiDiscrete(np.array(data["nvec"]), dtype=np.dtype(data["dtype"]).type, start=np.array(data["start"]))
    if kind == "MultiBinary":
        return spaces.MultiBinary(data["n"])
    if kind == "Text":
        return spaces.Text(data["max_length"], min_length=data["min_length"], charset=data["charset"])
    if kind == "Dict":
        return spaces.Dict({key: space_from_json(part) for key, part in data["subspaces"].items()})
    if kind == "Tuple":
        return spaces.Tuple([space_from_json(part) for part in data["subspaces"]])
    raise ValueError(f"space_from_json: a space must have a counterpart in Gymnasium, got {kind}")


def from_wire(space: spaces.Space, value):
    """The member of ``space`` that ``value`` stands for. A batch of rows belongs to the batched space."""
    if isinstance(space, spaces.Dict):
        return {key: from_wire(part, value[key]) for key, part in space.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(from_wire(part, entry) for part, entry in zip(space, value, strict=True))
    if isinstance(space, spaces.Discrete):
        return space.dtype.type(value)
    if isinstance(value, np.ndarray):
        return value.reshape(space.shape).astype(space.dtype, copy=False)
    return value


def to_wire(space: spaces.Space, value):
    """A member of ``space`` as the server takes it. What is no member is left to the server to refuse."""
    if isinstance(space, spaces.Dict) and isinstance(value, dict):
        return {key: to_wire(space[key], part) if key in space.spaces else part for key, part in value.items()}
    if isinstance(space, spaces.Tuple) and isinstance(value, tuple):
        return [to_wire(part, entry) for part, entry in zip(space, value)]
    if isinstance(space, spaces.Discrete):
        return value.item() if isinstance(value, (np.ndarray, np.generic)) and np.size(value) == 1 else value
    if isinstance(space, (spaces.Box, spaces.MultiDiscrete, spaces.MultiBinary)):
        array = np.asarray(value)
        is_safe = np.can_cast(array.dtype, space.dtype, "same_kind")
        return array.astype(space.dtype) if is_safe else array
    return value
