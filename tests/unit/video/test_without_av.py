from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

_SCRIPT = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "av":
            raise ImportError("blocked: " + name)

sys.meta_path.insert(0, Block())
from xmem_gui.errors import MediaError
from xmem_gui.video import CachedSource, VideoWriter, open_source

with CachedSource(open_source(sys.argv[1])) as folder:
    assert folder.frame(0).shape == (4, 6, 3)
try:
    open_source(sys.argv[2])
except MediaError as error:
    assert "pip install av" in str(error), error
else:
    raise AssertionError("opened a video without PyAV")
"""


def test_image_folders_work_without_pyav(tmp_path: Path) -> None:
    Image.new("RGB", (6, 4)).save(tmp_path / "0.png")
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"anything")
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path), str(clip)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert result.returncode == 0, result.stderr
