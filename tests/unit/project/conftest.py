"""The project that most tests begin with."""

import pytest
from project_samples import new_project


@pytest.fixture
def project(tmp_path):
    """Give a project with two objects and no masks."""
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        project.add_object("rock")
        yield project
