import numpy as np
import pytest
from small_project import SIZE, make_frames

from xmem_gui.annotator import numbering_previews, plan_import
from xmem_gui.formats.davis import write_index_mask
from xmem_gui.video import open_source


@pytest.fixture
def masks(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    for number, rows in ((1, 0), (2, 3)):
        mask = np.zeros(SIZE, np.uint8)
        mask[2 : 2 + rows, 20:24] = 1
        write_index_mask(folder / f"m{number}.png", mask)
    return folder


def test_each_answer_has_a_picture_of_the_mask_on_its_frame(tmp_path, masks):
    with open_source(make_frames(tmp_path)) as video:
        plan = plan_import(video, masks)
        pictures = numbering_previews(video, plan)
        assert set(pictures) == {one.first_number for one in plan.question.answers} == {0, 1}
        # The first mask is empty, so the second is shown: on frame 2 or on frame 1.
        for first, frame in ((0, 2), (1, 1)):
            outside = video.frame(frame)[20, 5].astype(int)
            assert pictures[first].shape == (*SIZE, 3)
            assert abs(pictures[first][20, 5] - outside).max() <= 1
        assert not np.array_equal(pictures[0], pictures[1])


def test_a_plan_without_a_question_or_masks_has_none(tmp_path, masks):
    with open_source(make_frames(tmp_path)) as video:
        assert numbering_previews(video, plan_import(video, masks, first_number=1)) == {}
        write_index_mask(masks / "m2.png", np.zeros(SIZE, np.uint8))
        assert numbering_previews(video, plan_import(video, masks)) == {}
