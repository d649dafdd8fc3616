"""From one photo of a person, or several, to a Double."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..assets import Double, Hair
from ..consent import read_consent
from ..errors import SeveralFacesError
from ..fit import HeadFit, fit_heads, personal_blendshapes
from ..hair import (
    HairPicture,
    grow_brows,
    grow_hair,
    hair_pixels,
    look_for_hair,
    soften_scalp,
)
from ..head_model import HeadModel, load_head_model, wet_eyes
from ..images.photo import Photo, read_photo
from ..landmarks.photo_landmarks import detect_landmarks
from ..landmarks.refiner import refine_landmarks
from ..landmarks.types import Landmarks
from ..messages import BuildDouble, Done, Progress, Say, part_of
from ..texture import HeadTextures, Shot, ShownHair, paint_texture
from .device import choose_device
from .origin import software
from .outputs import require_writable
from .parts import with_parts
from .photo_advice import advise


def build_double(job: BuildDouble, say: Say) -> Done:
    """Make a Double of the person in one photo or several, and store it."""
    path = require_writable(
        job.asset, overwrite=job.overwrite, sources=[job.photo, *job.more_photos]
    )
    consent = None if job.consent is None else read_consent(job.consent)
    choose_device(job.device)  # photos are fitted in double precision, on the CPU
    say(Progress(fraction=0.02, doing="Reading the photo"))
    photos = [read_photo(photo) for photo in (job.photo, *job.more_photos)]
    say(Progress(fraction=0.05, doing="Finding the face"))
    landmarks = find_person(photos, job, part_of(say, 0.05, 0.1))
    model = load_head_model()
    landmarks = [
        refine_landmarks(model, photo.pixels_srgb, seen)
        for photo, seen in zip(photos, landmarks, strict=True)
    ]
    for photo, seen in zip(photos, landmarks, strict=True):
        advise(photo, seen, say)
    fits = fit_heads(
        model,
        landmarks,
        focals_px=[photo.focal_px for photo in photos],
        pictures_srgb=[photo.pixels_srgb for photo in photos],
        names=[photo.name for photo in photos],
        say=part_of(say, 0.1, 0.5),
    )
    seen_hair = [
        look_for_hair(photo.pixels_srgb, seen, fit)
        for photo, seen, fit in zip(photos, landmarks, fits, strict=True)
    ]
    shots = [
        Shot(
            pixels_srgb=photo.pixels_srgb,
            landmarks=seen,
            fit=fit,
            hair=shown_hair(picture),
        )
        for photo, seen, fit, picture in zip(
            photos, landmarks, fits, seen_hair, strict=True
        )
    ]
    textures = paint_texture(model, *shots, say=part_of(say, 0.5, 0.9))
    say(Progress(fraction=0.9, doing="Growing hair"))
    hair = hair_of(model, fits[0], seen_hair[0], textures) if job.hair else None
    say(Progress(fraction=0.95, doing="Storing the double"))
    double = assemble(
        photos, model, fits, textures, hair=hair, name=name_of(path), consent=consent
    )
    double.save(path, overwrite=job.overwrite)
    return Done(asset=str(path), facts=dict(double.facts))


def find_person(photos: Sequence[Photo], job: BuildDouble, say: Say) -> list[Landmarks]:
    """The person's landmarks in every photo; `job.face` counts in the first one.

    Raises NoFaceFoundError and SeveralFacesError: only a chosen face says who it is, so
    that the further photos must show one person each.
    """
    first, *others = photos
    found = [detect_landmarks(first, face=job.face, landmarker=job.landmarker, say=say)]
    for photo in others:
        try:
            found.append(detect_landmarks(photo, landmarker=job.landmarker, say=say))
        except SeveralFacesError as error:
            raise SeveralFacesError(
                f"{photo.name} shows {len(error.boxes_px)} faces. Crop it to the "
                f"person of {first.name}: a face can be chosen by its number in the "
                "first photo only.",
                path=photo.path,
                boxes_px=error.boxes_px,
            ) from error
    return found


def name_of(path: Path) -> str:
    """What a double is called: its folder's name without `.double`."""
    return path.name.removesuffix(".double") or "Double"


def assemble(
    photos: Sequence[Photo],
    model: HeadModel,
    fits: Sequence[HeadFit],
    textures: HeadTextures,
    *,
    hair: Hair | None,
    name: str,
    consent: dict[str, Any] | None,
) -> Double:
    """The Double of a head that was fitted to photos; the first one is its own."""
    fit = fits[0]
    neutral = fit.vertices_neutral.astype(np.float32)
    blendshapes = personal_blendshapes(model, fit).astype(np.float32)
    brows = grow_brows(model, neutral, blendshapes, textures.albedo)
    if brows is not None:
        textures = replace(textures, albedo=brows.albedo_srgb)
    textures = with_scalp(model, textures, hair)
    double = Double(
        name=name,
        vertices=neutral,
        faces=model.faces.numpy().astype(np.int32),
        uvs=model.uvs.numpy().astype(np.float32),
        face_uvs=model.face_uvs.numpy().astype(np.int32),
        face_parts=model.face_parts.numpy().astype(np.int8),
        blendshapes=blendshapes,
        joints=fit.joints.astype(np.float32),
        skin_weights=model.skin_weights.numpy().astype(np.float32),
        region_names=model.region_names,
        region_masks=model.region_masks.numpy().astype(np.float32),
        identity=fit.identity.astype(np.float32),
        textures=textures.as_png(),
        camera=fit.camera,
        T_camera_head=fit.T_camera_head.astype(np.float64),
        photo_expression=fit.expression.astype(np.float32),
        photo_gaze_rad=fit.gaze_rad.astype(np.float32),
        photo_light=textures.light.astype(np.float32),
        colours_srgb=textures.colours_srgb,
        hair=hair,
        facts={**facts_of(fits), **textures.facts, **facts_of_hair(hair)},
        consent=consent,
        provenance={**origin_of(photos), **software()},
    )
    parts = wet_eyes(model, double.vertices, blendshapes, double.joints)
    if brows is not None:
        parts.append(brows.part)
    return with_parts(double, parts)


def shown_hair(picture: HairPicture) -> ShownHair:
    """What the texture stage is told of a picture of hair."""
    return ShownHair(
        mask=picture.hair,
        to_square=picture.to_square,
        colours_srgb=hair_pixels(picture),
    )


def hair_of(
    model: HeadModel, fit: HeadFit, picture: HairPicture, textures: HeadTextures
) -> Hair | None:
    """The hair that a photo shows, if it shows any."""
    return grow_hair(
        model,
        fit.vertices_neutral.astype(np.float32),
        fit,
        picture,
        hair_map=textures.hair,
        colour_srgb=textures.colours_srgb["hair"],
    )


def with_scalp(
    model: HeadModel, textures: HeadTextures, hair: Hair | None
) -> HeadTextures:
    """The textures with hair painted as it should be under strands, or without."""
    paint = soften_scalp(
        model,
        textures.albedo,
        textures.hair,
        textures.roughness,
        strands=hair is not None,
    )
    return replace(
        textures, albedo=paint.albedo, hair=paint.hair, roughness=paint.roughness
    )


def facts_of(fits: Sequence[HeadFit]) -> dict[str, Any]:
    """How the fit went, in figures; they are the first photo's."""
    fit = fits[0]
    errors = [round(float(one.landmark_error_percent), 3) for one in fits]
    facts = {
        "photos": len(fits),
        "landmark_error_percent": errors[0],
        "rms_px": round(float(fit.rms_px), 3),
        "focal_px": round(float(fit.camera.focal_px), 1),
        "focal_source": fit.focal_source,
        "converged": bool(fit.converged),
    }
    return facts if len(fits) == 1 else {**facts, "landmark_error_percents": errors}


def facts_of_hair(hair: Hair | None) -> dict[str, Any]:
    """How much hair grew."""
    return {"hair_strands": 0 if hair is None else len(hair.points)}


def origin_of(photos: Sequence[Photo]) -> dict[str, Any]:
    """Which files a double comes from."""
    return {
        "photo_name": photos[0].name,
        "photo_sha256": photos[0].sha256,
        "more_photos": [
            {"name": photo.name, "sha256": photo.sha256} for photo in photos[1:]
        ],
    }
