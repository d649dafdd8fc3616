"""Every error raised on purpose, in one tree.

The message of each is meant for an artist: what happened, then what to do. Facts
that a program may want to look at are attributes. The worker turns any of these
into a refusal with its message; anything else is reported as a crash.
"""

from pathlib import Path


class PhotoDoubleError(Exception):
    """A request was refused; the message says why and what to do."""


class FileRefusedError(PhotoDoubleError):
    """A file cannot be used. `path` says which."""

    def __init__(self, message: str, *, path: Path | str) -> None:
        super().__init__(message)
        self.path = Path(path)


class UnreadableImageError(FileRefusedError):
    """A photo is missing, damaged, too large, or not an image."""


class UnreadableVideoError(FileRefusedError):
    """A video is missing, damaged, or holds no pictures."""


class OutputExistsError(FileRefusedError):
    """Something already lies where the result should go."""


class OutputRefusedError(FileRefusedError):
    """The result cannot be written there: no folder, no permission, no space."""


class UnreadableAssetError(FileRefusedError):
    """A Double or Motion is missing, damaged, or not one of ours."""


class UnreadableCurvesError(FileRefusedError):
    """A Live Link Face CSV is missing, damaged, too large, or none."""


class EmptyTakeError(PhotoDoubleError):
    """Nothing is left of a performance once it is cut."""


class AssetVersionError(FileRefusedError):
    """A Double or Motion was written by a newer (or far too old) Photo Double."""


class NoFaceFoundError(FileRefusedError):
    """No face was found in a photo or in any frame of a video."""


class SeveralFacesError(FileRefusedError):
    """Several faces were found and none was chosen.

    `boxes_px` holds one (left, top, right, bottom) per face, in the order that
    `--face N` counts them, from 1.
    """

    def __init__(
        self,
        message: str,
        *,
        path: Path | str,
        boxes_px: tuple[tuple[float, float, float, float], ...],
    ) -> None:
        super().__init__(message, path=path)
        self.boxes_px = boxes_px


class ConsentRefusedError(FileRefusedError):
    """A consent record is missing, damaged, too large, or no record at all."""


class FitDivergedError(PhotoDoubleError):
    """The head could not be brought onto the photo in any useful way."""


class TrackingLostError(FileRefusedError):
    """The face is missing in most of the video."""


class MissingWeightsError(PhotoDoubleError):
    """A model file is missing or is not the one expected."""


class MissingLibraryError(PhotoDoubleError):
    """A library of the operating system that MediaPipe loads is missing."""


class DetectorFailedError(PhotoDoubleError):
    """MediaPipe refuses to start, for a reason that it names."""


class DeviceUnavailableError(PhotoDoubleError):
    """The requested compute device is not there."""


class EngineMissingError(PhotoDoubleError):
    """The add-on has no engine to run a job with."""


class BlenderUnavailableError(PhotoDoubleError):
    """Blender (or the bpy package) is needed and was not found, or it failed."""


class PhotoLightUnknownError(PhotoDoubleError):
    """A scene was to be lit as the photo was, and the double does not know how."""


class TakeRefusedError(PhotoDoubleError):
    """A take cannot be used or changed as things are in the file."""


class MissingDoubleError(PhotoDoubleError):
    """A double was deleted from the scene that it was asked for in."""


class CancelledError(PhotoDoubleError):
    """The user cancelled; nothing was written."""
