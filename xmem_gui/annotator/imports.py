"""What importers found, as a project takes it: which of its objects each imported one is, then the masks.

An object of the project is the imported one if the file says so, by the identity that this program's own
exports carry, or if the person says so. An equal number or name says nothing: every other project has an
object 1 as well. And no two imported objects go into one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from xmem_gui.annotator.given_masks import check_other, target_of
from xmem_gui.errors import FormatError
from xmem_gui.formats import Destination, ImportedMask, ImportPlan, open_import
from xmem_gui.project import ChangeObject, Commit, Origin, Project, Run, VideoObject
from xmem_gui.video import FrameSource

ObjectMap = Mapping[int, int | None]
"""For imported objects, by their id in the plan: an object of the project, or None for a new one."""


def plan_import(
    video: FrameSource,
    path: Path,
    format_id: str | None = None,
    *,
    first_number: int | None = None,
    scale: bool = False,
    outline: bool | None = None,
    by_class: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportPlan:
    """Say what importing a file or folder of masks for a video would do; nothing is changed or made.

    Parameters
    ----------
    video
        The open video that the masks are for.
    path, format_id
        The file or folder, and its format; None to find out.
    first_number
        The number that the video's first frame has in names of files; None to find out, or to ask by the
        plan's `question`.
    scale
        Whether masks of another size are scaled to the video's.
    outline, by_class
        How polygons and classes are read, as in `formats.open_import`.
    progress, cancelled
        Called with (done, total), and asked whether to stop, as in `formats.open_import`.

    Raises
    ------
    FormatError
        If it is of no format that is known, or damaged.
    """
    check_other(path, video)
    target = target_of(video, first_number)
    return open_import(
        path,
        format_id,
        size=target.size,
        frame_names=target.frame_names,
        name=target.name,
        named=target.named,
        first_number=first_number,
        scale=scale,
        outline=outline,
        by_class=by_class,
        progress=progress,
        cancelled=cancelled,
    )


@dataclass(frozen=True)
class Receiving:
    """A project as an import sees it.

    Attributes
    ----------
    objects
        The objects of the receiving project, by id.
    own
        The ids of its objects by their identity.
    frames
        The frames on which each has a mask, by id.
    next_object
        The number that the next new object will get.
    """

    objects: tuple[VideoObject, ...] = ()
    own: Mapping[str, int] = field(default_factory=dict)
    frames: Mapping[int, frozenset[int]] = field(default_factory=dict)
    next_object: int = 1

    @classmethod
    def of(cls, project: Project) -> Receiving:
        """Look at a project."""
        objects = project.objects
        own = {uid: one.id for one in reversed(objects) if (uid := project.uid(one.id))}
        frames = {one.id: frozenset(project.query.known_frames(one.id)) for one in objects}
        return cls(objects, own, frames, project.next_object)


def with_destinations(receiving: Receiving, plan: ImportPlan, chosen: ObjectMap | None = None) -> ImportPlan:
    """Return a plan that says where each object goes.

    Parameters
    ----------
    receiving
        Where to; an empty one for a project that is not made yet.
    plan
        The import as it was planned, with the objects that the file names.
    chosen
        What the person has decided; all others go where the file says, or become new.

    Raises
    ------
    FormatError
        If one of the objects does not exist, or two would go into one.
    """
    into = _chosen(receiving, plan, chosen or {})
    taken = set(into.values())
    for info in plan.objects:
        where = receiving.own.get(info.uid)
        if where is not None and where not in taken and info.id not in (chosen or {}):
            taken.add(where)
            into[info.id] = where
    there = {one.id: one for one in receiving.objects}
    free = receiving.next_object
    found = []
    for info in plan.objects:
        where = into.get(info.id)
        if where is None:
            found.append(Destination(info, free, info.name, new=True))
            free += 1
        else:
            same = receiving.frames[where].intersection(plan.coverage.get(info.id, ()))
            one = there[where]
            found.append(Destination(info, where, one.name, new=False, replaced=len(same), locked=one.locked))
    return replace(plan, destinations=tuple(found))


def _chosen(receiving: Receiving, plan: ImportPlan, chosen: ObjectMap) -> dict[int, int]:
    """Return the project's object of each imported one that the person has sent to one."""
    names = {one.id: one.name for one in receiving.objects}
    imported = {info.id: info.name for info in plan.objects}
    into: dict[int, int] = {}
    taken: dict[int, int] = {}
    for number, where in chosen.items():
        if number not in imported:
            raise FormatError(f"The files have no object {number}.")
        if where is None:
            continue
        if where not in names:
            raise FormatError(f"The project has no object {where} to import into.")
        if where in taken:
            raise FormatError(
                f"'{imported[taken[where]]}' and '{imported[number]}' would both go into {names[where]} "
                f"(object {where}): two objects are never made one. Choose another for one of them."
            )
        taken[where] = number
        into[number] = where
    return into


def import_into(project: Project, plan: ImportPlan, masks: Iterable[ImportedMask]) -> int:
    """Put imported masks into a project, all in one undoable step, or none of them.

    Objects go where the plan says; one without a word on that, where the file says. A mask that is there
    already stays as it is, with all that is known of it; one that takes the place of a committed mask is
    committed.

    Returns
    -------
    int
        How many masks were not there already.

    Raises
    ------
    FormatError
        If there is nothing to import.
    XmemGuiError
        If a file fails on the way, an object is gone or locked, or the import is cancelled; the project is
        then as before.
    """
    if not plan.masks:
        raise FormatError(
            f"Nothing was imported: '{plan.path}' has no mask for this video. {' '.join(plan.warnings[:3])}"
        )
    plan = with_destinations(Receiving.of(project), plan, chosen_by(plan))
    with project.run(Origin.IMPORTED, label=f"Import {plan.path.name}") as run:
        try:
            return _put(project, run, _objects(project, run, plan), masks)
        except BaseException:
            run.discard()
            raise


def chosen_by(plan: ImportPlan) -> ObjectMap:
    """Return where a plan sends its objects, as `with_destinations` takes it."""
    return {one.imported.id: None if one.new else one.object_id for one in plan.destinations}


def _objects(project: Project, run: Run, plan: ImportPlan) -> dict[int, int]:
    """Make the new objects; return the project's object of each imported one."""
    into: dict[int, int] = {}
    made: list[tuple[int, int, int]] = []
    live = {project.uid(one.id) for one in project.objects}
    for one in plan.destinations:
        if not one.new:
            into[one.imported.id] = one.object_id
        else:
            item = run.add_object(one.imported.name, one.imported.colour, one.imported.category)
            into[one.imported.id] = item.id
            made.append((one.imported.priority, one.imported.id, item.id))
            if one.imported.uid and one.imported.uid not in live:
                project.set_uid(item.id, one.imported.uid)
                live.add(one.imported.uid)
    # New objects lie on one another as they did where they come from.
    priorities = sorted(project.object(item).priority for _, _, item in made)
    for (_, _, number), priority in zip(sorted(made), priorities, strict=True):
        if project.object(number).priority != priority:
            run.apply(ChangeObject(number, priority=priority))
    return into


def _put(project: Project, run: Run, into: dict[int, int], masks: Iterable[ImportedMask]) -> int:
    count = 0
    for frame, group in groupby(masks, key=lambda mask: mask.frame):
        found = {into[mask.object_id]: mask.rle for mask in group}
        before = {number: project.record(frame, number) for number in found}
        others = {n: rle for n, rle in found.items() if (old := before[n]) is None or old.rle != rle}
        committed = [number for number in others if (old := before[number]) is not None and old.committed]
        if others:
            run.put(frame, others)
            count += len(others)
        if committed:
            run.apply(Commit(frame, committed))
    return count
