"""The stand-ins beside the Hub: each speaks the wire format of its service, over the same world and its weeks."""

from pipelines.sandbox.discord import Discord
from pipelines.sandbox.epoch import EpochFiles
from pipelines.sandbox.github import GitHub
from pipelines.sandbox.inferencex import InferenceX
from pipelines.sandbox.platforms import DockerHub, PypiStats, Replicate
from pipelines.sandbox.reddit import ArcticShift, Reddit
from pipelines.sandbox.sec import SecData, SecWww
from pipelines.sandbox.wire import Service
from pipelines.sandbox.world import World


def stand_ins(world: World) -> list[Service]:
    """Give every stand-in beside the Hub."""
    return [
        Reddit(), ArcticShift(world), Discord(), Replicate(), PypiStats(), DockerHub(), GitHub(),
        EpochFiles(world), SecData(world), SecWww(world), InferenceX(world),
    ]  # fmt: skip
