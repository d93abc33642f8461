"""Batches on a Ray cluster of two nodes, which run on this machine: processes and nodes go, jobs end.

The processes of the cluster are this test's own; none of them is there when it is done.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cluster_hand import Clips, drawn, leftovers, make_clips, masks_in, poison, run_batch

ray = pytest.importorskip("ray", reason="Ray is not installed")

from ray.cluster_utils import Cluster as TwoNodes  # noqa: E402 - only where Ray is

from xmem_gui.cluster.batch import BatchOptions, BatchRun  # noqa: E402
from xmem_gui.cluster.batch_report import JobStage, JobStatus  # noqa: E402
from xmem_gui.cluster.connection import Cluster, connected  # noqa: E402
from xmem_gui.cluster.jobs import JobList  # noqa: E402
from xmem_gui.cluster.ray_pool import RayPool  # noqa: E402
from xmem_gui.cluster.spreading import SpreadOver  # noqa: E402
from xmem_gui.cluster.tasks import Task  # noqa: E402
from xmem_gui.evaluation import evaluate_vos  # noqa: E402
from xmem_gui.evaluation.elsewhere import SegmentElsewhere  # noqa: E402
from xmem_gui.formats.davis import write_index_mask  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
_STORE = 80 << 20


class Nodes:
    """A head without processors, and machines that can be removed."""

    def __init__(self) -> None:
        self._two = TwoNodes()
        self._two.add_node(num_cpus=0, num_gpus=0, object_store_memory=_STORE, include_dashboard=False)
        self.address = str(self._two.address)
        self._added = []

    def add(self) -> None:
        self._added.append(self._two.add_node(num_cpus=1, num_gpus=0, object_store_memory=_STORE))

    def remove(self) -> None:
        """Take the first machine away, as if its power had gone."""
        self._two.remove_node(self._added.pop(0), allow_graceful=False)

    def close(self) -> None:
        self._two.shutdown()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    # For Ray's own files, and all that killed workers leave; a short name, for it is in those of sockets.
    with (
        tempfile.TemporaryDirectory(prefix="r-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TMPDIR", folder)
        patch.setenv("RAY_worker_niceness", "0")  # else its processes starve on a busy machine
        (Path(folder) / "ray").mkdir()
        made = Nodes()
        try:
            made.add()
            made.add()
            yield made
        finally:
            made.close()


@pytest.fixture(scope="module")
def cluster(nodes: Nodes) -> Iterator[Cluster]:
    """One connection for all tests, so that processes that have loaded torch are there for the next."""
    with connected(nodes.address) as found:
        yield found


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return make_clips(tmp_path_factory.mktemp("ten"), 10, frames=4)


@pytest.fixture(scope="module")
def alone(clips: Clips, tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("alone") / "out"
    run_batch(clips.jobs(), out)
    return masks_in(out)


class WithKilledWorkers(RayPool):
    """Lets the processes of some jobs kill themselves in mid-job, the first time."""

    def __init__(self, *arguments: object, jobs: Collection[str], marks: Path) -> None:
        super().__init__(*arguments)
        self._jobs, self._marks = jobs, str(marks)

    def start(self, task: Task) -> None:
        super().start(replace(task, function=_killing(self._marks)) if task.key in self._jobs else task)


def _killing(marks: str):
    """Return the function that does a job, but kills its process after two frames the first time."""

    def do_job_and_die(order, parcel, tell):
        import os
        import signal
        from pathlib import Path

        from xmem_gui.cluster.batch_job import do_job

        mark = Path(marks) / order.job.name

        def tell_or_die(done: int, total: int) -> None:
            if done == 2 and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            tell(done, total)

        return do_job(order, parcel, tell_or_die)

    return do_job_and_die


def test_ten_clips_end_though_workers_are_killed_and_a_node_goes(
    nodes: Nodes, cluster: Cluster, clips: Clips, alone: dict, tmp_path: Path
) -> None:
    out, removed = tmp_path / "out", []

    def trouble(_: JobStatus) -> None:
        """Take a machine away when two jobs have ended."""
        if not removed and sum(one.state is JobStage.DONE for one in batch.states.values()) == 2:
            removed.append(nodes.remove())

    batch = BatchRun(clips.jobs(), str(out), BatchOptions())
    with WithKilledWorkers(cluster, jobs=("clip0", "clip5"), marks=tmp_path) as pool:
        report = batch.run(pool, changed=trouble)
    assert removed
    assert [job.state.value for job in report.jobs] == ["done"] * 10, report.as_text()
    assert {path.name for path in tmp_path.glob("clip*")} == {"clip0", "clip5"}
    assert masks_in(out) == alone
    assert leftovers(out) == []
    nodes.add()


def test_a_poisoned_clip_is_reported_and_nine_are_whole(
    cluster: Cluster, alone: dict, tmp_path: Path
) -> None:
    bad = make_clips(tmp_path, 10, frames=4)
    poison(bad, 3)
    jobs = bad.jobs()
    with RayPool(cluster, cpus=0.5) as pool:
        report = BatchRun(jobs, str(tmp_path / "out"), BatchOptions(upload=True)).run(pool)
    assert [job.name for job in report.of(JobStage.FAILED)] == ["clip3"]
    assert len(report.of(JobStage.DONE)) == 9
    assert masks_in(tmp_path / "out") == {name: masks for name, masks in alone.items() if name != "clip3"}


def test_a_long_video_is_cut_at_committed_frames_and_its_masks_are_the_same(
    cluster: Cluster, tmp_path: Path
) -> None:
    clips = make_clips(tmp_path, 1, frames=9)
    masks = []
    for frame in (1, 4, 7):
        write_index_mask(tmp_path / f"{frame}.png", drawn(frame))
        masks.append(f"{frame}={tmp_path / f'{frame}.png'}")
    jobs = JobList((replace(clips.jobs().jobs[0], masks=tuple(masks)),))
    run_batch(jobs, tmp_path / "whole")
    with RayPool(cluster) as pool:
        report = BatchRun(jobs, str(tmp_path / "cut"), BatchOptions(cut=2)).run(pool)
    assert [job.state.value for job in report.jobs] == ["done"], report.as_text()
    assert masks_in(tmp_path / "cut") == masks_in(tmp_path / "whole")


def test_an_evaluation_that_is_spread_gives_the_same_numbers(cluster: Cluster, tmp_path: Path) -> None:
    clips = make_clips(tmp_path, 2, frames=5)
    data = tmp_path / "data"
    for number in range(2):
        shutil.copytree(clips.folder / f"clip{number}", data / f"JPEGImages/clip{number}")
        for frame in range(5):
            (data / f"Annotations/clip{number}").mkdir(parents=True, exist_ok=True)
            write_index_mask(data / f"Annotations/clip{number}/{frame:05d}.png", drawn(frame))
    segment = SegmentElsewhere(clips.jobs().jobs[0].settings)
    here = evaluate_vos(data, segment, out=tmp_path / "here", resume=False)
    with RayPool(cluster) as pool:
        there = evaluate_vos(data, segment, out=tmp_path / "there", resume=False, spread=SpreadOver(pool))
    assert list(there.sequences) == ["clip0", "clip1"]
    assert {name: one.objects for name, one in there.sequences.items()} == {
        name: one.objects for name, one in here.sequences.items()
    }
    assert (tmp_path / "there/scores.json").is_file()
