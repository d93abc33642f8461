"""The errors a person may see: one plain sentence each - what, which file or frame, what to do."""


class XmemGuiError(Exception):
    """Base of every error this program raises on purpose; its text is fit to be shown as it is."""


class MediaError(XmemGuiError):
    """A video or an image cannot be opened or decoded."""


class MaskError(XmemGuiError):
    """A mask does not fit its frame, or holds values that name no object."""


class PromptError(XmemGuiError):
    """A click, a stroke or a box has coordinates that no image can have."""


class CheckpointError(XmemGuiError):
    """A file of network weights is missing, damaged, foreign or of the wrong shape."""


class DeviceMemoryError(XmemGuiError):
    """The device has not enough memory for a network or an image."""


class DownloadError(XmemGuiError):
    """A file cannot be fetched from the network, or what came is not what was asked for."""


class ProjectError(XmemGuiError):
    """A project file cannot be opened, read or written."""


class OutputError(XmemGuiError):
    """A result cannot be written where it was asked for."""


class FormatError(XmemGuiError):
    """A file to import is not what its format says, or is larger than what can be read safely."""


class Cancelled(XmemGuiError):
    """The person stopped what was going on; nothing half-done is left."""
