from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import NoFaceFoundError, SeveralFacesError
from core.expressions import EXPRESSION_INDEX
from core.images.photo import Photo, read_photo
from core.landmarks.photo_landmarks import detect_landmarks
from core.landmarks.types import Landmarks
from core.messages import Advice

LEFT_IRIS, RIGHT_IRIS, NOSE_TIP, CHIN = 473, 468, 1, 152


@pytest.fixture(scope="module")
def face(examples: Path) -> Image.Image:
    """Head and shoulders of a person who does not exist."""
    if not (examples / "photo.jpg").exists():
        pytest.skip("examples/photo.jpg is not made yet")
    return Image.open(examples / "photo.jpg").convert("RGB")


@pytest.fixture(scope="module")
def known(face: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Landmarks:
    """Its landmarks in the picture as it is."""
    folder = tmp_path_factory.mktemp("face")
    return detect_landmarks(saved(face, folder))


def saved(image: Image.Image, folder: Path) -> Photo:
    image.save(folder / "photo.png")
    return read_photo(folder / "photo.png")


def eye_distance(landmarks: Landmarks) -> float:
    points = landmarks.points_px
    return float(np.linalg.norm(points[LEFT_IRIS] - points[RIGHT_IRIS]))


def assert_moved(
    found: Landmarks, known: Landmarks, *, scale: float, shift: tuple[float, float]
) -> None:
    """The same face, drawn elsewhere at another size."""
    expected = known.points_px * scale + np.array(shift)
    error = np.linalg.norm(found.points_px - expected, axis=1)
    assert np.median(error) < 0.04 * eye_distance(known) * scale


def test_landmarks_lie_on_the_face_in_pixels_of_the_photo(
    known: Landmarks, face: Image.Image
) -> None:
    points = known.points_px
    assert known.image_size_px == face.size
    assert points[LEFT_IRIS, 0] > points[NOSE_TIP, 0] > points[RIGHT_IRIS, 0], (
        "the subject's left is on the right of the picture"
    )
    assert points[CHIN, 1] > points[NOSE_TIP, 1] > points[LEFT_IRIS, 1]
    assert known.depth_px[NOSE_TIP] < known.depth_px[CHIN], "larger is farther"
    assert known.scores[EXPRESSION_INDEX["tongueOut"]] == 0
    assert known.scores.max() > 0.1


def test_a_photo_stored_on_its_side_gives_the_same_landmarks(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    face.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.png", exif=exif)
    found = detect_landmarks(read_photo(tmp_path / "a.png"))
    assert_moved(found, known, scale=1.0, shift=(0, 0))


def test_a_small_face_in_a_large_photo_is_found(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    width = known.points_px[:, 0].max() - known.points_px[:, 0].min()
    scale = 110 / width
    small = face.resize((round(face.width * scale), round(face.height * scale)))
    scene = Image.new("RGB", (3000, 2000), (90, 110, 130))
    scene.paste(small, (2100, 1100))
    heard: list[Advice] = []
    found = detect_landmarks(saved(scene, tmp_path), say=heard.append)
    assert_moved(found, known, scale=scale, shift=(2100, 1100))
    assert "pixels wide" in heard[-1].text


def test_a_face_that_fills_the_photo_is_found(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    left, top = np.floor(known.points_px.min(axis=0)).astype(int)
    right, bottom = np.ceil(known.points_px.max(axis=0)).astype(int)
    found = detect_landmarks(saved(face.crop((left, top, right, bottom)), tmp_path))
    assert_moved(found, known, scale=1.0, shift=(-left, -top))


def test_several_faces_are_refused_with_how_to_choose(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    both = Image.new("RGB", (2 * face.width, face.height))
    both.paste(face, (0, 0))
    both.paste(face.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (face.width, 0))
    photo = saved(both, tmp_path)
    with pytest.raises(SeveralFacesError, match=r"shows 2 faces.*--face N") as caught:
        detect_landmarks(photo)
    first, second = caught.value.boxes_px
    assert first[2] < face.width < second[0], "counted from the left"
    assert_moved(detect_landmarks(photo, face=1), known, scale=1.0, shift=(0, 0))
    right = detect_landmarks(photo, face=2)
    assert right.points_px[:, 0].min() > face.width
    with pytest.raises(SeveralFacesError, match="no face number 3"):
        detect_landmarks(photo, face=3)


def test_a_photo_without_a_face_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3), np.uint8)
    with pytest.raises(NoFaceFoundError, match=r"No face was found.*\. Use a photo"):
        detect_landmarks(saved(Image.fromarray(noise), tmp_path))


def test_a_cat_is_nobody(shared_data: Path) -> None:
    with pytest.raises(NoFaceFoundError):
        detect_landmarks(read_photo(shared_data / "photos" / "cat.jpg"))


@pytest.mark.parametrize(
    "name", ["mona_lisa", "girl_with_a_pearl_earring", "sargent_portrait", "einstein"]
)
def test_portraits_show_one_face(shared_data: Path, name: str) -> None:
    photo = read_photo(shared_data / "photos" / f"{name}.jpg")
    landmarks = detect_landmarks(photo)
    assert (landmarks.points_px > 0).all()
    assert (landmarks.points_px < photo.size_px).all()
