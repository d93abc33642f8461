"""The window's networks in a Ray actor on a second node, which runs on this machine: nothing is lost with it.

The processes of the cluster are this test's own; none of them is there when it is done.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed")
pytest.importorskip("grpc", reason="Ray's client is not installed")

from ray.cluster_utils import Cluster as TwoNodes  # noqa: E402 - only where Ray is
from remote_hand import click, make_video, masks_of, open_project  # noqa: E402

from xmem_gui.annotator import Propagation  # noqa: E402
from xmem_gui.cluster.remote import RemoteComputer  # noqa: E402
from xmem_gui.cluster.remote_link import Link, ray_link  # noqa: E402
from xmem_gui.errors import ConnectionLostError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
_STORE = 80 << 20
BOTH = Propagation("both")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Start a head without processors, and a node that has what an actor asks for; return the address."""
    # For Ray's own files; a short name, for it is in those of sockets.
    with (
        tempfile.TemporaryDirectory(prefix="r-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("TMPDIR", folder)
        (Path(folder) / "ray").mkdir()
        nodes = TwoNodes()
        try:
            nodes.add_node(num_cpus=0, num_gpus=0, object_store_memory=_STORE, include_dashboard=False)
            nodes.add_node(num_cpus=1, num_gpus=0, object_store_memory=_STORE, resources={"elsewhere": 1})
            yield str(nodes.address)
        finally:
            nodes.shutdown()


def answers(port: int) -> bool:
    """Tell whether a port of this machine is listened to."""
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(cluster: str) -> Iterator[str]:
    """Serve one client of a cluster from a process of its own, as the head's client server does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    module = [sys.executable, "-m", "ray.util.client.server", "--mode", "specific-server"]
    where = ["--address", cluster, "--host", "127.0.0.1", "--port", port]
    with subprocess.Popen([*module, *where], stderr=subprocess.DEVNULL) as process:
        try:
            while not answers(int(port)):
                assert process.poll() is None
                select.select([], [], [], 0.05)
            yield f"ray://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def computer(cluster, monkeypatch) -> Iterator[RemoteComputer]:
    """Return a machine to compute on; each connection has a server of its own, as on a head."""
    monkeypatch.setattr("xmem_gui.cluster.remote_link._PATIENCE", 300.0)  # the machine may be busy
    with ExitStack() as servers:

        def connect(_: str) -> Link:
            return ray_link(servers.enter_context(serving(cluster)), resources={"elsewhere": 0.1})

        computer = RemoteComputer("ray://127.0.0.1", connect=connect)
        yield computer
        computer.close()


def wait_for_the_end(process: int) -> None:
    """Wait until a process that is not ours has ended."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 60)[0]
    finally:
        os.close(descriptor)


def kill(computer: RemoteComputer) -> None:
    """Kill the actor, as the out-of-memory killer does."""
    process = computer.link().there.process
    assert process != os.getpid()
    os.kill(process, signal.SIGKILL)
    wait_for_the_end(process)


def run_and_kill(annotator, computer: RemoteComputer) -> None:
    for number, _ in enumerate(annotator.run(BOTH), 1):
        if number == 5:
            kill(computer)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="a process that is not ours is waited for on Linux")
def test_the_main_job_on_another_node_and_its_end_in_mid_run(tmp_path, computer):
    video = make_video(tmp_path / "video")
    with open_project(tmp_path / "here.xmem", video) as here:
        click(here, 0, (16, 22), (20, 26))
        for result in here.run(BOTH):
            if result.frame == 3:
                wanted = here.prompting.would(6, None, here.prompting.prompts_of(0, 1))
        expected = masks_of(here)
    with open_project(tmp_path / "there.xmem", video) as there:
        there.computer = computer
        click(there, 0, (16, 22), (20, 26))
        with pytest.raises(ConnectionLostError, match="is lost"):
            run_and_kill(there, computer)
        kept = masks_of(there)
        assert len(kept) > 5
        # Another actor goes on, to the same masks; a click in between is answered.
        for result in there.resume():
            if result.frame == 3:
                answer = there.prompting.would(6, None, there.prompting.prompts_of(0, 1))
        assert masks_of(there) == expected
        assert answer is not None
        assert (answer == wanted).all()
        last = computer.link().there.process
        computer.close()
        wait_for_the_end(last)
