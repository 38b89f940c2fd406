"""Communities around open models: how many have joined them, as each platform tells it."""

from dataclasses import replace
from functools import partial

from assets.communities import arctic_shift, discord, hub_organisations, reddit
from assets.http.client import JSON
from assets.http.hub_service import hub_service
from assets.list_source import collect_each, not_recorded, reading
from assets.settings import plain, revealed
from assets.source_asset import Asking, Collected, source_asset
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

GROUP = "communities"


def collect_reddit(asking: Asking) -> Collected:
    """Ask for all listed subreddits in one request. Raises SourceError like `reddit.ask_reddit`."""
    settings = asking.settings
    app = reddit.reddit_app(
        revealed(settings.reddit_client_id), revealed(settings.reddit_client_secret), settings.contact
    )
    names = lists.subreddits()
    observations: list[Observation] = []
    without: list[str] = []
    for start in range(0, len(names), reddit.MOST_NAMES):
        batch = names[start : start + reddit.MOST_NAMES]
        ask = partial(reddit.ask_reddit, plain(settings.reddit_url), app, batch)
        answer = asking.answers.obtain(reddit.data_path(batch), JSON, ask)
        found = reddit.read_subscribers(answer.body, batch)
        without += [f"r/{name}: Reddit says nothing of it, or not how many have subscribed." for name in found.without]
        observations += [
            reading(asking, "subreddit_subscribers", "members", f"r/{name}", count)
            for name, count in found.by_name.items()
        ]
    return Collected(observations, figures=not_recorded(without))


def collect_arctic_shift(asking: Asking) -> Collected:
    """Ask for the last weeks of each listed subreddit, day by day. Raises SourceError like `collect_each`."""
    service = arctic_shift.arctic_shift_service(plain(asking.settings.arctic_shift_url))
    today = asking.now.date()

    def ask(subreddit: str) -> list[Observation]:
        answer = asking.answers.fetch(service, arctic_shift.subscribers_question(subreddit, today))
        where = f"r/{subreddit}"
        days = arctic_shift.read_subscribers(answer.status, answer.body, subreddit, today)
        # Without the days that were asked for: with them a day's figure would seem another one every week.
        address = asking.answers.landed[-1].url.partition("&after=")[0]
        return [
            replace(
                reading(asking, "subreddit_subscribers", "members", where, one.subscribers, qualifier="approximate"),
                period_start=one.day,
                date_precision="day",
                evidence_url=address,
            )
            for one in days
        ]

    return collect_each(lists.subreddits(), ask)


def collect_discord(asking: Asking) -> Collected:
    """Ask what each listed invite leads to. Raises SourceError like `collect_each`."""
    service = discord.discord_service(plain(asking.settings.discord_url))

    def ask(invite: lists.DiscordInvite) -> list[Observation]:
        answer = asking.answers.fetch(service, discord.invite_question(invite.code))
        server = discord.read_invite(answer.status, answer.body, invite.code, invite.guild_id)
        entity, words = f"{invite.community} Discord", {"guild_id": invite.guild_id, "invite": invite.code}
        counts = (("discord_members", server.members), ("discord_presence", server.online))
        return [
            reading(asking, metric, "members", entity, count, qualifier="approximate", attributes=words)
            for metric, count in counts
        ]

    return collect_each(lists.discord_invites(), ask)


def collect_hub_organisations(asking: Asking) -> Collected:
    """Ask for the overview of each listed organisation. Raises SourceError like `collect_each`."""
    service = hub_service(asking.settings.hub_endpoint, asking.settings.token)

    def ask(name: str) -> list[Observation]:
        answer = asking.answers.fetch(service, hub_organisations.overview_question(name))
        found = hub_organisations.read_overview(answer.status, answer.body, name)
        return [
            reading(asking, "hub_organisation_followers", "members", name, found.followers),
            reading(asking, "hub_organisation_members", "members", name, found.members),
            reading(asking, "hub_organisation_models", "models", name, found.models),
        ]

    return collect_each(lists.hub_organisations(), ask)


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
