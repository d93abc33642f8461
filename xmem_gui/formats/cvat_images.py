"""CVAT's XML for tasks of pictures, "CVAT for images 1.1": a mask for every object in every picture."""

from xml.sax.saxutils import quoteattr

from xmem_gui.formats.cvat import mask_attributes, write_meta
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.single_file import SingleFileExporter
from xmem_gui.formats.staging import Staging


class CvatImagesExporter(SingleFileExporter):
    """Writes one XML file; pictures have the frames' numbers and names. Empty masks are left out."""

    id = "cvat-images"
    title = "CVAT for images (XML, masks)"
    extensions = (".xml",)
    ending = "-images.xml"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        height, width = plan.annotation.size
        with stage.file(self.target(plan)).open("w", encoding="utf-8", newline="\n") as file:
            file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
            write_meta(file, plan, "annotation")
            for frame, name in zip(plan.frames, plan.names, strict=True):
                named = quoteattr(f"{name}.jpg")
                file.write(f'  <image id="{frame}" name={named} width="{width}" height="{height}">\n')
                for z, (info, rle) in enumerate(plan.masks(frame)):
                    if (shape := mask_attributes(rle)) is not None:
                        label = quoteattr("".join(c if c.isprintable() else " " for c in info.label))
                        file.write(
                            f'    <mask label={label} source="manual" occluded="0" {shape} z_order="{z}" '
                            f'group_id="{info.id}"></mask>\n'
                        )
                file.write("  </image>\n")
                tick()
            file.write("</annotations>\n")
