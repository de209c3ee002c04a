"""Steps environments over the socket, beside Gymnasium's own in this process, in turns; prints JSON (bench/python/main.ts).

python steps.py SECONDS ROUNDS
"""

import json
import os
import statistics
import sys
import time

import gymnasium as gym
import numpy as np

import genie_env

seconds, rounds = float(sys.argv[1]), int(sys.argv[2])
CARTPOLE, PIXELS = "CartPole-v1", "Platformer-v0"


class Single:
    """One environment as a batch of one that resets itself, so that all are stepped alike."""

    def __init__(self, env):
        self.env, self.num_envs = env, 1
        self.env.action_space.seed(0)
        self.actions = [self.env.action_space.sample() for _ in range(1024)]

    def reset(self, seed=None):
        self.env.reset(seed=seed)

    def step(self, action):
        _, _, terminated, truncated, _ = self.env.step(action)
        if terminated or truncated:
            self.env.reset()


class Batch:
    def __init__(self, envs):
        self.reset, self.step, self.num_envs = envs.reset, envs.step, envs.num_envs
        envs.action_space.seed(0)
        self.actions = [envs.action_space.sample() for _ in range(64)]


def server_seconds():
    """Processor time of the server; 0 where the system does not tell."""
    try:
        with open(f"/proc/{genie_env.server.shared_server()._process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(env):
    env.reset(seed=0)
    calls = 0
    server, client, began = server_seconds(), time.process_time(), time.perf_counter()
    while (wall := time.perf_counter() - began) < seconds:
        for action in env.actions[:64]:
            env.step(action)
        calls += 64
    client, server = time.process_time() - client, server_seconds() - server
    return {
        "stepsPerSecond": calls * env.num_envs / wall,
        "clientMicrosecondsPerCall": client / calls * 1e6,
        "serverMicrosecondsPerCall": server / calls * 1e6,
    }


forms = {
    "cartpole1": Single(genie_env.make(CARTPOLE)),
    "cartpole64": Batch(genie_env.make_vec(CARTPOLE, 64)),
    "pixels1": Single(genie_env.make(PIXELS)),
    "pixels64": Batch(genie_env.make_vec(PIXELS, 64)),
    "gymnasiumCartpole1": Single(gym.make(CARTPOLE)),
    "gymnasiumCartpole64": Batch(gym.make_vec(CARTPOLE, 64, vectorization_mode="sync")),
}
measured = {form: [] for form in forms}
for _ in range(rounds):
    for form, env in forms.items():
        measured[form].append(measure(env))


def median(form, key):
    return float(np.round(statistics.median(round_[key] for round_ in measured[form]), 1))


speeds = {form: {key: median(form, key) for key in measured[form][0]} for form in forms}
ratios = {
    rows: speeds[f"cartpole{rows}"]["stepsPerSecond"] / speeds[f"gymnasiumCartpole{rows}"]["stepsPerSecond"] for rows in (1, 64)
}
print(json.dumps({"speeds": speeds, "ratioToGymnasium": ratios[1], "ratioToSyncVectorEnv": ratios[64]}))
