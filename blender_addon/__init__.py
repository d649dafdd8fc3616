"""Photo Double in Blender: Animate from Photo, and what it needs around it.

The add-on asks, starts the engine as a process of its own, and puts what the engine
made into the scene. It imports the numpy-only part of core, never torch or mediapipe.
"""

from . import operators, panels, preferences, properties, takes

_MODULES = (properties, takes, preferences, operators, panels)


def register() -> None:
    """Add everything to Blender."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Take everything back, last first."""
    for module in reversed(_MODULES):
        module.unregister()
