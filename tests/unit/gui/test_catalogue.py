from collections import defaultdict

from PySide6.QtGui import QKeySequence

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.actions.catalogue import CATALOGUE, MENUS, SHARING_KEYS
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.theme import icon_names
from xmem_gui.project import DeleteObjects


def test_ids_are_unique_and_every_action_is_in_a_menu():
    assert len({spec.id for spec in CATALOGUE}) == len(CATALOGUE)
    menus = {name.replace("&", "") for name in MENUS}
    assert {spec.menu.partition("/")[0] for spec in CATALOGUE} == menus


def test_no_two_actions_have_one_key_but_those_that_exclude_each_other():
    owners = defaultdict(set)
    for spec in CATALOGUE:
        for key in spec.keys:
            sequence = QKeySequence(key).toString()
            assert sequence, f"{spec.id}: {key} is no key"
            owners[sequence].add(spec.id)
    assert {frozenset(ids) for ids in owners.values() if len(ids) > 1} == set(SHARING_KEYS)


def test_every_icon_is_drawn():
    assert {spec.icon for spec in CATALOGUE if spec.icon} <= set(icon_names())


def test_without_a_video_only_what_needs_none_can_be_done(empty_session: Session, actions: Actions):
    assert actions["file.open"].isEnabled()
    for name in ("file.export", "edit.undo", "tool.click", "propagate.forward", "go.next", "object.add"):
        assert not actions[name].isEnabled()


def test_what_can_be_done_follows_the_document(session: Session, actions: Actions, settle):
    assert actions["object.add"].isEnabled()
    assert not actions["object.delete"].isEnabled()
    session.edit(lambda annotator: annotator.project.add_object("square") and None)
    settle()
    session.selected = session.objects[0].id
    assert actions["object.delete"].isEnabled()
    assert actions["edit.undo"].isEnabled()
    assert actions["object.select_1"].isEnabled()
    assert not actions["object.select_2"].isEnabled()


def test_what_cannot_be_done_says_why(session: Session, actions: Actions, settle):
    assert actions.obstacle("file.open") == ""
    assert "object" in actions.obstacle("propagate.forward")
    assert actions["propagate.forward"].toolTip() == actions.obstacle("propagate.forward")
    assert actions.obstacle_of_key(QKeySequence("F")) == actions.obstacle("propagate.forward")
    assert actions.obstacle_of_key(QKeySequence("A")) == ""
    assert actions.obstacle_of_key(QKeySequence("Ctrl+Alt+Shift+F12")) == ""
    session.edit(lambda annotator: annotator.project.add_object("square") and None)
    settle()
    session.selected = None
    assert actions.obstacle("propagate.forward") == ""
    assert "Select" in actions.obstacle("object.delete")
    assert actions["object.add"].toolTip() != ""


def test_a_number_key_selects_the_object_that_wears_the_number(
    session: Session, actions, context: Context, settle
):
    from xmem_gui.gui.docks.objects import ObjectsDock

    ObjectsDock(context)
    for name in ("one", "two", "three"):
        session.edit(lambda annotator, name=name: annotator.project.add_object(name) and None)
    settle()
    session.edit(lambda annotator: annotator.project.apply(DeleteObjects([1])))
    settle()
    assert "no object 1" in actions.obstacle("object.select_1")
    actions["object.select_2"].trigger()
    assert session.selected == 2
