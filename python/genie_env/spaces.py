"""Gymnasium's spaces out of JSON, and their members on the wire, where arrays are flat."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from gymnasium import spaces


def space_from_json(data: dict[str, Any]) -> spaces.Space:
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
        # Pairs keep their order; a dict would be sorted.
        return spaces.Dict([(key, space_from_json(part)) for key, part in data["subspaces"].items()])
    if kind == "Tuple":
        return spaces.Tuple([space_from_json(part) for part in data["subspaces"]])
    if kind == "Sequence":
        return spaces.Sequence(space_from_json(data["subspace"]), stack=data["stack"])
    if kind == "Graph":
        edge_space = data["edge_space"]
        return spaces.Graph(space_from_json(data["node_space"]), None if edge_space is None else space_from_json(edge_space))
    if kind == "OneOf":
        return spaces.OneOf([space_from_json(part) for part in data["subspaces"]])
    raise ValueError(f"space_from_json: a space must have a counterpart in Gymnasium, got {kind}")


def from_wire(space: spaces.Space, value: Any) -> Any:
    """The member of ``space`` that ``value`` stands for. A batch of rows belongs to the batched space."""
    if isinstance(space, spaces.Dict):
        return {key: from_wire(part, value[key]) for key, part in space.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(from_wire(part, entry) for part, entry in zip(space, value, strict=True))
    if isinstance(space, spaces.Discrete):
        return space.dtype.type(value)
    if isinstance(space, spaces.OneOf):
        index, member = value
        return np.int64(index), from_wire(space.spaces[index], member)
    if isinstance(space, spaces.Sequence):
        element = space.feature_space
        return batch_from_wire(element, value) if space.stack else tuple(from_wire(element, entry) for entry in value)
    if isinstance(space, spaces.Graph):
        nodes = batch_from_wire(space.node_space, value["nodes"])
        if value["edges"] is None or space.edge_space is None:
            return spaces.GraphInstance(nodes, None, None)
        return spaces.GraphInstance(nodes, batch_from_wire(space.edge_space, value["edges"]), value["edgeLinks"].reshape(-1, 2))
    if isinstance(value, np.ndarray):
        return value.reshape(space.shape).astype(space.dtype, copy=False)
    return value


def batch_from_wire(space: spaces.Space, value: Any) -> Any:
    """Any number of members of ``space`` side by side: stacked elements, and the nodes and edges of graphs."""
    if isinstance(space, spaces.Dict):
        return {key: batch_from_wire(part, value[key]) for key, part in space.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(batch_from_wire(part, entry) for part, entry in zip(space, value, strict=True))
    if isinstance(value, np.ndarray):
        return value.reshape((-1, *(space.shape or ()))).astype(space.dtype, copy=False)
    return tuple(from_wire(space, entry) for entry in value)


def to_wire(space: spaces.Space, value: Any) -> Any:
    """A member of ``space`` as the server takes it. What is no member is left to the server to refuse."""
    if isinstance(space, spaces.Dict) and isinstance(value, dict):
        return {key: to_wire(space[key], part) if key in space.spaces else part for key, part in value.items()}
    if isinstance(space, spaces.Tuple) and isinstance(value, tuple):
        return [to_wire(part, entry) for part, entry in zip(space, value)]
    if isinstance(space, spaces.Discrete):
        return value.item() if isinstance(value, (np.ndarray, np.generic)) and np.size(value) == 1 else value
    if isinstance(space, (spaces.Box, spaces.MultiDiscrete, spaces.MultiBinary)):
        return _array_to_wire(space.dtype, value)
    if isinstance(space, spaces.OneOf) and isinstance(value, tuple) and len(value) == 2:
        index, member = value
        is_known = 0 <= index < len(space.spaces)
        return [int(index), to_wire(space.spaces[index], member) if is_known else member]
    if isinstance(space, spaces.Sequence):
        element = space.feature_space
        if space.stack:
            return batch_to_wire(element, value)
        return [to_wire(element, entry) for entry in value] if isinstance(value, tuple) else value
    if isinstance(space, spaces.Graph) and isinstance(value, spaces.GraphInstance):
        edges, edge_space = value.edges, space.edge_space
        return {
            "nodes": batch_to_wire(space.node_space, value.nodes),
            "edges": edges if edges is None or edge_space is None else batch_to_wire(edge_space, edges),
            "edgeLinks": None if value.edge_links is None else _array_to_wire(np.int32, value.edge_links),
        }
    return value


def batch_to_wire(space: spaces.Space, value: Any) -> Any:
    """Members of ``space`` side by side as the server takes them."""
    if isinstance(space, spaces.Dict) and isinstance(value, dict):
        return {key: batch_to_wire(space[key], part) if key in space.spaces else part for key, part in value.items()}
    if isinstance(space, spaces.Tuple) and isinstance(value, tuple):
        return [batch_to_wire(part, entry) for part, entry in zip(space, value)]
    if isinstance(space, spaces.Discrete):
        return _array_to_wire(np.int32, value)
    if isinstance(space, (spaces.Box, spaces.MultiDiscrete, spaces.MultiBinary)):
        return _array_to_wire(space.dtype, value)
    return [to_wire(space, entry) for entry in value] if isinstance(value, tuple) else value


def _array_to_wire(dtype: DTypeLike, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if np.can_cast(array.dtype, dtype, "same_kind"):
        array = array.astype(dtype, copy=False)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        # The server's integers have 32 bits at most.
        narrow = array.astype(np.int32)
        return narrow if np.array_equal(narrow, array) else array
    return array
