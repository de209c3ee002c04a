import numpy as np
import pytest

import genie_env

stable_baselines3 = pytest.importorskip("stable_baselines3")
from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.env_checker import check_env  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402


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
