"""Values of every space travel to a server and back: to environments whose observation is the action that they were given."""

import json
import pathlib

import numpy as np
import pytest

import genie_env

ROOT = pathlib.Path(__file__).parents[2]
NAMES = [case["name"] for case in json.loads((ROOT / "python" / "tests" / "spaces.json").read_text())]


@pytest.fixture(scope="module")
def server():
    # Where node finds tsx depends on the folder, which is the caller's.
    tsx = ROOT / "node_modules" / "tsx" / "dist" / "esm" / "index.mjs"
    server = genie_env.Server(f"node --import {tsx} {ROOT / 'test' / 'serve' / 'echo-server.ts'}")
    yield server
    server.close()


def assert_same(got, sent):
    """Equal, with equal types, dtypes and shapes at every depth."""
    assert type(got) is type(sent)
    if isinstance(sent, dict):
        assert list(got) == list(sent)
        for key in sent:
            assert_same(got[key], sent[key])
    elif isinstance(sent, tuple):
        assert len(got) == len(sent)
        for one, other in zip(got, sent, strict=True):
            assert_same(one, other)
    elif isinstance(sent, (np.ndarray, np.generic)):
        assert got.dtype == sent.dtype
        np.testing.assert_array_equal(got, sent)
    else:
        assert got == sent


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_one_environment(server, number):
    with genie_env.make(f"Echo/{number}", server=server) as env:
        assert env.action_space == env.observation_space
        assert env.reset(seed=1)[0] in env.observation_space
        env.action_space.seed(2)
        for _ in range(5):
            action = env.action_space.sample()
            obs, _, _, _, info = env.step(action)
            assert info["isMember"] is True
            assert_same(obs, action)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_batch(server, number):
    envs = genie_env.make_vec(f"Echo/{number}", 3, server=server)
    assert envs.reset(seed=1)[0] in envs.observation_space
    envs.action_space.seed(2)
    for _ in range(3):
        actions = envs.action_space.sample()
        obs, _, _, _, infos = envs.step(actions)
        assert infos["isMember"].astype(bool).all()
        assert_same(obs, actions)
    envs.close()
