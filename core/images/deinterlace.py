"""Interlaced video made whole: television and old camcorders film every other line.

A frame then holds two moments, and a face that moves has a comb for an outline.
FFmpeg's bwdif keeps one moment and fills in the other lines; frames that are not marked
as interlaced pass as they are.
"""

from collections.abc import Iterable, Iterator

import av
import av.error
import av.filter


def deinterlaced(
    frames: Iterable[av.VideoFrame], stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    """Yield as many frames, with the same stamps."""
    graph, form = None, None
    for frame in frames:
        if graph is None and not frame.interlaced_frame:
            yield frame
            continue
        if graph is None or form != _form_of(frame):
            if graph is not None:
                yield from _rest(graph)
            graph, form = _graph(frame, stream), _form_of(frame)
        graph.vpush(frame)
        yield from _ready(graph)
    if graph is not None:
        yield from _rest(graph)


def _form_of(frame: av.VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name


def _graph(frame: av.VideoFrame, stream: av.VideoStream) -> av.filter.Graph:
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base or stream.time_base,
        ),
        graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _ready(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _rest(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    graph.vpush(None)
    yield from _ready(graph)
