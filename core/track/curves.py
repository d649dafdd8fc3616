"""The curves of a clip from its solved frames: bridged, and smooth where it helps.

What moves slowly is smoothed much, what must stay crisp hardly: the head turns below a
few hertz, a mouth closes for a "p" within two frames, a blink is over in five, and an
eye jumps.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..camera import (
    rigid_transform,
    rotation_from_vector,
    rotation_nearest,
    vector_from_rotation,
)
from ..expressions import EXPRESSION_NAMES
from .frames import Frames
from .smoothing import bridge_gaps, smooth_curves

POSE_CUTOFF_HZ = 4.0
FACE_CUTOFF_HZ = 6.0
"""For brows, cheeks and nose."""
MOUTH_CUTOFF_HZ = 10.0
GAZE_CUTOFF_HZ = 12.0

MOUTH = tuple(
    index
    for index, name in enumerate(EXPRESSION_NAMES)
    if name.startswith(("mouth", "jaw", "tongue"))
)
LIDS = tuple(
    index
    for index, name in enumerate(EXPRESSION_NAMES)
    if name.startswith(("eyeBlink", "eyeWide", "eyeLook"))
)
"""Not smoothed at all."""
_CUTOFFS_HZ = {
    index: MOUTH_CUTOFF_HZ if index in MOUTH else FACE_CUTOFF_HZ
    for index in range(len(EXPRESSION_NAMES))
    if index not in LIDS
}
"""Of every expression that is smoothed."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Which frames of the clip were seen, and when each was."""

    seen: Bool[np.ndarray, "frames"]
    """Whether there was a face."""
    times_s: Float[np.ndarray, "frames"]
    """Presentation times."""

    def expressions(self, frames: Frames) -> Float[np.ndarray, "frames expressions"]:
        """The weights of every frame, in 0 to 1."""
        first = frames.view.unknowns.expression.start
        result = np.empty((len(self.seen), len(EXPRESSION_NAMES)), np.float32)
        for index in range(len(EXPRESSION_NAMES)):  # one by one: they may be long
            raw = frames.x[:, first + index].double().cpu().numpy()[:, None]
            cutoff_hz = _CUTOFFS_HZ.get(index)
            if cutoff_hz is None:
                curve = self._bridged(raw)
            else:
                firm = _relative(frames.information[:, first + index, None])
                curve = self._smooth(raw, firm, cutoff_hz=cutoff_hz)
            result[:, index] = curve[:, 0].clip(0, 1)
        return result

    def poses(self, frames: Frames) -> Float[np.ndarray, "frames 4 4"]:
        """The head in camera space in every frame."""
        layout = frames.view.unknowns
        rotations = frames.view.rotation(frames.x).double().cpu()
        middle = rotation_nearest(rotations.mean(dim=0))
        turns = vector_from_rotation(rotations @ middle.T)
        places = frames.x[:, layout.translation].double().cpu()
        raw = torch.cat([turns, places], dim=1).numpy()
        firm = np.concatenate(
            [
                _relative(frames.information[:, layout.rotation]),
                _relative(frames.information[:, layout.translation]),
            ],
            axis=1,
        )
        smooth = torch.from_numpy(self._smooth(raw, firm, cutoff_hz=POSE_CUTOFF_HZ))
        rotation = rotation_from_vector(smooth[:, :3]) @ middle
        translation = torch.cat([smooth[:, 3:5], smooth[:, 5:].exp()], dim=1)
        return rigid_transform(rotation, translation).numpy()

    def gaze(
        self, gaze: Float[Tensor, "seen 2 2"], closed: Float[Tensor, "seen 2"]
    ) -> Float[np.ndarray, "frames 2 2"]:
        """Both eyes' angles; while an eye is closed they are bridged."""
        raw = gaze.flatten(1).double().cpu().numpy()
        open_eyed = (1 - closed.amax(dim=1)).clamp(min=0).square()
        firm = open_eyed.double().cpu().numpy()[:, None].repeat(4, axis=1)
        smooth = self._smooth(raw, firm, cutoff_hz=GAZE_CUTOFF_HZ)
        return smooth.reshape(-1, 2, 2).astype(np.float32)

    @property
    def rate_fps(self) -> float:
        """Frames a second, as the median of their distances says."""
        if len(self.times_s) < 2:
            return 25.0
        return float(1 / np.median(np.diff(self.times_s)))

    def _bridged(self, raw: Float[np.ndarray, "seen curves"]) -> np.ndarray:
        """Curves over all frames; those without a face are interpolated."""
        every = np.zeros((len(self.seen), raw.shape[1]))
        every[self.seen] = raw
        return bridge_gaps(every, self.seen, self.times_s)

    def _smooth(
        self, raw: np.ndarray, firm: np.ndarray, *, cutoff_hz: float
    ) -> np.ndarray:
        """Smoothed curves over all frames; gaps weigh next to nothing."""
        weights = np.full((len(self.seen), raw.shape[1]), 1e-3)
        weights[self.seen] = firm
        return smooth_curves(
            self._bridged(raw), weights, cutoff_hz=cutoff_hz, rate_fps=self.rate_fps
        )


def _relative(information: Tensor) -> Float[np.ndarray, "frames columns"]:
    """Information of each frame over the median one, within reason."""
    values = information.double().cpu().numpy()
    typical = np.maximum(np.median(values, axis=0), 1e-12)
    return (values / typical).clip(0.05, 4.0)
