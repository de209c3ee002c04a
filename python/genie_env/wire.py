"""Messages as in docs/protocol.md: a JSON header, and a body with the bytes of the arrays in it."""

import json
import math
import struct

import numpy as np

PREFIX = struct.Struct("<II")
ALIGNMENT = 8
DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
NUMBERS = {"NaN": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode(data) -> bytes:
    """The bytes of a message of plain data and NumPy arrays. Arrays travel flat; booleans as a list."""
    parts: list[bytes] = []
    size = 0

    def place(array: np.ndarray):
        nonlocal size
        content = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        offset = size
        parts.append(content + bytes(-len(content) % ALIGNMENT))
        size += len(parts[-1])
        return {"$array": [array.dtype.name, offset, array.size]}

    header = json.dumps(_to_plain(data, place), allow_nan=False, separators=(",", ":")).encode()
    return b"".join([PREFIX.pack(len(header), size), header, *parts])


def _to_plain(data, place):
    if isinstance(data, (bytes, bytearray)):
        data = np.frombuffer(data, np.uint8)
    if isinstance(data, np.generic):
        data = data.item()
    if isinstance(data, np.ndarray):
        if data.dtype.name in DTYPES:
            return place(data)
        data = data.tolist()
    if isinstance(data, float) and not math.isfinite(data):
        return {"$number": "NaN" if math.isnan(data) else "inf" if data > 0 else "-inf"}
    if isinstance(data, dict):
        return {f"${key}" if key.startswith("$") else key: _to_plain(value, place) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_to_plain(value, place) for value in data]
    return data


def decode(header: bytes, body: bytes):
    """What a message says. Its arrays are flat, and may be written to."""
    return _from_plain(json.loads(header), body)


def _from_plain(plain, body: bytes):
    if isinstance(plain, list):
        return [_from_plain(value, body) for value in plain]
    if not isinstance(plain, dict):
        return plain
    if "$array" in plain:
        dtype, offset, length = plain["$array"]
        return np.frombuffer(body, np.dtype(dtype).newbyteorder("<"), length, offset).astype(dtype)
    if "$number" in plain:
        return NUMBERS[plain["$number"]]
    return {key[1:] if key.startswith("$") else key: _from_plain(value, body) for key, value in plain.items()}
