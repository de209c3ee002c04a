"""A conversation with a server."""

import os
import socket
import threading
from typing import Any

from genie_env.errors import ClosedError, ServerError, server_error
from genie_env.server import Server, shared_server
from genie_env.wire import MAX_HEADER, PREFIX, decode, encode

PROTOCOL = 1
# Seconds until an address is given up that does not answer, or answers to hello with nothing.
CONNECT_TIMEOUT = 30
RECEIVE_BYTES = 1 << 16

# What each server asked for, so that a spec need not say it to make its environment again in this process.
_tokens: dict[str, str] = {}


class Connection:
    """One conversation with a server. What it made is closed with it. Threads take turns.

    ``server`` is a ``Server``, the ``"host:port"`` of one that runs already, or None for the one that all share. ``token`` is
    what the server asks for; by default the variable ``GENIE_ENV_TOKEN``. Raises ``ServerError`` where none answers.
    """

    def __init__(self, server: Server | str | None = None, token: str | None = None):
        self.address = server if isinstance(server, str) else (server or shared_server()).address
        token = token or _tokens.get(self.address) or os.environ.get("GENIE_ENV_TOKEN")
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._buffer = memoryview(bytearray(RECEIVE_BYTES))
        self._is_closed = False
        self._trouble: str | None = None
        self._socket = _connect(self.address)
        try:
            self.ask(method="hello", protocol=PROTOCOL, **({} if token is None else {"token": token}))
        except BaseException:
            self.close()
            raise
        if token is not None:
            _tokens[self.address] = token
        # A first step may compile for longer than any limit.
        self._socket.settimeout(None)

    def ask(self, **message: Any) -> Any:
        """Sends a request, and returns its result.

        Raises what ``genie_env.errors`` has for what the server refuses, ``ServerError`` for a connection that breaks, and
        ``ClosedError`` after ``close``.
        """
        request = encode(message)
        with self._lock:
            self._expect_open(message["method"])
            try:
                self._socket.sendall(request)
                answer = self._receive()
            except BaseException as error:
                # An answer that nobody waited for would be taken for the next one's.
                trouble = self._break(error)
                if isinstance(error, (OSError, ValueError)):
                    raise ServerError(f"{message['method']}: {trouble}") from error
                raise
        if "error" in answer:
            raise server_error(answer["error"]["name"], answer["error"]["message"])
        return answer["result"]

    def close(self) -> None:
        """Hangs up. May be called twice."""
        self._is_closed = True
        self._socket.close()

    def _expect_open(self, method: str) -> None:
        if self._is_closed:
            raise ClosedError("ClosedError", f"{method}: the environment must be open, got a closed one - make another")
        if self._trouble is not None:
            raise ServerError(f"{method}: {self._trouble}")
        if self._owner != os.getpid():
            raise ServerError(f"{method}: an environment must stay in the process that made it - make one in each")

    def _break(self, error: BaseException) -> str:
        """Ends a conversation that cannot go on, and says why."""
        got = "no answer in time" if isinstance(error, TimeoutError) else str(error) or "an interruption"
        self._trouble = f"the server at {self.address} must answer, got {got} - make the environment again"
        self._socket.close()
        return self._trouble

    def _receive(self) -> Any:
        """The next message. Most fit the buffer, and arrive at once."""
        filled = 0
        while filled < PREFIX.size:
            filled += self._receive_into(self._buffer[filled:])
        header, body = PREFIX.unpack_from(self._buffer)
        if header > MAX_HEADER:
            raise ValueError("what is no message of this protocol")
        end = PREFIX.size + header + body
        if end > RECEIVE_BYTES:
            return self._receive_large(header, body, filled)
        while filled < end:
            filled += self._receive_into(self._buffer[filled:end])
        begin = PREFIX.size + header
        return decode(self._buffer[PREFIX.size : begin], bytearray(self._buffer[begin:end]))

    def _receive_large(self, header: int, body: int, filled: int) -> Any:
        """A message whose first ``filled`` bytes are in the buffer. Its body is not moved again."""
        parts = bytearray(header), bytearray(body)
        begin = PREFIX.size
        for part in parts:
            rest = memoryview(part)
            known = self._buffer[begin : min(filled, begin + len(part))]
            rest[: len(known)] = known
            rest = rest[len(known) :]
            begin += len(known)
            while rest:
                rest = rest[self._receive_into(rest) :]
        return decode(*parts)

    def _receive_into(self, view: memoryview) -> int:
        count = self._socket.recv_into(view)
        if count == 0:
            raise ConnectionError("the end of the connection")
        return count


def _connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise ServerError(f'server: it must be "host:port", got {address!r}')
    try:
        connected = socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_TIMEOUT)
    except OSError as error:
        raise ServerError(
            f"server: one must listen on {address}, got {error} - start one with `npx genie-env serve --port {port}`"
        ) from error
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A server whose machine went down says no goodbye.
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return connected
