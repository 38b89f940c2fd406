"""Declarations of sources: each is found once, is complete, and has its asset and its stand-in."""

import pytest

from assets.declared_sources import ADDRESSES, COLLECTED, SOURCE_ROWS, SOURCES, SUBJECTS, sources_of
from assets.registry import SOURCE_ASSETS
from pipelines.sandbox.hub.routes import Hub
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.services.registry import stand_ins


def test_each_client_is_found_once():
    names = [source.name for subject in SUBJECTS for source in sources_of(subject)]
    assert sorted(names) == sorted(COLLECTED)
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    assert COLLECTED.keys() >= {"reddit", "github", "sec_form_d", "epoch_funding", "arena", "inferencex", "cost_model"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_declaration_is_complete(source):
    assert all((source.title, source.home_page, source.licence, source.citation, source.cadence, source.caveat))
    assert bool(source.probe) == bool(source.addresses), "a service has a probe"


def test_each_collected_source_has_an_asset_in_its_group():
    keys = {asset.key.path[-1]: asset.key.path[0] for asset in SOURCE_ASSETS}
    assert keys.items() >= {source.name: source.group for source in COLLECTED.values()}.items()


def test_each_address_has_a_stand_in():
    world = World(100, 0)
    settings = [name for service in (*stand_ins(world), Hub(world, 1, 300)) for name in service.settings]
    assert sorted(settings) == sorted(address.setting for address in ADDRESSES)


def test_each_source_has_its_row_of_meta_source():
    assert [row.source for row in SOURCE_ROWS] == [source.name for source in SOURCES]
