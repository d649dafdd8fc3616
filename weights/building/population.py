"""People drawn from MakeHuman's sliders, as a table of offsets and draws of weights.

A person is the base mesh plus targets: macro targets, whose weights are products of
gender, age, muscle, weight, height, proportions and ancestry (as MakeHuman and anny
blend them), and local targets, one signed slider each. The spreads below were set by
eye so that random heads stay human; sliders at one are caricatures.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .source import Source

GENDERS = ("male", "female")
AGES = ("child", "young", "old")
MUSCLES = ("minmuscle", "averagemuscle", "maxmuscle")
WEIGHTS = ("minweight", "averageweight", "maxweight")
HEIGHTS = ("minheight", "maxheight")
PROPORTIONS = ("idealproportions", "uncommonproportions")
ANCESTRIES = ("african", "asian", "caucasian")

SLIDER_SPREAD = {
    "head": 0.075,
    "forehead": 0.11,
    "eyebrows": 0.16,
    "eyes": 0.11,
    "nose": 0.13,
    "mouth": 0.14,
    "ears": 0.18,
    "chin": 0.11,
    "cheek": 0.14,
    "neck": 0.12,
}
"""Standard deviation of the sliders of each section; one is the slider's end."""

HEAD_OUTLINES = (
    "diamond invertedtriangular oval rectangular round square triangular"
).split()
OUTLINE_SPREAD = 0.08
ASYMMETRY_SPREAD = 0.05
SIDE_DIFFERENCE = 0.12
"""How much of a paired slider's spread the two sides do not share."""


@dataclass(frozen=True, kw_only=True)
class Targets:
    """All targets that make a person, restricted to some vertices."""

    macro: NDArray[np.float32]
    """Offsets [macro targets, vertices, 3]."""
    macro_terms: tuple[tuple[str, ...], ...]
    """The factors of each macro target's weight."""
    local: NDArray[np.float32]
    """Offsets [local targets, vertices, 3]: negative ends first, then positive."""
    local_names: tuple[str, ...]
    """Section and name of each slider or one-sided target."""
    pairs: int
    """How many of the local targets have a negative and a positive end."""


def read_targets(source: Source, vertices: NDArray[np.int64]) -> Targets:
    """Read every target that the population uses, at the given base vertices."""
    terms: list[tuple[str, tuple[str, ...]]] = []
    for gender, age, muscle, weight in product(GENDERS, AGES, MUSCLES, WEIGHTS):
        body = (gender, age, muscle, weight)
        stem = "-".join(body)
        terms.append((f"universal-{stem}", body))
        terms += [(f"height/{stem}-{height}", (*body, height)) for height in HEIGHTS]
        terms += [
            (f"proportions/{stem}-{proportions}", (*body, proportions))
            for proportions in PROPORTIONS
        ]
    for ancestry, gender, age in product(ANCESTRIES, GENDERS, AGES):
        terms.append((f"{ancestry}-{gender}-{age}", (ancestry, gender, age)))

    pairs = [pair for section in SLIDER_SPREAD for pair in source.slider_pairs(section)]
    single = [f"head/head-{outline}" for outline in HEAD_OUTLINES]
    single += [
        f"asym/{path.name.removesuffix('.target.gz')}"
        for path in sorted((source.data / "mpfb2/targets/asym").glob("asym-*.gz"))
    ]
    local = [negative for negative, _ in pairs] + [positive for _, positive in pairs]

    def read(name: str) -> NDArray[np.float32]:
        return source.target(name)[vertices].astype(np.float32)

    return Targets(
        macro=np.stack([read(f"macrodetails/{file}") for file, _ in terms]),
        macro_terms=tuple(factors for _, factors in terms),
        local=np.stack([read(name) for name in local + single]),
        local_names=tuple([positive for _, positive in pairs] + single),
        pairs=len(pairs),
    )


def draw_people(
    targets: Targets, template: NDArray[np.float32], *, count: int, seed: int
) -> NDArray[np.float32]:
    """Draw people [people, vertices, 3]; `template` is the base mesh's own vertices."""
    rng = np.random.default_rng(seed)
    macro = _macro_weights(targets, rng, count)
    local = _local_weights(targets, rng, count)
    weights = np.concatenate([macro, local], axis=1).astype(np.float32)
    offsets = np.concatenate([targets.macro, targets.local])
    flat = weights @ offsets.reshape(len(offsets), -1)
    return template + flat.reshape(count, *template.shape)


def _macro_weights(
    targets: Targets, rng: np.random.Generator, count: int
) -> NDArray[np.float64]:
    """[people, macro targets]: products of piecewise linear blends of the factors."""
    gender = rng.beta(0.6, 0.6, count)
    age = np.where(
        rng.random(count) < 0.94,
        0.5 + 0.45 * rng.beta(1.0, 1.3, count),
        rng.uniform(0.32, 0.5, count),
    )  # 0 child, 0.5 young adult, 1 old
    age = np.where(age < 0.5, 2 * (age - 0.25), age)
    ancestry = rng.dirichlet((0.5, 0.5, 0.6), count)

    def spread(deviation: float) -> NDArray[np.float64]:
        return np.clip(rng.normal(0.5, deviation, count), 0.0, 1.0)

    factors: dict[str, NDArray[np.float64]] = {}
    factors |= _blend(1.0 - gender, GENDERS[::-1])
    factors |= _blend(age, AGES)
    factors |= _blend(spread(0.14), MUSCLES)
    factors |= _blend(spread(0.17), WEIGHTS)
    factors |= _blend(spread(0.12), HEIGHTS)
    factors |= _blend(spread(0.12), PROPORTIONS)
    factors |= dict(zip(ANCESTRIES, ancestry.T, strict=True))
    columns = [
        np.prod([factors[name] for name in names], axis=0)
        for names in targets.macro_terms
    ]
    return np.stack(columns, axis=1)


def _blend(
    value: NDArray[np.float64], names: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Hat functions over `names` placed evenly from 0 to 1."""
    place = np.clip(value, 0.0, 1.0) * (len(names) - 1)
    return {
        name: np.clip(1.0 - np.abs(place - index), 0.0, 1.0)
        for index, name in enumerate(names)
    }


def _local_weights(
    targets: Targets, rng: np.random.Generator, count: int
) -> NDArray[np.float64]:
    """[people, local targets], none negative: a slider pulls one of its two ends."""
    names = targets.local_names[: targets.pairs]
    sliders = rng.normal(size=(count, targets.pairs))
    index = {name: i for i, name in enumerate(names)}
    for name, left in index.items():
        section, _, target = name.partition("/")
        twin = index.get(f"{section}/r-{target.removeprefix('l-')}")
        if target.startswith("l-") and twin is not None:
            own = rng.normal(size=count)
            shared = np.sqrt(1.0 - SIDE_DIFFERENCE**2)
            sliders[:, twin] = shared * sliders[:, left] + SIDE_DIFFERENCE * own
    sliders *= [SLIDER_SPREAD[name.partition("/")[0]] for name in names]
    sliders = np.clip(sliders, -1.0, 1.0)
    ends = [
        OUTLINE_SPREAD if name.startswith("head/") else ASYMMETRY_SPREAD
        for name in targets.local_names[targets.pairs :]
    ]
    single = np.clip(np.abs(rng.normal(size=(count, len(ends)))) * ends, 0.0, 1.0)
    return np.concatenate(
        [np.maximum(-sliders, 0.0), np.maximum(sliders, 0.0), single], axis=1
    )
