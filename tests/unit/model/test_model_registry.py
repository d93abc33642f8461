from pathlib import Path
from urllib.parse import urlparse

import pytest

from xmem_gui import assets
from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.model import MODELS, download, find_model, models_folder


def test_every_model_says_what_it_is() -> None:
    assert list(MODELS) == [
        "compact", "compact-click", "xmem", "xmem-s012", "mobile_sam", "sam_vit_b", "sam_vit_l", "sam_vit_h",
        "sam2.1_tiny", "sam2.1_small", "sam2.1_base_plus", "sam2.1_large",
    ]  # fmt: skip
    for name, spec in MODELS.items():
        assert spec.name == name
        assert spec.title
        assert spec.licence
        assert spec.source
        assert spec.shipped is (spec.url is None)
        if spec.url is not None:
            assert urlparse(spec.url).scheme == "https"
            assert spec.url.endswith(f"/{spec.file}")


def test_the_folder_of_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XMEM_GUI_MODELS", raising=False)
    assert models_folder().is_absolute()
    assert "xmem_gui" in models_folder().parts
    monkeypatch.setenv("XMEM_GUI_MODELS", str(tmp_path))
    assert models_folder() == tmp_path


def test_a_downloaded_model_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "XMem.pth").write_bytes(b"")
    assert find_model("xmem", folder=tmp_path) == tmp_path / "XMem.pth"
    monkeypatch.setenv("XMEM_GUI_MODELS", str(tmp_path))
    assert find_model("xmem") == tmp_path / "XMem.pth"


def test_the_shipped_model_is_found_without_a_download(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path)
    with pytest.raises(XmemGuiError, match=r"compact-xmem\.safetensors' is missing"):
        find_model("compact")
    shipped = tmp_path / "resources" / "weights" / "compact-xmem.safetensors"
    shipped.parent.mkdir(parents=True)
    shipped.write_bytes(b"")
    assert find_model("compact", folder=tmp_path / "elsewhere") == shipped
    assert download(MODELS["compact"]) == shipped


def test_a_local_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "mine.pth"
    path.write_bytes(b"")
    assert find_model(path) == path
    assert find_model(str(path)) == path


def test_a_model_that_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(
        CheckpointError, match=r"'xmem-s012' .*; run 'xmem-gui models download xmem-s012', or"
    ):
        find_model("xmem-s012", folder=tmp_path)
    with pytest.raises(
        CheckpointError, match=r"'xmen' is neither a file nor .* choose compact, compact-click, xmem"
    ):
        find_model("xmen", folder=tmp_path)
    with pytest.raises(CheckpointError, match="is neither a file"):
        find_model(tmp_path)


def test_click_models_are_published_with_sizes_and_checksums() -> None:
    published = [spec for spec in MODELS.values() if spec.kind == "segmenter" and not spec.shipped]
    assert len(published) == 8
    assert len({spec.sha256 for spec in published}) == 8
    for spec in published:
        assert spec.licence == "Apache-2.0"
        assert spec.bytes is not None
        assert spec.sha256 is not None
        assert len(bytes.fromhex(spec.sha256)) == 32
        assert spec.look is not None
        assert spec.look > 1
        assert spec.extra == ("sam2" if spec.name.startswith("sam2") else None)
