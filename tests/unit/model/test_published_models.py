"""The addresses of published models are answered; asked only with XMEM_GUI_NETWORK=1."""

import urllib.request

import pytest

from xmem_gui.model import MODELS, ModelSpec

PUBLISHED = [spec for spec in MODELS.values() if spec.url is not None]


@pytest.mark.network
@pytest.mark.parametrize("spec", PUBLISHED, ids=lambda spec: spec.name)
def test_the_address_is_answered(spec: ModelSpec) -> None:
    request = urllib.request.Request(str(spec.url), method="HEAD")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
        size = answer.headers.get("Content-Length")
    assert spec.bytes is None or size is None or int(size) == spec.bytes


def test_there_are_published_models() -> None:
    assert PUBLISHED
