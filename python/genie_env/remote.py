"""What one environment and a batch of them have in common."""

import weakref
from typing import Any

import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.error import UnsupportedMode
from gymnasium.utils import seeding

from genie_env.connection import Connection
from genie_env.server import Server


class RemoteHandle:
    """An environment on a server: its connection, its number there, and what was said of it."""

    def __init__(self, method: str, env_id: str, options: dict[str, Any], server: Server | str | None, token: str | None):
        self.connection = Connection(server, token)
        try:
            made = self.connection.ask(method=method, id=env_id, options=options)
        except BaseException:
            self.connection.close()
            raise
        self.number: int = made["env"]
        self.num_envs: int | None = made["numEnvs"]
        self.observation_space: dict[str, Any] = made["observationSpace"]
        self.action_space: dict[str, Any] = made["actionSpace"]
        metadata = made["metadata"]
        self.autoreset_mode: str | None = metadata.get("autoresetMode")
        # A window is what Gymnasium's wrapper HumanRendering opens, out of frames.
        self.metadata: dict[str, Any] = {
            "render_modes": [mode for mode in metadata["renderModes"] if mode != "human"],
            "render_fps": metadata.get("renderFps", 30),
        }
        self.spec: dict[str, Any] = made.get("spec") or {}
        # An environment that nobody closes is closed when nobody has it any more.
        self._finalizer = weakref.finalize(self, self.connection.close)

    def ask(self, method: str, **message: Any) -> Any:
        return self.connection.ask(method=method, env=self.number, **message)

    def close(self) -> None:
        self._finalizer()


def env_options(options: dict[str, Any], render_mode: str | None, max_episode_steps: int | None) -> dict[str, Any]:
    """The options of the environment, with those that Gymnasium names otherwise. Raises ``UnsupportedMode`` for a window."""
    if render_mode == "human":
        raise UnsupportedMode(
            "make: the render_mode must give pictures or text, got 'human' - use 'rgb_array' and wrap the environment in "
            "gymnasium.wrappers.HumanRendering, as gymnasium.make does"
        )
    named = {"renderMode": render_mode, "maxEpisodeSteps": max_episode_steps}
    return {**options, **{key: value for key, value in named.items() if value is not None}}


def env_spec(handle: RemoteHandle, env_id: str, kwargs: dict[str, Any]) -> EnvSpec:
    """What ``gymnasium.make`` and ``make_vec`` make the environment again from."""
    return EnvSpec(
        id=env_id,
        entry_point="genie_env.env:RemoteEnv",
        vector_entry_point="genie_env.vector:RemoteVectorEnv",
        reward_threshold=handle.spec.get("rewardThreshold"),
        nondeterministic=handle.spec.get("nondeterministic", False),
        max_episode_steps=handle.spec.get("maxEpisodeSteps"),
        # The server keeps the order itself.
        order_enforce=False,
        disable_env_checker=True,
        kwargs={"env_id": env_id, **{key: value for key, value in kwargs.items() if value is not None}},
    )


def public_spec(spec: EnvSpec | None) -> EnvSpec | None:
    """``spec`` as others may see it: without the token, and with a server's address for the server."""
    if spec is not None:
        spec.kwargs.pop("token", None)
        server = spec.kwargs.get("server")
        if isinstance(server, Server):
            spec.kwargs["server"] = server.address
    return spec


def generator(seed: Any) -> tuple[np.random.Generator, int] | None:
    """The generator of a seed, made before anything changes. Raises ``gymnasium.error.Error`` for what is no seed."""
    return None if seed is None else seeding.np_random(seed)


def reset_message(seed: Any, options: dict[str, Any] | None) -> dict[str, Any]:
    """What ``reset`` sends: no seed where none is given, and pictures as the server takes them."""
    message: dict[str, Any] = {} if seed is None else {"seed": seed.tolist() if isinstance(seed, np.ndarray) else seed}
    if options is not None:
        message["options"] = {key: _picture(value) if key == "image" else value for key, value in options.items()}
    return message


def _picture(image: Any) -> Any:
    if isinstance(image, (list, tuple)):
        return [_picture(one) for one in image]
    if not isinstance(image, np.ndarray) or image.ndim not in (3, 4):
        return image
    height, width = image.shape[-3:-1]
    size = {"data": image, "height": height, "width": width}
    return {**size, "count": len(image)} if image.ndim == 4 else size


def frames_of(frames: Any) -> np.ndarray | str | None:
    """What ``render`` returned: pictures as [frames, height, width, 3]; a text, or None, as it is."""
    if not isinstance(frames, dict):
        return frames
    return frames["data"].reshape(frames["count"], frames["height"], frames["width"], 3)
