"""The ONNX operators that genie-env's compiler writes (docs/compiler.md), as functions of JAX arrays.

Each takes the attributes of its node and its inputs. Sizes, axes and positions are constants of the graph, so they are
NumPy arrays here; the rest are arrays that are being traced.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Op = Callable[..., Any]

# TensorProto.DataType. Integers have 32 bits at most: the 64 of some operators only hold places in a tensor.
DTYPES = {1: jnp.float32, 2: jnp.uint8, 6: jnp.int32, 7: jnp.int32, 9: jnp.bool_}


def _cast(attributes: dict, x: Any) -> Any:
    dtype = DTYPES[attributes["to"]]
    return x != 0 if dtype is jnp.bool_ else jnp.asarray(x).astype(dtype)


def _divide(_: dict, a: Any, b: Any) -> Any:
    """Of integers the quotient is cut off, as in C."""
    isfloat = jnp.issubdtype(jnp.result_type(a), jnp.floating)
    return jnp.divide(a, b) if isfloat else jax.lax.div(*jnp.broadcast_arrays(a, b))


def _mod(attributes: dict, a: Any, b: Any) -> Any:
    return jnp.fmod(a, b) if attributes.get("fmod", 0) else jnp.mod(a, b)


def _axes(axes: np.ndarray) -> tuple[int, ...]:
    return tuple(int(axis) for axis in axes)


def _reduce(function: Op) -> Op:
    def reduce(attributes: dict, x: Any, axes: np.ndarray) -> Any:
        return function(x, axis=_axes(axes), keepdims=bool(attributes.get("keepdims", 1)))

    return reduce


def _arg(function: Op) -> Op:
    def arg(attributes: dict, x: Any) -> Any:
        return function(x, axis=attributes["axis"], keepdims=bool(attributes.get("keepdims", 1))).astype(jnp.int32)

    return arg


def _cumsum(attributes: dict, x: Any, axis: np.ndarray) -> Any:
    along = int(axis)
    if attributes.get("reverse", 0):
        x = jnp.flip(x, along)
    sums = jnp.cumsum(x, along, dtype=x.dtype)
    if attributes.get("exclusive", 0):
        before = jax.lax.slice_in_dim(sums, 0, sums.shape[along] - 1, axis=along)
        sums = jnp.concatenate([jnp.zeros_like(jax.lax.slice_in_dim(sums, 0, 1, axis=along)), before], along)
    return jnp.flip(sums, along) if attributes.get("reverse", 0) else sums


def _slice(_: dict, x: Any, starts: np.ndarray, ends: np.ndarray, axes: np.ndarray, steps: np.ndarray | None = None) -> Any:
    index = [slice(None)] * x.ndim
    for i, axis in enumerate(axes):
        index[int(axis)] = slice(int(starts[i]), int(ends[i]), 1 if steps is None else int(steps[i]))
    return x[tuple(index)]


def _split(attributes: dict, x: Any, sizes: np.ndarray) -> Any:
    return tuple(jnp.split(x, np.cumsum(sizes)[:-1], attributes["axis"]))


def _from_front(indices: Any, size: int) -> Any:
    """Negative indices count from the end."""
    return jnp.where(indices < 0, indices + size, indices)


def _gather(attributes: dict, x: Any, indices: Any) -> Any:
    axis = attributes["axis"]
    return jnp.take(x, _from_front(jnp.asarray(indices), x.shape[axis]), axis, mode="clip")


def _gather_nd(attributes: dict, x: Any, indices: Any) -> Any:
    def pick(x: Any, indices: Any) -> Any:
        return x[tuple(jnp.moveaxis(indices, -1, 0))]

    for _ in range(attributes.get("batch_dims", 0)):
        pick = jax.vmap(pick)
    return pick(jnp.asarray(x), jnp.asarray(indices))


def _scatter_nd(attributes: dict, x: Any, indices: Any, updates: Any) -> Any:
    places = jnp.asarray(x).at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))]
    return places.add(updates) if attributes.get("reduction", "none") == "add" else places.set(updates)


def _top_k(attributes: dict, x: Any, k: np.ndarray) -> Any:
    values, indices = jax.lax.top_k(x, int(k[0]))
    return values, indices.astype(jnp.int32)


def _pad(_: dict, x: Any, amounts: np.ndarray, fill: Any) -> Any:
    widths = np.asarray(amounts).reshape(2, -1).T
    return jnp.pad(x, [(int(before), int(after)) for before, after in widths], constant_values=fill)


def _expand(_: dict, x: Any, shape: np.ndarray) -> Any:
    return jnp.broadcast_to(x, np.broadcast_shapes(jnp.shape(x), tuple(int(size) for size in shape)))


def _unsqueeze(_: dict, x: Any, axes: np.ndarray) -> Any:
    return jnp.expand_dims(x, _axes(axes))


def _reshape(_: dict, x: Any, shape: np.ndarray) -> Any:
    return jnp.reshape(x, tuple(int(size) for size in shape))


def _leaky_relu(attributes: dict, x: Any) -> Any:
    return jnp.where(x < 0, attributes["alpha"] * x, x)


def _plain(function: Op) -> Op:
    """An operator without attributes."""
    return lambda _, *inputs: function(*inputs)


OPS: dict[str, Op] = {
    **{
        name: _plain(function)
        for name, function in {
            "Abs": jnp.abs,
            "Acos": jnp.arccos,
            "Acosh": jnp.arccosh,
            "Add": jnp.add,
            "And": jnp.logical_and,
            "Asin": jnp.arcsin,
            "Asinh": jnp.arcsinh,
            "Atan": jnp.arctan,
            "Atanh": jnp.arctanh,
            "BitwiseAnd": jnp.bitwise_and,
            "Ceil": jnp.ceil,
            "Clip": lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high),
            "Cos": jnp.cos,
            "Cosh": jnp.cosh,
            "Elu": jax.nn.elu,
            "Equal": jnp.equal,
            "Erf": jax.scipy.special.erf,
            "Exp": jnp.exp,
            "Floor": jnp.floor,
            "Greater": jnp.greater,
            "GreaterOrEqual": jnp.greater_equal,
            "Identity": jnp.asarray,
            "IsInf": jnp.isinf,
            "IsNaN": jnp.isnan,
            "Less": jnp.less,
            "LessOrEqual": jnp.less_equal,
            "Log": jnp.log,
            "MatMul": jnp.matmul,
            "Max": jnp.maximum,
            "Min": jnp.minimum,
            "Mul": jnp.multiply,
            "Neg": jnp.negative,
            "Not": jnp.logical_not,
            "Or": jnp.logical_or,
            "PRelu": lambda x, slope: jnp.where(x < 0, slope * x, x),
            "Pow": jnp.power,
            "Reciprocal": jnp.reciprocal,
            "Relu": jax.nn.relu,
            "Round": jnp.round,
            "Selu": jax.nn.selu,
            "Sigmoid": jax.nn.sigmoid,
            "Sign": jnp.sign,
            "Sin": jnp.sin,
            "Sinh": jnp.sinh,
            "Softplus": jax.nn.softplus,
            "Sqrt": jnp.sqrt,
            "Sub": jnp.subtract,
            "Tan": jnp.tan,
            "Tanh": jnp.tanh,
            "Tile": lambda x, repeats: jnp.tile(x, _axes(repeats)),
            "Where": jnp.where,
        }.items()
    },
    "ArgMax": _arg(jnp.argmax),
    "ArgMin": _arg(jnp.argmin),
    "Cast": _cast,
    "Concat": lambda attributes, *parts: jnp.concatenate(parts, attributes["axis"]),
    "CumSum": _cumsum,
    "Div": _divide,
    "Einsum": lambda attributes, *inputs: jnp.einsum(attributes["equation"], *inputs),
    "Expand": _expand,
    "Gather": _gather,
    "GatherND": _gather_nd,
    "LeakyRelu": _leaky_relu,
    "Mod": _mod,
    "Pad": _pad,
    "ReduceMax": _reduce(jnp.max),
    "ReduceMean": _reduce(jnp.mean),
    "ReduceMin": _reduce(jnp.min),
    "ReduceProd": _reduce(jnp.prod),
    "ReduceSum": _reduce(jnp.sum),
    "Reshape": _reshape,
    "ScatterND": _scatter_nd,
    "Slice": _slice,
    "Softmax": lambda attributes, x: jax.nn.softmax(x, attributes["axis"]),
    "Split": _split,
    "TopK": _top_k,
    "Transpose": lambda attributes, x: jnp.transpose(x, attributes["perm"]),
    "Unsqueeze": _unsqueeze,
}
