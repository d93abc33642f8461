"""Frame-exact sources of frames, the cache in front of them, and writers."""

from xmem_gui.arrays import RgbImage
from xmem_gui.video.cache import CachedSource
from xmem_gui.video.compression import bits_per_pixel, compression_sentence
from xmem_gui.video.display_range import DisplayRange
from xmem_gui.video.image_folder import ImageFolder
from xmem_gui.video.info import VideoInfo, video_info
from xmem_gui.video.opening import open_source
from xmem_gui.video.reader import Reader
from xmem_gui.video.source import FrameSource
from xmem_gui.video.tiff_stack import TiffStack
from xmem_gui.video.video_file import VideoFile
from xmem_gui.video.views import SourceView
from xmem_gui.video.writer import VideoWriter

__all__ = [
    "CachedSource",
    "DisplayRange",
    "FrameSource",
    "ImageFolder",
    "Reader",
    "RgbImage",
    "SourceView",
    "TiffStack",
    "VideoFile",
    "VideoInfo",
    "VideoWriter",
    "bits_per_pixel",
    "compression_sentence",
    "open_source",
    "video_info",
]
