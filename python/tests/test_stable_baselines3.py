import importlib.util
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import genie_env

stable_baselines3 = pytest.importorskip("stable_baselines3")
import torch  # noqa: E402
from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.env_checker import check_env  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "python" / "sb3_ppo.py"

# Networks are small, and the server works beside them.
torch.set_num_threads(1)


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Pendulum-v1", "Genie/supertux-v0"])
def test_passes_their_check(env_id):
    env = genie_env.make(env_id)
    check_env(env, warn=True)
    env.close()


def test_ppo_learns_cart_pole():
    env = genie_env.make("CartPole-v1")
    model = PPO("MlpPolicy", env, n_steps=256, batch_size=64, learning_rate=1e-3, seed=0, device="cpu")
    model.learn(6144)
    reward, _ = evaluate_policy(model, env, n_eval_episodes=10)
    # A random player keeps the pole up for about 22 steps.
    assert reward > 100
    env.close()


def test_ppo_trains_in_a_learnt_world():
    env = genie_env.make("Genie/supertux-v0", horizon=16)
    model = PPO("CnnPolicy", env, n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu")
    start = [param.detach().clone() for param in model.policy.parameters()]
    model.learn(128)
    assert model.num_timesteps == 128
    assert any(not np.allclose(a.numpy(), b.detach().numpy()) for a, b in zip(start, model.policy.parameters(), strict=True))
    env.close()


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Platformer-v0"])
def test_the_example_runs(env_id):
    budget = ["--num-envs=2", "--total-timesteps=64", "--num-steps=16", "--num-epochs=1", "--eval-episodes=1", "--eval-steps=40"]
    printed = subprocess.run([sys.executable, EXAMPLE, f"--env-id={env_id}", *budget], stdout=subprocess.PIPE, text=True, check=True)
    args, result = map(json.loads, printed.stdout.splitlines())
    assert args["env_id"] == env_id and args["seed"] == 0
    assert result["steps"] == 64 and result["stepsPerSecond"] > 0


class Rows:
    """Rows whose episodes have lengths of their own; each pays 1 a step."""

    def __init__(self, lengths):
        self.lengths, self.steps = lengths, 0

    def seed(self, seed):
        pass

    def reset(self):
        return np.zeros((len(self.lengths), 1))

    def step(self, actions):
        self.steps += 1
        infos = [{"episode": {"r": n}} if self.steps % n == 0 else {} for n in self.lengths]
        return self.reset(), np.ones(len(infos)), [bool(info) for info in infos], infos


class Player:
    def predict(self, obs, deterministic):
        return np.zeros(len(obs)), None


@pytest.mark.parametrize(
    "limit, returns",
    # Those that end first would be [1, 1, 1, 1, 2].
    [(10_000, [1, 1, 2, 2, 30]), (20, [1, 1, 2, 2])],
)
def test_the_example_judges_every_row_alike(limit, returns):
    spec = importlib.util.spec_from_file_location("sb3_ppo", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    sys.modules["sb3_ppo"] = example
    spec.loader.exec_module(example)
    args = example.Args(num_envs=3, eval_episodes=5, eval_steps=limit)
    assert sorted(example.evaluate(Player(), Rows([30, 1, 2]), args)) == returns
