import math

import numpy as np
import pytest

from genie_env.wire import DTYPES, PREFIX, decode, encode


def travelled(data):
    message = encode(data)
    header, body = PREFIX.unpack(message[: PREFIX.size])
    assert len(message) == PREFIX.size + header + body
    return decode(message[PREFIX.size : PREFIX.size + header], bytearray(message[PREFIX.size + header :]))


def test_plain_data_arrives_as_it_was_sent():
    data = {"text": "ünï", "list": [1, 2.5, True, None], "$array": {"$number": 1}, "limits": [math.inf, -math.inf]}
    assert travelled(data) == data
    assert math.isnan(travelled(math.nan))


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_keep_their_dtype_and_values(dtype):
    arrays = [np.arange(7).astype(dtype), np.zeros(0, dtype), np.arange(6).reshape(2, 3).T.astype(dtype)]
    for sent, got in zip(arrays, travelled(arrays), strict=True):
        assert got.dtype == sent.dtype
        np.testing.assert_array_equal(got, sent.ravel())
        got[:1] = 1  # may be written to


def test_numpy_numbers_and_flags_are_plain():
    assert travelled([np.int64(3), np.float32(0.5), np.bool_(True), np.array([True, False])]) == [3, 0.5, True, [True, False]]


def test_bytes_travel_as_uint8():
    np.testing.assert_array_equal(travelled(b"\x00\xff"), np.array([0, 255], np.uint8))


def test_an_empty_array_travels_alone():
    assert travelled(np.zeros(0, np.float32)).shape == (0,)


def test_what_cannot_travel_is_a_type_error():
    with pytest.raises(TypeError, match="function"):
        encode({"f": lambda: 1})
