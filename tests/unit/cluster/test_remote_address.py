"""Addresses of a GPU elsewhere, and which of them a person is warned of."""

import pytest

from xmem_gui.cluster.remote_address import Address, danger_of
from xmem_gui.errors import ClusterError


@pytest.fixture(autouse=True)
def without_token(monkeypatch, tmp_path):
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("ray://127.0.0.1:10001", "127.0.0.1", 10001),
        (" ray://gpu-server:1 ", "gpu-server", 1),
        ("ray://gpu.example.org/", "gpu.example.org", 10001),
        ("ray://[::1]:5", "::1", 5),
        ("ray://[fe80::1%eth0]", "fe80::1%eth0", 10001),
    ],
)
def test_addresses_are_read(text, host, port):
    found = Address.parse(text)
    assert (found.host, found.port) == (host, port)
    assert Address.parse(str(found)) == found


@pytest.mark.parametrize(
    "text",
    ["", "127.0.0.1:10001", "http://a:1", "ray://", "ray://a:0", "ray://a:70000", "ray://a:1x", "ray://a b:1",
     "ray://a;rm:1", "ray://" + "a" * 300 + ":1", "ray://a:²"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ClusterError, match="ray://127"):
        Address.parse(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "[::1]"])
def test_this_machines_end_of_a_tunnel_is_no_danger(host):
    assert not danger_of(Address.parse(f"ray://{host}:10001"))


@pytest.mark.parametrize(
    "host", ["gpu-server", "10.0.0.7", "localhost.example.org", "0.0.0.0", "[2001:db8::1]"]
)
def test_an_open_port_is_a_danger(host):
    assert "SSH tunnel" in danger_of(Address.parse(f"ray://{host}:10001"))


def test_a_token_makes_it_none(monkeypatch, tmp_path):
    address = Address.parse("ray://gpu-server:10001")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    assert danger_of(address)  # there is none yet
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    assert danger_of(address)
    (tmp_path / "token").write_text("secret")
    assert not danger_of(address)
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH")
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("secret")
    assert not danger_of(address)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert danger_of(address)
