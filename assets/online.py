"""Whether a run can reach any service, found out before its first request.

Without a network each source would wait through all its retries: a quarter of an hour in all, to publish nothing.
"""

from collections.abc import Sequence

import dagster as dg

from assets.collection_check import first_offline, services_of_run
from assets.http.errors import OfflineError
from assets.http.reachability import why_unreachable
from assets.settings import ServiceAddress, Settings

_KEPT = "every earlier row, and the last release; nothing is published."


def services_metadata(addresses: Sequence[ServiceAddress]) -> dict[str, dg.MetadataValue[str]]:
    """Return the metadata of an asset that requests these services: the setting and the default address of each."""
    return {address.setting: dg.MetadataValue.url(address.default) for address in addresses}


def assert_online(context: dg.AssetExecutionContext, source: str, settings: Settings) -> None:
    """Return if a service has responded in this run, or if one that the run requests can be reached.

    The services are those in the metadata of the assets of the run.

    Raises:
        OfflineError: none can be reached. The sources after the first one find that in the log of the run.
    """
    own = _addresses(context, context.asset_key, settings)
    if not own or "responded" in services_of_run(context.instance, context.run.run_id):
        return
    if (found := first_offline(context.instance, context.run.run_id)) is not None:
        reason = f"it was not requested: {found.asset_key.to_user_string()} found that no service can be reached."
        raise OfflineError(source, reason, kept=_KEPT, remedy="see there.")
    on = [
        key for key in context.job_def.asset_layer.asset_graph.get_all_asset_keys() if key.path[-1] not in settings.off
    ]
    obstacle = why_unreachable(own, [one for key in on for one in _addresses(context, key, settings)])
    if obstacle is not None:
        raise OfflineError(source, obstacle.reason, kept=_KEPT, remedy=obstacle.remedy)


def _addresses(context: dg.AssetExecutionContext, key: dg.AssetKey, settings: Settings) -> list[str]:
    metadata = context.job_def.asset_layer.asset_graph.get(key).metadata
    return [
        settings.address(ServiceAddress(setting, value.url))
        for setting, value in metadata.items()
        if isinstance(value, dg.UrlMetadataValue) and value.url and setting.startswith("TIDEGAUGE_")
    ]
