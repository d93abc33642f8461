"""All formats by their ids."""

import logging
from collections.abc import Mapping
from pathlib import Path

from xmem_gui.errors import FormatError
from xmem_gui.formats.binary_png import BinaryPngExporter, BinaryPngImporter
from xmem_gui.formats.cell_tracking import CellTrackingExporter, CellTrackingImporter
from xmem_gui.formats.coco import CocoExporter, CocoImporter
from xmem_gui.formats.coco_dataset import CocoDatasetExporter
from xmem_gui.formats.cvat import CvatExporter
from xmem_gui.formats.cvat_images import CvatImagesExporter
from xmem_gui.formats.cvat_import import CvatImporter
from xmem_gui.formats.darwin import DarwinImporter
from xmem_gui.formats.datumaro import DatumaroExporter
from xmem_gui.formats.exact_video import (
    ANIMATION_GREY,
    FFV1_ALPHA,
    FFV1_GREY,
    PRORES_ALPHA,
    PRORES_GREY,
)
from xmem_gui.formats.exporting import Exporter
from xmem_gui.formats.exr import ExrExporter
from xmem_gui.formats.exr_import import ExrImporter
from xmem_gui.formats.importing import Importer
from xmem_gui.formats.index_png import LAYOUTS, IndexPngExporter
from xmem_gui.formats.index_png_import import IndexPngImporter
from xmem_gui.formats.kitti_step import KittiStepImporter
from xmem_gui.formats.label_studio import LabelStudioExporter, LabelStudioImporter
from xmem_gui.formats.label_tiff import LabelTiffExporter, LabelTiffImporter
from xmem_gui.formats.labelme import LabelmeExporter, LabelmeImporter
from xmem_gui.formats.matte_sequence import MatteSequenceExporter
from xmem_gui.formats.mots import MotsPngExporter, MotsTxtExporter
from xmem_gui.formats.mots_import import MotsPngImporter, MotsTxtImporter
from xmem_gui.formats.npz import NpzExporter, NpzImporter
from xmem_gui.formats.panoptic import PanopticExporter, PanopticImporter
from xmem_gui.formats.plugin import FormatPlugins
from xmem_gui.formats.preview import PreviewExporter
from xmem_gui.formats.sav_json import SavJsonExporter, SavJsonImporter
from xmem_gui.formats.soft import SoftExporter
from xmem_gui.formats.supervisely import SuperviselyImporter
from xmem_gui.formats.videos import MatteVideoExporter, OverlayVideoExporter
from xmem_gui.formats.voc import VocImporter
from xmem_gui.formats.voc_export import VocExporter
from xmem_gui.formats.yolo_seg import YoloSegExporter, YoloSegImporter
from xmem_gui.formats.youtube_vis import YoutubeVisExporter, YoutubeVisImporter
from xmem_gui.plugins import WithPlugins

_log = logging.getLogger(__name__)

_ALL_EXPORTERS: tuple[Exporter, ...] = (
    *(IndexPngExporter(layout) for layout in LAYOUTS),
    BinaryPngExporter("binary-png", "one PNG per object", "{}", "{}-images"),
    BinaryPngExporter("sav-png", "SA-V (PNG)", "Annotations_6fps/{}", "JPEGImages_24fps/{}"),
    MotsPngExporter(),
    MotsTxtExporter(),
    SavJsonExporter(),
    CocoExporter(),
    CocoDatasetExporter(),
    YoutubeVisExporter(),
    YoloSegExporter(),
    NpzExporter(),
    PanopticExporter(),
    LabelmeExporter(),
    LabelmeExporter(masks=True),
    VocExporter(),
    CvatExporter(polygons=False),
    CvatExporter(polygons=True),
    CvatImagesExporter(),
    DatumaroExporter(),
    LabelStudioExporter(),
    LabelTiffExporter(),
    CellTrackingExporter(),
    SoftExporter("soft-8"),
    SoftExporter("soft-16"),
    SoftExporter("cutout"),
    ExrExporter(),
    MatteSequenceExporter(),
    OverlayVideoExporter(),
    MatteVideoExporter("matte", "matte video (FFV1)", FFV1_GREY, ".mkv"),
    MatteVideoExporter("matte-animation", "matte video (QuickTime Animation)", ANIMATION_GREY, ".mov"),
    MatteVideoExporter("matte-prores", "matte video (ProRes 4444)", PRORES_GREY, ".mov"),
    MatteVideoExporter("alpha-ffv1", "video with alpha (FFV1)", FFV1_ALPHA, ".mkv"),
    MatteVideoExporter("alpha-prores", "video with alpha (ProRes 4444)", PRORES_ALPHA, ".mov"),
    PreviewExporter(),
)
_ALL_IMPORTERS: tuple[Importer, ...] = (
    CellTrackingImporter(),
    SavJsonImporter(),
    YoutubeVisImporter(),
    PanopticImporter(),
    CocoImporter(),
    CvatImporter(),
    LabelStudioImporter(),
    DarwinImporter(),
    SuperviselyImporter(),
    LabelmeImporter(),
    MotsTxtImporter(),
    VocImporter(),  # lists of its parts are text files too
    YoloSegImporter(),
    MotsPngImporter(),
    KittiStepImporter(),
    BinaryPngImporter(),
    IndexPngImporter(),
    LabelTiffImporter(),
    NpzImporter(),
    ExrImporter(),
)

_OWN_EXPORTERS = {exporter.id: exporter for exporter in _ALL_EXPORTERS}
_OWN_IMPORTERS = {importer.id: importer for importer in _ALL_IMPORTERS}

PLUGINS = FormatPlugins(frozenset({*_OWN_EXPORTERS, *_OWN_IMPORTERS}))
"""The formats that other packages add; see ``docs/plugins.md``."""
EXPORTERS: Mapping[str, Exporter] = WithPlugins(_OWN_EXPORTERS, PLUGINS.exporters, PLUGINS.exporter)
"""Every format that can be written, by id; those of plugins come last."""
IMPORTERS: Mapping[str, Importer] = WithPlugins(_OWN_IMPORTERS, PLUGINS.importers, PLUGINS.importer)
"""Every format that can be read, by id, in the order in which they are tried; those of plugins come last."""

READ_BY: Mapping[str, str] = {
    **dict.fromkeys((layout.id for layout in LAYOUTS), "index-png"),
    "sav-png": "binary-png",
    "coco-dataset": "coco",
    "labelme-masks": "labelme",
    "cvat-polygons": "cvat",
    "cvat-images": "cvat",
} | {name: name for name in _OWN_EXPORTERS.keys() & _OWN_IMPORTERS.keys()}
"""By the id of a format that is written, the id of the importer that reads it back."""


def guess_importer(path: Path) -> Importer:
    """Return the importer that recognises a file or folder.

    Raises
    ------
    FormatError
        If there is nothing at the path, or nothing known.
    """
    if not path.exists():
        raise FormatError(f"There is no file or folder '{path}'.")
    for importer in IMPORTERS.values():
        if _recognises(importer, path):
            return importer
    raise FormatError(
        f"'{path}' holds no masks of a format that is known; there are {', '.join(IMPORTERS)}. "
        "Choose one to see why it does not fit."
    )


def _recognises(importer: Importer, path: Path) -> bool:
    try:
        return importer.recognises(path)
    except Exception as error:  # one of a plugin does not keep others from being asked
        _log.warning("The format '%s' failed to look at '%s': %s", importer.id, path, error)
        return False
