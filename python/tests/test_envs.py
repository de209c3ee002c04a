import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import genie_env

WORLD = "Genie/supertux-v0"
# One with each kind of space, and a learnt world.
ENVS = [("CartPole-v1", {}), ("Pendulum-v1", {}), ("Catch-v0", {}), (WORLD, {}), (WORLD, {"observation": "both"})]


@pytest.mark.parametrize(("env_id", "options"), ENVS)
def test_passes_gymnasiums_own_check(env_id, options, recwarn):
    env = genie_env.make(env_id, **options)
    check_env(env, skip_render_check=True)
    env.close()


def test_renders_in_the_modes_that_it_names():
    env = genie_env.make("CartPole-v1", render_mode="rgb_array")
    assert "rgb_array" in env.metadata["render_modes"]
    env.reset(seed=1)
    frame = env.render()
    assert frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3
    env.close()
    check_env(genie_env.make("CartPole-v1"))


def test_its_spec_makes_another():
    env = genie_env.make("CartPole-v1")
    other = gym.make(env.spec)
    np.testing.assert_array_equal(env.reset(seed=3)[0], other.reset(seed=3)[0])
    env.close()
    other.close()


def test_a_batch_is_its_rows_side_by_side():
    envs = genie_env.make_vec("CartPole-v1", num_envs=3)
    rows = [genie_env.make("CartPole-v1") for _ in range(3)]
    obs, _ = envs.reset(seed=5)
    np.testing.assert_array_equal(obs, [row.reset(seed=5 + i)[0] for i, row in enumerate(rows)])
    for _ in range(5):
        actions = envs.action_space.sample()
        obs, rewards, terminated, truncated, _ = envs.step(actions)
        single = [row.step(action) for row, action in zip(rows, actions, strict=True)]
        np.testing.assert_array_equal(obs, [step[0] for step in single])
        np.testing.assert_array_equal(rewards, [step[1] for step in single])
    assert obs in envs.observation_space and terminated.dtype == truncated.dtype == bool
    for env in [envs, *rows]:
        env.close()


def test_the_last_observation_of_an_episode_is_in_info():
    envs = genie_env.make_vec("Catch-v0", num_envs=2, autoresetMode="SameStep")
    assert envs.metadata["autoreset_mode"] == gym.vector.AutoresetMode.SAME_STEP
    envs.reset(seed=0)
    for _ in range(20):
        _, _, terminated, _, infos = envs.step(np.ones(2, np.int64))
        if terminated.any():
            break
    assert infos["_final_obs"].dtype == bool and infos["_final_obs"].all()
    assert infos["final_obs"][0] in envs.single_observation_space
    envs.close()


def test_a_world_starts_from_a_picture():
    env = genie_env.make(WORLD)
    white, _ = env.reset(seed=1, options={"image": np.full((30, 50, 3), 255, np.uint8)})
    black, _ = env.reset(seed=1, options={"image": np.zeros((30, 50, 3), np.uint8)})
    assert white.mean() > black.mean() + 50
    env.close()


def test_a_batch_resets_the_rows_of_a_mask():
    envs = genie_env.make_vec(WORLD, num_envs=2, autoresetMode="Disabled")
    before, _ = envs.reset(seed=1)
    after, _ = envs.reset(seed=9, options={"reset_mask": np.array([False, True])})
    np.testing.assert_array_equal(before[0], after[0])
    envs.close()
