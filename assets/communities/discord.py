"""Discord: members and presence of a server, from its public invite."""

from dataclasses import dataclass
from importlib.metadata import version

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import item_not_found, unexpected_field
from assets.http.json_decoding import People, decoded
from assets.list_source import collect_items, weekly_observation
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

NAME = "discord"
ADDRESS = ServiceAddress("TIDEGAUGE_DISCORD_URL", "https://discord.com")
# Discord states no quota for anonymous callers; ten requests in five seconds have led to a ban.
SPACING_S = 2.0
_UNKNOWN_INVITE = 10006
# Discord requires an address here. The project has no page of its own, so this is a name reserved for examples.
_HOME_PAGE = "https://tidegauge.example"


@dataclass(frozen=True)
class Server:
    """Members of a server, and how many of them were online; Discord states that both are approximate."""

    members: int
    online: int


class _Guild(msgspec.Struct):
    id: str


class _Invite(msgspec.Struct):
    guild: _Guild
    approximate_member_count: People
    approximate_presence_count: People


class _Refusal(msgspec.Struct):
    code: int


def discord_service(url: str) -> Service:
    """Return Discord at `url`; it may reject another form of User-Agent."""
    headers = {"User-Agent": f"DiscordBot ({_HOME_PAGE}, {version('tidegauge')})", "Accept-Encoding": "gzip"}
    return Service(NAME, url, headers, spacing_s=SPACING_S, attempts=4)


def invite_request(code: str) -> Request:
    """Return the request for the server of an invite; a dead invite is a response too."""
    return Request(f"api/v10/invites/{code}", {"with_counts": "true"}, also=frozenset({404}))


def read_invite(status: int, body: bytes, code: str, guild_id: str) -> Server:
    """Return the counts of the server that an invite leads to.

    Raises:
        ItemNotFoundError: the invite is dead.
        UnexpectedResponseError: the response does not fit, or the invite leads to another server than `guild_id`.
    """
    where = f"invite {code}"
    if status == 404:
        if (found := decoded(NAME, where, body, _Refusal).code) != _UNKNOWN_INVITE:
            raise unexpected_field(NAME, where, "code", f"{_UNKNOWN_INVITE} for a dead invite", found)
        raise item_not_found(NAME, where, "the invite is dead (code 10006)")
    invite = decoded(NAME, where, body, _Invite)
    if invite.guild.id != guild_id:
        raise unexpected_field(NAME, where, "guild.id", f"{guild_id}, the server that is pinned", invite.guild.id)
    if invite.approximate_presence_count > invite.approximate_member_count:
        raise unexpected_field(
            NAME, where, "approximate_presence_count", f"at most {invite.approximate_member_count} members",
            invite.approximate_presence_count,
        )  # fmt: skip
    return Server(invite.approximate_member_count, invite.approximate_presence_count)


def collect(context: SourceContext) -> SourceResult:
    """Collect the members and presence behind each listed invite. Raises SourceError like `collect_items`."""
    service = discord_service(context.settings.address(ADDRESS))

    def collect_item(invite: lists.DiscordInvite) -> list[Observation]:
        response = context.responses.fetch(service, invite_request(invite.code))
        server = read_invite(response.status, response.body, invite.code, invite.guild_id)
        words = {"guild_id": invite.guild_id, "invite": invite.code}
        counts = (("discord_members", server.members), ("discord_presence", server.online))
        return [
            weekly_observation(
                context, metric, "members", _entity(invite), count, qualifier="approximate", attributes=words
            )
            for metric, count in counts
        ]

    return collect_items(context, lists.discord_invites(), collect_item, _entity)


def _entity(invite: lists.DiscordInvite) -> str:
    return f"{invite.community} Discord"


def probe(settings: Settings) -> str:
    """Request the first listed invite; return what works. Raises SourceError like `read_invite`."""
    invite = lists.discord_invites()[0]
    response = discord_service(settings.address(ADDRESS)).single_attempt().send(invite_request(invite.code))
    server = read_invite(response.status, response.body, invite.code, invite.guild_id)
    return f"without a key; about {server.members:,} members behind invite {invite.code}"


SOURCE = Source(
    name=NAME,
    title="Discord",
    home_page="https://discord.com",
    licence="Discord Developer Terms of Service",
    citation="Discord, public invites (https://discord.com/api/v10/invites), read weekly by Tidegauge",
    caveat="Counts are approximate, as Discord says itself. A series ends when its invite dies.",
    addresses=(ADDRESS,),
    probe=probe,
    group="communities",
    kinds=frozenset({"python", "discord"}),
    description="Members and presence of Discord servers, from their public invites.",
    collect=collect,
)
