"""Steps Gymnasium's CartPole; prints {"version", "single", "wrapped", "batched"}, the last three in steps per second of processor time.

python rival.py STEPS NUM_ENVS
"""

import json
import sys
import time

import gymnasium as gym
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

steps, num_envs = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(0)


def single(env):
    actions = rng.integers(0, 2, steps).tolist()
    env.reset(seed=0)
    began = time.process_time()
    for action in actions:
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
    return steps / (time.process_time() - began)


def batched(env):
    calls = max(1, steps // 100)
    actions = rng.integers(0, 2, (calls, num_envs))
    env.reset(seed=0)
    began = time.process_time()
    for row in actions:
        env.step(row)
    return calls * num_envs / (time.process_time() - began)


print(
    json.dumps(
        {
            "version": gym.__version__,
            "single": single(CartPoleEnv()),
            "wrapped": single(gym.wrappers.RecordEpisodeStatistics(gym.make("CartPole-v1"))),
            "batched": batched(gym.make_vec("CartPole-v1", num_envs, vectorization_mode="vector_entry_point")),
        }
    )
)
