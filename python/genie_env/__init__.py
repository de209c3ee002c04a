"""Gymnasium environments of the npm package genie-env.

Importing it registers the ids that Gymnasium lacks, so that ``gymnasium.make("genie_env:Platformer-v0")`` works too.
"""

from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import VectorizeMode
from gymnasium.vector import AutoresetMode

from genie_env.env import RemoteEnv
from genie_env.errors import ClosedError, GenieEnvError, InvalidActionError, ResetNeededError, ServerError, UnregisteredEnvError
from genie_env.server import Server
from genie_env.vector import RemoteVectorEnv

__all__ = [
    "ClosedError",
    "GenieEnvError",
    "InvalidActionError",
    "RemoteEnv",
    "RemoteVectorEnv",
    "ResetNeededError",
    "Server",
    "ServerError",
    "UnregisteredEnvError",
    "make",
    "make_vec",
]

REGISTERED = ("Catch-v0", "Genie/supertux-v0", "Platformer-v0")

for _env_id in REGISTERED:
    if _env_id not in gym.registry:
        gym.register(
            _env_id,
            entry_point="genie_env.env:RemoteEnv",
            vector_entry_point="genie_env.vector:RemoteVectorEnv",
            order_enforce=False,
            disable_env_checker=True,
            kwargs={"env_id": _env_id},
        )


def make(
    env_id: str,
    *,
    render_mode: str | None = None,
    max_episode_steps: int | None = None,
    server: Server | str | None = None,
    token: str | None = None,
    **options: Any,
) -> RemoteEnv:
    """Makes one environment.

    ``render_mode`` is "rgb_array", "ansi" where the environment has it, or None. ``max_episode_steps`` replaces the limit that
    is registered. ``server`` is a ``Server``, the ``"host:port"`` of one that runs already, or None for one that is started when
    first needed and shared; ``token`` is what it asks for, by default the variable ``GENIE_ENV_TOKEN``. ``options`` go to
    the environment, in its own spelling, as ``frameSkip=2``.

    Raises ``ServerError`` where no server answers, ``UnregisteredEnvError`` for an unknown id and ``GenieEnvError`` for options
    that the environment refuses.
    """
    return RemoteEnv(
        env_id, render_mode=render_mode, max_episode_steps=max_episode_steps, server=server, token=token, **options
    )


def make_vec(
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
) -> RemoteVectorEnv:
    """Makes ``num_envs`` environments that step together in one request: row ``i`` of a batch belongs to environment ``i``.

    ``vectorization_mode`` is Gymnasium's, for the rows on the server: "vector_entry_point" for a batch of the environment's own,
    "sync" for one after another, "async" for worker threads; None for the best that there is. ``autoreset_mode`` is a
    ``gymnasium.vector.AutoresetMode`` or its value. The rest, and what is raised, as for ``make``.
    """
    return RemoteVectorEnv(
        env_id,
        num_envs,
        vectorization_mode=vectorization_mode,
        autoreset_mode=autoreset_mode,
        render_mode=render_mode,
        max_episode_steps=max_episode_steps,
        server=server,
        token=token,
        **options,
    )
