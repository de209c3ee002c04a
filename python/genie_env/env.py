"""One environment on a server, as a ``gymnasium.Env``."""

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec

from genie_env.remote import RemoteHandle, frames_of, reset_message
from genie_env.spaces import from_wire, space_from_json, to_wire


class RemoteEnv(gym.Env):
    """One environment; see ``genie_env.make``."""

    # What Gymnasium asks of the class; an environment's own stand in the instance.
    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 30}

    def __init__(self, env_id: str, *, render_mode: str | None = None, server=None, token: str | None = None, **options):
        given = options if render_mode is None else {**options, "renderMode": render_mode}
        self._handle = RemoteHandle("make", env_id, given, server, token)
        self.render_mode = render_mode
        self.observation_space = space_from_json(self._handle.observation_space)
        self.action_space = space_from_json(self._handle.action_space)
        self.metadata = {
            "render_modes": [mode for mode in self._handle.metadata["renderModes"] if mode != "human"],
            "render_fps": self._handle.metadata.get("renderFps", 30),
        }
        self.spec = EnvSpec(
            id=env_id,
            entry_point="genie_env.env:RemoteEnv",
            # The server keeps the order and the time limit itself.
            order_enforce=False,
            disable_env_checker=True,
            kwargs={"env_id": env_id, "server": server, "token": token, **options},
        )

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        super().reset(seed=seed)
        obs, info = self._handle.ask("reset", **reset_message(seed, options))
        return from_wire(self.observation_space, obs), info

    def step(self, action):
        answer = self._handle.ask("step", action=to_wire(self.action_space, action))
        obs, reward, terminated, truncated, info = answer
        return from_wire(self.observation_space, obs), float(reward), terminated, truncated, info

    def render(self):
        frames = frames_of(self._handle.ask("render"))
        return frames[0] if self.render_mode == "rgb_array" and frames is not None else frames

    def close(self):
        self._handle.close()
