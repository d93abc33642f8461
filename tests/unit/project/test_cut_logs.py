"""Another program cuts or takes away what SQLite keeps beside a project that is open."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from project_samples import new_project, pattern

from xmem_gui.project import Project, SetMasks

REPOSITORY = Path(__file__).resolve().parents[3]
ENDS = ("-wal", "-shm")


def cut(path):
    os.truncate(path, 0)


def cut_in_half(path):
    os.truncate(path, path.stat().st_size // 2)


def fill_with_rubbish(path):
    path.write_bytes(b"rubbish" * (1 + path.stat().st_size // 7))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let go of files in use")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("harm", [cut, cut_in_half, fill_with_rubbish, Path.unlink])
def test_what_was_saved_is_there_and_an_end_is_told(tmp_path, harm, end):
    """The process may even end by it: all that `flush` has promised is in the file alone."""
    path = tmp_path / "p.xmem"
    new_project(path).close()
    script = f"""
        import sys
        sys.path[:0] = [{str(REPOSITORY)!r}, {str(Path(__file__).parent)!r}]
        from pathlib import Path
        from project_samples import pattern
        from xmem_gui.project import Project, SetMasks
        project = Project.open(Path({str(path)!r}), backup_every=None, flush_interval=60)
        project.add_object("rabbit")
        for frame in range(6):
            project.apply(SetMasks(frame, {{1: pattern(frame)}}))
            project.flush()
        print("saved", flush=True)
        sys.stdin.readline()
        for frame in range(6):
            project.mask(frame, 1)
        project.apply(SetMasks(8, {{1: pattern(8)}}))
        project.flush()
        print("saved again", flush=True)
        sys.stdin.readline()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdout.readline().strip() == "saved"
        for place in (path.with_name(path.name + end),):
            if place.exists():
                harm(place)
        child.stdin.write("go on\n")
        child.stdin.flush()
        again = child.stdout.readline().strip()
        child.kill()
    with Project.open(path, backup_every=None) as project:
        assert all(np.array_equal(project.mask(frame, 1), pattern(frame)) for frame in range(6))
        if again:
            assert np.array_equal(project.mask(8, 1), pattern(8))
        assert any(
            "without closing" in text and "up to 'Draw – rabbit" in text for text in map(str, project.notices)
        )


def test_the_file_alone_is_whole_while_it_is_open(tmp_path):
    """As a cloud service copies it: without the log."""
    with new_project(tmp_path / "p.xmem", flush_interval=60) as project:
        project.add_object("rabbit")
        for frame in range(6):
            project.apply(SetMasks(frame, {1: pattern(frame)}))
            project.flush()
            (tmp_path / "copy.xmem").write_bytes((tmp_path / "p.xmem").read_bytes())
            with Project.open(tmp_path / "copy.xmem", backup_every=None) as copy:
                assert np.array_equal(copy.mask(frame, 1), pattern(frame))


def test_the_log_of_one_file_does_not_get_into_another(tmp_path):
    """A backup is put in place of a project whose program was killed; its log is still there."""
    path = tmp_path / "p.xmem"
    with new_project(path) as project:
        project.add_object("rabbit")
    older = path.read_bytes()
    script = f"""
        import os, sys
        sys.path[:0] = [{str(REPOSITORY)!r}, {str(Path(__file__).parent)!r}]
        from pathlib import Path
        from xmem_gui.project import Project
        project = Project.open(Path({str(path)!r}), backup_every=None, flush_interval=60)
        for _ in range(30):
            project.add_object()
            project.flush()
        os._exit(9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, timeout=60)
    path.write_bytes(older)
    with Project.open(path, backup_every=None) as project:
        assert [item.name for item in project.objects] == ["rabbit"]
