"""What a connection says when it cannot be."""

import subprocess
import sys

import pytest

from xmem_gui.cluster.connection import connected, has_ray, need_ray
from xmem_gui.errors import ClusterError


def test_without_ray_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match=r"^Batch needs Ray.*pip install 'xmem-gui\[cluster\]'\.$"):
        need_ray("Batch")
    with pytest.raises(ClusterError, match="not installed"), connected():
        pass


@pytest.mark.skipif(not has_ray(), reason="Ray is not installed")
@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:1", "ray://127.0.0.1:1"])
def test_an_address_where_nothing_is_is_said_in_one_sentence(address: str) -> None:
    sentence = rf"^There is no cluster to be reached at {address} .*check the .*token"
    with pytest.raises(ClusterError, match=sentence), connected(address):
        pass


def test_the_package_and_the_commands_come_without_ray_and_torch() -> None:
    code = (
        "import sys, xmem_gui.cluster.connection, xmem_gui.cli.main; "
        "print([name for name in ('ray', 'torch', 'fsspec') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
