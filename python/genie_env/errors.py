"""What can go wrong, under the names that the server gives it."""


class GenieEnvError(Exception):
    """What the server refused. ``name`` is the error's name there, as ``ResetNeededError``."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name
