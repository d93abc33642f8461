"""The folders in which the application keeps what is nobody's project: settings, logs, models, copies."""

import os
from pathlib import Path

import platformdirs

_NAME = "xmem-gui"
MODELS_VARIABLE = "XMEM_GUI_MODELS"
"""Names another folder for models."""


def settings_folder() -> Path:
    """Return the folder of the settings."""
    return platformdirs.user_config_path(_NAME)


def logs_folder() -> Path:
    """Return the folder of the logs."""
    return platformdirs.user_log_path(_NAME)


def thumbnails_folder() -> Path:
    """Return the folder of the pictures of what was open lately; it can be deleted at any time."""
    return platformdirs.user_cache_path(_NAME) / "thumbnails"


def sent_models_folder() -> Path:
    """Return where models are kept that another machine's window has sent to compute with."""
    return platformdirs.user_cache_path(_NAME) / "sent-models"


def sample_folder() -> Path:
    """Return the folder in which the sample video is worked on."""
    return platformdirs.user_data_path(_NAME) / "sample"


def rescued_folder() -> Path:
    """Return the folder of copies of projects that were saved for want of a better place."""
    return platformdirs.user_data_path(_NAME, appauthor=False) / "rescued"


def models_folder() -> Path:
    """Return the folder of downloaded networks, which may not exist yet.

    It is what the environment variable ``XMEM_GUI_MODELS`` says, or ``models`` in the user's data folder.
    """
    if chosen := os.environ.get(MODELS_VARIABLE):
        return Path(chosen).expanduser()
    # The name it has had from the start: models are large, and nobody wants to download them again.
    return platformdirs.user_data_path("xmem_gui", appauthor=False) / "models"
