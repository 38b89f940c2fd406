"""Subscribers of each listed subreddit by month since 2018, from an archive: loaded on demand."""

from dataclasses import replace

import dagster as dg

from assets.communities import arctic_shift
from assets.list_source import collect_items, weekly_observation
from assets.settings import without_trailing_slash
from assets.source_asset import SourceContext, SourceResult, source_asset
from warehouse.facts.observations import Observation
from warehouse.seeds import lists


def collect_subreddit_months(context: SourceContext) -> SourceResult:
    """Ask for every month of each listed subreddit. Raises SourceError like `collect_items`.

    A metric of its own: the days that the weekly refresh reads are another thing, and stay as they are.
    """
    service = arctic_shift.arctic_shift_service(without_trailing_slash(context.settings.arctic_shift_url))

    def collect_item(subreddit: str) -> list[Observation]:
        response = context.responses.fetch(service, arctic_shift.history_request(subreddit))
        where = f"r/{subreddit}"
        return [
            replace(
                weekly_observation(
                    context, "subreddit_subscribers_month", "members", where, one.subscribers, qualifier="approximate"
                ),
                period_start=one.day,
                date_precision="month",
            )
            for one in arctic_shift.read_months(response.status, response.body, subreddit, context.now.date())
        ]

    return collect_items(lists.subreddits(), collect_item)


def subreddit_months() -> dg.AssetsDefinition:
    """Give the asset of the subreddits' months: asked on demand, and no part of the weekly refresh."""
    return source_asset(
        "communities",
        arctic_shift.SOURCE,
        {"python", "reddit"},
        collect_subreddit_months,
        doc="Subscribers of the listed subreddits in each month since 2018, as a third party has archived them.",
    )
