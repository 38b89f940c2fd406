"""Communities around open models: how many have joined them, as each platform tells it."""

from dataclasses import replace
from functools import partial

from assets.communities import arctic_shift, discord, hub_organisations, reddit
from assets.http.client import JSON
from assets.http.hub_service import hub_service
from assets.list_source import collect_items, not_recorded, weekly_observation
from assets.settings import secret_value, without_trailing_slash
from assets.source_asset import SourceContext, SourceResult, source_asset
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

GROUP = "communities"


def collect_reddit(context: SourceContext) -> SourceResult:
    """Ask for all listed subreddits in one request. Raises SourceError like `reddit.ask_reddit`."""
    settings = context.settings
    app = reddit.reddit_app(
        secret_value(settings.reddit_client_id), secret_value(settings.reddit_client_secret), settings.contact
    )
    names = lists.subreddits()
    observations: list[Observation] = []
    without: list[str] = []
    for start in range(0, len(names), reddit.MOST_NAMES):
        batch = names[start : start + reddit.MOST_NAMES]
        ask = partial(reddit.ask_reddit, without_trailing_slash(settings.reddit_url), app, batch)
        response = context.responses.store_external(reddit.data_path(batch), JSON, ask)
        found = reddit.read_subscribers(response.body, batch)
        without += [f"r/{name}: Reddit says nothing of it, or not how many have subscribed." for name in found.without]
        observations += [
            weekly_observation(context, "subreddit_subscribers", "members", f"r/{name}", count)
            for name, count in found.by_name.items()
        ]
    return SourceResult(observations, figures=not_recorded(without))


def collect_arctic_shift(context: SourceContext) -> SourceResult:
    """Ask for the last weeks of each listed subreddit, day by day. Raises SourceError like `collect_items`."""
    service = arctic_shift.arctic_shift_service(without_trailing_slash(context.settings.arctic_shift_url))
    today = context.now.date()

    def collect_item(subreddit: str) -> list[Observation]:
        response = context.responses.fetch(service, arctic_shift.subscribers_request(subreddit, today))
        where = f"r/{subreddit}"
        days = arctic_shift.read_subscribers(response.status, response.body, subreddit, today)
        # Without the days that were asked for: with them a day's figure would seem another one every week.
        address = context.responses.stored[-1].url.partition("&after=")[0]
        return [
            replace(
                weekly_observation(
                    context, "subreddit_subscribers", "members", where, one.subscribers, qualifier="approximate"
                ),
                period_start=one.day,
                date_precision="day",
                evidence_url=address,
            )
            for one in days
        ]

    return collect_items(lists.subreddits(), collect_item)


def collect_discord(context: SourceContext) -> SourceResult:
    """Ask what each listed invite leads to. Raises SourceError like `collect_items`."""
    service = discord.discord_service(without_trailing_slash(context.settings.discord_url))

    def collect_item(invite: lists.DiscordInvite) -> list[Observation]:
        response = context.responses.fetch(service, discord.invite_request(invite.code))
        server = discord.read_invite(response.status, response.body, invite.code, invite.guild_id)
        entity, words = f"{invite.community} Discord", {"guild_id": invite.guild_id, "invite": invite.code}
        counts = (("discord_members", server.members), ("discord_presence", server.online))
        return [
            weekly_observation(context, metric, "members", entity, count, qualifier="approximate", attributes=words)
            for metric, count in counts
        ]

    return collect_items(lists.discord_invites(), collect_item)


def collect_hub_organisations(context: SourceContext) -> SourceResult:
    """Ask for the overview of each listed organisation. Raises SourceError like `collect_items`."""
    service = hub_service(context.settings.hub_endpoint, context.settings.token)

    def collect_item(name: str) -> list[Observation]:
        response = context.responses.fetch(service, hub_organisations.overview_request(name))
        found = hub_organisations.read_overview(response.status, response.body, name)
        return [
            weekly_observation(context, "hub_organisation_followers", "members", name, found.followers),
            weekly_observation(context, "hub_organisation_members", "members", name, found.members),
            weekly_observation(context, "hub_organisation_models", "models", name, found.models),
        ]

    return collect_items(lists.hub_organisations(), collect_item)


SOURCES = (
    source_asset(
        GROUP, reddit.SOURCE, {"python", "reddit"}, collect_reddit,
        doc="Subscribers of the listed subreddits, from Reddit itself; it answers only to an approved app.",
    ),
    source_asset(
        GROUP, arctic_shift.SOURCE, {"python", "reddit"}, collect_arctic_shift,
        doc="Subscribers of the listed subreddits on each day of the last weeks, as a third party has archived them.",
    ),
    source_asset(
        GROUP, discord.SOURCE, {"python", "discord"}, collect_discord,
        doc="Members and presence of Discord servers, as their public invites tell.",
    ),
    source_asset(
        GROUP, hub_organisations.SOURCE, {"python", "huggingface"}, collect_hub_organisations,
        doc="Followers, members and models of organisations on the Hugging Face Hub.",
    ),
)  # fmt: skip
