import io
import os
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.errors import UnreadableImageError
from core.images.photo import read_photo

CORNERS = {
    "top left": (200, 40, 40),
    "top right": (40, 200, 40),
    "bottom left": (40, 40, 200),
    "bottom right": (200, 200, 40),
}


def four_colours(width: int = 96, height: int = 64) -> Image.Image:
    """A picture whose corners tell which way is up."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = CORNERS["top left"]
    pixels[: height // 2, width // 2 :] = CORNERS["top right"]
    pixels[height // 2 :, : width // 2] = CORNERS["bottom left"]
    pixels[height // 2 :, width // 2 :] = CORNERS["bottom right"]
    return Image.fromarray(pixels)


def corners_of(pixels: np.ndarray) -> dict[str, tuple[int, ...]]:
    y, x = pixels.shape[0] // 4, pixels.shape[1] // 4
    return {
        "top left": tuple(pixels[y, x].tolist()),
        "top right": tuple(pixels[y, -x].tolist()),
        "bottom left": tuple(pixels[-y, x].tolist()),
        "bottom right": tuple(pixels[-y, -x].tolist()),
    }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_whatever_its_camera_noted(
    tmp_path: Path, orientation: int
) -> None:
    undo = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = four_colours()
    for step in undo[orientation]:
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    photo = read_photo(tmp_path / "photo.png")
    assert photo.size_px == (96, 64)
    assert corners_of(photo.pixels_srgb) == CORNERS


def test_sixteen_bits_of_grey_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256 * 64).reshape(64, 256).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "grey.png")
    Image.fromarray(ramp).save(tmp_path / "grey.tif")
    for name in ("grey.png", "grey.tif"):
        pixels = read_photo(tmp_path / name).pixels_srgb
        expected = np.round(ramp / 257.0)
        assert np.abs(pixels - expected[..., None]).max() <= 1, name


def test_float_and_one_bit_pictures_keep_their_greys(tmp_path: Path) -> None:
    values = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    Image.fromarray(values).save(tmp_path / "float.tif")
    pixels = read_photo(tmp_path / "float.tif").pixels_srgb
    assert np.abs(pixels[..., 0] - values * 255).max() <= 1
    Image.fromarray(values > 0.5).save(tmp_path / "bits.png")
    assert set(read_photo(tmp_path / "bits.png").pixels_srgb.flat) == {0, 255}


def test_transparent_pixels_show_grey_and_not_what_hides_there(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., :3] = (250, 0, 0)
    pixels[:, 32:, 3] = 255
    image = Image.fromarray(pixels)
    image.save(tmp_path / "clear.png")
    read = read_photo(tmp_path / "clear.png").pixels_srgb
    assert read[10, 10].tolist() == [128, 128, 128]
    assert read[10, 50].tolist() == [250, 0, 0]


def test_palettes_with_a_clear_colour_are_read(tmp_path: Path) -> None:
    image = four_colours().quantize(8)
    clear = image.getpixel((0, 0))
    image.save(tmp_path / "palette.png", transparency=clear)
    read = read_photo(tmp_path / "palette.png").pixels_srgb
    assert corners_of(read)["top left"] == (128, 128, 128)
    assert corners_of(read)["bottom right"] == CORNERS["bottom right"]


def test_cmyk_is_read_as_the_colours_it_prints(tmp_path: Path) -> None:
    four_colours().convert("CMYK").save(tmp_path / "print.tif")
    read = corners_of(read_photo(tmp_path / "print.tif").pixels_srgb)
    for corner, colour in CORNERS.items():
        assert np.abs(np.subtract(read[corner], colour)).max() <= 8


def test_colours_of_another_space_are_brought_to_srgb(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    wide = _swapped_profile(srgb.tobytes())
    four_colours().save(tmp_path / "wide.png", icc_profile=wide)
    read = corners_of(read_photo(tmp_path / "wide.png").pixels_srgb)
    red, green, blue = read["top left"]
    assert green > red > blue - 5, "its profile calls red green"


def _swapped_profile(profile: bytes) -> bytes:
    """An RGB profile in which red and green have changed places."""
    data = bytearray(profile)
    count = int.from_bytes(data[128:132], "big")
    entries = {
        bytes(data[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)
    }
    for one, other in ((b"rXYZ", b"gXYZ"), (b"rTRC", b"gTRC")):
        a, b = entries[one], entries[other]
        data[a + 4 : a + 12], data[b + 4 : b + 12] = (
            data[b + 4 : b + 12],
            data[a + 4 : a + 12],
        )
    return bytes(data)


def test_a_profile_that_does_not_fit_is_ignored(tmp_path: Path) -> None:
    four_colours().save(tmp_path / "odd.png", icc_profile=b"no profile at all" * 20)
    assert corners_of(read_photo(tmp_path / "odd.png").pixels_srgb) == CORNERS


def test_the_content_decides_and_not_the_extension(tmp_path: Path) -> None:
    four_colours().save(tmp_path / "photo.png")
    (tmp_path / "photo.png").rename(tmp_path / "Ein Foto ü.txt")
    photo = read_photo(tmp_path / "Ein Foto ü.txt")
    assert photo.name == "Ein Foto ü.txt"
    assert corners_of(photo.pixels_srgb) == CORNERS


def _with_focal(path: Path, focal: int, noted: tuple[int, int] | None = None) -> None:
    exif = Image.Exif()
    details = exif.get_ifd(0x8769)
    details[0xA405] = focal
    if noted:
        details[0xA002], details[0xA003] = noted
    four_colours(96, 72).save(path, exif=exif)


def test_the_focal_length_comes_from_the_camera(tmp_path: Path) -> None:
    _with_focal(tmp_path / "a.jpg", 72)
    assert read_photo(tmp_path / "a.jpg").focal_px == pytest.approx(72 / 36 * 96)


@pytest.mark.parametrize(
    ("focal", "noted"), [(0, None), (2000, None), (50, (4000, 2250))]
)
def test_a_focal_length_that_cannot_be_true_is_not_used(
    tmp_path: Path, focal: int, noted: tuple[int, int] | None
) -> None:
    _with_focal(tmp_path / "a.jpg", focal, noted)
    assert read_photo(tmp_path / "a.jpg").focal_px is None


def _png_header_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + check

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + bytes([8, 2, 0, 0, 0]))
    return start + chunk(b"IDAT", zlib.compress(bytes(1000)))


def _jpeg() -> bytes:
    file = io.BytesIO()
    four_colours(640, 480).save(file, "JPEG")
    return file.getvalue()


REFUSED = {
    "empty.jpg": (b"", "empty"),
    "text.jpg": (b"Dear Sir or Madam, this is a letter.\n" * 99, "not a photo"),
    "truncated.jpg": (_jpeg()[:2000], "damaged or incomplete"),
    "bomb.png": (_png_header_of(10_000, 10_000), "100 million pixels"),
    "huge.png": (_png_header_of(60_000, 60_000), "pixels"),
    "tiny.png": (_png_header_of(16, 16), "only 16 x 16 pixels"),
    "drawing.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "not a"),
    "page.pdf": (b"%PDF-1.7\n1 0 obj<<>>endobj\n", "not a photo"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a photo"),
    "layers.psd": (b"8BPS\0\1" + bytes(100), "not a photo"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_in_words_and_at_once(
    tmp_path: Path, name: str
) -> None:
    content, words = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    start = time.perf_counter()
    with pytest.raises(UnreadableImageError, match=words) as caught:
        read_photo(tmp_path / name)
    assert time.perf_counter() - start < 1.0
    assert caught.value.path == tmp_path / name
    assert str(caught.value).count(". ") >= 1, "what happened, then what to do"


def test_folders_pipes_devices_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match="is a folder"):
        read_photo(tmp_path)
    with pytest.raises(UnreadableImageError, match="There is no photo at"):
        read_photo(tmp_path / "missing.jpg")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(UnreadableImageError, match="not an ordinary file"):
            read_photo(tmp_path / "pipe.jpg")
        with pytest.raises(UnreadableImageError, match="not an ordinary file"):
            read_photo("/dev/zero")


def test_a_heic_photo_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    with pytest.raises(UnreadableImageError, match="pip install pillow-heif"):
        read_photo(tmp_path / "a.heic")


def test_a_large_jpeg_is_halved_while_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.images.photo.MOST_PIXELS_KEPT", 100_000)
    four_colours(640, 480).save(tmp_path / "large.jpg")
    photo = read_photo(tmp_path / "large.jpg")
    assert photo.size_px == (320, 240)
    four_colours(640, 480).save(tmp_path / "large.png")
    with pytest.raises(UnreadableImageError, match="Crop it"):
        read_photo(tmp_path / "large.png")
