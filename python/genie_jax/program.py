"""A graph of genie-env's compiler as a program of XLA, and the state that it works on."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import numpy_helper

from ops import OPS

# What the graph calls the next value of a state entry (NEXT of src/compute/onnx-executable.ts).
NEXT = ":next"
# Constants of more elements lie on the device; the others become part of the program, sizes and axes among them.
MOST_INLINE = 64

Tensors = dict[str, Any]


class Graph:
    """The nodes of an ONNX file, ready to be traced by JAX. Raises ``ValueError`` for an operator that ``ops`` lacks."""

    def __init__(self, data: bytes) -> None:
        graph = onnx.load_model_from_string(data).graph
        constants = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
        self.outputs = [output.name for output in graph.output]
        self.inline = {name: x for name, x in constants.items() if x.dtype == np.int64 or x.size <= MOST_INLINE}
        self.constants = {name: jnp.asarray(x) for name, x in constants.items() if name not in self.inline}
        self._nodes = [
            (node.op_type, _attributes(node), list(node.input), list(node.output)) for node in graph.node
        ]
        unknown = sorted({op for op, *_ in self._nodes} - OPS.keys())
        if unknown:
            raise ValueError(f"the operators must be those of genie_jax/ops.py, got {', '.join(unknown)}")

    def __call__(self, values: Tensors) -> Tensors:
        """The outputs by name, from all inputs and ``constants``."""
        known = {**self.inline, **values}
        for op, attributes, inputs, outputs in self._nodes:
            result = OPS[op](attributes, *(known[name] for name in inputs))
            known.update(zip(outputs, result if isinstance(result, tuple) else (result,), strict=True))
        return {name: known[name] for name in self.outputs}


def _attributes(node: onnx.NodeProto) -> dict:
    values = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


class Program:
    """A compiled graph. ``state`` may be that of another program, which then works on the same entries.

    ``rings``: entries [B, ..., K, ...] of which a run replaces one slot, as ``{entry: {"axis": int, "slots": input}}``.
    """

    def __init__(self, graph: bytes, state: Tensors, rings: dict[str, dict]) -> None:
        self.state = state
        self._graph = Graph(graph)
        self._replaced = [name for name in state if name + NEXT in self._graph.outputs]
        self._rings = rings
        # The memory of entries that a run replaces is used again for what replaces them.
        self._run = jax.jit(self._compute, donate_argnums=0)

    def run(self, inputs: Tensors) -> Tensors:
        """The outputs that are not state, in host memory."""
        replaced = {name: self.state[name] for name in self._replaced}
        kept = {name: x for name, x in self.state.items() if name not in replaced}
        results, fresh = self._run(replaced, {**kept, **self._graph.constants, **inputs})
        self.state.update(fresh)
        return jax.device_get(results)

    def _compute(self, replaced: Tensors, others: Tensors) -> tuple[Tensors, Tensors]:
        outputs = self._graph({**replaced, **others})
        fresh = {name: self._next(name, replaced[name], outputs.pop(name + NEXT), others) for name in replaced}
        return outputs, fresh

    def _next(self, name: str, entry: Any, fresh: Any, inputs: Tensors) -> Any:
        ring = self._rings.get(name)
        return fresh if ring is None else with_slots(entry, fresh, ring["axis"], inputs[ring["slots"]])

    def read_rows(self, rows: list[int], names: list[str]) -> Tensors:
        return jax.device_get({name: self.state[name][np.asarray(rows, np.int32)] for name in names})

    def write_rows(self, rows: list[int], values: Tensors) -> None:
        """Row ``rows[i]`` of every entry becomes ``values[entry][i]``."""
        for name, x in values.items():
            self.state[name] = self.state[name].at[np.asarray(rows, np.int32)].set(x)


def with_slots(entry: Any, fresh: Any, axis: int, slots: Any) -> Any:
    """``entry`` [B, ..., K, ...] with ``fresh`` [B, ..., P, ...] in slot ``slots[b]`` of row b; in none where it is -1."""
    size = fresh.shape[axis]
    count = entry.shape[axis] // size
    parts = entry.reshape(*entry.shape[:axis], count, size, *entry.shape[axis + 1 :])
    isslot = jnp.arange(count) == slots[:, None]
    isslot = isslot.reshape(-1, *(1,) * (axis - 1), count, *(1,) * (entry.ndim - axis))
    return jnp.where(isslot, jnp.expand_dims(fresh, axis), parts).reshape(entry.shape)
