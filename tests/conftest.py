"""What holds for every test: property tests have no clock, and draw the same examples on every CI run."""

import os

from hypothesis import settings

settings.register_profile("xmem-gui", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("xmem-gui")
