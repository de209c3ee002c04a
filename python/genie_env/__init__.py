"""Gymnasium environments of the npm package genie-env."""

from genie_env.env import RemoteEnv
from genie_env.errors import GenieEnvError
from genie_env.server import Server
from genie_env.vector import RemoteVectorEnv

__all__ = ["GenieEnvError", "RemoteEnv", "RemoteVectorEnv", "Server", "make", "make_vec"]


def make(env_id: str, *, render_mode: str | None = None, server=None, token: str | None = None, **options) -> RemoteEnv:
    """Makes one environment.

    ``server`` is a ``Server``, the ``"host:port"`` of one that runs already, or None for one that is started when first
    needed and shared. ``options`` go to the environment, in its own spelling. Raises ``GenieEnvError``.
    """
    return RemoteEnv(env_id, render_mode=render_mode, server=server, token=token, **options)


def make_vec(env_id: str, num_envs: int = 1, *, server=None, token: str | None = None, **options) -> RemoteVectorEnv:
    """Makes ``num_envs`` environments that step together: row ``i`` of a batch belongs to environment ``i``."""
    return RemoteVectorEnv(env_id, num_envs, server=server, token=token, **options)
