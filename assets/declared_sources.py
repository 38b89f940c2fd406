"""All declared sources: the two of the Hub, and the constant `SOURCE` of each client in the folders of the subjects.

A client in one of these folders is found without a list. `assets.py` of a subject is not imported, because it holds
Dagster assets: the doctor reads the declarations without Dagster.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from assets import benchmarks, communities, funding, inference, platforms, training
from assets.hub.sources import LISTING, SNAPSHOTS
from assets.settings import HUB, ServiceAddress, ServiceKey, Settings
from assets.source import Source, SourceDescription

SUBJECTS = (communities, platforms, funding, benchmarks, inference, training)


def sources_of(subject: ModuleType) -> Iterator[Source]:
    """Yield the sources that the modules of a subject declare."""
    for module in pkgutil.iter_modules(subject.__path__, f"{subject.__name__}."):
        if not module.name.endswith(".assets"):
            source = getattr(import_module(module.name), "SOURCE", None)
            if isinstance(source, Source):
                yield source


COLLECTED = {source.name: source for subject in SUBJECTS for source in sources_of(subject)}
SOURCES: tuple[SourceDescription, ...] = (LISTING, SNAPSHOTS, *COLLECTED.values())
SOURCE_ROWS = [source.row for source in SOURCES]
# Several sources share the address of a service.
ADDRESSES: tuple[ServiceAddress, ...] = tuple(dict.fromkeys(one for source in SOURCES for one in source.addresses))
KEYS: tuple[ServiceKey, ...] = tuple(dict.fromkeys(one for source in SOURCES for one in source.keys))


def addresses_of_refresh(settings: Settings) -> list[str]:
    """Return the addresses that a refresh requests: the Hub's, and those of the sources that are not switched off."""
    on = (source for name, source in COLLECTED.items() if name not in settings.off)
    declared = (HUB, *(address for source in on for address in source.addresses))
    return list(dict.fromkeys(map(settings.address, declared)))
