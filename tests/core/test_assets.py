import json
import os
import stat
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from core import assets
from core.assets import Double, Hair, Motion, PinholeCamera
from core.errors import (
    AssetVersionError,
    OutputExistsError,
    OutputRefusedError,
    UnreadableAssetError,
)

CAMERA = PinholeCamera(
    focal_px=800.0, center_x_px=320.0, center_y_px=240.0, width_px=640, height_px=480
)
Maker = Callable[[], Double | Motion]
PNG = b"\x89PNG\r\n\x1a\n not looked at"


def a_double() -> Double:
    """A tetrahedron that has everything a head has."""
    random = np.random.default_rng(0)
    return Double(
        name="Ada",
        vertices=random.normal(size=(4, 3)).astype(np.float32),
        faces=np.array([[0, 1, 2, -1], [0, 2, 3, -1]], np.int32),
        uvs=random.random((5, 2)).astype(np.float32),
        face_uvs=np.array([[0, 1, 2, -1], [2, 3, 4, -1]], np.int32),
        face_parts=np.array([0, 3], np.int8),
        blendshapes=random.normal(size=(52, 4, 3)).astype(np.float32),
        joints=random.normal(size=(6, 3)).astype(np.float32),
        skin_weights=np.full((4, 6), 1 / 6, np.float32),
        region_names=("lips", "nose"),
        region_masks=random.random((2, 4)).astype(np.float32),
        identity=random.normal(size=7).astype(np.float32),
        textures={"albedo": PNG, "eye": PNG + b"2"},
        camera=CAMERA,
        T_camera_head=np.eye(4),
        photo_expression=random.random(52).astype(np.float32),
        photo_gaze_rad=random.random((2, 2)).astype(np.float32),
        photo_light=random.random((9, 3)).astype(np.float32),
        colours_srgb={"skin": (0.8, 0.6, 0.5)},
        facts={"rms_px": np.float32(1.5), "converged": True},
        consent={"id": "7f"},
        provenance={"photo_sha256": "0" * 64},
    )


def a_motion() -> Motion:
    """Three frames, the middle one without a face."""
    return Motion(
        times_s=np.array([0.0, 0.04, 0.1]),
        expressions=np.random.default_rng(0).random((3, 52)).astype(np.float32),
        T_world_head=np.tile(np.eye(4, dtype=np.float32), (3, 1, 1)),
        gaze_rad=np.zeros((3, 2, 2), np.float32),
        seen=np.array([True, False, True]),
        camera=CAMERA,
        source={"name": "clip.mp4", "rate_fps": 25.0},
        facts={"frames": 3},
        sound=b"fLaC and more",
    )


def assert_same(one: Double | Motion, other: Double | Motion) -> None:
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            assert np.array_equal(a, b), field.name
        else:
            assert a == b, field.name


def test_a_double_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    double = a_double()
    double.save(tmp_path / "new folder" / "Ada.double")
    assert_same(Double.load(tmp_path / "new folder" / "Ada.double"), double)


def test_a_motion_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    motion = a_motion()
    motion.save(tmp_path / "a.motion.npz")
    assert_same(Motion.load(tmp_path / "a.motion.npz"), motion)
    silent = replace(motion, sound=None)
    silent.save(tmp_path / "b.motion.npz")
    assert Motion.load(tmp_path / "b.motion.npz").sound is None


@pytest.mark.parametrize("make", [a_double, a_motion])
def test_nothing_is_replaced_unless_it_is_asked_for(
    tmp_path: Path, make: Maker
) -> None:
    path = tmp_path / "asset"
    make().save(path)
    older = sorted(item.stat().st_mtime_ns for item in tmp_path.rglob("*"))
    with pytest.raises(OutputExistsError, match="--overwrite"):
        make().save(path)
    assert sorted(item.stat().st_mtime_ns for item in tmp_path.rglob("*")) == older
    make().save(path, overwrite=True)
    assert [item.name for item in tmp_path.iterdir()] == ["asset"], "no leftovers"


def test_a_folder_that_is_no_double_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "picture.jpg").write_bytes(b"dear")
    with pytest.raises(OutputExistsError, match="left alone"):
        a_double().save(tmp_path / "holiday", overwrite=True)
    assert (tmp_path / "holiday" / "picture.jpg").read_bytes() == b"dear"


@pytest.mark.parametrize("make", [a_double, a_motion])
def test_a_failure_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Maker
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(assets.os, "replace", full)
    with pytest.raises(OutputRefusedError, match="No space left"):
        make().save(tmp_path / "asset")
    assert list(tmp_path.iterdir()) == []


def test_a_double_survives_a_failed_replacement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    double = a_double()
    double.save(tmp_path / "Ada.double")
    really = os.replace
    calls = iter([really, None, really])

    def second_one_fails(source: Path, target: Path) -> None:
        act = next(calls)
        if act is None:
            raise OSError(28, "No space left on device")
        act(source, target)

    monkeypatch.setattr(assets.os, "replace", second_one_fails)
    with pytest.raises(OutputRefusedError):
        replace(double, name="Eve").save(tmp_path / "Ada.double", overwrite=True)
    assert Double.load(tmp_path / "Ada.double").name == "Ada"


def test_stored_assets_are_readable_by_others_as_ordinary_files_are(
    tmp_path: Path,
) -> None:
    (tmp_path / "ordinary").mkdir()
    ordinary = stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)
    a_double().save(tmp_path / "Ada.double")
    assert stat.S_IMODE((tmp_path / "Ada.double").stat().st_mode) == ordinary


def test_missing_and_damaged_assets_are_refused(tmp_path: Path) -> None:
    for kind in (Double, Motion):
        with pytest.raises(UnreadableAssetError, match="There is no"):
            kind.load(tmp_path / "missing")
    a_double().save(tmp_path / "Ada.double")
    (tmp_path / "Ada.double" / "arrays.npz").write_bytes(b"PK\3\4 and nonsense")
    with pytest.raises(UnreadableAssetError, match="Make it anew"):
        Double.load(tmp_path / "Ada.double")
    a_motion().save(tmp_path / "a.motion.npz")
    whole = (tmp_path / "a.motion.npz").read_bytes()
    (tmp_path / "a.motion.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableAssetError, match="Make it anew"):
        Motion.load(tmp_path / "a.motion.npz")


def test_a_pickle_in_a_motion_is_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", header=np.array([{"a": 1}], dtype=object))
    with pytest.raises(UnreadableAssetError):
        Motion.load(tmp_path / "evil.npz")


def test_a_texture_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    a_double().save(tmp_path / "Ada.double")
    (tmp_path / "secret.png").write_bytes(b"secret")
    facts = json.loads((tmp_path / "Ada.double" / "double.json").read_text())
    facts["texture_names"] = ["../secret"]
    (tmp_path / "Ada.double" / "double.json").write_text(json.dumps(facts))
    with pytest.raises(UnreadableAssetError):
        Double.load(tmp_path / "Ada.double")


def test_another_format_version_is_named(tmp_path: Path) -> None:
    replace(a_motion(), format_version=99).save(tmp_path / "a.motion.npz")
    with pytest.raises(AssetVersionError, match="format version 99"):
        Motion.load(tmp_path / "a.motion.npz")


def test_the_rate_comes_from_the_source_or_from_the_times() -> None:
    assert a_motion().rate_fps == 25.0
    times = np.arange(5) / 30.0
    assert replace(a_motion(), times_s=times, source={}).rate_fps == pytest.approx(30.0)


def test_hair_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    points = np.random.default_rng(0).random((3, 4, 3)).astype(np.float32)
    colours = np.arange(18, dtype=np.uint8).reshape(3, 2, 3)
    hair = Hair(points=points, colours_srgb=colours, radius_m=0.0002)
    path = replace(a_double(), hair=hair).save(tmp_path / "Ada.double")
    found = Double.load(path).hair
    assert found is not None
    assert np.array_equal(found.points, points)
    assert np.array_equal(found.colours_srgb, colours)
    assert found.radius_m == 0.0002


def test_a_double_without_hair_loads(tmp_path: Path) -> None:
    path = a_double().save(tmp_path / "Ada.double")
    with np.load(path / "arrays.npz") as arrays:
        assert not [name for name in arrays if name.startswith("hair")]
    assert Double.load(path).hair is None
