"""Messages as in docs/protocol.md: a JSON header, and a body with the bytes of the arrays in it."""

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

PREFIX = struct.Struct("<II")
ALIGNMENT = 8
# Longer than any header of a server; what is no server is recognised by it.
MAX_HEADER = 1 << 28
DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
LITTLE_ENDIAN = {name: np.dtype(name).newbyteorder("<") for name in DTYPES}
NUMBERS = {"NaN": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode(data: Any) -> bytes:
    """The bytes of a message of plain data and NumPy arrays. Arrays travel flat; booleans as a list.

    Raises ``TypeError`` for what is neither.
    """
    parts: list[bytes] = []
    size = 0

    def place(array: np.ndarray) -> dict:
        nonlocal size
        name = array.dtype.name
        content = np.ascontiguousarray(array, LITTLE_ENDIAN[name]).tobytes()
        offset = size
        parts.append(content + bytes(-len(content) % ALIGNMENT))
        size += len(parts[-1])
        return {"$array": [name, offset, array.size]}

    header = json.dumps(_to_plain(data, place), allow_nan=False, separators=(",", ":")).encode()
    return b"".join([PREFIX.pack(len(header), size), header, *parts])


def _to_plain(data: Any, place: Callable[[np.ndarray], dict]) -> Any:
    if type(data) in (str, int, bool) or data is None:
        return data
    if isinstance(data, dict):
        return {_escaped(key): _to_plain(value, place) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_to_plain(value, place) for value in data]
    if isinstance(data, (bytes, bytearray)):
        data = np.frombuffer(data, np.uint8)
    if isinstance(data, np.generic):
        data = data.item()
    if isinstance(data, np.ndarray):
        return place(data) if data.dtype.name in LITTLE_ENDIAN else _to_plain(data.tolist(), place)
    if isinstance(data, float) and not math.isfinite(data):
        return {"$number": "NaN" if math.isnan(data) else "inf" if data > 0 else "-inf"}
    return data


def _escaped(key: Any) -> Any:
    return f"${key}" if isinstance(key, str) and key.startswith("$") else key


def decode(header: bytes | bytearray | memoryview, body: bytearray) -> Any:
    """What a message says. Its arrays are flat views of ``body``, and may be written to. Raises ``ValueError`` for no message."""

    def from_plain(plain: dict) -> Any:
        if "$array" in plain:
            name, offset, length = plain["$array"]
            return np.frombuffer(body, LITTLE_ENDIAN[name], length, offset).astype(name, copy=False)
        if "$number" in plain:
            return NUMBERS[plain["$number"]]
        if any(key.startswith("$") for key in plain):
            return {key[1:] if key.startswith("$") else key: value for key, value in plain.items()}
        return plain

    return json.loads(str(header, "utf-8"), object_hook=from_plain)
