"""The two people of the example. They do not exist; these numbers are all there is."""

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
