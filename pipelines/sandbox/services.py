"""The stand-ins beside the Hub: each speaks the wire format of its service, over the same world and its weeks."""

from pipelines.sandbox.epoch import EpochFiles
from pipelines.sandbox.inferencex import InferenceX
from pipelines.sandbox.wire import Service
from pipelines.sandbox.world import World


def stand_ins(world: World) -> list[Service]:
    """Give every stand-in beside the Hub."""
    return [EpochFiles(world), InferenceX(world)]
