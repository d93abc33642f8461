"""Listeners are told in order, weakly held where they are methods, and none spoils it for another."""

import gc
import logging

import pytest

from xmem_gui.listeners import Listeners


def test_they_hear_in_the_order_in_which_they_came():
    said, heard = Listeners("words"), []
    for name in "abc":
        said.connect(lambda word, name=name: heard.append((name, word)))
    said.tell("hello")
    assert heard == [("a", "hello"), ("b", "hello"), ("c", "hello")]


def test_one_that_fails_is_logged_and_the_others_hear(caplog):
    said, heard = Listeners("words"), []

    def fail(word):
        raise ValueError("a listener's own fault")

    said.connect(fail)
    said.connect(heard.append)
    with caplog.at_level(logging.ERROR, logger="xmem_gui.listeners"):
        said.tell("hello")
        said.tell("again")
    assert heard == ["hello", "again"]
    assert caplog.text.count("a listener's own fault") >= 2
    assert "told of words" in caplog.text


def test_who_disconnects_hears_no_more():
    said, heard = Listeners("words"), []
    said.connect(heard.append)
    said.tell("one")
    said.disconnect(heard.append)
    said.disconnect(heard.append)
    said.tell("two")
    assert (heard, len(said)) == (["one"], 0)


def test_a_method_goes_with_its_object():
    said, heard = Listeners("words"), []

    class View:
        def hear(self, word):
            heard.append(word)

    view = View()
    said.connect(view.hear)
    said.tell("one")
    del view
    gc.collect()
    said.tell("two")
    assert (heard, len(said)) == (["one"], 0)


def test_who_leaves_while_being_told_takes_nobody_along():
    said, heard = Listeners("words"), []

    def once(word):
        heard.append(word)
        said.disconnect(once)

    said.connect(once)
    said.connect(heard.append)
    said.tell("one")
    said.tell("two")
    assert heard == ["one", "one", "two"]


def test_connecting_decorates_and_refuses_what_cannot_hear():
    said = Listeners("words")

    @said.connect
    def hear(word):
        return word

    assert hear("still a function") == "still a function"
    with pytest.raises(ValueError, match="arguments"):
        said.connect(lambda one, two: None)
