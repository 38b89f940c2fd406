"""Stand-in of Discord: counts of the listed invites except a dead one, and the errors for other requests."""

from typing import Final

from pipelines.sandbox.counters import counter
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Request, Response, Service, json_response
from warehouse.seeds import lists

# A community that let its invite expire: Discord then answers with code 10006, or with code 0 as for a wrong path.
_DEAD: Final = frozenset({"expired0code"})
# A server that loses its level of boosts loses its vanity code, until it has the level again: dead for one week.
_VANITY_LOST: Final = (5, "mistralai")
_BLOCKED: Final = b"<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare</title></head></html>"


class Discord:
    """Serves the counts of a guild to a User-Agent of a bot."""

    prefix = "/discord"
    settings = ("TIDEGAUGE_DISCORD_URL",)

    def respond(self, request: Request) -> Response:
        """Return an invite; it has counts only with `with_counts`."""
        if not request.headers.get("user-agent", "").startswith("DiscordBot ("):
            return Response(403, _BLOCKED, {"Content-Type": "text/html; charset=UTF-8", "Server": "cloudflare"})
        dead = {code for week, code in [_VANITY_LOST] if week == request.week} | _DEAD
        guilds = {invite.code: invite.guild_id for invite in lists.discord_invites() if invite.code not in dead}
        match request.path.split("/"):
            case ["", "api", "v10", "invites", code] if code in guilds:
                return json_response(_invite(code, guilds[code], request), headers={"Server": "cloudflare"})
            case ["", "api", "v10", "invites", code] if code not in _DEAD:
                return json_response({"message": "Unknown Invite", "code": 10006}, 404)
        return json_response({"message": "404: Not Found", "code": 0}, 404)


def _invite(code: str, guild: str, request: Request) -> dict[str, object]:
    members = round(counter(code, request.week, 30_000))
    online = round(counter(f"{code} online", request.week, 2_500))
    counts = {"approximate_member_count": members, "approximate_presence_count": online}
    return {
        "type": 0,
        "code": code,
        "expires_at": None,
        "guild": {"id": guild, "name": "Made up", "vanity_url_code": None, "nsfw_level": 0, "premium_tier": 3},
        "guild_id": guild,
        "channel": {"id": "729741769738158194", "type": 0, "name": "rules"},
        **({"profile": {"member_count": members, "online_count": online}} if request.param("with_counts") else {}),
        **(counts if request.param("with_counts") == "true" else {}),
    }


def stand_ins(_world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [Discord()]
