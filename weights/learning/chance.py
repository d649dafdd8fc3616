"""Random numbers for crowds."""

import torch
from torch import Tensor


class Draw:
    """Random numbers on a device, the first axis counts people.

    So many neighbours are one person at different times, for whom the same is drawn.
    """

    def __init__(
        self, chance: torch.Generator, device: torch.device, *, times: int = 1
    ) -> None:
        self._chance, self.device, self._times = chance, device, times

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """Evenly between two numbers."""
        every = torch.rand(
            self._persons(shape), generator=self._chance, device=self.device
        )
        return self._at_all_times(low + (high - low) * every)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal."""
        return self._at_all_times(self.afresh(*self._persons(shape)))

    def afresh(self, *shape: int) -> Tensor:
        """Standard normal, different at all times and with any first axis."""
        return torch.randn(shape, generator=self._chance, device=self.device)

    def integers(self, *shape: int, below: int) -> Tensor:
        """Whole numbers from 0."""
        return self._at_all_times(
            torch.randint(
                below,
                self._persons(shape),
                generator=self._chance,
                device=self.device,
            )
        )

    def whether(self, *shape: int, chance: float) -> Tensor:
        """True so often, as 0 and 1."""
        return (self.uniform(*shape) < chance).float()

    def _persons(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        assert shape[0] % self._times == 0, "people are filmed equally often"
        return (shape[0] // self._times, *shape[1:])

    def _at_all_times(self, drawn: Tensor) -> Tensor:
        return drawn.repeat_interleave(self._times, dim=0) if self._times > 1 else drawn
