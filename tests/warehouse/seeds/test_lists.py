"""The curated lists: each thing once, with an address to check it, in the right unit, and as the world says."""

import csv
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from warehouse.seeds.published_figures import CURATED

FACTS = Path(__file__).parents[2] / "data" / "listed_facts.csv"
# What one row of each list is about. Names are compared in lower case.
KEYS = {
    "lists/arena_licence": ("label",),
    "lists/benchmark_scale": ("source", "benchmark"),
    "lists/company_name": ("name",),
    "lists/cost_assumption": ("assumption",),
    "lists/discord_invite": ("community",),
    "lists/docker_image": ("image",),
    "lists/entity": ("entity",),
    "lists/entity_name": ("system", "kind", "name"),
    "lists/epoch_accessibility": ("label",),
    "lists/form_d_excluded": ("accession",),
    "lists/github_project": ("project",),
    "lists/gpu_price": ("instance", "term", "priced_on"),
    "lists/hub_organisation": ("organisation",),
    "lists/inferencex_model": ("key",),
    "lists/model_name": ("system", "name"),
    "lists/pypi_package": ("package",),
    "lists/reference_model": ("system", "model"),
    "lists/refused_proposal": ("file", "item", "evidence"),
    "lists/replicate_model": ("model",),
    "lists/sec_issuer": ("cik",),
    "lists/sec_other_issuer": ("cik",),
    "lists/subreddit": ("subreddit",),
    "lists/survey_answer": ("question_id", "period_start"),
    "reference/facet_tag": ("facet", "tag"),
    "reference/hardware": ("hardware",),
    "reference/licence_class": ("licence",),
    "reference/maker": ("maker",),
    "reference/memory_assumption": ("assumption",),
    "reference/notable_model": ("id",),
}
# The lists that say where a row can be checked. A row of the others names the thing by its address, or by its own label.
EVIDENCE = {
    "lists/benchmark_scale": "evidence",
    "lists/cost_assumption": "evidence",
    "lists/entity": "evidence",
    "lists/entity_name": "evidence",
    "lists/gpu_price": "evidence",
    "lists/inferencex_model": "evidence",
    "lists/model_name": "evidence",
    "lists/reference_model": "evidence",
    "lists/sec_issuer": "evidence",
    "lists/survey_answer": "evidence",
    "reference/hardware": "evidence_url",
    "reference/licence_class": "evidence_url",
    "reference/maker": "evidence_url",
    "reference/notable_model": "evidence_url",
}
DAYS = [
    ("lists/entity", "released_on", date(2018, 1, 1)),
    ("lists/gpu_price", "priced_on", date(2016, 1, 1)),
    ("lists/survey_answer", "period_start", date(2017, 1, 1)),
    ("lists/survey_answer", "published_on", date(2017, 1, 1)),
    ("reference/notable_model", "released_on", date(2021, 1, 1)),
]
# No list knows the future; the clock of a machine that tests may be late.
TODAY = max(datetime.now(UTC).date(), date(2026, 12, 1))


def rows_of(name: str) -> list[dict[str, str]]:
    with (CURATED / f"{name}.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def key_of(name: str, row: dict[str, str]) -> str:
    return " / ".join(row[column] for column in KEYS[name] if row[column])


def test_every_list_is_tested():
    found = {path.relative_to(CURATED).with_suffix("").as_posix() for path in CURATED.glob("*/*.csv")}
    assert found == KEYS.keys()


@pytest.mark.parametrize("name", KEYS)
def test_each_thing_is_listed_once(name):
    keys = [key_of(name, row) for row in rows_of(name)]
    if name != "reference/facet_tag":  # authors write tags of the Hub in upper and lower case
        keys = [key.casefold() for key in keys]
    assert sorted(keys) == sorted(set(keys))
    assert all(keys), "a row names nothing"


@pytest.mark.parametrize("name", EVIDENCE)
def test_each_row_says_where_it_can_be_checked(name):
    address = re.compile(r"https://[\w.-]+\.\w+\S*")
    assert [key_of(name, row) for row in rows_of(name) if not address.search(row[EVIDENCE[name]])] == []


def test_an_assumption_without_evidence_is_one_of_this_project():
    unfounded = [row for row in rows_of("reference/memory_assumption") if not row["evidence_url"]]
    assert unfounded
    assert all("this project" in row["reason"] for row in unfounded)


@pytest.mark.parametrize(("name", "column", "first"), DAYS)
def test_days_are_neither_older_than_the_thing_nor_in_the_future(name, column, first):
    odd = [
        (key_of(name, row), row[column])
        for row in rows_of(name)
        if row[column] and not first <= date.fromisoformat(row[column]) <= TODAY
    ]
    assert odd == []


def test_a_survey_is_published_after_it_was_made():
    assert [row for row in rows_of("lists/survey_answer") if row["published_on"] < row["period_start"]] == []


def test_the_facts_that_were_read_elsewhere_are_listed():
    """Compare the lists with facts that were transcribed from the sources, apart from the lists."""
    with FACTS.open(encoding="utf-8", newline="") as opened:
        facts = list(csv.DictReader(opened))
    listed = {name: {key_of(name, row): row for row in rows_of(name)} for name in {fact["file"] for fact in facts}}
    differing = [
        (fact["file"], fact["key"], fact["column"], fact["value"], found)
        for fact in facts
        if (found := listed[fact["file"]].get(fact["key"], {}).get(fact["column"])) != fact["value"]
        and not (found and is_number(found) and is_number(fact["value"]) and float(found) == float(fact["value"]))
    ]
    assert differing == []
    assert len(facts) > 200


def is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9.]+", text) is not None and not text.endswith(".") and text.count(".") < 2


# References between lists


def test_companies_have_one_name():
    known = {row["title"] for row in rows_of("lists/entity") if row["kind"] == "company"}
    known |= {row["maker"] for row in rows_of("reference/maker")}
    for name in ("lists/company_name", "lists/sec_issuer"):
        assert {row["company"] for row in rows_of(name)} - known == set(), name


def test_a_name_that_is_never_to_be_pinned_is_not_pinned():
    pinned = {row["cik"] for row in rows_of("lists/sec_issuer")}
    assert pinned & {row["cik"] for row in rows_of("lists/sec_other_issuer")} == set()


def test_a_model_has_one_size():
    sizes = {row["id"]: float(row["parameters_b"]) for row in rows_of("reference/notable_model")}
    stated = {
        row["evidence"].removeprefix("https://huggingface.co/"): float(row["parameters_b"])
        for row in rows_of("lists/inferencex_model")
        if row["parameters_b"]
    }
    shared = stated.keys() & sizes.keys()
    assert len(shared) > 5
    assert {id: stated[id] for id in shared} == {id: sizes[id] for id in shared}


def test_sizes_agree_with_the_names_of_the_models():
    """A number of billions in a name is that of all weights, or of the active ones; or the row says what else it is."""
    odd = []
    for row in rows_of("reference/notable_model"):
        total, active = float(row["parameters_b"]), float(row["active_parameters_b"] or 0)
        numbers = [
            float(number) * (1000 if unit in "tT" else 1)
            for number, unit in re.findall(r"(?<![\dx.A])(\d+(?:\.\d+)?)([bBtT])(?![a-z])", row["id"])
        ]
        fits = [n for n in numbers if min(abs(n - total), abs(n - active)) <= max(0.1 * n, 0.3)]
        if numbers and not row["note"] and not fits:
            odd.append((row["id"], numbers, total))
        for number in re.findall(r"-A(\d+(?:\.\d+)?)B", row["id"]):
            if abs(float(number) - active) > 0.15 * active:
                odd.append((row["id"], number, active))
    assert odd == []


def test_the_accounts_and_the_models_of_names_exist_in_one_spelling():
    accounts = {name for row in rows_of("reference/maker") for name in row["organisations"].split("; ")}
    for row in rows_of("lists/entity_name"):
        if row["system"] == "hugging_face_hub" and row["kind"] == "company":
            assert row["name"] in accounts, row


# Units


def test_memory_is_in_gb_and_prices_are_for_the_whole_instance():
    for row in rows_of("reference/hardware"):
        assert 8 <= float(row["memory_gb"]) <= 1024, row
        assert 2018 <= int(row["released_in"]) <= TODAY.year, row
    for row in rows_of("lists/gpu_price"):
        assert 0.3 <= float(row["price_per_hour_usd"]) / int(row["gpus"]) <= 20, row


def test_shares_are_in_percent():
    for row in rows_of("lists/survey_answer"):
        figures = [float(row[name]) for name in ("value", "low", "high") if row[name]]
        assert figures, row
        assert all(1 < figure <= 100 for figure in figures), row


def test_what_is_assumed_of_a_cost_is_a_share_or_a_factor_as_its_unit_says():
    for row in rows_of("lists/cost_assumption"):
        assert float(row["low"]) <= float(row["high"]), row
        if row["unit"] == "share":
            assert float(row["high"]) < 1, row
        if row["unit"] == "factor":
            assert float(row["low"]) > 1, row


def test_the_servers_of_discord_were_opened_when_their_communities_existed():
    """The id of a server holds the time at which it was opened, in milliseconds since 2015."""
    for row in rows_of("lists/discord_invite"):
        opened = datetime.fromtimestamp((int(row["guild_id"]) >> 22) / 1000 + 1_420_070_400, UTC).date()
        assert date(2020, 1, 1) <= opened <= TODAY, row
    assert len({row["guild_id"] for row in rows_of("lists/discord_invite")}) == len(rows_of("lists/discord_invite"))


# What is not certain


def test_what_was_not_verified_is_marked_and_carries_no_headline():
    """A figure that was only quoted by others is never stated as exact."""
    for row in rows_of("lists/survey_answer"):
        if "not in the survey itself" in row["note"] or "quoted by others" in row["note"].lower():
            assert row["qualifier"] in ("approximate", "range"), row
    labels = {row["label"].casefold(): row["openness"] for row in rows_of("lists/arena_licence")}
    assert {labels[name] for name in ("other", "n/a", "-", "unknown")} == {"unknown"}
    assert {
        row["licence"]: row["permits_commercial_use"]
        for row in rows_of("reference/licence_class")
        if row["licence_class"] == "not classified"
    } == {"cc": "", "other": "", "unknown": ""}
