"""The Node process that runs the environments."""

import atexit
import os
import re
import shlex
import subprocess
import threading

from genie_env.errors import ServerError

COMMAND = "npx genie-env serve"


class Server:
    """A server of this process. It stops when it is closed, or with this process.

    ``command`` is what starts it; by default the variable ``GENIE_ENV_COMMAND``, or ``npx genie-env serve``.
    ``timeout`` is how many seconds it may take to start. Raises ``ServerError`` when it does not.
    """

    def __init__(self, command: str | None = None, *, timeout: float = 120):
        self.command = command or os.environ.get("GENIE_ENV_COMMAND", COMMAND)
        # The server stops when its standard input ends, which it does however this process ends.
        arguments = [*shlex.split(self.command), "--attached", "--port", "0"]
        try:
            self._process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except OSError as error:
            message = f"{self.command}: it must start, got {error} - install Node and `npm install genie-env`"
            raise ServerError(message) from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self._owner = os.getpid()
        line = self._first_line(timeout)
        found = re.fullmatch(r"listening on (\S+:\d+)\n", line)
        if found is None:
            self.close()
            got = repr(line) if line or self.is_running else f"its end with status {self._process.returncode}"
            raise ServerError(
                f"{self.command}: it must say within {timeout:g} s where it listens, got {got} - see its errors above"
            )
        self.address: str = found.group(1)
        atexit.register(self.close)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def close(self) -> None:
        """Stops the server. May be called twice."""
        # A forked child has no right to.
        if self._owner != os.getpid():
            return
        atexit.unregister(self.close)
        self._input.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def _first_line(self, timeout: float) -> str:
        """The first line that the process prints; empty when it ends, or is silent for too long."""
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.append(self._output.readline()), daemon=True)
        reader.start()
        reader.join(timeout)
        if reader.is_alive():
            self._process.kill()
            reader.join()
        return lines[0]


_shared: Server | None = None
_lock = threading.Lock()


def shared_server() -> Server:
    """The server that environments use which name none. One that has ended is started again."""
    global _shared
    with _lock:
        if _shared is None or not _shared.is_running:
            _shared = Server()
        return _shared
