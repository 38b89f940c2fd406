"""Labels that no list knows: licences of the Hub, licences of the Arena, and accessibility of Epoch AI.

What a label means is in its text, which a person reads: the cell stays empty unless a listed label has the same letters.
"""

import re
from typing import TYPE_CHECKING

from pipelines.review.proposals import Proposal, Waiting, of_proposals

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

LICENCES = "reference/licence_class.csv"
# Authors can write any tag; the most frequent ones are worth a person's time.
MOST_LICENCES = 50
# The list of labels of each source.
LABELS = {"arena": "arena_licence", "epoch_benchmarks": "epoch_accessibility"}


def find_licences(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> Waiting:
    """Return the licence tags of the newest week that core.licence_class lacks, those of most models first."""
    listed = {
        _letters(licence): (licence, class_, "" if commercial is None else "yes" if commercial else "no")
        for licence, class_, commercial in connection.execute(
            "select licence, licence_class, permits_commercial_use from core.licence_class order by licence"
        ).fetchall()
    }
    found = connection.execute(
        """
        select
            model.licence, count(*) as models, sum(downloads_30d)::bigint,
            arg_max(model.id, coalesce(downloads_30d, -1)), sum(count(*)) over ()
        from main.models as model
        anti join core.licence_class using (licence)
        where model.licence is not null
        group by model.licence
        order by models desc, model.licence
        """
    ).fetchall()
    proposals = []
    for tag, models, downloads, example, _ in found[:MOST_LICENCES]:
        same, class_, commercial = listed.get(_letters(tag), ("", "", ""))
        shown = "unknown" if downloads is None else f"{downloads:,}"
        seen = f"{models:,} {_models(models)}, {shown} downloads in 30 days, such as {example}"
        alike = f"spelt like {same}; " if same else ""
        row = {
            "licence": tag,
            "title": tag,
            "licence_class": class_,
            "permits_commercial_use": commercial,
            "note": f"proposed: {alike}{seen}",
            "evidence_url": f"https://huggingface.co/{example}",
        }
        evidence = f"{alike}{'#' * len(str(models))} models"  # not the example, which changes from week to week
        proposals.append(Proposal(LICENCES, row, f"{tag}: {seen}", tag, evidence=evidence))
    unlisted = len(found) - len(proposals)
    total = f"{found[0][-1]:,} models count as not classified" if found else ""
    return Waiting(proposals, len(found), f"{total}; {unlisted} rarer labels are not shown" if unlisted else total)


def find_labels(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> Waiting:
    """Return the labels in core.benchmark_score that the list of their source does not have."""
    from warehouse.seeds.entities import openness_of

    found = connection.execute(
        """
        select
            regexp_replace(source, '^sandbox_', '') as system, licence, count(distinct model) as models,
            arg_max(model, coalesce(published_on, released_on, date '1970-01-01')), max(evidence_url)
        from core.benchmark_score
        where licence is not null
        group by system, licence
        order by system, models desc, licence
        """
    ).fetchall()
    proposals = []
    for system, name in LABELS.items():
        known = openness_of(name)
        by_letters = {_letters(label): (label, openness) for label, openness in known.items()}
        for its_system, label, models, example, address in found:
            if its_system == system and label.casefold() not in known:
                same, openness = by_letters.get(_letters(label), ("", ""))
                alike = f"spelt like {same}; " if same else ""
                seen = f"{models:,} {_models(models)}, such as {example}"
                row = {"label": label, "openness": openness, "note": f"proposed: {alike}{seen}: {address}"}
                evidence = f"{alike}{'#' * len(str(models))} models"
                proposals.append(
                    Proposal(
                        f"lists/{name}.csv", row, f"{system}: {label}: {seen}", f"{system} {label}", evidence=evidence
                    )
                )
    return of_proposals(proposals)


def _models(number: int) -> str:
    return "model" if number == 1 else "models"


def _letters(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.casefold())
