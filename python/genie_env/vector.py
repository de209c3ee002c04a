"""Environments on a server that step together, as a ``gymnasium.vector.VectorEnv``."""

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from genie_env.remote import RemoteHandle, frames_of, reset_message
from genie_env.spaces import from_wire, space_from_json, to_wire


class RemoteVectorEnv(VectorEnv):
    """A batch of environments; see ``genie_env.make_vec``."""

    def __init__(
        self, env_id: str, num_envs: int = 1, *, render_mode: str | None = None, server=None, token: str | None = None, **options
    ):
        given = {"numEnvs": num_envs, **options}
        if render_mode is not None:
            given["renderMode"] = render_mode
        self._handle = RemoteHandle("makeVec", env_id, given, server, token)
        self.num_envs = self._handle.num_envs
        self.render_mode = render_mode
        self.single_observation_space = space_from_json(self._handle.observation_space)
        self.single_action_space = space_from_json(self._handle.action_space)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        metadata = self._handle.metadata
        self.metadata = {
            "render_modes": metadata["renderModes"],
            "render_fps": metadata.get("renderFps", 30),
            "autoreset_mode": AutoresetMode(metadata["autoresetMode"]),
        }

    def reset(self, *, seed=None, options: dict | None = None):
        super().reset(seed=seed if isinstance(seed, int) else None)
        obs, info = self._handle.ask("reset", **reset_message(seed, options))
        return from_wire(self.observation_space, obs), self._infos(info)

    def step(self, actions):
        answer = self._handle.ask("step", action=to_wire(self.action_space, actions))
        obs, rewards, terminated, truncated, info = answer
        return (
            from_wire(self.observation_space, obs),
            rewards.astype(np.float64, copy=False),
            terminated.astype(bool),
            truncated.astype(bool),
            self._infos(info),
        )

    def render(self):
        return frames_of(self._handle.ask("render"))

    def close_extras(self, **kwargs):
        self._handle.close()

    def _infos(self, info: dict) -> dict:
        """Masks as booleans, and last observations as Gymnasium has them: one per row, None where there is none."""
        known = {key: self._info(key, value) for key, value in info.items()}
        if "final_obs" in info:
            rows = np.empty(self.num_envs, dtype=object)
            for row, obs in enumerate(info["final_obs"]):
                rows[row] = None if obs is None else from_wire(self.single_observation_space, obs)
            known["final_obs"] = rows
        return known

    def _info(self, key: str, value):
        if isinstance(value, dict):
            return {inner: self._info(inner, part) for inner, part in value.items()}
        is_mask = key.startswith("_") and isinstance(value, np.ndarray) and value.dtype == np.uint8
        return value.astype(bool) if is_mask else value
