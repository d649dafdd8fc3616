"""Take portraits of three people who do not exist, to make doubles of.

    python examples/rendered_people.py FOLDER [--draft] [--only NAME]

They are other heads than those of the example, drawn from the statistics of people:
a young woman, an old man, a woman in middle age, each in a light of their own. Needs
the project with its `blender` extra. Takes some minutes on two cores.
"""

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from make_example import TEXTURE_PX, Shot, imagine, take, write_photo
from people import PORTRAYED, Person
from performance import Moment, pose_for_the_photo
from studio import WALL_LAMP, Lamp, Lighting

from core.head_model import HeadModel, load_head_model

SHOT = Shot(
    width_px=900,
    height_px=1100,
    focal_35mm=85.0,
    distance_m=0.95,
    above_m=0.03,
    samples=32,
)


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """How one person is taken."""

    moment: Moment
    """Pose, gaze and expression."""
    lighting: Lighting
    """The lamps around."""


FROM_THE_RIGHT = Lighting(
    lamps=(
        Lamp(name="Key", place=(-0.9, -1.0, 0.6), size_m=1.0, watts=34),
        Lamp(name="Fill", place=(1.2, -0.9, 0.1), size_m=1.4, watts=14),
        Lamp(name="Rim", place=(0.7, 0.8, 0.5), size_m=0.5, watts=5),
        WALL_LAMP,
    ),
    room=(0.10, 0.10, 0.10),
)
WINDOW = Lighting(
    lamps=(
        Lamp(
            name="Window",
            place=(1.4, -0.7, 0.4),
            size_m=1.2,
            watts=40,
            colour=(0.9, 0.95, 1.0),
        ),
        WALL_LAMP,
    ),
    room=(0.22, 0.21, 0.20),
)
OVERCAST = Lighting(
    lamps=(
        Lamp(name="Sky", place=(0.1, -0.9, 1.4), size_m=2.4, watts=44),
        Lamp(name="Ground", place=(0.0, -1.0, -0.7), size_m=1.6, watts=7),
        WALL_LAMP,
    ),
    room=(0.12, 0.125, 0.14),
)

SITTINGS = {
    "Cleo": Sitting(
        moment=Moment(
            turn_deg=(-12.0, 3.0, -4.0),
            look_deg=(10.0, -2.0),
            expression={"mouthSmile": 0.25, "browOuterUp": 0.1, "eyeBlink": 0.03},
        ),
        lighting=FROM_THE_RIGHT,
    ),
    "Hugo": Sitting(
        moment=Moment(
            turn_deg=(7.0, -3.0, 1.0),
            look_deg=(-6.0, 2.0),
            expression={"browDown": 0.2, "eyeSquint": 0.2, "mouthPress": 0.1},
        ),
        lighting=WINDOW,
    ),
    "Ines": Sitting(
        moment=Moment(
            turn_deg=(4.0, 2.0, 5.0),
            look_deg=(-4.0, -1.0),
            expression={"mouthSmile": 0.5, "cheekSquint": 0.25, "eyeBlink": 0.05},
        ),
        lighting=OVERCAST,
    ),
}


def main() -> None:
    """Take everybody's portrait, or one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draft", action="store_true", help="quick and coarse")
    parser.add_argument("--only", choices=tuple(SITTINGS))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    model = load_head_model()
    for person in PORTRAYED:
        if arguments.only in (None, person.name):
            path = arguments.folder / f"{person.name.lower()}.jpg"
            portray(person, model, path, draft=arguments.draft)
            print(path)


def portray(person: Person, model: HeadModel, path: Path, *, draft: bool) -> None:
    """Write one portrait."""
    shot = replace(SHOT, samples=8) if draft else SHOT
    sitting = SITTINGS[person.name]
    head = imagine(person, model, texture_px=TEXTURE_PX // 2 if draft else TEXTURE_PX)
    with tempfile.TemporaryDirectory() as temporary:
        frames, _ = take(
            person,
            *head,
            motion=pose_for_the_photo(shot.camera, sitting.moment),
            shot=shot,
            folder=Path(temporary),
            lighting=sitting.lighting,
        )
        write_photo(frames[0], shot, path)


if __name__ == "__main__":
    main()
