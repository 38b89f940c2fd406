"""The two sources that are read from the Hub's listing and from a data set of its snapshots; their assets are in this room."""

from assets.hub import snapshots, walk
from assets.settings import HUB
from assets.source import SourceDescription

LISTING = SourceDescription(
    name="hugging_face_hub",
    title="Hugging Face Hub",
    home_page="https://huggingface.co",
    licence="Hugging Face Terms of Service; each repository carries its own licence",
    citation="Hugging Face Hub, public model listing (https://huggingface.co/api/models), read weekly by Tidegauge",
    caveat=(
        "Downloads count file requests over 30 days, not users; counters are restated at times. Deleted and private "
        "repositories are not seen."
    ),
    addresses=(HUB,),
    probe=lambda settings: walk.probe(settings.address(HUB), settings.token),
)

SNAPSHOTS = SourceDescription(
    name=snapshots.SOURCE,
    title="Weekly snapshots of the Hub (hfmlsoc)",
    home_page="https://huggingface.co/datasets/hfmlsoc/hub_weekly_snapshots",
    licence="ODbL 1.0: share alike, so that a database made from it is to be passed on under the same licence",
    citation=(
        "hfmlsoc, hub_weekly_snapshots, https://huggingface.co/datasets/hfmlsoc/hub_weekly_snapshots, built from "
        "hub-stats by cfahlgren1 (Apache-2.0)"
    ),
    caveat=(
        "Observed by others: one person's daily dump of the Hub, which stood still for weeks, broke off once and was "
        "taken down for a while. The label of a file is not the day of its observation. No immutable id, so a "
        "renamed model looks like another one; gated and private are not in it."
    ),
    cadence="Weekly upstream since 2024-07-24; read by tidegauge backfill hub-snapshots",
    addresses=(HUB,),
    probe=lambda settings: snapshots.probe(settings.address(HUB), settings.token),
)
