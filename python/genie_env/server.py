"""The Node process that runs the environments, and a connection to one."""

import atexit
import os
import re
import shlex
import socket
import subprocess
import threading

from genie_env.errors import GenieEnvError
from genie_env.wire import PREFIX, decode, encode

PROTOCOL = 1
COMMAND = "npx genie-env serve"


class Server:
    """A server of this process. It stops when it is closed, or with this process.

    ``command`` is what starts it; by default the variable ``GENIE_ENV_COMMAND``, or ``npx genie-env serve``.
    """

    def __init__(self, command: str | None = None):
        command = command or os.environ.get("GENIE_ENV_COMMAND", COMMAND)
        # The server stops when its standard input ends, which it does however this process ends.
        arguments = [*shlex.split(command), "--attached", "--port", "0"]
        try:
            self._process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except OSError as error:
            raise GenieEnvError("ServerError", f"{command}: it must start, got {error} - install Node and genie-env") from error
        self._owner = os.getpid()
        line = self._process.stdout.readline()
        found = re.fullmatch(r"listening on (\S+:\d+)\n", line)
        if found is None:
            self.close()
            raise GenieEnvError("ServerError", f"{command}: it must say where it listens, got {line!r} - see its errors above")
        self.address = found.group(1)
        atexit.register(self.close)

    def close(self) -> None:
        """Stops the server. May be called twice."""
        # A forked child has no right to.
        if self._owner != os.getpid() or self._process.poll() is not None:
            return
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


_shared: Server | None = None
_lock = threading.Lock()


def shared_server() -> Server:
    """The server that environments use which name none."""
    global _shared
    with _lock:
        if _shared is None or _shared._process.poll() is not None:
            _shared = Server()
        return _shared


class Connection:
    """One conversation with a server. What it made is closed with it. Threads take turns."""

    def __init__(self, server: "Server | str | None" = None, token: str | None = None):
        address = server if isinstance(server, str) else (server or shared_server()).address
        host, _, port = address.rpartition(":")
        self._lock = threading.Lock()
        self._socket = socket.create_connection((host.strip("[]"), int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        hello = {"method": "hello", "protocol": PROTOCOL}
        try:
            self.ask(**hello, **({} if token is None else {"token": token}))
        except GenieEnvError:
            self.close()
            raise

    def ask(self, **message):
        """Sends a request, and returns its result. Raises ``GenieEnvError`` for what the server refuses."""
        with self._lock:
            try:
                self._socket.sendall(encode(message))
                header, body = PREFIX.unpack(self._read(PREFIX.size))
                answer = decode(self._read(header), self._read(body))
            except OSError as error:
                raise GenieEnvError("ConnectionError", f"{message['method']}: the server must be there, got {error}") from error
        if "error" in answer:
            raise GenieEnvError(answer["error"]["name"], answer["error"]["message"])
        return answer["result"]

    def close(self) -> None:
        """Hangs up. May be called twice."""
        self._socket.close()

    def _read(self, count: int) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            received = self._socket.recv_into(view)
            if received == 0:
                raise ConnectionError("the end of the connection")
            view = view[received:]
        return data
