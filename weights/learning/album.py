"""Pictures on a device, to be looked at several times: painting is the slow part."""

from typing import Generic, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")
"""A dataclass of tensors, the first axis of each counts pictures."""


def some_of(pictures: T, chosen: Tensor) -> T:
    """Some of them."""
    return type(pictures)(
        **{name: value[chosen] for name, value in vars(pictures).items()}
    )


class Album(Generic[T]):
    """It holds so many; the oldest make room for new ones."""

    def __init__(self, like: T, most: int) -> None:
        self._most = most
        self.added = 0
        self._pictures = type(like)(
            **{
                name: value.new_empty(most, *value.shape[1:])
                for name, value in vars(like).items()
            }
        )

    @property
    def count(self) -> int:
        """How many there are."""
        return min(self.added, self._most)

    def add(self, pictures: T) -> None:
        """Put some in."""
        tensors = vars(pictures)
        count = len(next(iter(tensors.values())))
        places = torch.arange(self.added, self.added + count) % self._most
        for name, value in tensors.items():
            kept = vars(self._pictures)[name]
            kept[places.to(kept.device)] = value
        self.added += count

    def some(self, count: int) -> T:
        """So many at random."""
        device = next(iter(vars(self._pictures).values())).device
        return some_of(
            self._pictures, torch.randint(self.count, (count,), device=device)
        )
