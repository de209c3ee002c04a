import json
import pathlib
import pickle
import socket
import subprocess
import sys
import threading
import time

import gymnasium
import numpy as np
import pytest

import genie_env
from genie_env import GenieEnvError, InvalidActionError, Server, ServerError


@pytest.fixture(scope="module")
def world():
    env = genie_env.make("Genie/supertux-v0")
    yield env
    env.close()


@pytest.mark.parametrize(
    ("misuse", "kind", "name"),
    [
        (lambda env: env.step(8), gymnasium.error.InvalidAction, "InvalidActionError"),
        (lambda env: env.step(np.zeros(3, np.float32)), gymnasium.error.InvalidAction, "InvalidActionError"),
        (lambda env: env.reset(options={"speed": 1}), gymnasium.error.Error, "ConfigError"),
        (lambda env: env.reset(options={"image": b"not a picture"}), gymnasium.error.Error, "DataError"),
    ],
)
def test_misuse_is_gymnasiums_error_with_the_servers_name(world, misuse, kind, name):
    world.reset(seed=1)
    with pytest.raises(kind) as raised:
        misuse(world)
    assert isinstance(raised.value, GenieEnvError) and raised.value.name == name
    world.step(0)  # and the episode goes on


def test_a_step_outside_an_episode_needs_a_reset():
    with genie_env.make("CartPole-v1") as env, pytest.raises(gymnasium.error.ResetNeeded, match="call reset"):
        env.step(0)


@pytest.mark.parametrize("seed", [-1, 0.5, "one"])
def test_what_is_no_seed_is_refused_as_gymnasium_does(seed):
    with genie_env.make("CartPole-v1") as env, pytest.raises(gymnasium.error.Error):
        env.reset(seed=seed)


def test_a_refused_reset_changes_nothing():
    with genie_env.make("CartPole-v1") as env:
        env.reset(seed=3)
        before = env.np_random.bit_generator.state
        with pytest.raises(GenieEnvError):
            env.reset(seed=4, options={"low": 2, "high": 1})
        assert env.np_random.bit_generator.state == before and env.np_random_seed == 3
        env.step(0)


@pytest.mark.parametrize(
    ("env_id", "kind"),
    [
        ("CartPol-v1", gymnasium.error.NameNotFound),
        ("Nobody/CartPole-v1", gymnasium.error.NamespaceNotFound),
        ("CartPole-v9", gymnasium.error.VersionNotFound),
    ],
)
def test_an_unknown_environment_is_gymnasiums_error(env_id, kind):
    with pytest.raises(kind, match=env_id):
        genie_env.make(env_id)


def test_a_window_is_left_to_gymnasium():
    with pytest.raises(gymnasium.error.UnsupportedMode, match="HumanRendering"):
        genie_env.make("CartPole-v1", render_mode="human")


@pytest.mark.parametrize("make", [genie_env.make, genie_env.make_vec])
def test_a_closed_environment_stays_closed(make):
    env = make("CartPole-v1")
    env.close()
    env.close()
    for use in [env.reset, lambda: env.step(0), env.render]:
        with pytest.raises(gymnasium.error.ClosedEnvironmentError, match="make another"):
            use()


@pytest.mark.parametrize("error", [ServerError("no"), InvalidActionError("InvalidActionError", "no"), GenieEnvError("X", "no")])
def test_errors_cross_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == "no" and again.name == error.name


@pytest.mark.parametrize("address", ["localhost", ":80", "host:port", "127.0.0.1:99999"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ServerError, match="host:port"):
        genie_env.make("CartPole-v1", server=address)


def test_nobody_at_an_address_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(ServerError, match=f"must listen on {address}.*start one"):
        genie_env.make("CartPole-v1", server=address)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\x02\x00\x00\x00\x00\x00\x00\x00{]"])
def test_somebody_else_at_an_address_is_an_error(answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            client, _ = listener.accept()
            with client:
                client.recv(1 << 16)
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(ServerError, match="hello: the server at .* must answer"):
            genie_env.make("CartPole-v1", server=f"127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


def test_an_interruption_ends_the_conversation():
    # Its answer would be taken for the next request's.
    env = genie_env.make("CartPole-v1")
    connection = env._handle.connection
    receive, connection._receive = connection._receive, lambda: (_ for _ in ()).throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        env.reset(seed=1)
    connection._receive = receive
    with pytest.raises(ServerError, match="reset: .*interruption.*make the environment again"):
        env.reset(seed=1)
    env.close()


def test_a_server_of_ones_own_serves_until_it_is_closed(command):
    server = Server(command)
    env = genie_env.make("CartPole-v1", server=server)
    env.reset(seed=1)
    server.close()
    server.close()
    for _ in range(2):
        with pytest.raises(ServerError, match="step: the server at .* must answer"):
            env.step(0)
    env.close()


def test_a_token_is_asked_for(command):
    server = Server(f"{command} --token secret")
    with pytest.raises(GenieEnvError, match="token"):
        genie_env.make("CartPole-v1", server=server.address)
    for env in [
        genie_env.make("CartPole-v1", server=server.address, token="secret"),
        gymnasium.make("genie_env:Catch-v0", server=server, token="secret"),
        genie_env.make_vec("CartPole-v1", server=server, token="secret"),
    ]:
        # Nobody who sees the spec sees the token; the environment is made from it all the same.
        assert "secret" not in repr(env.spec) and "secret" not in json.dumps(env.spec.kwargs)
        again = gymnasium.make_vec(env.spec) if isinstance(env, gymnasium.vector.VectorEnv) else gymnasium.make(env.spec)
        assert again.reset(seed=1)[0] in again.observation_space
        env.close()
        again.close()
    server.close()


def test_a_token_may_stand_in_the_environment(command, monkeypatch):
    monkeypatch.setenv("GENIE_ENV_TOKEN", "secret")
    server = Server(command)
    genie_env.make("CartPole-v1", server=server).close()
    server.close()


def test_several_clients_do_not_disturb_each_other():
    def play(seed, results):
        with genie_env.make("CartPole-v1") as env:
            steps = [env.reset(seed=seed)[0]] + [env.step(i % 2)[0] for i in range(8)]
        results[seed] = steps

    alone, together = {}, {}
    for seed in range(4):
        play(seed, alone)
    threads = [threading.Thread(target=play, args=(seed, together)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, steps in alone.items():
        np.testing.assert_array_equal(steps, together[seed])


def test_processes_have_environments_of_their_own():
    envs = gymnasium.make_vec("genie_env:Catch-v0", num_envs=2, vectorization_mode="async")
    obs, _ = envs.reset(seed=1)
    assert obs in envs.observation_space
    envs.step(envs.action_space.sample())
    envs.close()


def test_a_command_that_does_not_serve_is_an_error():
    with pytest.raises(ServerError, match="where it listens, got its end with status 0"):
        Server(f"{sys.executable} -c pass")
    with pytest.raises(ServerError, match="must say within 0.1 s"):
        Server(f"{sys.executable} -c 'input()' --", timeout=0.1)
    with pytest.raises(ServerError, match="must start"):
        Server("/no/such/program")


def test_the_server_ends_with_the_process_that_started_it():
    code = "import genie_env, os, signal; s = genie_env.Server(); print(s._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    # Wherever the package lies, installed or not.
    folder = pathlib.Path(genie_env.__file__).parents[1]
    child = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=folder)
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
