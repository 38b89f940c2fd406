"""The stand-ins beside the Hub: each speaks the wire format of its service, over the same world and its weeks."""

from pipelines.sandbox.hub.world import World
from pipelines.sandbox.services.discord import Discord
from pipelines.sandbox.services.epoch import EpochFiles
from pipelines.sandbox.services.github import GitHub
from pipelines.sandbox.services.inferencex import InferenceX
from pipelines.sandbox.services.platforms import DockerHub, PypiStats, Replicate
from pipelines.sandbox.services.reddit import ArcticShift, Reddit
from pipelines.sandbox.services.sec import SecData, SecWww
from pipelines.sandbox.wire import Service


def stand_ins(world: World) -> list[Service]:
    """Give every stand-in beside the Hub."""
    return [
        Reddit(), ArcticShift(world), Discord(), Replicate(), PypiStats(), DockerHub(), GitHub(),
        EpochFiles(world), SecData(world), SecWww(world), InferenceX(world),
    ]  # fmt: skip
