"""A graph of genie-env's compiler as a program of XLA, and the state that it works on."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import numpy_helper

from ops import OPS

# What the graph calls the next value of a state entry (NEXT of src/compute/trace-stateful.ts).
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
        """The outputs by name, from all inputs and ``constants``. Raises ``ValueError`` with the node that JAX refuses."""
        known = {**self.inline, **values}
        for op, attributes, inputs, outputs in self._nodes:
            try:
                result = OPS[op](attributes, *(known[name] for name in inputs))
            except Exception as error:
                raise ValueError(f"{op} of {', '.join(inputs)}: {error}") from error
            known.update(zip(outputs, result if isinstance(result, tuple) else (result,), strict=True))
        return {name: known[name] for name in self.outputs}


def _attributes(node: onnx.NodeProto) -> dict:
    values = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


class Program:
    """A compiled graph. ``state`` may be that of another program, which then works on the same entries.

    ``inputs``: the dtype and shape of each, ``{input: {"dtype", "shape"}}``. ``rings``: entries [B, ..., K, ...] of which a
    run replaces one slot, as ``{entry: {"axis": int, "slots": input}}``.
    """

    def __init__(self, graph: Graph, inputs: dict[str, dict], state: Tensors, rings: dict[str, dict]) -> None:
        self.state = state
        self._constants = graph.constants
        self._replaced = [name for name in state if name + NEXT in graph.outputs]
        specs = {name: jax.ShapeDtypeStruct(tuple(spec["shape"]), spec["dtype"]) for name, spec in inputs.items()}
        # The memory of entries that a run replaces is used again for what replaces them.
        step = jax.jit(_step(graph, rings), donate_argnums=0)
        self._run = step.lower(*self._arguments(specs)).compile()

    def _arguments(self, inputs: Tensors) -> tuple[Tensors, Tensors]:
        """The entries that a run replaces, and all that it reads besides."""
        replaced = {name: self.state[name] for name in self._replaced}
        kept = {name: x for name, x in self.state.items() if name not in replaced}
        return replaced, {**kept, **self._constants, **inputs}

    def run(self, inputs: Tensors) -> Tensors:
        """The outputs that are not state, in host memory. Raises ``RuntimeError`` where the device fails."""
        try:
            results, fresh = self._run(*self._arguments(inputs))
            self.state.update(fresh)
            return jax.device_get(results)
        except Exception as error:
            if not self._replaced:
                raise
            # Its memory was given away: whatever comes next would meet what is deleted.
            self.state.clear()
            raise RuntimeError(f"{error} - the state is lost: prepare the function again") from error

    def read_rows(self, rows: list[int], names: list[str]) -> Tensors:
        return jax.device_get({name: self.state[name][np.asarray(rows, np.int32)] for name in names})

    def write_rows(self, rows: list[int], values: Tensors) -> None:
        """Row ``rows[i]`` of every entry becomes ``values[entry][i]``."""
        for name, x in values.items():
            self.state[name] = self.state[name].at[np.asarray(rows, np.int32)].set(x)


def _step(graph: Graph, rings: dict[str, dict]):
    """A run as a function: outputs that are not state, and the next values of the entries that it replaces."""

    def step(replaced: Tensors, others: Tensors) -> tuple[Tensors, Tensors]:
        outputs = graph({**replaced, **others})
        fresh = {name: outputs.pop(name + NEXT) for name in replaced}
        for name, ring in rings.items():
            if name in fresh:
                fresh[name] = with_slots(replaced[name], fresh[name], ring["axis"], others[ring["slots"]])
        return outputs, fresh

    return step


def with_slots(entry: Any, fresh: Any, axis: int, slots: Any) -> Any:
    """``entry`` [B, ..., K, ...] with ``fresh`` [B, ..., P, ...] in slot ``slots[b]`` of row b; in none where it is -1."""
    size = fresh.shape[axis]
    count = entry.shape[axis] // size
    parts = entry.reshape(*entry.shape[:axis], count, size, *entry.shape[axis + 1 :])
    isslot = jnp.arange(count) == slots[:, None]
    isslot = isslot.reshape(-1, *(1,) * (axis - 1), count, *(1,) * (entry.ndim - axis))
    return jnp.where(isslot, jnp.expand_dims(fresh, axis), parts).reshape(entry.shape)
