"""Discord: members and presence of a server, as its public invite tells them to anyone."""

from dataclasses import dataclass
from importlib.metadata import version

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import item_not_found, unexpected_field
from assets.http.json_decoding import People, decoded

SOURCE = "discord"
# Nothing tells an anonymous caller its quota, and ten requests in five seconds have led to a ban.
SPACING_S = 2.0
_UNKNOWN_INVITE = 10006
# Discord wants an address here. The project has no page of its own, so a name that is reserved for examples stands.
_HOME_PAGE = "https://tidegauge.example"


@dataclass(frozen=True)
class Server:
    """Members of a server, and how many of them were online; Discord says itself that both are approximate."""

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
    """Give Discord at `url`; without this form of User-Agent it may refuse us."""
    headers = {"User-Agent": f"DiscordBot ({_HOME_PAGE}, {version('tidegauge')})", "Accept-Encoding": "gzip"}
    return Service(SOURCE, url, headers, spacing_s=SPACING_S, attempts=4)


def invite_request(code: str) -> Request:
    """Ask what an invite leads to; that it is dead is an answer too."""
    return Request(f"api/v10/invites/{code}", {"with_counts": "true"}, also=frozenset({404}))


def read_invite(status: int, body: bytes, code: str, guild_id: str) -> Server:
    """Read the counts of the server that an invite leads to.

    Raises:
        ItemNotFoundError: the invite is dead.
        UnexpectedResponseError: the answer does not fit, or the invite leads to another server than `guild_id`.
    """
    where = f"invite {code}"
    if status == 404:
        if (found := decoded(SOURCE, where, body, _Refusal).code) != _UNKNOWN_INVITE:
            raise unexpected_field(SOURCE, where, "code", f"{_UNKNOWN_INVITE} for a dead invite", found)
        raise item_not_found(SOURCE, where, "the invite is dead (code 10006)")
    invite = decoded(SOURCE, where, body, _Invite)
    if invite.guild.id != guild_id:
        raise unexpected_field(SOURCE, where, "guild.id", f"{guild_id}, the server that is pinned", invite.guild.id)
    if invite.approximate_presence_count > invite.approximate_member_count:
        raise unexpected_field(
            SOURCE, where, "approximate_presence_count", f"at most {invite.approximate_member_count} members",
            invite.approximate_presence_count,
        )  # fmt: skip
    return Server(invite.approximate_member_count, invite.approximate_presence_count)


def probe(url: str, code: str, guild_id: str) -> str:
    """Ask for one invite, and say how it went. Raises SourceError like `read_invite`."""
    response = discord_service(url).single_attempt().send(invite_request(code))
    server = read_invite(response.status, response.body, code, guild_id)
    return f"without a key; about {server.members:,} members behind invite {code}"
