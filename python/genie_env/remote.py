"""What one environment and a batch of them have in common."""

import weakref
from typing import Any

import numpy as np

from genie_env.server import Connection


class RemoteHandle:
    """An environment on a server: its connection, its number there, and what was said of it."""

    def __init__(self, method: str, env_id: str, options: dict[str, Any], server, token: str | None):
        self.connection = Connection(server, token)
        try:
            made = self.connection.ask(method=method, id=env_id, options=options)
        except BaseException:
            self.connection.close()
            raise
        self.number: int = made["env"]
        self.num_envs: int | None = made["numEnvs"]
        self.observation_space: dict = made["observationSpace"]
        self.action_space: dict = made["actionSpace"]
        self.metadata: dict = made["metadata"]
        # An environment that nobody closes is closed when nobody has it any more.
        self._finalizer = weakref.finalize(self, self.connection.close)

    def ask(self, method: str, **message):
        return self.connection.ask(method=method, env=self.number, **message)

    def close(self) -> None:
        self._finalizer()


def reset_message(seed, options: dict | None) -> dict:
    """What ``reset`` sends: no seed where none is given, and pictures as the server takes them."""
    message: dict[str, Any] = {} if seed is None else {"seed": seed}
    if options is not None:
        message["options"] = {key: _picture(value) if key == "image" else value for key, value in options.items()}
    return message


def _picture(image):
    if isinstance(image, (list, tuple)):
        return [_picture(one) for one in image]
    if not isinstance(image, np.ndarray) or image.ndim not in (3, 4):
        return image
    height, width = image.shape[-3:-1]
    size = {"data": image, "height": height, "width": width}
    return {**size, "count": len(image)} if image.ndim == 4 else size


def frames_of(frames) -> np.ndarray | str | None:
    """What ``render`` returned: pictures as [frames, height, width, 3]; a text, or None, as it is."""
    if not isinstance(frames, dict):
        return frames
    return frames["data"].reshape(frames["count"], frames["height"], frames["width"], 3)
