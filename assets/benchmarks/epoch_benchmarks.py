"""Epoch AI's benchmark hub: a zip of one CSV for each benchmark, of its models, and of the Epoch Capabilities Index.

Only Epoch's own runs are read (CC BY). The files `*_external.csv` hold results of others under licences that the archive
does not name: they are left out and counted. Scores are the present ones and may be restated. The archive's own
`benchmark_metadata.csv` says which column of a file is its score; a file of another form is set aside by name.
"""

import io
import lzma
import math
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from assets.benchmarks.score_rows import score_rows, with_openness
from assets.epoch.csv_files import EPOCH, CsvFile, OddRow, epoch_service, read_csv, read_each
from assets.http.client import ZIP, Request
from assets.http.errors import UnexpectedResponseError, unexpected_field
from assets.settings import Settings
from assets.source import Source, SourceContext, SourceResult, today
from warehouse.facts.set_aside_items import SetAside
from warehouse.seeds import entities
from warehouse.tables.benchmarks import BASE_BENCHMARK_SCALE, BASE_BENCHMARK_SCORE

NAME = "epoch_benchmarks"
ARCHIVE = Request("data/benchmark_data.zip", kind=ZIP)
CAPABILITIES_INDEX = "Epoch Capabilities Index"
MOST_MEMBERS = 1_000
LARGEST_UNPACKED_BYTES = 256 * 2**20
_INDEX_FILES = (re.compile(r"(.*/)?eci_scores\.csv"), re.compile(r"(.*/)?epoch_capabilities_index\.csv"))
_SCORE = "Best score (across scorers)"
_RUN_COLUMNS = ("Model version", "Release date", "Organization")
_METADATA = "benchmark_metadata.csv"
_MODELS = "model_metadata.csv"
# A larger share of odd files, of those that the metadata describe, means that the archive has another form. So does a
# majority of odd files, described or not.
MOST_FILES_SET_ASIDE = 0.25
_Z_95 = 1.959964
_EARLIEST = date(2012, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Score:
    """A model's score: percent, or points of the index; `low` and `high` are its interval as far as one is stated.

    `accessibility` is Epoch's label for how the model is available; None where the cell is blank, which is not closed.
    """

    benchmark: str
    model: str
    model_group: str | None
    score: float
    unit: str
    low: float | None
    high: float | None
    organisation: str | None
    accessibility: str | None
    released_on: date | None


@dataclass(frozen=True)
class Scale:
    """The score of guessing and the best possible one of a benchmark, in percent; None where the cell is blank."""

    benchmark: str
    chance_pct: float | None
    ceiling_pct: float | None


@dataclass(frozen=True)
class Archive:
    """The scores of the archive, the scales of benchmarks, and what is not among them.

    `left_out` counts rows and files by reason. `set_aside` are odd files and rows.
    """

    scores: list[Score] = field(default_factory=list[Score])
    scales: list[Scale] = field(default_factory=list[Scale])
    left_out: Counter[str] = field(default_factory=Counter[str])
    set_aside: list[SetAside] = field(default_factory=list[SetAside])


@dataclass(frozen=True)
class _Benchmark:
    """A benchmark, the column of its score, and what the score is multiplied with to get a share from 0 to 1."""

    name: str
    column: str = _SCORE
    scale: float = 1.0


@dataclass(frozen=True)
class _Model:
    group: str | None
    organisation: str | None
    accessibility: str | None
    released_on: date | None


def read_archive(body: bytes, today: date) -> Archive:
    """Return the scores of every benchmark that Epoch ran, and of the index.

    A model that was run several times counts with its newest run. Rows without a model or without a score are left out. A
    file of another form, and a row with a cell that is no number in range or no day, are set aside.

    Raises:
        UnexpectedResponseError: the archive is damaged, too large, or names a path outside of itself; its metadata lack a
            column; no benchmark is left, more than MOST_FILES_SET_ASIDE of the described files are odd, or
            most files are.
    """
    files = _unpacked(body)
    found = Archive()
    lacking = [path for path in (_MODELS, _METADATA) if path not in files]
    # Archives until May 2026 had neither: the runs named the access of their models.
    if len(lacking) == 1 or (lacking and any(_INDEX_FILES[0].fullmatch(path) for path in files)):
        raise unexpected_field(NAME, ARCHIVE.url, "(its files)", " and ".join(lacking), sorted(files))
    models = _models(files, today, found)
    described = _described(files, found)
    try:
        found.scales.extend(_scales(files, found))
    except UnexpectedResponseError as error:
        found.set_aside.append(SetAside(f"scales of {_METADATA}", error.reason))
    runs = {
        path: content
        for path, content in files.items()
        if "/" not in path and path.endswith(".csv") and not path.endswith("_metadata.csv") and not _is_index(path)
    }
    external = [path for path in runs if path.endswith("_external.csv")]
    found.left_out["external files"] = len(external)
    own = sorted(runs.keys() - set(external))
    if not own:
        raise unexpected_field(NAME, ARCHIVE.url, "(the whole)", "at least one benchmark that Epoch ran", sorted(files))
    # A file that the metadata do not describe may have a form of its own.
    counted = [path for path in own if path in described] or own
    odd: list[UnexpectedResponseError] = []
    odd_counted = 0
    for path in own:
        for benchmark in described.get(path) or [_Benchmark(path.removesuffix(".csv"))]:
            try:
                found.scores.extend(_scores(path, benchmark, runs[path], models, today, found))
            except UnexpectedResponseError as error:
                odd.append(error)
                odd_counted += path in counted
                found.set_aside.append(SetAside(path, error.reason, {"benchmark": benchmark.name}))
    is_other_form = odd_counted > max(1, MOST_FILES_SET_ASIDE * len(counted)) or len(odd) > len(own) / 2
    if odd and (not found.scores or is_other_form):
        raise odd[0]
    try:
        found.scores.extend(_index(files, today, found))
    except UnexpectedResponseError as error:
        found.set_aside.append(SetAside(CAPABILITIES_INDEX, error.reason, {"benchmark": CAPABILITIES_INDEX}))
    found.scores.sort(key=lambda score: (score.benchmark, score.model))
    return found


def _unpacked(body: bytes) -> dict[str, bytes]:
    """Return the CSV files of the archive by path; nothing is written to disk."""
    # Counted before the directory is read: a directory of a million files would fill the memory.
    if body.count(b"PK\x01\x02") > 2 * MOST_MEMBERS:
        raise unexpected_field(NAME, ARCHIVE.url, "(its files)", f"up to {MOST_MEMBERS}", "more")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            paths = [member.filename for member in members]
            if any(path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path) for path in paths):
                raise unexpected_field(NAME, ARCHIVE.url, "(its files)", "paths inside the archive", paths)
            if len(paths) > MOST_MEMBERS or len(set(paths)) < len(paths):
                raise unexpected_field(
                    NAME, ARCHIVE.url, "(its files)", f"up to {MOST_MEMBERS} different ones", len(paths)
                )
            if sum(member.file_size for member in members) > LARGEST_UNPACKED_BYTES:
                raise unexpected_field(
                    NAME, ARCHIVE.url, "(its files)", f"up to {LARGEST_UNPACKED_BYTES:,} bytes", "more"
                )
            return {member.filename: _member(archive, member) for member in members if member.filename.endswith(".csv")}
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise unexpected_field(NAME, ARCHIVE.url, "(the whole)", "a whole zip archive", str(error)) from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as opened:  # reads at most what the archive said, and checks its CRC
        content = opened.read(member.file_size + 1)
        if len(content) != member.file_size or opened.read(1):
            raise zipfile.BadZipFile(f"{member.filename} is not as long as stated")
        return content


def _is_index(path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in _INDEX_FILES)


def _rows_of(
    file: CsvFile,
    read: Callable[[dict[str, str]], None],
    found: Archive,
    benchmark: str | None = None,
    model: str | None = None,
) -> list[OddRow]:
    """Read the rows of a file one by one; set odd ones aside, and return them.

    `benchmark` is that of their scores, `model` the column that names the model of a row.

    Raises:
        UnexpectedResponseError: too many rows are odd.
    """
    odd = read_each(file, lambda record: read(record.cells))
    for row in odd:
        named = row.cells.get(model) if row.cells and model else None
        keeps = None if benchmark is None else {"benchmark": benchmark} | ({"model": named} if named else {})
        item = " ".join((named or "a row").split())
        found.set_aside.append(SetAside(f"{item} of {file.name}", row.reason, keeps))
    return odd


def _index(files: Mapping[str, bytes], today: date, found: Archive) -> list[Score]:
    """Return the scores of the index, from the file format of September 2026 or of early 2026.

    Several versions of a model (levels of effort) share one value: it counts once, by the model's name.

    Raises:
        UnexpectedResponseError: there is no such file, it has another form, or it has no score.
    """
    path = next((path for pattern in _INDEX_FILES for path in sorted(files) if pattern.fullmatch(path)), None)
    if path is None:
        raise unexpected_field(
            NAME, ARCHIVE.url, "(its files)", "eci_scores.csv or epoch_capabilities_index.csv", sorted(files)
        )
    common = ("Organization", "Model accessibility")
    head = files[path].partition(b"\n")[0]
    if b"ECI Score" in head:
        name, value, low, high, day = "Model name", "ECI Score", None, None, "Release date"
        rows = read_csv(NAME, path, files[path], (name, value, day, *common))
    else:
        name, value, low, high, day = "Model", "eci", "eci_ci_low", "eci_ci_high", "date"
        rows = read_csv(NAME, path, files[path], (name, value, "eci_ci_low", "eci_ci_high", day, *common))
    scores: dict[str, list[Score]] = {}

    def read(row: dict[str, str]) -> None:
        if not row[name] or not row[value]:
            found.left_out["rows without a model or a score"] += 1
            return
        score = Score(
            benchmark=CAPABILITIES_INDEX,
            model=row[name],
            model_group=None,
            score=_number(path, value, row[value], -1_000, 1_000),
            unit="index points",
            low=_number(path, low, row[low], -1_000, 1_000) if low and row[low] else None,
            high=_number(path, high, row[high], -1_000, 1_000) if high and row[high] else None,
            organisation=row["Organization"] or None,
            accessibility=row["Model accessibility"] or None,
            released_on=_day(path, day, row[day], today),
        )
        is_below = score.low is None or score.low <= score.score
        if not is_below or (score.high is not None and score.high < score.score):
            raise unexpected_field(NAME, path, "eci_ci_low", "an interval around the score", row)
        scores.setdefault(score.model, []).append(score)

    odd = _rows_of(rows, read, found, CAPABILITIES_INDEX, name)
    for row in odd:
        scores.pop((row.cells or {}).get(name, ""), None)
    if not scores:
        raise unexpected_field(NAME, path, value, "scores", "none")
    agreed = [versions[0] for versions in scores.values() if len({one.score for one in versions}) == 1]
    found.left_out["models with two values of the index"] += len(scores) - len(agreed)
    return agreed


def _models(files: Mapping[str, bytes], today: date, found: Archive) -> dict[str, _Model]:
    """Return the metadata of each version of a model; empty for older archives, which have no such file.

    Raises:
        UnexpectedResponseError: a column is missing, or too many rows are odd.
    """
    path = _MODELS
    if path not in files:
        return {}
    models: dict[str, _Model] = {}

    def read(row: dict[str, str]) -> None:
        if row["model_version"]:
            model = _Model(
                row["model_group"] or None,
                row["organization"] or None,
                row["accessibility"] or None,
                _day(path, "date", row["date"], today),
            )
            models.setdefault(row["model_version"], model)  # the first of two counts

    columns = ("model_version", "model_group", "date", "organization", "accessibility")
    _rows_of(read_csv(NAME, path, files[path], columns), read, found, model="model_version")
    return models


def _described(files: Mapping[str, bytes], found: Archive) -> dict[str, list[_Benchmark]]:
    """Return what the archive says about the benchmarks of each file; nothing for older archives.

    Raises:
        UnexpectedResponseError: a column is missing, or too many rows are odd.
    """
    if _METADATA not in files:
        return {}
    described: dict[str, list[_Benchmark]] = {}

    def read(row: dict[str, str]) -> None:
        if not row["source_file"] or not row["benchmark"]:
            return
        scale = row.get("scale") or "1"
        benchmark = _Benchmark(
            row["benchmark"], row.get("score_column") or _SCORE, _number(_METADATA, "scale", scale, 1e-9, 1)
        )
        of_file = described.setdefault(row["source_file"], [])
        if benchmark.name not in [one.name for one in of_file]:
            of_file.append(benchmark)

    _rows_of(read_csv(NAME, _METADATA, files[_METADATA], ("benchmark", "source_file")), read, found)
    return described


def _scales(files: Mapping[str, bytes], found: Archive) -> list[Scale]:
    """Return the scales that the archive states, shares from 0 to 1 there; nothing for older archives.

    Raises:
        UnexpectedResponseError: too many rows are odd.
    """
    scales: dict[str, Scale] = {}

    def read(row: dict[str, str]) -> None:
        name, chance, ceiling = (row.get(column, "") for column in ("benchmark", "random_baseline", "score_ceiling"))
        if not name or not (chance or ceiling):
            return
        scale = Scale(
            name,
            round(100 * _number(_METADATA, "random_baseline", chance, 0, 1), 9) if chance else None,
            round(100 * _number(_METADATA, "score_ceiling", ceiling, 0, 1), 9) if ceiling else None,
        )
        if (scale.chance_pct or 0) >= (100 if scale.ceiling_pct is None else scale.ceiling_pct):
            raise unexpected_field(NAME, _METADATA, "random_baseline", "less than score_ceiling", chance)
        scales.setdefault(name, scale)

    if _METADATA in files:
        _rows_of(read_csv(NAME, _METADATA, files[_METADATA], ("benchmark",)), read, found)
    return list(scales.values())


def _scores(
    path: str, benchmark: _Benchmark, content: bytes, models: Mapping[str, _Model], today: date, found: Archive
) -> list[Score]:
    """Return the scores of a file, one for each model, in percent.

    Raises:
        UnexpectedResponseError: it has another form, or no score.
    """
    newest: dict[str, tuple[str, Score]] = {}

    def read(row: dict[str, str]) -> None:
        version, column = row["Model version"], benchmark.column
        if not version or not row[column]:
            found.left_out["rows without a model or a score"] += 1
            return
        known = models.get(version, _Model(None, None, row.get("Model accessibility") or None, None))
        share = _number(path, column, row[column], 0, 1 / benchmark.scale) * benchmark.scale
        error = (
            _number(path, "stderr", row["stderr"], 0, 1 / benchmark.scale) * benchmark.scale
            if row.get("stderr")
            else None
        )
        score = Score(
            benchmark=benchmark.name,
            model=version,
            model_group=known.group,
            score=round(100 * share, 9),
            unit="percent",
            low=None if error is None else round(100 * (share - _Z_95 * error), 9),
            high=None if error is None else round(100 * (share + _Z_95 * error), 9),
            organisation=row["Organization"] or known.organisation,
            accessibility=known.accessibility,
            released_on=_day(path, "Release date", row["Release date"], today) or known.released_on,
        )
        begun = row.get("Started at", "")
        if version in newest:
            found.left_out["earlier runs"] += 1
        if version not in newest or (begun, score.score) > (newest[version][0], newest[version][1].score):
            newest[version] = (begun, score)

    file = read_csv(NAME, path, content, (*_RUN_COLUMNS, benchmark.column))
    for row in _rows_of(file, read, found, benchmark.name, "Model version"):
        # An odd run that is not known to be an earlier one hides the score: an older run does not replace it.
        version, begun = ((row.cells or {}).get(column, "") for column in ("Model version", "Started at"))
        if version in newest and not (begun and begun < newest[version][0]):
            del newest[version]
    if not newest:
        raise unexpected_field(NAME, path, benchmark.column, "scores", "none")
    return [score for _, score in newest.values()]


def _number(path: str, column: str, text: str, low: float, high: float) -> float:
    try:
        number = float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) else math.nan
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise unexpected_field(NAME, path, column, f"a number from {low} to {high}", text)
    return number


def _day(path: str, column: str, text: str, today: date) -> date | None:
    """Return a day; None for an empty cell, and for a month or a year alone."""
    if not text or re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", text):
        return None
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        day = None
    if day is None or not _EARLIEST <= day <= today + timedelta(days=366):
        raise unexpected_field(NAME, path, column, "a plausible day as YYYY-MM-DD", text)
    return day


def collect(context: SourceContext) -> SourceResult:
    """Collect the scores of the benchmarks that Epoch ran, and its index. An access that is not in the list is unknown.

    The earlier rows of a benchmark whose file is set aside stay.
    """
    import polars as pl

    service = epoch_service(context.settings.address(EPOCH))
    archive = read_archive(context.responses.fetch(service, ARCHIVE).body, context.now.date())
    listed = entities.openness_of("epoch_accessibility")
    frame = pl.DataFrame([vars(score) for score in archive.scores], infer_schema_length=None)
    scores = score_rows(
        with_openness(frame.rename({"accessibility": "licence"}), listed, otherwise="unknown"),
        evidence_url=f"{EPOCH.default}/{ARCHIVE.url}",
    )
    unlisted = {score.accessibility for score in archive.scores if score.accessibility} - {
        score.accessibility
        for score in archive.scores
        if score.accessibility and score.accessibility.casefold() in listed
    }
    left_out = {f"left out: {reason}": number for reason, number in archive.left_out.items() if number}
    scales = pl.DataFrame([vars(scale) for scale in archive.scales], infer_schema_length=None)
    evidence = pl.lit(f"{EPOCH.default}/{ARCHIVE.url}").alias("evidence_url")
    return SourceResult(
        # An archive without scales says nothing about them: those of the last one stay.
        rows={BASE_BENCHMARK_SCORE: scores}
        | ({} if scales.is_empty() else {BASE_BENCHMARK_SCALE: scales.with_columns(evidence)}),
        item_column="benchmark",
        set_aside=archive.set_aside,
        figures={
            "benchmarks": scores["benchmark"].n_unique(),
            "labels_not_listed": ", ".join(sorted(unlisted)) or "none",
            **left_out,
        },
    )


def probe(settings: Settings) -> str:
    """Read the archive; return how much is in it. Raises SourceError like `read_archive`."""
    service = epoch_service(settings.address(EPOCH))
    archive = read_archive(service.single_attempt().send(ARCHIVE).body, today())
    odd = f", {len(archive.set_aside)} files or rows set aside" if archive.set_aside else ""
    return f"{len({score.benchmark for score in archive.scores})} benchmarks, {len(archive.scores):,} scores{odd}"


SOURCE = Source(
    name=NAME,
    title="Epoch AI benchmarking hub",
    home_page="https://epoch.ai/benchmarks",
    licence="CC BY 4.0",
    citation=(
        "Epoch AI, 'Capabilities & benchmarking'. Published online at epoch.ai. Retrieved from "
        "https://epoch.ai/benchmarks"
    ),
    caveat=(
        "Only benchmarks that Epoch ran itself: files of other people's results (*_external.csv) carry licences that "
        "the archive does not name, and are left out. Scores and the index are today's and restated at times; dates "
        "are those of the models' releases."
    ),
    addresses=(EPOCH,),
    probe=probe,
    group="benchmarks",
    kinds=frozenset({"python", "csv"}),
    description="Scores of models on the benchmarks that Epoch AI runs, and the Epoch Capabilities Index.",
    collect=collect,
)
