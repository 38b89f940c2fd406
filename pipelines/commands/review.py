"""`tidegauge review`: propose rows of curated lists for a person to accept.

Each command imports its modules when it is called, like those of `pipelines.commands.app`.
"""

from typing import Annotated

import typer

from pipelines.commands.invocation import invocation
from pipelines.console import ExitCode, console

MOST_NAMES = 20
MOST_QUARTERS = 60

app = typer.Typer(
    help="Propose rows of curated lists, which a person accepts. Nothing is changed.", no_args_is_help=True
)


@app.command()
def issuers(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help='Companies, such as "Example AI".')],
    quarters: Annotated[
        int, typer.Option(min=1, max=MOST_QUARTERS, help="Complete quarters to read, from the newest back.")
    ] = 8,
) -> None:
    """Find issuers by name in EDGAR's quarterly Form D data sets, and print proposed rows of sec_issuer.csv.

    A name identifies nobody: check each address before you add a row. Funds and vehicles are named, not proposed. Some
    megabytes are read for each quarter, and nothing is stored. Needs TIDEGAUGE_CONTACT. Exit code 1: nothing could be read.
    """
    import csv
    import sys
    from datetime import UTC, datetime

    from assets.funding.issuer_search import quarters_before, search_issuers
    from assets.http.errors import SourceError, printable
    from warehouse.seeds.lists import other_issuers, sec_issuers

    if len(names) > MOST_NAMES:
        raise typer.BadParameter(f"at most {MOST_NAMES} names at once. Nothing was done.")
    settings = invocation(context).settings
    wanted = quarters_before(datetime.now(UTC).date(), quarters)
    try:
        pinned = sec_issuers(settings.sec_issuers)
        search = search_issuers(
            settings,
            names,
            wanted,
            other_issuers(),
            lambda quarter: console.print(f"reading {quarter[0]}q{quarter[1]}"),
        )
    except (SourceError, ValueError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    if not search.read:
        console.print(f"the SEC has no data set of these {len(wanted)} quarters. To do: --quarters {MOST_QUARTERS}")
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("cik", "company", "legal_name", "evidence", "note"))
    for name, found in search.found.items():
        new = [issuer for issuer in found if issuer.cik not in pinned]
        for issuer in new:
            if issuer.is_vehicle:
                continue
            evidence = f"https://www.sec.gov/cgi-bin/browse-edgar?action=getcompany&CIK={issuer.cik:010d}&type=D"
            note = (
                f"proposed: {issuer.jurisdiction or 'no jurisdiction'}, filed in {issuer.newest[0]}q{issuer.newest[1]}"
            )
            rows.writerow((issuer.cik, name, printable(issuer.name), evidence, printable(note)))
        vehicles = [issuer.name for issuer in new if issuer.is_vehicle]
        console.print(
            f"{name}: {len(new) - len(vehicles)} proposed, {len(found) - len(new)} pinned already, {len(vehicles)} funds or "
            f"vehicles left out{': ' + printable('; '.join(vehicles[:5])) if vehicles else ''}",
            markup=False,
        )
    for odd in search.odd[:5]:
        console.print(f"left out: {odd}", markup=False)
    console.print(
        f"{len(search.read)} quarters read, {len(search.odd)} rows left out. To do: open each address, and add the right rows "
        f"to {settings.sec_issuers}.",
        markup=False,
    )


@app.command("names")
def names_of_models(
    context: typer.Context,
    system: Annotated[str | None, typer.Option(help="Only names of this source, such as arena.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Read the demonstration instead.")] = False,
) -> None:
    """Print rows for model_name.csv: repositories that names of open models may mean, from the last release.

    Up to three for each name, the likeliest first: keep at most one of them, after you have opened its page. Exit code 1:
    there is no release that can be read.
    """
    import csv
    import sys

    import duckdb

    from assets.http.errors import printable
    from warehouse.release.publish import DATABASE
    from warehouse.seeds.csv_reader import LISTS

    settings = invocation(context).settings
    file = (settings.home / "demo" / "published" if demo else settings.published) / DATABASE
    if not file.exists():
        console.print(
            f"there is no release in {file.parent}. To do: tidegauge {'demo' if demo else 'refresh'}", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
    query = """
        select system, name, id, score, reason
        from core.match_proposal
        where not is_certain and coalesce(system = $system, true)
        order by system, name, score desc, id
    """
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            proposals = connection.execute(query, {"system": system}).fetchall()
    except duckdb.Error as error:
        console.print(
            f"the release in {file.parent} cannot be read: {error}. Nothing was changed. To do: tidegauge refresh",
            style="red",
            markup=False,
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("system", "name", "id", "evidence"))
    for its_system, name, repository, score, reason in proposals:
        evidence = f"proposed ({score:.2f}): {reason}: https://huggingface.co/{repository}"
        rows.writerow((its_system, printable(name), printable(repository), printable(evidence)))
    different = len({(its_system, name) for its_system, name, *_ in proposals})
    console.print(
        f"{len(proposals)} proposals for {different} names. To do: open each address, and add the right rows to "
        f"{LISTS / 'model_name.csv'}.",
        markup=False,
    )


@app.command()
def families(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Read the demonstration instead.")] = False,
) -> None:
    """Print rows for family.csv: large roots that no family holds, and repositories of their lines, from the last release.

    The family is a guess by the maker, the beginning of the name and the date: open each page before you add a row. Exit code 1:
    there is no release that can be read.
    """
    import csv
    import sys

    import duckdb

    from assets.http.errors import printable
    from warehouse.hub.family_proposals import propose
    from warehouse.release.publish import DATABASE
    from warehouse.seeds.family_roots import COLUMNS
    from warehouse.seeds.published_figures import CURATED

    settings = invocation(context).settings
    file = (settings.home / "demo" / "published" if demo else settings.published) / DATABASE
    if not file.exists():
        console.print(
            f"there is no release in {file.parent}. To do: tidegauge {'demo' if demo else 'refresh'}", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            proposals = propose(connection)
    except duckdb.Error as error:
        console.print(
            f"the release in {file.parent} cannot be read: {error}. Nothing was changed. To do: tidegauge refresh",
            style="red",
            markup=False,
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(COLUMNS)
    for proposal in proposals:
        rows.writerow([printable(proposal.row[name]) for name in COLUMNS])
    console.print(
        f"{len(proposals)} rows proposed. To do: open each address, and add the right rows to {CURATED / 'family.csv'}.",
        markup=False,
    )
