"""Classes of objects: kept, undone, in files of the first form, and in what is left of damaged ones."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from project_samples import new_project, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import (
    ClassifyObjects,
    MergeObjects,
    Project,
    SetMasks,
    SplitObject,
    classes_in_use,
    schema,
)


def first_form(path: Path) -> None:
    """Make a project of the form that had no classes, with a rabbit, a deleted object, and steps to undo."""
    now = path.with_name(f"now-{path.name}")
    with new_project(now) as project:
        rabbit, fox = project.add_object("rabbit"), project.add_object("fox")
        project.apply(SetMasks(0, {rabbit.id: pattern(1), fox.id: pattern(2)}))
        project.add_object("gone")
        project.undo()
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA page_size={schema.PAGE_SIZE}")
        database.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
        database.executescript(schema.MIGRATIONS[0])
        database.execute("PRAGMA user_version=1")
        database.execute("ATTACH ? AS now", (str(now),))
        columns = "id, name, colour, priority, visible, locked, deleted"
        database.execute(f"INSERT INTO objects ({columns}) SELECT {columns} FROM now.objects")
        for table in ("meta", "masks", "lanes", "steps", "changes"):
            database.execute(f"INSERT INTO {table} SELECT * FROM now.{table}")
        # Nor do its steps know classes.
        without = """replace(image, ', "category": ""', '')"""
        database.execute(f"UPDATE changes SET image = CAST({without} AS BLOB) WHERE kind = 1")
        database.commit()


def test_a_class_is_kept_and_undone_as_one_step_for_several(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        for name in ("rabbit", "fox", "rock"):
            project.add_object(name)
        project.apply(ClassifyObjects((1, 2), "  an \n animal "))
        assert [one.category for one in project.objects] == ["an animal", "an animal", ""]
        assert project.history[-1].label == "Class an animal – rabbit, fox"
        project.apply(ClassifyObjects((2,), ""))
        assert project.history[-1].label == "No class – fox"
        project.undo()
        assert [one.category for one in project.objects] == ["an animal", "an animal", ""]
        project.undo()
        assert [one.category for one in project.objects] == ["", "", ""]
        project.redo()
    with Project.open(tmp_path / "p.xmem") as project:
        assert [one.category for one in project.objects] == ["an animal", "an animal", ""]
        project.undo()
        assert [one.category for one in project.objects] == ["", "", ""]
        assert [one.name for one in project.objects] == ["rabbit", "fox", "rock"]


def test_views_hear_of_it_as_of_objects(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        heard = []
        project.changed.connect(heard.append)
        project.apply(ClassifyObjects((1,), "animal"))
        assert heard[-1].of_objects
        heard.clear()
        project.apply(ClassifyObjects((1,), "animal"))
        assert not any(one.of_objects for one in heard)


@pytest.mark.parametrize("odd", [None, 3, b"x", "x" * 20_000])
def test_what_is_no_class_is_refused(tmp_path, odd):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        with pytest.raises(ProjectError, match="class"):
            ClassifyObjects((1,), odd)
        with pytest.raises(ProjectError, match="no object 9"):
            project.apply(ClassifyObjects((1, 9), "animal"))
        assert project.objects[0].category == ""


def test_what_is_split_off_is_of_the_same_class_and_what_is_merged_keeps_its_own(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit", category="animal")
        project.add_object("rock")
        project.apply(SetMasks(0, {1: pattern(1), 2: pattern(2)}))
        project.apply(SetMasks(1, {1: pattern(3)}))
        project.apply(SplitObject(1, range(1, 2)))
        assert project.object(3).category == "animal"
        project.apply(MergeObjects((1, 3), 2))
        assert [(one.name, one.category) for one in project.objects] == [("rock", "")]


def test_classes_are_listed_once_in_order(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        for category in ("person", "", "Car", "person", "animal"):
            project.add_object(category=category)
        assert classes_in_use(project.objects) == ("animal", "Car", "person")


def test_a_file_of_the_first_form_opens_and_gets_classes_after_a_backup(tmp_path):
    first_form(tmp_path / "p.xmem")
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert [(one.name, one.category) for one in project.objects] == [("rabbit", ""), ("fox", "")]
        assert len(project.backups) == 1
        project.redo()
        assert project.object(3).name == "gone"
        project.apply(ClassifyObjects((3,), "ghost"))
        for _ in range(3):
            project.undo()
        assert project.mask(0, 1) is None
    with Project.open(tmp_path / "p.xmem") as project:
        project.redo()
        assert np.array_equal(project.mask(0, 1), pattern(1))
        assert project.next_object == 4
    with closing(sqlite3.connect(project.backups[0].path)) as database:
        assert schema.version(database) == 1


def test_a_file_of_the_first_form_can_be_looked_at_and_copied_without_being_changed(tmp_path):
    first_form(tmp_path / "p.xmem")
    before = (tmp_path / "p.xmem").read_bytes()
    with Project.open(tmp_path / "p.xmem", read_only=True) as project:
        assert [(one.name, one.category) for one in project.objects] == [("rabbit", ""), ("fox", "")]
        assert np.array_equal(project.mask(0, 2), pattern(2))
        project.refresh()
        assert [one.name for one in project.objects] == ["rabbit", "fox"]
        project.save_copy(tmp_path / "copy.xmem")
    assert (tmp_path / "p.xmem").read_bytes() == before
    with Project.open(tmp_path / "copy.xmem") as copy:
        copy.apply(ClassifyObjects((1, 2), "animal"))
        assert np.array_equal(copy.mask(0, 2), pattern(2))
    with Project.open(tmp_path / "copy.xmem") as copy:
        assert [one.category for one in copy.objects] == ["animal", "animal"]


def test_salvage_keeps_classes_and_reads_files_of_the_first_form(tmp_path):
    with new_project(tmp_path / "new.xmem") as project:
        project.add_object("rabbit", category="animal")
        project.apply(SetMasks(0, {1: pattern(1)}))
    first_form(tmp_path / "old.xmem")
    for name in ("new", "old"):
        path = tmp_path / f"{name}.xmem"
        data = bytearray(path.read_bytes())
        data[:100] = bytes(100)
        path.write_bytes(data)
        Project.salvage(path, backup_every=None)[0].close()
    with Project.open(tmp_path / "new.xmem") as project:
        assert [(one.name, one.category) for one in project.objects] == [("rabbit", "animal")]
        assert np.array_equal(project.mask(0, 1), pattern(1))
    with Project.open(tmp_path / "old.xmem") as project:
        assert [(one.name, one.category) for one in project.objects] == [("rabbit", ""), ("fox", "")]
        assert np.array_equal(project.mask(0, 2), pattern(2))
        assert project.next_object == 4


def test_a_class_that_is_no_text_is_damage(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
    with closing(sqlite3.connect(tmp_path / "p.xmem")) as database:
        database.execute("UPDATE objects SET category = x'00'")
        database.commit()
    with pytest.raises(ProjectError, match="damaged"):
        Project.open(tmp_path / "p.xmem")
