"""Who is followed when people cross, and when the clip cuts to somebody else."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageEnhance

from core.images.video import open_video
from core.landmarks.types import LandmarkTrack
from core.landmarks.video_landmarks import track_landmarks
from core.messages import Advice, Progress

NOSE_TIP = 1
SIZE = (1040, 340)


@pytest.fixture(scope="module")
def ada(examples: Path) -> Image.Image:
    """A person who does not exist."""
    image = Image.open(examples / "photo.jpg").convert("RGB")
    image = image.resize((round(image.width * 260 / image.height), 260))
    return image.crop((image.width // 2 - 85, 10, image.width // 2 + 85, 240))


@pytest.fixture(scope="module")
def bob(ada: Image.Image) -> Image.Image:
    """Ada with a shorter face, fair hair, other skin and a shadow of a beard."""
    down = np.linspace(0, 1, ada.height)[:, None]
    tint = np.interp(down, [0, 0.3, 0.55, 0.8], [2.2, 1.4, 1.1, 0.6])
    tinted = np.asarray(ada) * tint[..., None] * [1.0, 1.05, 1.2]
    short = Image.fromarray(tinted.clip(0, 255).astype(np.uint8)).resize((200, 215))
    return short.crop((15, 0, 185, 215))


def tracked(path: Path, pictures: list[Image.Image]) -> tuple[LandmarkTrack, list[str]]:
    """The track of a clip of these pictures, and the advice that was given."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "12"})
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
    heard: list[Progress | Advice] = []
    track = track_landmarks(open_video(path), say=heard.append)
    return track, [item.text for item in heard if isinstance(item, Advice)]


def scene(*people: tuple[Image.Image, int], grey: int = 100) -> Image.Image:
    """People at their places, the last one in front."""
    picture = Image.new("RGB", SIZE, (grey, grey, grey))
    for person, x in people:
        picture.paste(person, (x, 30))
    return picture


@pytest.mark.parametrize("in_front", ["ada", "bob"])
def test_who_crosses_another_stays_the_same(
    ada: Image.Image, bob: Image.Image, tmp_path: Path, in_front: str
) -> None:
    ways = np.concatenate([np.zeros(14), np.linspace(0, 1, 44), np.ones(14)])
    lefts = np.round(40 + 700 * ways).astype(int)  # Ada from the left to the right
    larger = ada.resize((round(1.3 * ada.width), round(1.3 * ada.height)))
    pictures = []
    for left in lefts:
        people = [(bob, 800 - int(left)), (larger, int(left))]
        pictures.append(scene(*(people if in_front == "ada" else people[::-1])))
    track, _ = tracked(tmp_path / "a.mp4", pictures)
    nose = track.points_px[:, NOSE_TIP, 0]
    off = nose - lefts - larger.width / 2
    apart = np.abs(800 - 2 * lefts) > larger.width
    assert track.seen[apart].mean() > 0.75
    assert np.nanmax(np.abs(off[apart])) < larger.width / 2
    assert track.seen[-10:].all()


def test_a_cut_to_somebody_else_is_bridged_and_told(
    ada: Image.Image, bob: Image.Image, tmp_path: Path
) -> None:
    shots = [scene((ada, 400))] * 20 + [scene((bob, 400), grey=150)] * 14
    closer = scene((ada.resize((220, 298)), 380), grey=60)
    darker = ImageEnhance.Brightness(closer).enhance(0.8)
    track, advice = tracked(tmp_path / "a.mp4", shots + [darker] * 20)
    assert track.seen[:20].all()
    assert not track.seen[20:34].any()
    assert track.seen[34:].all()
    assert any("14 frames" in text and "somebody else" in text for text in advice)
