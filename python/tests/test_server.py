import subprocess
import sys
import time

import numpy as np
import pytest

import genie_env
from genie_env import GenieEnvError, Server


@pytest.mark.parametrize(
    ("misuse", "name"),
    [
        (lambda env: env.step(0), "ResetNeededError"),
        (lambda env: (env.reset(), env.step(8)), "InvalidActionError"),
        (lambda env: (env.reset(), env.step(np.zeros(3, np.float32))), "InvalidActionError"),
        (lambda env: env.reset(options={"speed": 1}), "ConfigError"),
        (lambda env: env.reset(options={"image": b"not a picture"}), "DataError"),
    ],
)
def test_misuse_is_an_error_with_the_servers_name(misuse, name):
    env = genie_env.make("Genie/supertux-v0")
    with pytest.raises(GenieEnvError) as raised:
        misuse(env)
    assert raised.value.name == name
    env.reset(seed=1)  # and the environment goes on
    env.close()


def test_an_unknown_environment_is_named():
    with pytest.raises(GenieEnvError, match="CartPol"):
        genie_env.make("CartPol-v1")


def test_a_closed_environment_stays_closed():
    env = genie_env.make("CartPole-v1")
    env.close()
    env.close()
    with pytest.raises(GenieEnvError):
        env.reset()


def test_a_server_of_ones_own_serves_until_it_is_closed(command):
    server = Server(command)
    env = genie_env.make("CartPole-v1", server=server)
    env.reset(seed=1)
    server.close()
    server.close()
    with pytest.raises(GenieEnvError):
        env.step(0)


def test_a_token_is_asked_for(command):
    server = Server(f"{command} --token secret")
    with pytest.raises(GenieEnvError, match="token"):
        genie_env.make("CartPole-v1", server=server.address)
    genie_env.make("CartPole-v1", server=server.address, token="secret").close()
    server.close()


def test_a_command_that_does_not_serve_is_an_error():
    with pytest.raises(GenieEnvError, match="must say where it listens"):
        Server(f"{sys.executable} -c pass")
    with pytest.raises(GenieEnvError, match="must start"):
        Server("/no/such/program")


def test_the_server_ends_with_the_process_that_started_it():
    code = "import genie_env, os, signal; s = genie_env.Server(); print(s._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    child = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(child.stdout)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and is_running(pid):
        time.sleep(0.1)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
