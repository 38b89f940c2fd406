"""Every stand-in except the Hub: what the function `stand_ins` of each module in this folder returns."""

import pkgutil
from importlib import import_module

from pipelines.sandbox import services
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Service


def stand_ins(world: World) -> list[Service]:
    """Return the stand-ins of this folder, over one world and its weeks."""
    found: list[Service] = []
    for module in pkgutil.iter_modules(services.__path__, f"{services.__name__}."):
        if module.name != __name__:
            make = getattr(import_module(module.name), "stand_ins", None)
            found += make(world) if make else []
    return found
