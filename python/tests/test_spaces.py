"""Every space of the TypeScript package, and members of it, as it writes them: spaces.json, by test/serve/python-fixture.test.ts."""

import base64
import json
import pathlib

import numpy as np
import pytest
from gymnasium import spaces

from genie_env.spaces import from_wire, space_from_json, to_wire
from genie_env.wire import PREFIX, decode, encode

CASES = json.loads((pathlib.Path(__file__).parent / "spaces.json").read_text())


def read(message: bytes):
    header, _ = PREFIX.unpack(message[: PREFIX.size])
    return decode(message[PREFIX.size : PREFIX.size + header], bytearray(message[PREFIX.size + header :]))


@pytest.fixture(params=CASES, ids=[case["name"] for case in CASES])
def case(request):
    return request.param


def test_every_kind_of_space_is_there():
    kinds = {type(space_from_json(case["space"])) for case in CASES}
    assert kinds == {
        spaces.Box,
        spaces.Dict,
        spaces.Discrete,
        spaces.Graph,
        spaces.MultiBinary,
        spaces.MultiDiscrete,
        spaces.OneOf,
        spaces.Sequence,
        spaces.Text,
        spaces.Tuple,
    }


def test_members_arrive_and_go_back_as_they_were_sent(case):
    space = space_from_json(case["space"])
    sent = read(base64.b64decode(case["message"]))
    assert len(sent) == 3
    for value in sent:
        member = from_wire(space, value)
        assert member in space
        np.testing.assert_equal(read(encode(to_wire(space, member))), value)


def test_samples_of_gymnasium_travel(case):
    space = space_from_json(case["space"])
    space.seed(1)
    for _ in range(5):
        member = space.sample()
        assert from_wire(space, read(encode(to_wire(space, member)))) in space


def test_the_keys_of_a_dict_keep_their_order():
    parts = {"b": {"type": "MultiBinary", "n": 1}, "a": {"type": "MultiBinary", "n": 2}}
    assert list(space_from_json({"type": "Dict", "subspaces": parts})) == ["b", "a"]


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="got Circle"):
        space_from_json({"type": "Circle"})
