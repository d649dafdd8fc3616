"""Skin painted by rules: what a face's texture shows, from where each texel lies.

Everything is a function of a texel's place on the neutral head (in metres, head
space), of the head model's region masks, and of MediaPipe's landmarks on that head,
so it works for every identity and needs no picture of anybody.
"""

import numpy as np
from canvas import (
    NOSE_TIP,
    Canvas,
    Plane,
    dense,
    distance,
    faces_front,
    front,
    noise,
    noise_at,
    smooth,
)
from numpy.typing import NDArray
from people import Colour, Person
from scipy.spatial import cKDTree
from wrinkles import wrinkles

BROWN = (0.30, 0.19, 0.12)
"""Of melanin where it gathers."""

BROWS = {
    "right": ((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)),
    "left": ((300, 293, 334, 296, 336), (276, 283, 282, 295, 285)),
}
"""MediaPipe's landmarks along the upper and lower rim of each brow, outside first."""

LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409)
LIPS += (291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
"""The outer rim of the lips."""

EYES = {
    "right": (
        33,
        246,
        161,
        160,
        159,
        158,
        157,
        173,
        133,
        155,
        154,
        153,
        145,
        144,
        163,
        7,
    ),
    "left": (
        263,
        466,
        388,
        387,
        386,
        385,
        384,
        398,
        362,
        382,
        381,
        380,
        374,
        373,
        390,
        249,
    ),
}
"""The rims of the lids."""

HAIRLINE = (10, 338, 297, 332, 284, 251, 389, 356)
"""The upper rim of the face, from its middle to the left temple."""

CHIN, MOUTH_LEFT, MOUTH_RIGHT = 152, 291, 61
CHEEKS = (50, 280)


def paint_skin(person: Person, canvas: Canvas) -> NDArray[np.float32]:
    """The skin's colour [size, size, 3], sRGB 0 to 1, grown a little past its rims."""
    colour = np.broadcast_to(np.array(person.skin, np.float32), canvas.positions.shape)
    layers = [
        (person.flush, _flush(canvas)),
        (_darker(person.skin, 0.72), 0.42 * _around_eyes(canvas)),
        (_darker(person.skin, 0.7), person.blotches * noise(canvas, 0.016, 3)),
        (_darker(person.skin, 0.55), _freckles(person, canvas)),
        (_mixed(person.skin, BROWN, 0.75), _age_spots(person, canvas)),
        (_mixed(person.flush, BROWN, 0.3), 0.4 * _creased(person, canvas)),
        (_darker(person.skin, 0.9), 0.9 * noise(canvas, 0.0012, person.seed + 1)),
        (person.flush, 0.25 * noise(canvas, 0.009, person.seed + 2)),
        (
            _mixed(person.skin, person.hair, 0.7),
            person.stubble * _beard(person, canvas),
        ),
        (person.lips, _lips(person, canvas)),
        (_darker(person.lips, 0.45), canvas.masks["mouth_inside"]),
        (_mixed(person.hair, person.skin, 0.12), _scalp(person, canvas)),
        (person.hair, person.brow_ink * _brows(person, canvas)),
    ]
    for tint, amount in layers:
        share = np.clip(amount, 0, 1)[..., None]
        colour = colour + share * (np.array(tint, np.float32) - colour)
    return _grown(np.clip(colour, 0, 1).astype(np.float32), canvas.covered)


def _flush(canvas: Canvas) -> Plane:
    """More blood in cheeks, nose tip, ears and chin."""
    amount = 0.55 * canvas.masks["ears"]
    spots = [(index, 0.021, 0.42) for index in CHEEKS]
    spots += [(NOSE_TIP, 0.014, 0.5), (CHIN, 0.016, 0.22)]
    for index, radius_m, strength in spots:
        away = distance(canvas.positions, canvas.landmarks[index])
        amount = np.maximum(amount, strength * np.exp(-((away / radius_m) ** 2)))
    return amount * (0.75 + 0.5 * noise(canvas, 0.006, 3))


def _around_eyes(canvas: Canvas) -> Plane:
    """The thin, darker skin of lids and under the eyes."""
    amount = np.zeros(canvas.covered.shape, np.float32)
    for rim in EYES.values():
        away, _ = cKDTree(dense(canvas.landmarks[list(rim)])).query(
            canvas.positions, distance_upper_bound=0.03
        )
        amount = np.maximum(amount, np.exp(-((np.minimum(away, 1) / 0.007) ** 2)))
    return amount


def _freckles(person: Person, canvas: Canvas) -> Plane:
    """Spots of half a millimetre to a millimetre on nose and cheeks."""
    return _spots(
        canvas,
        count=person.freckles,
        reach_m=(0.036, 0.03, 0.02),
        size_m=(0.0004, 0.0011),
        seed=person.seed,
    )


def _age_spots(person: Person, canvas: Canvas) -> Plane:
    """Spots of some millimetres with ragged rims, from the forehead to the jaw."""
    if not person.age_spots:
        return np.zeros(canvas.covered.shape, np.float32)
    spots = _spots(
        canvas,
        count=person.age_spots,
        reach_m=(0.06, 0.06, 0.05),
        size_m=(0.001, 0.0035),
        seed=person.seed + 8,
    )
    return smooth(spots * (0.6 + 0.8 * noise(canvas, 0.0015, 9)), 0.06, 0.3) * 0.7


def _spots(
    canvas: Canvas,
    *,
    count: int,
    reach_m: tuple[float, float, float],
    size_m: tuple[float, float],
    seed: int,
) -> Plane:
    """Soft round spots, normally distributed around the middle of the face."""
    random = np.random.default_rng(seed)
    middle = canvas.landmarks[[NOSE_TIP, *CHEEKS]].mean(axis=0)
    spread = random.normal(0, reach_m, (count, 3))
    tree = cKDTree(canvas.positions[canvas.covered])
    _, nearest = tree.query(middle + spread)
    centers = canvas.positions[canvas.covered][nearest]
    sizes = random.uniform(*size_m, count)
    strengths = random.uniform(0.15, 0.6, count)
    away, which = cKDTree(centers).query(canvas.positions, distance_upper_bound=0.01)
    which = np.minimum(which, count - 1)
    spots = strengths[which] * np.exp(-((np.minimum(away, 1) / sizes[which]) ** 2))
    skin_only = 1 - np.maximum(canvas.masks["lips"], canvas.masks["scalp"])
    return (spots * skin_only).astype(np.float32)


def _creased(person: Person, canvas: Canvas) -> Plane:
    """Where wrinkles are deep enough to be seen in the skin's colour."""
    if not person.wrinkles_m:
        return np.zeros(canvas.covered.shape, np.float32)
    return wrinkles(canvas, person.seed) * min(1.0, person.wrinkles_m / 0.0005)


def _beard(person: Person, canvas: Canvas) -> Plane:
    """The stubble of chin, jaw and upper lip: fine grain inside a soft outline."""
    mouth = canvas.landmarks[[MOUTH_LEFT, MOUTH_RIGHT]].mean(axis=0)
    chin = canvas.landmarks[CHIN]
    nose = canvas.landmarks[2]
    x, y, z = np.moveaxis(canvas.positions, -1, 0)
    top = nose[2] - 0.006 + 0.024 * smooth(np.abs(x), 0.03, 0.075)
    below_top = smooth(top - z, -0.008, 0.014)
    above_neck = smooth(z - (chin[2] - 0.025), 0.0, 0.02)
    in_front = smooth(mouth[1] + 0.105 - y, 0.0, 0.02)
    bare_lips = 1 - np.clip(2 * canvas.masks["lips"], 0, 1)
    grain = 0.35 + 0.65 * noise(canvas, 0.0005, person.seed + 4)
    no_ears = 1 - np.clip(2 * canvas.masks["ears"], 0, 1)
    return below_top * above_neck * in_front * bare_lips * no_ears * grain


def _lips(person: Person, canvas: Canvas) -> Plane:
    """The red of the lips with a soft rim and fine upright creases."""
    inside = _inside(front(canvas.landmarks[list(LIPS)]), canvas, 0.0012)
    stretched = canvas.positions * np.array([3.0, 1.0, 0.4], np.float32)
    creases = noise_at(stretched / 0.003, person.seed + 5)
    reach = np.clip(3 * canvas.masks["lips"], 0, 1)
    return inside * reach * (0.72 + 0.28 * creases)


def _scalp(person: Person, canvas: Canvas) -> Plane:
    """The skin under the hair, so that it does not shine through."""
    ragged = canvas.positions + 0.012 * np.stack(
        [noise(canvas, 0.003, person.seed + 6 + axis) - 0.5 for axis in range(3)], -1
    ).astype(np.float32)
    return 0.85 * canvas.masks["scalp"] * behind_hairline(ragged, canvas.landmarks)


def behind_hairline(
    points: NDArray[np.floating], landmarks: NDArray[np.floating]
) -> NDArray[np.float32]:
    """0 on the face, 1 from the hairline back, for points of the head [..., 3]."""
    line = landmarks[list(HAIRLINE)]
    side = np.abs(points[..., 0])
    height = np.interp(side, np.abs(line[:, 0]), line[:, 2]) + 0.004
    return smooth(points[..., 2] - height, -0.003, 0.006)


def _brows(person: Person, canvas: Canvas) -> Plane:
    """Single hairs, from the lower rim up and outward."""
    random = np.random.default_rng(person.seed + 7)
    amount = np.zeros(canvas.covered.shape, np.float32)
    for upper, lower in BROWS.values():
        rims = [front(canvas.landmarks[list(rim)]) for rim in (upper, lower)]
        # Fewer hairs towards the inner end, or it looks cut with scissors.
        along = random.beta(1.0, 1.6, person.brow_strokes)
        across = random.random(person.brow_strokes)
        start = _between(rims, along, 0.05 + 0.75 * across)
        reach = np.clip(along - random.uniform(0.1, 0.22, len(along)), 0, 1)
        end = _between(rims, reach, np.clip(0.3 + 0.6 * across, 0, 1))
        amount = np.maximum(amount, _strokes(start, end, 0.00042, canvas))
        soft = _inside(np.concatenate([rims[0], rims[1][::-1]]), canvas, 0.0025)
        amount = np.maximum(amount, 0.4 * soft)
    return amount


def _between(
    rims: list[NDArray[np.float32]],
    along: NDArray[np.float64],
    across: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Places in a brow: 0 outer to 1 inner end, 1 upper to 0 lower rim."""
    steps = np.linspace(0, 1, len(rims[0]))
    upper, lower = (
        np.stack([np.interp(along, steps, rim[:, axis]) for axis in (0, 1)], axis=1)
        for rim in rims
    )
    return lower + across[:, None] * (upper - lower)


def _strokes(
    start: NDArray[np.float64], end: NDArray[np.float64], width_m: float, canvas: Canvas
) -> Plane:
    """How much hair covers each texel, seen from the front."""
    dots = np.concatenate([start + t * (end - start) for t in np.linspace(0, 1, 24)])
    fade = np.repeat(np.linspace(1.0, 0.45, 24), len(start))
    away, which = cKDTree(dots).query(
        front(canvas.positions), distance_upper_bound=0.004
    )
    which = np.minimum(which, len(dots) - 1)
    ink = np.exp(-((np.minimum(away, 1) / (width_m * fade[which])) ** 2))
    return (ink * faces_front(canvas)).astype(np.float32)


def _inside(outline: NDArray[np.float32], canvas: Canvas, softness_m: float) -> Plane:
    """1 inside an outline seen from the front, 0 outside, with a soft rim."""
    points = front(canvas.positions)
    first, second = outline, np.roll(outline, -1, axis=0)
    crossings = np.zeros(points.shape[:2], bool)
    for (ax, az), (bx, bz) in zip(first, second, strict=True):
        spans = (az > points[..., 1]) != (bz > points[..., 1])
        at = ax + (points[..., 1] - az) * (bx - ax) / (bz - az if bz != az else 1e-9)
        crossings ^= spans & (points[..., 0] < at)
    away, _ = cKDTree(dense(outline)).query(points, distance_upper_bound=0.03)
    signed = np.where(crossings, 1, -1) * np.minimum(away, 0.03)
    return smooth(signed, -softness_m, softness_m) * faces_front(canvas)


def _darker(colour: Colour, factor: float) -> Colour:
    red, green, blue = colour
    return red * factor, green * factor, blue * factor


def _mixed(first: Colour, second: Colour, amount: float) -> Colour:
    red, green, blue = (
        a + amount * (b - a) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def _grown(
    colour: NDArray[np.float32], covered: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Colours outside the skin taken from the nearest texel inside: no seams."""
    inside = np.argwhere(covered)
    outside = np.argwhere(~covered)
    away, nearest = cKDTree(inside).query(outside, distance_upper_bound=24)
    near = np.isfinite(away)
    colour[~covered] = colour[covered].mean(axis=0)
    place, source = outside[near], inside[nearest[near]]
    colour[place[:, 0], place[:, 1]] = colour[source[:, 0], source[:, 1]]
    return colour
