"""Choosing what computes: the processor or a graphics card."""

import torch

from ..errors import DeviceUnavailableError

DEVICE_NAMES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto` takes CUDA where it is and the processor else.

    Metal is not chosen by itself: it lacks double precision, which the solvers use
    where it matters. Raises DeviceUnavailableError.
    """
    present = available_devices()
    if name == "auto":
        return torch.device("cuda" if "cuda" in present else "cpu")
    if name not in present:
        raise DeviceUnavailableError(
            f"There is no {name} device on this computer, or this build of torch "
            f"cannot use it. Use one of: auto, {', '.join(present)} (--device)."
        )
    return torch.device(name)


def available_devices() -> list[str]:
    """Names of the devices that this build of torch can use here."""
    present = ["cpu"]
    if torch.cuda.is_available():
        present.append("cuda")
    if torch.backends.mps.is_available():
        present.append("mps")
    return present
