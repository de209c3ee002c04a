"""Steps Gymnasium's CartPole; prints steps per second of processor time by form: single, wrapped, batchOf64 and so on.

pip install "gymnasium==1.4.0" && python rival.py STEPS BATCH_SIZE...
"""

import json
import sys
import time

import gymnasium as gym
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

steps, *batch_sizes = (int(word) for word in sys.argv[1:])
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


def batched(num_envs):
    env = gym.make_vec("CartPole-v1", num_envs, vectorization_mode="vector_entry_point")
    calls = steps // 50
    actions = rng.integers(0, 2, (calls, num_envs))
    env.reset(seed=0)
    began = time.process_time()
    for row in actions:
        env.step(row)
    return calls * num_envs / (time.process_time() - began)


speeds = {
    "single": single(CartPoleEnv()),
    "wrapped": single(gym.wrappers.RecordEpisodeStatistics(gym.make("CartPole-v1"))),
    **{f"batchOf{size}": batched(size) for size in batch_sizes},
}
print(json.dumps(speeds))
