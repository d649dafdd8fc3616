"""The 52 expressions, by the names ARKit gave them.

Every rig, exporter and live-link tool in use reads these names, so they are our
vocabulary too. Left and right are the subject's own. The order is the one of Live
Link Face's CSV without its head and eye rotations; files and shape keys keep it.
"""

EXPRESSION_NAMES: tuple[str, ...] = (
    "eyeBlinkLeft",
    "eyeLookDownLeft",
    "eyeLookInLeft",
    "eyeLookOutLeft",
    "eyeLookUpLeft",
    "eyeSquintLeft",
    "eyeWideLeft",
    "eyeBlinkRight",
    "eyeLookDownRight",
    "eyeLookInRight",
    "eyeLookOutRight",
    "eyeLookUpRight",
    "eyeSquintRight",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawRight",
    "jawOpen",
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    "mouthLeft",
    "mouthRight",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)

EXPRESSION_INDEX: dict[str, int] = {
    name: index for index, name in enumerate(EXPRESSION_NAMES)
}

GAZE_EXPRESSIONS: tuple[str, ...] = tuple(
    name for name in EXPRESSION_NAMES if name.startswith("eyeLook")
)
"""They move the lids with the gaze; the eyeballs themselves turn by their bones."""

FULL_LOOK_RAD: dict[str, float] = {"Up": 0.45, "Down": 0.55, "In": 0.6, "Out": 0.6}
"""How far an eye looks when the eyeLook expression of a direction is one."""


def mirrored_name(name: str) -> str:
    """The same expression on the other side of the face; itself if it has no side."""
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    if name.endswith("Right"):
        return name.removesuffix("Right") + "Left"
    return name


MIRROR_ORDER: tuple[int, ...] = tuple(
    EXPRESSION_INDEX[mirrored_name(name)] for name in EXPRESSION_NAMES
)
"""`weights[..., MIRROR_ORDER]` is the mirrored performance."""
