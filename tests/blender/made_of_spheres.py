"""A Double and a Motion made of spheres and numbers, so that bpy is all that is needed.

The head is a sphere on a neck with eyes, teeth, gums, a tongue and lashes; each of its
52 expressions moves a spot of the surface of its own.
"""

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from photo_double.core import assets, expressions, spaces

RADIUS = 0.1
EYE_RADIUS = 0.014
EYES = np.array([[0.032, -0.088, 0.06], [-0.032, -0.088, 0.06]], np.float32)
JOINTS = np.concatenate(
    [
        [[0.0, 0.02, -0.22], [0.0, 0.02, -0.10], [0.0, 0.0, 0.0], [0.0, -0.01, 0.01]],
        EYES,
    ]
).astype(np.float32)
CAMERA = assets.PinholeCamera(
    focal_px=1400.0, center_x_px=409.5, center_y_px=505.25, width_px=800, height_px=1000
)
Surface = tuple[NDArray, NDArray, NDArray, NDArray]
"""Vertices, faces, UVs and face UVs."""


@dataclass
class _Parts:
    vertices: list = field(default_factory=list)
    faces: list = field(default_factory=list)
    uvs: list = field(default_factory=list)
    face_uvs: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    weights: list = field(default_factory=list)
    count: int = 0
    uv_count: int = 0

    def add(
        self,
        vertices: NDArray,
        faces: NDArray,
        uvs: NDArray,
        face_uvs: NDArray,
        *,
        part: str,
        weights: NDArray,
    ) -> None:
        self.vertices.append(vertices)
        self.faces.append(np.where(faces < 0, -1, faces + self.count))
        self.uvs.append(uvs)
        self.face_uvs.append(np.where(face_uvs < 0, -1, face_uvs + self.uv_count))
        self.parts.append(np.full(len(faces), assets.PART_NAMES.index(part), np.int8))
        rows = np.broadcast_to(np.asarray(weights, np.float32), (len(vertices), 6))
        self.weights.append(rows)
        self.count += len(vertices)
        self.uv_count += len(uvs)


def grid(rows: int, columns: int, *, flip: bool = False) -> NDArray[np.int32]:
    """Quads of a sheet of `rows` by `columns` vertices."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (i * columns + j).ravel()
    quads = np.stack([a, a + columns, a + columns + 1, a + 1], axis=1)
    return (quads[:, ::-1] if flip else quads).astype(np.int32)


def sphere(
    radius: float, center: NDArray, *, rows: int = 24, columns: int = 32
) -> Surface:
    """A closed sphere looking along -Y: triangles at the poles, quads between."""
    polar = np.linspace(0, np.pi, rows + 1)[1:-1]
    turn = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    ring = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], axis=1)
    body = np.sin(polar)[:, None, None] * ring
    body[..., 1] = -np.cos(polar)[:, None]
    vertices = np.concatenate([[[0, -1, 0]], body.reshape(-1, 3), [[0, 1, 0]]])
    distance = 0.5 * polar[:, None, None] / np.pi
    uvs = np.concatenate(
        [[[0.5, 0.5]], (0.5 + distance * ring[:, [0, 2]]).reshape(-1, 2), [[0.5, 1]]]
    )
    faces = []
    last = len(vertices) - 1
    for j in range(columns):
        k = (j + 1) % columns
        faces.append([0, 1 + j, 1 + k, -1])
        for i in range(len(polar) - 1):
            a, b = 1 + i * columns, 1 + (i + 1) * columns
            faces.append([a + j, b + j, b + k, a + k])
        a = 1 + (len(polar) - 1) * columns
        faces.append([a + j, last, a + k, -1])
    faces = np.array(faces, np.int32)
    points = (radius * vertices + center).astype(np.float32)
    return points, faces, uvs.astype(np.float32), faces


def sheet(center: list, size: tuple[float, float], *, rows: int = 3) -> Surface:
    """A flat strip in the XZ plane that faces -Y."""
    u, v = np.meshgrid(np.linspace(0, 1, 8), np.linspace(0, 1, rows))
    points = np.stack([size[0] * (u - 0.5), 0 * u, size[1] * (v - 0.5)], axis=-1)
    faces = grid(rows, 8, flip=True)
    uvs = np.stack([u, v], axis=-1).reshape(-1, 2).astype(np.float32)
    return (points.reshape(-1, 3) + center).astype(np.float32), faces, uvs, faces


def neck() -> Surface:
    """An open tube from the sphere down to the rim."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    heights = np.linspace(-0.05, -0.25, 8)
    points = [
        [0.05 * np.cos(t), 0.05 * np.sin(t) + 0.02, z] for z in heights for t in turn
    ]
    faces = []
    for i in range(7):
        for j in range(24):
            k = (j + 1) % 24
            faces.append([i * 24 + j, i * 24 + 24 + j, i * 24 + 24 + k, i * 24 + k])
    faces = np.array(faces, np.int32)
    uvs = np.stack(
        np.broadcast_arrays(turn / 7.0, (heights[:, None] + 0.25) * 0.5), axis=-1
    )
    return (
        np.array(points, np.float32),
        faces,
        uvs.reshape(-1, 2).astype(np.float32),
        faces,
    )


def neck_weights(z: NDArray) -> NDArray[np.float32]:
    """Of root at the rim, then neck, then head."""
    up = np.clip((z + 0.20) / 0.15, 0, 1)
    weights = np.zeros((len(z), 6), np.float32)
    weights[:, 0] = np.clip(1 - 2 * up, 0, 1)
    weights[:, 2] = np.clip(2 * up - 1, 0, 1)
    weights[:, 1] = 1 - weights[:, 0] - weights[:, 2]
    return weights


def make_double(name: str = "Test Person") -> assets.Double:
    """A whole Double with every part, key, joint and texture that a real one has."""
    parts = _Parts()
    one = np.eye(6, dtype=np.float32)
    parts.add(*sphere(RADIUS, np.array([0, 0, 0.06])), part="skin", weights=one[2])
    skin_count = parts.count
    tube = neck()
    parts.add(*tube, part="skin", weights=neck_weights(tube[0][:, 2]))
    for part, center, bone in (("eye_left", EYES[0], 4), ("eye_right", EYES[1], 5)):
        ball = sphere(EYE_RADIUS, center, rows=16, columns=16)
        parts.add(*ball, part=part, weights=one[bone])
    for part, z, width in (("teeth", 0.0, 0.05), ("gums", 0.012, 0.05)):
        parts.add(*sheet([0, -0.07, z], (width, 0.01)), part=part, weights=one[2])
    parts.add(*sheet([0, -0.06, -0.01], (0.03, 0.01)), part="tongue", weights=one[2])
    for side in (1, -1):
        lash = sheet([0.032 * side, -0.108, 0.075], (0.025, 0.008))
        parts.add(*lash, part="eyelashes", weights=one[2])
        for part in ("tears", "lid_shade", "caruncles", "brows"):
            wet = sheet([0.032 * side, -0.104, 0.055], (0.02, 0.001))
            parts.add(*wet, part=part, weights=one[2])
    vertices = np.concatenate(parts.vertices)
    mouth = np.exp(-(((vertices - [0, -0.1, 0.02]) / 0.02) ** 2).sum(axis=1))
    return assets.Double(
        name=name,
        vertices=vertices,
        faces=np.concatenate(parts.faces),
        uvs=np.concatenate(parts.uvs),
        face_uvs=np.concatenate(parts.face_uvs),
        face_parts=np.concatenate(parts.parts),
        blendshapes=spots(vertices, skin_count),
        joints=JOINTS,
        skin_weights=np.concatenate(parts.weights),
        region_names=("lips", "mouth_inside"),
        region_masks=np.stack([mouth, 0.2 * mouth]).astype(np.float32),
        identity=np.zeros(4, np.float32),
        textures={"albedo": png(np.full((16, 16, 3), (200, 150, 120), np.uint8))},
        camera=CAMERA,
        T_camera_head=photo_pose(),
        photo_expression=np.zeros(52, np.float32),
        photo_gaze_rad=np.zeros((2, 2), np.float32),
        colours_srgb={"skin": (0.78, 0.6, 0.5), "iris": (0.3, 0.45, 0.6)},
    )


def spots(vertices: NDArray, skin_count: int) -> NDArray[np.float32]:
    """52 offsets, each of a spot of the sphere's front; Left and Right mirror."""
    offsets = np.zeros((52, len(vertices), 3), np.float32)
    skin = vertices[:skin_count]
    for index, name in enumerate(expressions.EXPRESSION_NAMES):
        side = 1.0 if name.endswith("Left") else -1.0
        if not name.endswith(("Left", "Right")):
            side = 0.0
        number = index if side >= 0 else expressions.MIRROR_ORDER[index]
        angle = 2.4 * number
        center = np.array([side * 0.05, -0.08, 0.06 + 0.07 * np.sin(angle)])
        fall = np.exp(-(((skin - center) / 0.018) ** 2).sum(axis=1))
        if side:
            fall *= np.clip(side * skin[:, 0] / 0.01, 0, 1)
        direction = [0.004 * side * np.cos(angle), -0.006, 0.005 * np.cos(angle)]
        offsets[index, :skin_count] = fall[:, None] * direction
    return offsets


def photo_pose() -> NDArray[np.float64]:
    """T_camera_head: 0.9 m away, off the middle, turned and tilted."""
    turn, tilt = 0.35, 0.12
    rz = np.eye(4)
    rz[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    rx = np.eye(4)
    rx[1:3, 1:3] = [[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]
    pose = spaces.inverse_rigid(spaces.T_WORLD_CAMERA) @ rz @ rx
    pose[:3, 3] = [0.03, 0.02, 0.9]
    return pose


def make_motion(
    *, frames: int = 30, rate_fps: float = 25.0, sound: bool = True
) -> assets.Motion:
    """Nodding, shaking, looking about, speaking, with one blink of three frames."""
    times = np.arange(frames) / rate_fps
    weights = np.zeros((frames, 52), np.float32)
    for index in range(52):
        weights[:, index] = 0.3 + 0.3 * np.sin(3.0 * times + index)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        column = expressions.EXPRESSION_INDEX[name]
        weights[:, column] = 0.0
        middle = frames // 2
        weights[middle - 1 : middle + 2, column] = (0.5, 1.0, 0.5)
    yaw, pitch = 0.5 * np.sin(4 * times), 0.2 * np.sin(6 * times)
    pose = np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1))
    pose[:, :3, :3] = _turn(2, yaw) @ _turn(0, pitch)
    pose[:, :3, 3] = np.stack([0.02 * yaw, 0.6 + 0 * yaw, 0.01 * pitch], axis=1)
    gaze = np.stack([0.3 * np.sin(5 * times), 0.1 * np.cos(5 * times)], axis=1)
    return assets.Motion(
        times_s=times,
        expressions=weights,
        T_world_head=pose,
        gaze_rad=np.stack([gaze, 0.9 * gaze], axis=1).astype(np.float32),
        seen=np.ones(frames, bool),
        camera=CAMERA,
        source={"name": "clip.mp4", "rate_fps": rate_fps},
        sound=wav(frames / rate_fps) if sound else None,
    )


def _turn(axis: int, angles: NDArray) -> NDArray[np.float32]:
    """Rotations about one axis."""
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    result = np.tile(np.eye(3, dtype=np.float32), (len(angles), 1, 1))
    result[:, i, i] = result[:, j, j] = np.cos(angles)
    result[:, i, j], result[:, j, i] = -np.sin(angles), np.sin(angles)
    return result


def wav(seconds: float, rate: int = 16000) -> bytes:
    """A tone as a WAV file: what is read is told by its content, not by its name."""
    tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    data = tone.astype("<i2").tobytes()
    header = struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
    body = b"WAVEfmt " + header + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def png(rgb: NDArray[np.uint8]) -> bytes:
    """A PNG file of 8-bit RGB pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    height, width = rgb.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in rgb)
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
