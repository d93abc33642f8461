from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from xmem_gui.cli.object_map import read_map
from xmem_gui.formats import ImportPlan, ImportTarget, ObjectInfo


@dataclass(frozen=True)
class Named:
    id: int
    name: str


OURS = (Named(1, "rabbit"), Named(4, "fox"), Named(7, "fox"), Named(8, "3"))


def plan(*names: str) -> ImportPlan:
    objects = tuple(ObjectInfo(number, name, (0, 0, 0)) for number, name in enumerate(names, 1))
    return ImportPlan("coco", Path("a.json"), ImportTarget((4, 4), ("0",)), objects, (), 0)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], {}),
        (["dog=1"], {1: 1}),
        (["1=rabbit", "2=new"], {1: 1, 2: None}),
        (["a=b=4"], {3: 4}),
        (["7=8"], {4: 8}),
        (["dog=3"], {1: 8}),
        ([" dog = rabbit "], {1: 1}),
    ],
)
def test_names_and_numbers(texts: list[str], found: dict[int, int | None]) -> None:
    assert read_map(texts, plan("dog", "cat", "a=b", "7"), OURS) == found


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["dog"], "is not such as rabbit=3 or 2=new"),
        (["=1"], "is not such as"),
        (["dog="], "is not such as"),
        (["9=1"], "the files have no object '9'; there are 1 (dog)"),
        (["dog=hare"], "the project has no object 'hare'; there are 1 (rabbit)"),
        (["dog=fox"], "2 objects called 'fox': name one by its number (4, 7)"),
        (["dog=1", "1=new"], "sent to two objects"),
    ],
)
def test_what_means_no_object_or_several_is_refused(texts: list[str], words: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        read_map(texts, plan("dog"), OURS)
    assert words in str(refused.value)
