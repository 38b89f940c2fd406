"""Subscribers of each listed subreddit by month since 2018, from Arctic Shift: collected on demand."""

from dataclasses import replace

from assets.communities import arctic_shift
from assets.communities.arctic_shift import ADDRESS, arctic_shift_service, history_request, read_months
from assets.list_source import collect_items, weekly_observation
from assets.source import SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.seeds import lists


def collect(context: SourceContext) -> SourceResult:
    """Collect every month of each listed subreddit. Raises SourceError like `collect_items`.

    The metric is another one than that of the days, which the weekly refresh collects and which stay as they are.
    """
    service = arctic_shift_service(context.settings.address(ADDRESS))

    def collect_item(subreddit: str) -> list[Observation]:
        response = context.responses.fetch(service, history_request(subreddit))
        return [
            replace(
                weekly_observation(
                    context,
                    "subreddit_subscribers_month",
                    "members",
                    f"r/{subreddit}",
                    one.subscribers,
                    qualifier="approximate",
                ),
                period_start=one.day,
                date_precision="month",
            )
            for one in read_months(response.status, response.body, subreddit, context.now.date())
        ]

    return collect_items(context, lists.subreddits(), collect_item, "r/{}".format)


# The same source, collected in another way; no part of the weekly refresh.
MONTHS = replace(
    arctic_shift.SOURCE,
    description="Subscribers of the listed subreddits in each month since 2018, as archived by a third party.",
    collect=collect,
)
