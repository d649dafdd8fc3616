"""Who is followed through a clip: by place from frame to frame, else by looks.

A face that goes on where it was is the same one, unless the picture was cut or another
face is as near. Then looks decide, learned from all frames before; and where nobody
looks right, nobody is seen, and the frames are bridged.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from ..images.video import VideoFrame
from .detector import DetectedFace
from .likeness import Look
from .photo_landmarks import COMPARABLE

_STEP = 0.35
"""How far a face moves from one frame to the next, at most, in its own widths."""
_STEP_A_FRAME = 0.1
"""How much farther for each frame in which it was not seen."""
_MOST_STEP = 1.5
_SIZES = (0.6, 1.7)
"""How much smaller or larger it is when it is seen again."""
_STRANGER = 2.0
"""Distance in looks from which a face is somebody else's."""
_ODD_BESIDE_ANOTHER = 2.8
"""The same for a face that goes on where it was while another is in view."""
_CUT = 14.0
"""Mean change of grey values from frame to frame at which looks are asked."""
_REMEMBERED = 30
"""Frames for which a second face is remembered: it may stand before the first now."""
_LEARN_EVERY = 4
_LOOKS_KNOWN = 3
"""Looks without which nobody can be told from another."""
_THUMBNAIL = 24
_SAME_FACE = 0.3
"""Overlap of two finds of one face."""


class Followed:
    """One person in a clip; give it the faces of every frame, in order."""

    def __init__(self) -> None:
        self.last: DetectedFace | None = None
        """The face when it was seen last."""
        self.strangers = 0
        """Frames that showed somebody else alone."""
        self.unseen = 0
        """Frames since then."""
        self._look: Look | None = None
        self._looks = 0
        self._frames = 0
        self._sure = True
        self._rivals = 0
        self._thumbnail: Float[np.ndarray, "rows columns"] | None = None

    def meet(self, face: DetectedFace) -> None:
        """Follow this face from now on."""
        self.last = face

    def remember(
        self, face: DetectedFace, looks: int, signs: Float[np.ndarray, "signs"]
    ) -> None:
        """Go on following somebody who was followed before."""
        self.last = face
        if looks:
            self._looks, self._look = looks, Look.from_signs(signs)

    @property
    def looks(self) -> tuple[int, Float[np.ndarray, "signs"] | None]:
        """How many looks were learned, and their mean, for `remember`."""
        return self._looks, None if self._look is None else self._look.signs

    def among(
        self,
        frame: VideoFrame,
        faces: list[DetectedFace],
        look_again: Callable[[], list[DetectedFace]],
    ) -> DetectedFace | None:
        """The followed face among those found in the next frame; None if not there.

        Where it is not, `look_again` may find more.
        """
        if self._was_cut(frame):
            self._sure = False
        self._frames += 1
        self._rivals = max(self._rivals - 1, 0)
        chosen = self._choose(frame, faces)
        if chosen is None and self.last is not None:
            more = look_again()
            faces = faces + [
                face
                for face in more
                if all(face.overlap(other) < _SAME_FACE for other in faces)
            ]
            chosen = self._choose(frame, faces)
        if chosen is None:
            self.unseen += 1
            self.strangers += bool(faces)
            return None
        self.unseen, self._sure, self.last = 0, True, chosen
        if self._frames % _LEARN_EVERY == 1 and not self._is_crowded(frame, faces):
            self._learn(Look.of(chosen, frame.pixels_srgb))
        return chosen

    def _choose(
        self, frame: VideoFrame, faces: list[DetectedFace]
    ) -> DetectedFace | None:
        if len(faces) > 1:
            self._rivals = _REMEMBERED
        if self.last is None:
            return max(faces, key=lambda face: face.width, default=None)
        shape = frame.pixels_srgb.shape
        near = [face for face in faces if self._goes_on(face, shape)]
        if self._sure and len(near) == 1 and not self._rivals:
            return near[0]
        wide = [face for face in faces if face.width >= COMPARABLE * self.last.width]
        candidates = near if self._sure and near and not self._rivals else wide
        if not candidates:
            return None
        if self._look is None or self._looks < _LOOKS_KNOWN:
            last = self.last
            return min(candidates, key=lambda face: face.distance_to(last))
        distances = [
            self._look.distance_to(
                Look.of(face, frame.pixels_srgb), same_light=self._sure
            )
            for face in candidates
        ]
        nearest = int(np.argmin(distances))
        limit = _STRANGER
        if self._sure and candidates[nearest] in near:  # whoever goes on may look odd
            limit = _ODD_BESIDE_ANOTHER if self._rivals else float("inf")
        return candidates[nearest] if distances[nearest] < limit else None

    def _is_crowded(self, frame: VideoFrame, faces: list[DetectedFace]) -> bool:
        """Whether another face is so near that it may be taken for the followed one."""
        shape = frame.pixels_srgb.shape
        return sum(self._goes_on(face, shape) for face in faces) > 1

    def _goes_on(self, face: DetectedFace, shape: tuple[int, ...]) -> bool:
        """Whether a face is where the followed one could have moved to."""
        last = self.last
        assert last is not None
        smallest, largest = _SIZES
        if not smallest < face.width / max(last.width, 1e-9) < largest:
            return False
        a, b = last.box, face.box
        x = (b[0] + b[2] - a[0] - a[2]) / 2
        y = (b[1] + b[3] - a[1] - a[3]) / 2 * shape[0] / shape[1]
        reach = min(_STEP + _STEP_A_FRAME * self.unseen, _MOST_STEP)
        return float(np.hypot(x, y)) < reach * last.width

    def _was_cut(self, frame: VideoFrame) -> bool:
        pixels = frame.pixels_srgb
        rows = np.linspace(0, pixels.shape[0] - 1, _THUMBNAIL).round().astype(int)
        columns = np.linspace(0, pixels.shape[1] - 1, _THUMBNAIL).round().astype(int)
        thumbnail = pixels[np.ix_(rows, columns)].mean(axis=2)
        before, self._thumbnail = self._thumbnail, thumbnail
        return before is not None and float(np.abs(thumbnail - before).mean()) > _CUT

    def _learn(self, look: Look) -> None:
        if self._look is None:
            self._look = look
        elif (
            self._looks >= _LOOKS_KNOWN
            and self._look.distance_to(look, same_light=True) > _STRANGER
        ):
            return  # whoever stands in front of the followed face is not learned
        self._looks += 1
        self._look = self._look.toward(look, max(1 / self._looks, 0.05))
