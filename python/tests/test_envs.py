import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import genie_env

WORLD = "Genie/supertux-v0"
# One with each kind of space, and a learnt world.
ENVS = [
    ("CartPole-v1", {}),
    ("Pendulum-v1", {}),
    ("Catch-v0", {}),
    ("Platformer-v0", {}),
    (WORLD, {}),
    (WORLD, {"observation": "both"}),
]


@pytest.mark.parametrize(("env_id", "options"), ENVS)
def test_passes_gymnasiums_own_check(env_id, options):
    env = genie_env.make(env_id, **options)
    # What renders makes more of them, and loading a world takes a while.
    check_env(env, skip_render_check=env_id == WORLD)
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
    env = genie_env.make("CartPole-v1", render_mode="rgb_array")
    assert env.spec.max_episode_steps == 500 and env.spec.reward_threshold == 475
    other = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    np.testing.assert_array_equal(env.reset(seed=3)[0], other.reset(seed=3)[0])
    np.testing.assert_array_equal(env.render(), other.render())
    env.close()
    other.close()


def test_a_batchs_spec_makes_another():
    envs = genie_env.make_vec("CartPole-v1", 3, autoreset_mode=AutoresetMode.SAME_STEP, max_episode_steps=7)
    other = gym.make_vec(gym.envs.registration.EnvSpec.from_json(envs.spec.to_json()))
    assert other.num_envs == 3 and other.metadata == envs.metadata
    np.testing.assert_array_equal(envs.reset(seed=3)[0], other.reset(seed=3)[0])
    for _ in range(7):
        truncated = other.step(np.tile([0, 1, 0], 1))[3]
    assert truncated.all()
    envs.close()
    other.close()


@pytest.mark.parametrize("env_id", genie_env.REGISTERED)
def test_gymnasium_knows_the_ids_that_it_lacks(env_id):
    env = gym.make(f"genie_env:{env_id}")
    assert isinstance(env.unwrapped, genie_env.RemoteEnv) and env.spec.id == env_id
    assert env.reset(seed=1)[0] in env.observation_space
    env.close()


def test_the_time_limit_can_be_replaced():
    env = genie_env.make("CartPole-v1", max_episode_steps=3)
    assert env.spec.max_episode_steps == 3
    env.reset(seed=1)
    assert [env.step(i % 2)[3] for i in range(3)] == [False, False, True]
    env.close()


@pytest.mark.parametrize("mode", ["sync", "async", "vector_entry_point", gym.VectorizeMode.SYNC])
def test_rows_are_equal_however_they_are_made(mode):
    envs = genie_env.make_vec("CartPole-v1", 2, vectorization_mode=mode)
    native = genie_env.make_vec("CartPole-v1", 2)
    np.testing.assert_array_equal(envs.reset(seed=1)[0], native.reset(seed=1)[0])
    actions = np.array([0, 1])
    np.testing.assert_array_equal(envs.step(actions)[0], native.step(actions)[0])
    envs.close()
    native.close()


def test_unknown_modes_are_refused():
    with pytest.raises(ValueError, match="AutoresetMode"):
        genie_env.make_vec("CartPole-v1", autoreset_mode="Never")
    with pytest.raises(ValueError, match="VectorizeMode"):
        genie_env.make_vec("CartPole-v1", vectorization_mode="quickly")


def test_64_rows_step_and_render_together():
    envs = genie_env.make_vec("Platformer-v0", 64, render_mode="rgb_array")
    obs, _ = envs.reset(seed=1)
    assert obs.dtype == np.uint8 and obs.shape == (64, 64, 64, 3)
    assert isinstance(envs.metadata["autoreset_mode"], AutoresetMode)
    for _ in range(2):
        obs, rewards, terminated, truncated, infos = envs.step(envs.action_space.sample())
        assert obs in envs.observation_space
        assert rewards.shape == terminated.shape == truncated.shape == (64,)
        assert all(len(value) == 64 for value in infos.values())
    frames = envs.render()
    assert isinstance(frames, tuple) and len(frames) == 64 and frames[0].shape == (64, 64, 3)
    envs.close()


def test_observations_are_the_callers_own():
    env = genie_env.make("Platformer-v0")
    first, _ = env.reset(seed=1)
    kept = first.copy()
    first_again = env.step(0)[0]
    np.testing.assert_array_equal(first, kept)
    first_again[:] = 0  # and may be written to
    env.close()


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
    envs = genie_env.make_vec("Catch-v0", num_envs=2, autoreset_mode="SameStep")
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
    envs = genie_env.make_vec(WORLD, num_envs=2, autoreset_mode="Disabled")
    before, _ = envs.reset(seed=1)
    after, _ = envs.reset(seed=9, options={"reset_mask": np.array([False, True])})
    np.testing.assert_array_equal(before[0], after[0])
    envs.close()
