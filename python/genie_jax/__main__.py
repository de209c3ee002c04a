"""Runs graphs of genie-env's compiler with JAX, for the engine ``jax`` (src/compute/jax-engine.ts), which starts this.

Requests ``{"request", ...}`` and answers ``{"answer"}`` or ``{"error": text}`` are written as the messages of
docs/protocol.md, on standard input and output, one answer to each request, in their order. A tensor is
``{"dtype", "shape", "data"}``, booleans as uint8. It ends when its standard input does.
"""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

# The messages are those of the Python package beside this one, which need NumPy alone.
sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "genie_env"))
# Other programs may need the device's memory too; products are exact unless the environment asks for less.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")

import jax
import jax.numpy as jnp
import numpy as np
import wire

from program import Graph, Program

programs: dict[int, Program] = {}


def tensors_of(message: dict) -> dict[str, Any]:
    return {
        name: jnp.asarray(tensor["data"].astype(tensor["dtype"], copy=False).reshape(tensor["shape"]))
        for name, tensor in message.items()
    }


def message_of(tensors: dict[str, np.ndarray]) -> dict:
    return {
        name: {"dtype": x.dtype.name, "shape": list(x.shape), "data": x.view(np.uint8) if x.dtype == bool else x}
        for name, x in tensors.items()
    }


def describe() -> dict:
    device = jax.devices()[0]
    return {"platform": device.platform, "device": device.device_kind, "version": jax.__version__}


def prepare(program: int, graph: np.ndarray, inputs: dict, state: dict, rings: dict, shares: int | None) -> dict:
    shared = tensors_of(state) if shares is None else programs[shares].state
    programs[program] = Program(Graph(graph.tobytes()), inputs, shared, rings)
    return {}


def run(program: int, inputs: dict) -> dict:
    return message_of(programs[program].run(tensors_of(inputs)))


def read(program: int, names: list[str]) -> dict:
    state = programs[program].state
    return message_of(jax.device_get({name: state[name] for name in names}))


def write(program: int, state: dict) -> dict:
    programs[program].state.update(tensors_of(state))
    return {}


def read_rows(program: int, rows: list[int], names: list[str]) -> dict:
    return message_of(programs[program].read_rows(rows, names))


def write_rows(program: int, rows: list[int], values: dict) -> dict:
    programs[program].write_rows(rows, tensors_of(values))
    return {}


def close(program: int) -> dict:
    programs.pop(program, None)
    return {}


REQUESTS = {
    "describe": describe,
    "prepare": prepare,
    "run": run,
    "read": read,
    "write": write,
    "readRows": read_rows,
    "writeRows": write_rows,
    "close": close,
}


def answer(request: dict) -> bytes:
    try:
        return wire.encode({"answer": REQUESTS[request.pop("request")](**request)})
    except Exception as error:
        return wire.encode({"error": f"{type(error).__name__}: {error}"})


def requests(source: BinaryIO):
    while len(prefix := source.read(wire.PREFIX.size)) == wire.PREFIX.size:
        header, body = (bytearray(size) for size in wire.PREFIX.unpack(prefix))
        if source.readinto(header) < len(header) or source.readinto(body) < len(body):
            return
        yield wire.decode(header, body)


def main() -> None:
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever else writes to standard output must not get between the answers.
    os.dup2(2, 1)
    for request in requests(source):
        target.write(answer(request))
        target.flush()


main()
