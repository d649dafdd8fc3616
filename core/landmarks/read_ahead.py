"""Decoding the next frames while others are looked at."""

import queue
import threading
from collections.abc import Generator, Iterator

from ..images.video import VideoFrame


def read_ahead(
    frames: Iterator[VideoFrame], *, most: int
) -> Generator[VideoFrame, None, None]:
    """Yield the frames while a thread decodes the next ones, at most so many."""
    ready: queue.Queue[VideoFrame | BaseException | None] = queue.Queue(most)
    stop = threading.Event()

    def hand_on(item: VideoFrame | BaseException | None) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def decode() -> None:
        try:
            for frame in frames:
                hand_on(frame)
                if stop.is_set():
                    return
            hand_on(None)
        except BaseException as error:  # raised again in the other thread
            hand_on(error)

    thread = threading.Thread(target=decode, daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
