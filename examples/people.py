"""People who do not exist: these numbers are all there is of them."""

from dataclasses import dataclass

Colour = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Person:
    """What makes a synthetic person: colours in sRGB, 0 to 1."""

    name: str
    """What the person is called in the scene."""
    seed: int
    """Draws the identity from the head model's prior, and the skin's detail."""
    spread: float
    """How far from the average head, in standard deviations."""
    skin: Colour
    """Colour of the cheek's plain skin."""
    flush: Colour
    """What cheeks, nose and ears tend to."""
    lips: Colour
    """Colour of the lips."""
    iris: Colour
    """Colour of the iris."""
    hair: Colour
    """Colour of hair and brows."""
    hair_length_m: float
    """Length of the hair on the scalp."""
    hairs: int
    """Strands on the scalp."""
    brow_strokes: int
    """Hairs painted into each brow."""
    freckles: int
    """Small brown spots on nose and cheeks."""
    stubble: float
    """Shadow of the beard, 0 to 1."""
    brow_ink: float = 1.0
    """How much the brows cover the skin below them, 0 to 1."""
    age_spots: int = 0
    """Brown spots of some millimetres all over the face."""
    blotches: float = 0.0
    """How unevenly the skin is pigmented, 0 to 1."""
    pores_m: float = 0.0
    """Depth of the pores; 0 leaves the relief to the skin's material."""
    wrinkles_m: float = 0.0
    """Depth of the deepest wrinkles."""
    shirt: Colour
    """Colour of the clothes."""
    backdrop: tuple[Colour, Colour]
    """Colours of the wall behind, near the head and at the rim."""


IN_THE_PHOTO = Person(
    name="Ada",
    seed=11,
    spread=0.8,
    skin=(0.80, 0.60, 0.50),
    flush=(0.78, 0.42, 0.36),
    lips=(0.67, 0.36, 0.34),
    iris=(0.28, 0.40, 0.33),
    hair=(0.30, 0.16, 0.09),
    hair_length_m=0.13,
    hairs=22_000,
    brow_strokes=240,
    freckles=260,
    stubble=0.0,
    shirt=(0.16, 0.25, 0.33),
    backdrop=((0.62, 0.60, 0.55), (0.30, 0.31, 0.32)),
)

IN_THE_CLIP = Person(
    name="Ben",
    seed=5,
    spread=0.8,
    skin=(0.56, 0.39, 0.30),
    flush=(0.52, 0.28, 0.22),
    lips=(0.45, 0.26, 0.23),
    iris=(0.25, 0.15, 0.09),
    hair=(0.06, 0.05, 0.05),
    hair_length_m=0.016,
    hairs=8_000,
    brow_strokes=320,
    freckles=25,
    stubble=0.4,
    shirt=(0.55, 0.53, 0.48),
    backdrop=((0.36, 0.42, 0.44), (0.16, 0.19, 0.21)),
)

PORTRAYED = (
    Person(
        name="Cleo",
        seed=18,
        spread=0.9,
        brow_ink=0.8,
        skin=(0.36, 0.23, 0.17),
        flush=(0.36, 0.17, 0.13),
        lips=(0.36, 0.18, 0.17),
        iris=(0.15, 0.09, 0.06),
        hair=(0.035, 0.03, 0.03),
        hair_length_m=0.02,
        hairs=22_000,
        brow_strokes=300,
        freckles=40,
        stubble=0.0,
        blotches=0.5,
        pores_m=0.00008,
        shirt=(0.62, 0.33, 0.14),
        backdrop=((0.55, 0.53, 0.50), (0.30, 0.29, 0.28)),
    ),
    Person(
        name="Hugo",
        seed=22,
        spread=0.9,
        brow_ink=0.6,
        skin=(0.76, 0.57, 0.49),
        flush=(0.70, 0.36, 0.31),
        lips=(0.60, 0.37, 0.36),
        iris=(0.36, 0.44, 0.50),
        hair=(0.50, 0.48, 0.46),
        hair_length_m=0.022,
        hairs=9_000,
        brow_strokes=300,
        freckles=60,
        stubble=0.3,
        age_spots=110,
        blotches=0.8,
        pores_m=0.00011,
        wrinkles_m=0.0005,
        shirt=(0.20, 0.21, 0.24),
        backdrop=((0.30, 0.33, 0.30), (0.13, 0.15, 0.14)),
    ),
    Person(
        name="Ines",
        seed=30,
        spread=0.9,
        brow_ink=0.7,
        skin=(0.66, 0.47, 0.37),
        flush=(0.63, 0.34, 0.27),
        lips=(0.56, 0.28, 0.26),
        iris=(0.26, 0.17, 0.10),
        hair=(0.09, 0.06, 0.05),
        hair_length_m=0.13,
        hairs=24_000,
        brow_strokes=300,
        freckles=30,
        stubble=0.0,
        age_spots=8,
        blotches=0.35,
        pores_m=0.00009,
        wrinkles_m=0.0002,
        shirt=(0.42, 0.12, 0.16),
        backdrop=((0.50, 0.55, 0.60), (0.27, 0.31, 0.36)),
    ),
)
"""A young woman of dark skin, an old man, a woman in middle age."""
