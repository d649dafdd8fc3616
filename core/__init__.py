"""The engine of Photo Double: from a photo and a video to a Double and a Motion.

Nothing here knows Blender. The modules `assets`, `consent`, `errors`, `expressions`,
`messages` and `spaces` need numpy only, and Blender's process imports no others.
"""

__version__ = "0.1.0"
