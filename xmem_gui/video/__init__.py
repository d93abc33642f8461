"""Frame-exact sources of frames, the cache in front of them, and writers."""

from xmem_gui.video.image_folder import ImageFolder
from xmem_gui.video.opening import open_source
from xmem_gui.video.source import FrameSource, RgbImage
from xmem_gui.video.video_file import VideoFile

__all__ = ["FrameSource", "ImageFolder", "RgbImage", "VideoFile", "open_source"]
