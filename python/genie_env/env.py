"""One environment on a server, as a ``gymnasium.Env``."""

from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec

from genie_env.remote import RemoteHandle, env_options, env_spec, frames_of, generator, public_spec, reset_message
from genie_env.server import Server
from genie_env.spaces import from_wire, space_from_json, to_wire


class RemoteEnv(gym.Env):
    """One environment; see ``genie_env.make``."""

    # What Gymnasium asks of the class; an environment's own stand in the instance.
    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 30}

    def __init__(
        self,
        env_id: str,
        *,
        render_mode: str | None = None,
        max_episode_steps: int | None = None,
        server: Server | str | None = None,
        token: str | None = None,
        **options: Any,
    ):
        self._handle = RemoteHandle("make", env_id, env_options(options, render_mode, max_episode_steps), server, token)
        self.render_mode = render_mode
        self.observation_space = space_from_json(self._handle.observation_space)
        self.action_space = space_from_json(self._handle.action_space)
        self.metadata = self._handle.metadata
        kwargs = {"render_mode": render_mode, "max_episode_steps": max_episode_steps, "server": server, **options}
        self.spec = env_spec(self._handle, env_id, kwargs)

    @property
    def spec(self) -> EnvSpec | None:
        """What makes the environment again: ``gymnasium.make(env.spec)``. It never holds the token."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = public_spec(spec)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Starts an episode. ``options`` are the environment's, as ``{"image": ...}`` for what a world starts from.

        A reset that is refused changes nothing.
        """
        seeded = generator(seed)
        obs, info = self._handle.ask("reset", **reset_message(seed, options))
        if seeded is not None:
            self._np_random, self._np_random_seed = seeded
        return from_wire(self.observation_space, obs), info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Steps. Raises ``ResetNeededError`` outside an episode and ``InvalidActionError`` for no action of the space."""
        answer = self._handle.ask("step", action=to_wire(self.action_space, action))
        obs, reward, terminated, truncated, info = answer
        return from_wire(self.observation_space, obs), float(reward), terminated, truncated, info

    def render(self) -> Any:
        """The picture of the moment, uint8 [height, width, 3]; a text in mode "ansi"; None without a mode."""
        frames = frames_of(self._handle.ask("render"))
        return frames[0] if self.render_mode == "rgb_array" and frames is not None else frames

    def close(self) -> None:
        """Closes the environment on the server. May be called twice."""
        self._handle.close()
