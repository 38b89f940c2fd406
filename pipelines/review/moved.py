"""Listed items that moved to another name, or that their service no longer has."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from pipelines.review.list_files import read_rows
from pipelines.review.proposals import Proposal, Waiting, of_proposals

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

# Lists with repositories of the Hub: the file, its column of them, the cell for the evidence, and which rows count.
_REPOSITORIES: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("family.csv", "root", "note", {}),
    ("lists/model_name.csv", "id", "evidence", {}),
    ("lists/entity_name.csv", "name", "evidence", {"system": "hugging_face_hub", "kind": "model"}),
    ("reference/notable_model.csv", "id", "note", {}),
)
# Lists that sources request item by item: the source, the file and its column.
_ITEMS = (
    ("github", "lists/github_project.csv", "project"),
    ("docker_hub", "lists/docker_image.csv", "image"),
    ("pypistats", "lists/pypi_package.csv", "package"),
    ("replicate", "lists/replicate_model.csv", "model"),
    ("hub_organisations", "lists/hub_organisation.csv", "organisation"),
    ("discord", "lists/discord_invite.csv", "community"),
    ("reddit", "lists/subreddit.csv", "subreddit"),
    ("arctic_shift", "lists/subreddit.csv", "subreddit"),
)
GONE = "not found since"


def find(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> Waiting:
    """Return a row for each listed item that has another name now, or that its service no longer has."""
    return of_proposals(
        [*_repositories(connection), *_organisations(connection), *_projects(connection), *_gone(connection)]
    )


def _repositories(connection: "duckdb.DuckDBPyConnection") -> Iterator[Proposal]:
    """Yield the listed repositories that the Hub shows under another name; a name that another repository has is not one."""
    for file, column, cell, only in _REPOSITORIES:
        rows = [row for row in read_rows(file) if all(row[name] == value for name, value in only.items())]
        found = connection.execute(
            """
            select former.id, model.id, former.last_seen
            from base.model_name as former
            join core.model as model using (hub_id)
            where list_contains($listed, former.id) and model.removed_in is null and model.id <> former.id
                and former.id not in (select id from core.model where removed_in is null)
            qualify row_number() over (partition by former.id order by former.last_seen desc) = 1
            """,
            {"listed": [row[column] for row in rows]},
        ).fetchall()
        present = {former: (name, last_seen) for former, name, last_seen in found}
        taken = {row[column].casefold() for row in rows}
        for row in rows:
            name, last_seen = present.get(row[column], (None, None))
            if name is not None and name.casefold() not in taken:
                yield _renamed(file, row, column, cell, name, f"the Hub had {row[column]} until {last_seen}")


def _organisations(connection: "duckdb.DuckDBPyConnection") -> Iterator[Proposal]:
    """Yield the listed organisations of the Hub without a model, most of whose models have another author now."""
    file, column = "lists/hub_organisation.csv", "organisation"
    rows = read_rows(file)
    found = connection.execute(
        """
        with moved as (
            select split_part(former.id, '/', 1) as author, model.author as present, count(distinct hub_id) as models
            from base.model_name as former
            join core.model as model using (hub_id)
            where model.removed_in is null and model.author <> split_part(former.id, '/', 1)
                and list_contains($listed, split_part(former.id, '/', 1))
            group by all
        )
        select author, present, models
        from moved
        where author not in (select author from core.model where removed_in is null and author is not null)
        qualify row_number() over (partition by author order by models desc, present) = 1
        """,
        {"listed": [row[column] for row in rows]},
    ).fetchall()
    present = {author: (name, models) for author, name, models in found}
    taken = {row[column].casefold() for row in rows}
    for row in rows:
        name, models = present.get(row[column], (None, None))
        if name is not None and name.casefold() not in taken:
            yield _renamed(file, row, column, "note", name, f"{models} models of {row[column]} have this author now")


def _projects(connection: "duckdb.DuckDBPyConnection") -> Iterator[Proposal]:
    """Yield the listed projects that GitHub redirects to another name."""
    found = connection.execute(
        """
        select entity, arg_max_null(attributes['present_name'], period_start), max(period_start)
        from core.observation_latest
        where metric = 'github_stars' and attributes['withdrawn'] is null
        group by entity
        """
    ).fetchall()
    present = {entity: (name, week) for entity, name, week in found if name}
    rows = read_rows("lists/github_project.csv")
    taken = {row["project"].casefold() for row in rows}
    for row in rows:
        name, week = present.get(row["project"], (None, None))
        if name is not None and name.casefold() not in taken - {row["project"].casefold()}:
            why = f"GitHub redirects {row['project']} to it in the week of {week}"
            yield _renamed("lists/github_project.csv", row, "project", "note", name, why)


def _gone(connection: "duckdb.DuckDBPyConnection") -> Iterator[Proposal]:
    """Yield the listed items that the newest collection of their source could not find."""
    found = connection.execute(
        r"""
        select regexp_replace(source, '^sandbox_', '') as system, item, reason, week
        from meta.set_aside_item as item
        where regexp_matches(reason, '\(status (404|410|451)\)')
            and week = (select max(week) from meta.collection as newest where newest.source = item.source)
        """
    ).fetchall()
    for system, file, column in _ITEMS:
        of_system = {item: (reason, week) for its_system, item, reason, week in found if its_system == system}
        for row in read_rows(file):
            reason, week = of_system.get(row[column]) or of_system.get(f"r/{row[column]}") or ("", None)
            if week is not None and GONE not in row["note"]:
                yield _not_found(file, row, column, system, week, reason)


def _renamed(file: str, row: dict[str, str], column: str, cell: str, name: str, why: str) -> Proposal:
    evidence = f"was {row[column]}: {why}"
    return Proposal(
        file,
        {**row, column: name, cell: "; ".join(filter(None, (row[cell], evidence)))},
        f"{row[column]} is {name} now: {why}",
        f"{file} {row[column]}",
        {column: row[column]},
    )


def _not_found(file: str, row: dict[str, str], column: str, system: str, week: date, reason: str) -> Proposal:
    note = "; ".join(filter(None, (row["note"], f"{GONE} the week of {week}")))
    return Proposal(
        file,
        {**row, "note": note},
        f"{system} has no {row[column]}: {reason} Edit its name if it moved",
        f"{file} {row[column]}",
        {column: row[column]},
    )
