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
    example = pathlib.Path(__file__).parents[2] / "examples" / "python" / "sb3_ppo.py"
    budget = ["--num-envs=2", "--total-timesteps=64", "--num-steps=16", "--num-epochs=1", "--eval-episodes=1", "--eval-steps=40"]
    printed = subprocess.run([sys.executable, example, f"--env-id={env_id}", *budget], stdout=subprocess.PIPE, text=True, check=True)
    args, result = map(json.loads, printed.stdout.splitlines())
    assert args["env_id"] == env_id and args["seed"] == 0
    assert result["steps"] == 64 and result["stepsPerSecond"] > 0
