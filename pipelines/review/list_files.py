"""Read the rows of a curated file as they stand, and store an accepted row so that no other line changes."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assets.settings import Settings
    from pipelines.review.proposals import Proposal


class RowRefusedError(Exception):
    """An accepted row does not fit its list; the file is as it was."""


def path_of(file: str, settings: "Settings | None" = None) -> Path:
    """Return the path of a file below warehouse/seeds; the issuers are where TIDEGAUGE_SEC_ISSUERS says."""
    from warehouse.seeds.published_figures import CURATED

    return settings.sec_issuers if settings and file == "lists/sec_issuer.csv" else CURATED / file


def read_rows(file: str) -> list[dict[str, str]]:
    """Return the rows of a file below warehouse/seeds, each cell as its text."""
    with path_of(file).open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def line_of(cells: Sequence[str]) -> str:
    """Return cells as a line of CSV, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def store(proposal: "Proposal", row: Mapping[str, str], settings: "Settings") -> Path:
    """Write a row into the file of its proposal, check the whole file with its own reader, and return its path.

    Raises:
        RowRefusedError: the row does not fit, or the row to replace is not there; the file is as it was.
        OSError: the file cannot be read or written.
    """
    from assets.landing.atomic_files import replace

    path = path_of(proposal.file, settings)
    before = path.read_bytes()
    replace(path, _with_row(before.decode("utf-8"), path.name, proposal.replaces, row).encode("utf-8"))
    try:
        _reader(proposal.file, path)()
    except ValueError as error:
        replace(path, before)
        raise RowRefusedError(str(error)) from error
    return path


def _with_row(text: str, name: str, replaces: Mapping[str, str], row: Mapping[str, str]) -> str:
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines)
    header = [cell.removeprefix("\ufeff") for cell in next(reader)]
    if row.keys() != set(header):
        raise RowRefusedError(f"{name} has the columns {', '.join(header)}; the row has {', '.join(row)}")
    new = line_of([row[column] for column in header]) + "\n"
    if not replaces:
        end = "" if text.endswith("\n") else "\n"
        return f"{text}{end}{new}"
    begins = reader.line_num
    for cells in reader:
        ends = reader.line_num
        if cells and all(cells[header.index(column)] == value for column, value in replaces.items()):
            return "".join([*lines[:begins], new, *lines[ends:]])
        begins = ends
    raise RowRefusedError(f"{name} has no row with {', '.join(replaces.values())} any more")


def _reader(file: str, path: Path) -> Callable[[], object]:
    """Return the function that reads a curated file and raises ValueError for everything that is wrong with it."""
    from assets.declared_sources import SOURCE_ROWS
    from warehouse.seeds import cost_inputs, entities, lists, survey_answers
    from warehouse.seeds.csv_reader import LISTS, read_seeds
    from warehouse.seeds.family_roots import read_families
    from warehouse.seeds.published_figures import CURATED, read_folder

    readers: dict[str, Callable[[], object]] = {
        "family.csv": lambda: read_families(CURATED),
        "lists/arena_licence.csv": lambda: entities.openness_of("arena_licence"),
        "lists/company_name.csv": lists.company_names,
        "lists/cost_assumption.csv": cost_inputs.read_assumptions,
        "lists/discord_invite.csv": lists.discord_invites,
        "lists/docker_image.csv": lists.docker_images,
        "lists/epoch_accessibility.csv": lambda: entities.openness_of("epoch_accessibility"),
        "lists/form_d_excluded.csv": lists.form_d_excluded,
        "lists/github_project.csv": lists.github_projects,
        "lists/gpu_price.csv": cost_inputs.read_prices,
        "lists/hub_organisation.csv": lists.hub_organisations,
        "lists/inferencex_model.csv": lists.inferencex_models,
        "lists/pypi_package.csv": lists.pypi_packages,
        "lists/refused_proposal.csv": lists.refused_proposals,
        "lists/replicate_model.csv": lists.replicate_models,
        "lists/sec_issuer.csv": lambda: lists.sec_issuers(path),
        "lists/sec_other_issuer.csv": lists.other_issuers,
        "lists/subreddit.csv": lists.subreddits,
        "lists/survey_answer.csv": survey_answers.read_answers,
        **{f"lists/{seed.name}.csv": lambda: read_seeds(LISTS, entities.SEEDS) for seed in entities.SEEDS},
    }
    return readers.get(file, lambda: read_folder(CURATED, SOURCE_ROWS))
