"""What can go wrong: Gymnasium's own errors where it has them, with the server's name for each in ``name``."""

from typing import Any

from gymnasium import error


class GenieEnvError(error.Error):
    """Whatever goes wrong here. ``name`` is what the server calls it, as ``ConfigError``."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross processes, as those of Gymnasium's AsyncVectorEnv do.
        return type(self), (self.name, self.args[0])


class ServerError(GenieEnvError, ConnectionError):
    """No server answers: none could be started or reached, or the conversation with it broke."""

    def __init__(self, message: str):
        super().__init__("ServerError", message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args


class ClosedError(GenieEnvError, error.ClosedEnvironmentError):
    """The environment was used after it was closed."""


class ResetNeededError(GenieEnvError, error.ResetNeeded):
    """``step`` or ``render`` came before ``reset``, or after the episode's end."""


class InvalidActionError(GenieEnvError, error.InvalidAction):
    """The action lies outside the action space. The environment did not change."""


class UnregisteredEnvError(GenieEnvError, error.UnregisteredEnv):
    """The server has no environment of this id."""


class NamespaceNotFoundError(UnregisteredEnvError, error.NamespaceNotFound):
    """The server has no environment in this namespace."""


class NameNotFoundError(UnregisteredEnvError, error.NameNotFound):
    """The server has no environment of this name."""


class VersionNotFoundError(UnregisteredEnvError, error.VersionNotFound):
    """The environment has no such version."""


class DeprecatedEnvError(GenieEnvError, error.DeprecatedEnv):
    """Newer versions have replaced this one."""


class RegistrationError(GenieEnvError, error.RegistrationError):
    """The environment is not registered in the form that is asked for."""


_KINDS: dict[str, type[GenieEnvError]] = {
    kind.__name__: kind
    for kind in (
        ClosedError,
        ResetNeededError,
        InvalidActionError,
        UnregisteredEnvError,
        NamespaceNotFoundError,
        NameNotFoundError,
        VersionNotFoundError,
        DeprecatedEnvError,
        RegistrationError,
    )
}


def server_error(name: str, message: str) -> GenieEnvError:
    """The error that a server calls ``name``."""
    return _KINDS.get(name, GenieEnvError)(name, message)
