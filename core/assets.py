"""What a Double and a Motion hold, and how they are saved and read.

A **Double** is one person's head: a folder `NAME.double/` with `double.json` (facts,
camera, names), `arrays.npz` (geometry) and one PNG per texture. A **Motion** is one
performance: a file `NAME.motion.npz`. Both are read with numpy alone, hold no pickles,
and carry a format version. They are written beside their final place and moved there
whole, so that no half-written asset ever lies under its own name.
"""

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .errors import (
    AssetVersionError,
    OutputExistsError,
    OutputRefusedError,
    UnreadableAssetError,
)
from .expressions import EXPRESSION_NAMES
from .spooling import Bytes, content_of, spooled_file

DOUBLE_FORMAT_VERSION = 1
MOTION_FORMAT_VERSION = 1

PART_NAMES: tuple[str, ...] = (
    "skin",
    "eye_left",
    "eye_right",
    "teeth",
    "gums",
    "tongue",
    "eyelashes",
    "tears",
    "lid_shade",
    "caruncles",
    "brows",
)
"""What a face of the mesh belongs to; `face_parts` holds indices into this. The first
seven are the head model's; a Double may lack any of the others."""

JOINT_NAMES: tuple[str, ...] = ("root", "neck", "head", "jaw", "eye.L", "eye.R")
"""The skeleton. `root` carries the shoulders and the head's translation."""

JOINT_PARENTS: tuple[int, ...] = (-1, 0, 1, 2, 2, 2)
"""Index of each joint's parent in `JOINT_NAMES`; -1 for none."""


@dataclass(frozen=True, kw_only=True)
class PinholeCamera:
    """A pinhole camera with square pixels.

    Convention: OpenCV; pixels count from the image's top-left corner.
    """

    focal_px: float
    """Focal length in pixels."""
    center_x_px: float
    """Principal point, from the left edge."""
    center_y_px: float
    """Principal point, from the top edge."""
    width_px: int
    """Width of the image."""
    height_px: int
    """Height of the image."""


@dataclass(frozen=True, kw_only=True)
class Hair:
    """Hair as strands: each a row of points from root to tip."""

    points: NDArray[np.float32]
    """Places [strands, points, 3] on the neutral head, in metres and head space."""
    colours_srgb: NDArray[np.uint8]
    """Colours [strands, 2, 3] near root and tip."""
    radius_m: float
    """Of a strand at its root; it tapers to its tip."""


def _no_light() -> NDArray[np.float32]:
    return np.zeros((9, 3), np.float32)


@dataclass(frozen=True, kw_only=True)
class Double:
    """A person's head, ready to be animated: all in metres and head space."""

    name: str
    """What the person is called in a scene."""
    vertices: NDArray[np.float32]
    """Neutral vertices [vertices, 3]."""
    faces: NDArray[np.int32]
    """Quads [faces, 4], counter-clockwise from outside; -1 pads a triangle."""
    uvs: NDArray[np.float32]
    """Texture coordinates [uvs, 2], V up; each part has the unit square to itself."""
    face_uvs: NDArray[np.int32]
    """Index into `uvs` of each corner [faces, 4]; -1 pads a triangle."""
    face_parts: NDArray[np.int8]
    """Index into `PART_NAMES` of each face [faces]."""
    blendshapes: NDArray[np.float32]
    """Offsets [52, vertices, 3] at weight one, in the order of `EXPRESSION_NAMES`."""
    joints: NDArray[np.float32]
    """Joint positions [6, 3] at rest, in the order of `JOINT_NAMES`."""
    skin_weights: NDArray[np.float32]
    """Influence of each joint [vertices, 6]; rows sum to one."""
    region_names: tuple[str, ...]
    """Names of the region masks."""
    region_masks: NDArray[np.float32]
    """How much each vertex belongs to each region [regions, vertices], 0 to 1."""
    identity: NDArray[np.float32]
    """Coefficients of the head model's identity basis [identity]."""
    textures: Mapping[str, bytes]
    """PNG files by name. `albedo` (sRGB, the skin) is always there; `coverage` says how
    much of it the photo showed (255: all), `bump` is height (128: the surface, 255
    steps a millimetre), `roughness` 0 to 1, `hair` where hair is painted on the skin,
    `shade` half the light that fell on it beside `photo_light` (sRGB): cast shadows and
    gloss; `folds` half of what folds of the photo's expression do to `albedo` (sRGB),
    if it has any; `eye` and `eyelashes` are theirs."""
    camera: PinholeCamera
    """The camera of the photo."""
    T_camera_head: NDArray[np.float64]
    """Where that camera saw the head [4, 4]."""
    photo_expression: NDArray[np.float32]
    """Expression weights [52] in the photo."""
    photo_gaze_rad: NDArray[np.float32]
    """Gaze in the photo [2 eyes (left, right), 2 (yaw to +X, pitch up)]."""
    photo_light: NDArray[np.float32] = field(default_factory=_no_light)
    """Linear light on white skin in the photo, by its normal n in head space: red,
    green and blue coefficients [9, 3] of 1, x, y, z, xy, yz, zx, xx - yy, 3 zz - 1."""
    colours_srgb: Mapping[str, tuple[float, float, float]]
    """Colours 0 to 1 read from the photo: `skin`, `lips`, `iris`, `hair`, `brows`."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the fit went: flat figures, as `--json` prints them."""
    hair: Hair | None = None
    """Strands on the head, if there are any; the skin is painted under them."""
    consent: Mapping[str, Any] | None = None
    """The consent record that was given, word for word."""
    provenance: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Where it comes from: photo's sha256, software and model versions."""
    format_version: int = DOUBLE_FORMAT_VERSION

    def save(self, path: Path | str, *, overwrite: bool = False) -> Path:
        """Write the folder `path` whole or not at all.

        Raises OutputExistsError if something lies there and `overwrite` is false, and
        OutputRefusedError if the place cannot be written.
        """
        path = Path(path)
        refuse_existing(path, overwrite=overwrite)
        facts = {name: getattr(self, name) for name in _DOUBLE_FACTS}
        facts["camera"] = asdict(self.camera)
        facts["texture_names"] = sorted(self.textures)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(
                prefix=f".{path.name}.", dir=path.parent
            ) as temporary:
                folder = Path(temporary) / "double"
                folder.mkdir()
                text = json.dumps(facts, indent=1, default=_plain)
                (folder / "double.json").write_text(text, encoding="utf-8")
                arrays = {name: getattr(self, name) for name in _DOUBLE_ARRAYS}
                if self.hair is not None:
                    arrays |= {f"hair_{k}": v for k, v in vars(self.hair).items()}
                np.savez_compressed(folder / "arrays.npz", **arrays)
                for name, content in self.textures.items():
                    (folder / f"{name}.png").write_bytes(content)
                _move_into_place(folder, path)
        except OSError as error:
            raise refused_output(path, error) from error
        return path

    @classmethod
    def load(cls, path: Path | str) -> "Double":
        """Read a NAME.double folder.

        Raises UnreadableAssetError if it is missing or damaged and AssetVersionError
        if its format is not one that this version reads.
        """
        path = Path(path)
        try:
            facts = json.loads((path / "double.json").read_text(encoding="utf-8"))
            _check_version(path, facts["format_version"], DOUBLE_FORMAT_VERSION)
            with np.load(path / "arrays.npz", allow_pickle=False) as arrays:
                fields = {name: arrays[name] for name in _DOUBLE_ARRAYS}
                if "hair_points" in arrays:
                    fields["hair"] = Hair(
                        points=arrays["hair_points"],
                        colours_srgb=arrays["hair_colours_srgb"],
                        radius_m=float(arrays["hair_radius_m"]),
                    )
            fields |= {name: facts[name] for name in _DOUBLE_FACTS}
            fields["camera"] = PinholeCamera(**facts["camera"])
            fields["region_names"] = tuple(facts["region_names"])
            fields["colours_srgb"] = {
                name: tuple(colour) for name, colour in facts["colours_srgb"].items()
            }
            fields["textures"] = {
                name: (path / f"{Path(name).name}.png").read_bytes()
                for name in facts["texture_names"]
            }
            return cls(**fields)
        except _DAMAGE as error:
            raise _unreadable(path, "Double", error) from error


_DOUBLE_ARRAYS = (
    "vertices faces uvs face_uvs face_parts blendshapes joints skin_weights "
    "region_masks identity T_camera_head photo_expression photo_gaze_rad "
    "photo_light"
).split()
_DOUBLE_FACTS = (
    "format_version name region_names colours_srgb facts consent provenance"
).split()


@dataclass(frozen=True, kw_only=True)
class Motion:
    """One performance, independent of who performs it."""

    times_s: NDArray[np.float64]
    """Presentation time of each frame [frames], increasing, the first one 0."""
    expressions: NDArray[np.float32]
    """Weights [frames, 52] in 0 to 1, in the order of `EXPRESSION_NAMES`."""
    T_world_head: NDArray[np.float32]
    """Pose of the head [frames, 4, 4]; the clip's camera is `spaces.T_WORLD_CAMERA`."""
    gaze_rad: NDArray[np.float32]
    """[frames, 2 eyes (left, right), 2 (yaw to the subject's left, pitch up)]."""
    seen: NDArray[np.bool_]
    """Whether a face was seen in each frame [frames]; the others are bridged."""
    camera: PinholeCamera
    """The clip's camera as estimated."""
    source: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The clip: name, sha256, rate_fps (nominal), start_s and end_s taken from it."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the tracking went: flat figures, as `--json` prints them."""
    sound: Bytes | None = None
    """The clip's sound as a FLAC file that starts at time 0; None: silent."""
    format_version: int = MOTION_FORMAT_VERSION

    @property
    def rate_fps(self) -> float:
        """Frames a second of the clip, as its container or its time stamps say."""
        if nominal := self.source.get("rate_fps"):
            return float(nominal)
        steps = np.diff(self.times_s)
        return float(1.0 / np.median(steps)) if len(steps) else 25.0

    def save(self, path: Path | str, *, overwrite: bool = False) -> Path:
        """Write the file `path` whole or not at all; errors as `Double.save`."""
        path = Path(path)
        refuse_existing(path, overwrite=overwrite)
        header = {
            "kind": "photo double motion",
            "format_version": self.format_version,
            "expression_names": EXPRESSION_NAMES,
            "camera": asdict(self.camera),
            "source": self.source,
            "facts": self.facts,
        }
        arrays = {name: getattr(self, name) for name in _MOTION_ARRAYS}
        arrays["header"] = np.frombuffer(
            json.dumps(header, default=_plain).encode(), np.uint8
        )
        if self.sound is not None:
            arrays["sound"] = np.frombuffer(self.sound, np.uint8)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(
                prefix=f".{path.name}.", dir=path.parent
            ) as temporary:
                file = Path(temporary) / "motion.npz"
                np.savez_compressed(file, **arrays)
                _move_into_place(file, path)
        except OSError as error:
            raise refused_output(path, error) from error
        return path

    @classmethod
    def load(cls, path: Path | str) -> "Motion":
        """Read a NAME.motion.npz; errors as `Double.load`."""
        path = Path(path)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                header = json.loads(arrays["header"].tobytes())
                _check_version(path, header["format_version"], MOTION_FORMAT_VERSION)
                return cls(
                    **{name: arrays[name] for name in _MOTION_ARRAYS},
                    camera=PinholeCamera(**header["camera"]),
                    source=header["source"],
                    facts=header["facts"],
                    sound=_sound_in(arrays.zip) if "sound" in arrays else None,
                    format_version=header["format_version"],
                )
        except _DAMAGE as error:
            raise _unreadable(path, "Motion", error) from error


def _sound_in(stored: zipfile.ZipFile) -> Bytes:
    """The bytes of a Motion's sound, taken out of it by pieces."""
    with stored.open("sound.npy") as member, spooled_file() as file:
        layout = cast("Any", np.lib.format)
        version = layout.read_magic(member)
        if version != (1, 0):
            raise ValueError(f"its sound has the format {version}")
        layout.read_array_header_1_0(member)
        shutil.copyfileobj(member, file)
        return content_of(file)


_MOTION_ARRAYS = "times_s expressions T_world_head gaze_rad seen".split()

_DAMAGE = (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile)


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise OutputExistsError if something lies at `path` that must not be replaced.

    A folder is only ever replaced if it is a Double.
    """
    if not (path.exists() or path.is_symlink()):
        return
    if not overwrite:
        raise OutputExistsError(
            f"{path} exists already. Choose another name, or allow it to be replaced "
            "(--overwrite).",
            path=path,
        )
    if path.is_dir() and not (path / "double.json").is_file():
        raise OutputExistsError(
            f"{path} is a folder that is not a Double, so it is left alone. "
            "Choose another name.",
            path=path,
        )


def _move_into_place(source: Path, target: Path) -> None:
    """Rename `source` to `target`; an older asset there goes only once that is sure."""
    if not target.is_dir():
        os.replace(source, target)
        return
    older = source.with_name("older")
    os.replace(target, older)
    try:
        os.replace(source, target)
    except OSError:
        os.replace(older, target)
        raise
    shutil.rmtree(older)


def _check_version(path: Path, found: object, known: int) -> None:
    if found != known:
        raise AssetVersionError(
            f"{path} has format version {found}; this Photo Double reads {known}. "
            "Update Photo Double, or make the asset anew from its photo or video.",
            path=path,
        )


def _unreadable(path: Path, kind: str, error: Exception) -> UnreadableAssetError:
    if not path.exists():
        return UnreadableAssetError(
            f"There is no {kind} at {path}. Check the path.", path=path
        )
    return UnreadableAssetError(
        f"{path} is not a {kind} that can be read ({error}). Make it anew from its "
        "photo or video.",
        path=path,
    )


def refused_output(path: Path, error: OSError) -> OutputRefusedError:
    """What to raise where a result cannot be written."""
    return OutputRefusedError(
        f"{path} cannot be written ({error.strerror or error}). Choose a folder that "
        "you may write to and that has space left.",
        path=path,
    )


def _plain(value: object) -> object:
    """A numpy scalar or array, or a mapping, as JSON knows it."""
    if isinstance(value, np.generic | np.ndarray):
        return cast("NDArray[Any]", value).tolist()
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Any]", value))
    raise TypeError(f"{type(value).__name__} cannot be stored in an asset")
