"""PPO of Stable-Baselines3 on an environment of genie-env, over the socket.

Stable-Baselines3: https://stable-baselines3.readthedocs.io/en/master/modules/ppo.html

    npm ci && pip install "./python[sb3]"
    python examples/python/sb3_ppo.py --env-id CartPole-v1 --total-timesteps 30000
    python examples/python/sb3_ppo.py --env-id Platformer-v0 --num-envs 16 --total-timesteps 200000
    python examples/python/sb3_ppo.py --env-id Genie/supertux-v0 --num-envs 4 --total-timesteps 2000

A world learnt from video has no reward: PPO runs in it, and has nothing to learn until the environment is given one.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import time

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

import genie_env

# In a clone the command runs the sources.
COMMAND = pathlib.Path(__file__).parents[2] / "bin" / "genie-env.mjs"
if COMMAND.exists():
    os.environ.setdefault("GENIE_ENV_COMMAND", f"node {COMMAND} serve")


@dataclasses.dataclass
class Args:
    env_id: str = "CartPole-v1"
    """the environment"""
    num_envs: int = 8
    """environments that step together"""
    total_timesteps: int = 30_000
    """steps of all environments together"""
    num_steps: int = 64
    """steps of each environment between two updates"""
    num_epochs: int = 10
    """passes over the steps of an update"""
    minibatch_size: int = 128
    """steps of a minibatch"""
    learning_rate: float = 1e-3
    """step size of Adam, annealed to 0"""
    gamma: float = 0.98
    """discount"""
    gae_lambda: float = 0.8
    """lambda of the advantages"""
    ent_coef: float = 0.0
    """weight of the entropy"""
    eval_episodes: int = 20
    """episodes of the evaluation after training, as many in each environment"""
    eval_steps: int = 10_000
    """most steps of the evaluation; episodes that have not ended by then do not count"""
    options: str = "{}"
    """options of the environment as JSON, as '{"difficulty": "hard"}'"""
    seed: int = 0
    """seed of everything random"""


def parse_args() -> Args:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for field in dataclasses.fields(Args):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    return Args(**vars(parser.parse_args()))


class BatchVecEnv(VecEnv):
    """A batch of genie-env as Stable-Baselines3 has batches: rows that ended start anew within the step."""

    def __init__(self, env_id: str, num_envs: int, **options):
        self.envs = genie_env.make_vec(env_id, num_envs, autoreset_mode="SameStep", **options)
        self.render_mode = self.envs.render_mode
        super().__init__(num_envs, self.envs.single_observation_space, self.envs.single_action_space)

    def reset(self):
        seeds = self._seeds if any(seed is not None for seed in self._seeds) else None
        obs, self.reset_infos = self.envs.reset(seed=seeds)
        self._reset_seeds()
        return obs

    def step_async(self, actions):
        self.actions = actions

    def step_wait(self):
        obs, rewards, terminated, truncated, batch = self.envs.step(self.actions)
        dones = terminated | truncated
        infos = [{"TimeLimit.truncated": bool(truncated[i] and not terminated[i])} for i in range(self.num_envs)]
        for row in np.flatnonzero(dones):
            infos[row]["terminal_observation"] = batch["final_obs"][row]
        return obs, rewards.astype(np.float32), dones, infos

    def close(self):
        self.envs.close()

    def get_attr(self, attr_name, indices=None):
        return [getattr(self.envs, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name, value, indices=None):
        raise NotImplementedError("the rows of a batch are not set one by one")

    def env_method(self, method_name, *method_args, indices=None, **method_kwargs):
        raise NotImplementedError("the rows of a batch have no methods")

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * len(list(self._get_indices(indices)))


def evaluate(model: PPO, envs: VecEnv, args: Args) -> list[float]:
    """Returns of episodes that were shared out among the rows beforehand: those that end first are the short ones."""
    envs.seed(args.seed + 1_000_000)
    left = [(args.eval_episodes + row) // args.num_envs for row in range(args.num_envs)]
    obs, returns, steps = envs.reset(), [], 0
    while any(left) and steps < args.eval_steps:
        actions, _ = model.predict(obs, deterministic=True)
        obs, _, _, infos = envs.step(actions)
        steps += args.num_envs
        for row, info in enumerate(infos):
            if "episode" in info and left[row] > 0:
                left[row] -= 1
                returns.append(float(info["episode"]["r"]))
    return returns


def main() -> None:
    args = parse_args()
    # The networks are small, and the server works beside them.
    torch.set_num_threads(1)
    print(json.dumps(dataclasses.asdict(args)))
    envs = VecMonitor(BatchVecEnv(args.env_id, args.num_envs, **json.loads(args.options)))
    is_picture = envs.observation_space.dtype == np.uint8 and len(envs.observation_space.shape) == 3
    model = PPO(
        "CnnPolicy" if is_picture else "MlpPolicy",
        envs,
        n_steps=args.num_steps,
        n_epochs=args.num_epochs,
        batch_size=min(args.minibatch_size, args.num_envs * args.num_steps),
        learning_rate=lambda remaining: args.learning_rate * remaining,
        gamma=args.gamma,
        gae_lambda=args.gae_lambda,
        ent_coef=args.ent_coef,
        seed=args.seed,
        device="cpu",
    )
    began = time.perf_counter()
    model.learn(args.total_timesteps)
    elapsed = time.perf_counter() - began
    returns = evaluate(model, envs, args)
    envs.close()
    result = {
        "steps": model.num_timesteps,
        "stepsPerSecond": round(model.num_timesteps / elapsed, 1),
        "episodes": len(returns),
        "meanReturn": float(np.mean(returns)) if returns else None,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
