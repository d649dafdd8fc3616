"""The head as Blender has it: mesh, shape keys, bones, the curves that move them."""

from .action import (
    fill_action,
    fingerprint,
    require_assignable,
    rest_what_moves,
    use_action,
    write_action,
)
from .armature import bind_to_rig, build_rig, rest_rotations
from .hair_strands import build_hair, fasten_to_bone
from .head_mesh import build_head_mesh
from .pose import BoneCurves, bone_curves
from .resample import FramedMotion, frame_count, motion_at_frames
from .shape_keys import add_shape_keys

__all__ = [
    "BoneCurves",
    "FramedMotion",
    "add_shape_keys",
    "bind_to_rig",
    "bone_curves",
    "build_hair",
    "build_head_mesh",
    "build_rig",
    "fasten_to_bone",
    "fill_action",
    "fingerprint",
    "frame_count",
    "motion_at_frames",
    "require_assignable",
    "rest_rotations",
    "rest_what_moves",
    "use_action",
    "write_action",
]
