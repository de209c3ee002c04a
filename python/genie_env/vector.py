"""Environments on a server that step together, as a ``gymnasium.vector.VectorEnv``."""

from typing import Any

import numpy as np
from gymnasium.envs.registration import EnvSpec, VectorizeMode
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from genie_env.remote import RemoteHandle, env_options, env_spec, frames_of, generator, public_spec, reset_message
from genie_env.server import Server
from genie_env.spaces import from_wire, space_from_json, to_wire

# What the server calls Gymnasium's modes.
MODES = {VectorizeMode.SYNC: "sync", VectorizeMode.ASYNC: "worker", VectorizeMode.VECTOR_ENTRY_POINT: "native"}


class RemoteVectorEnv(VectorEnv):
    """A batch of environments; see ``genie_env.make_vec``."""

    def __init__(
        self,
        env_id: str,
        num_envs: int = 1,
        *,
        vectorization_mode: VectorizeMode | str | None = None,
        autoreset_mode: AutoresetMode | str | None = None,
        render_mode: str | None = None,
        max_episode_steps: int | None = None,
        server: Server | str | None = None,
        token: str | None = None,
        **options: Any,
    ):
        if vectorization_mode is not None:
            options["vectorizationMode"] = MODES[VectorizeMode(vectorization_mode)]
        if autoreset_mode is not None:
            options["vectorOptions"] = {**options.get("vectorOptions", {}), "autoresetMode": AutoresetMode(autoreset_mode).value}
        given = {**env_options(options, render_mode, max_episode_steps), "numEnvs": num_envs}
        self._handle = RemoteHandle("makeVec", env_id, given, server, token)
        self.num_envs = num_envs
        self.render_mode = render_mode
        self.single_observation_space = space_from_json(self._handle.observation_space)
        self.single_action_space = space_from_json(self._handle.action_space)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.metadata = {**self._handle.metadata, "autoreset_mode": AutoresetMode(self._handle.autoreset_mode)}
        kwargs = {"render_mode": render_mode, "max_episode_steps": max_episode_steps, "server": server, **options}
        # The mode of the spec is that of gymnasium.make_vec, which leaves the server's to the options.
        mode = VectorizeMode.VECTOR_ENTRY_POINT.value
        self.spec = env_spec(self._handle, env_id, {**kwargs, "num_envs": num_envs, "vectorization_mode": mode})

    @property
    def spec(self) -> EnvSpec | None:
        """What makes the environments again: ``gymnasium.make_vec(envs.spec)``. It never holds the token."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = public_spec(spec)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts an episode in every row, or in those of ``options["reset_mask"]``. Row ``i`` is seeded with ``seed + i``.

        A reset that is refused changes nothing.
        """
        seeded = generator(seed) if isinstance(seed, int) else None
        obs, info = self._handle.ask("reset", **reset_message(seed, options))
        if seeded is not None:
            self._np_random, self._np_random_seed = seeded
        return from_wire(self.observation_space, obs), self._infos(info)

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Steps every row. Raises ``InvalidActionError`` for no batch of actions."""
        answer = self._handle.ask("step", action=to_wire(self.action_space, actions))
        obs, rewards, terminated, truncated, info = answer
        return (
            from_wire(self.observation_space, obs),
            rewards.astype(np.float64, copy=False),
            terminated.astype(bool),
            truncated.astype(bool),
            self._infos(info),
        )

    def render(self) -> tuple[Any, ...] | None:
        """A picture of each row, uint8 [height, width, 3], or a text; None without a mode."""
        frames = frames_of(self._handle.ask("render"))
        return None if frames is None else tuple(frames)

    def close_extras(self, **kwargs: Any) -> None:
        """Closes the environments on the server."""
        self._handle.close()

    def _infos(self, info: dict[str, Any]) -> dict[str, Any]:
        """Last observations as Gymnasium has them, one per row and None where there is none; the rest by ``_info``."""
        known = {key: self._info(key, value) for key, value in info.items() if key != "final_obs"}
        if "final_obs" in info:
            rows = [None if obs is None else from_wire(self.single_observation_space, obs) for obs in info["final_obs"]]
            known["final_obs"] = _objects(rows)
        return known

    def _info(self, key: str, value: Any) -> Any:
        """Masks as booleans, an entry per row in every array, and what is not numbers as an array of objects."""
        if isinstance(value, dict):
            return {inner: self._info(inner, part) for inner, part in value.items()}
        if isinstance(value, list) and len(value) == self.num_envs:
            return _objects(value)
        if not isinstance(value, np.ndarray):
            return value
        if key.startswith("_") and value.dtype == np.uint8:
            return value.astype(bool)
        is_batch = value.size > self.num_envs and value.size % self.num_envs == 0
        return value.reshape(self.num_envs, -1) if is_batch else value


def _objects(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        array[row] = value
    return array
