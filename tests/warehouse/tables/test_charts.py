"""The charts have the figures of the blog post, and each claim of the post has the verdict of its own figures."""

import csv
from datetime import UTC, date, datetime

import pytest

from assets.declared_sources import SOURCE_ROWS
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.database.schema import prepare
from warehouse.facts.observations import Observation, record
from warehouse.pages.queries import page_query
from warehouse.seeds import published_figures
from warehouse.tables import growth
from warehouse.tables.charts import hub
from warehouse.tables.funding import FUNDING_MATCH

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
COLUMNS = {
    "hub_downloads": "period_start, downloads, growth_pct, basis, source",
    "hub_models": "period_start, models, added_per_month, basis, source",
    "benchmark_gap": "period_start, benchmark, best_open_model, best_open_pct, best_closed_model, best_closed_pct, gap_points, "
    "basis, source",
    "model_derivatives": "period_start, family, derivatives, qualifier, notable, basis, source, direct, transitive, coverage_pct",
    "community": "period_start, platform, entity, members, qualifier, growth_pct, basis, source",
    "training_cost": "period_start, target, cost_low_usd, cost_high_usd, what_changed, basis, source",
    "inference_speed": "period_start, model, parameters_b, hardware, tokens_per_second, note, basis, source",
    "funding": "company, focus, round, amount_usd, announced_on, date_precision, basis, source, evidence_url",
    "adoption": "period_start, question, share_pct, change_points, basis, source",
    "laptop_models": "period_start, ram_gb, models_low, models_high, qualifier, quality_level, basis, source",
    "gap_closure": "period_start, benchmark, reference_model, share_pct, change_points, basis, source",
    "platform_runs": "period_start, platform, model, runs, growth_pct, basis, source",
    "claim_audit": "claim, chart, statement, printed, recomputed, verdict, explanation",
}
RATE_COLUMNS = (
    "metric, entity, source, basis, grain, period_start, period_end, value_start, value_end, change, growth_pct, "
    "annualised_pct, doubling_days, days_observed, days_in_period, flag"
)
JAN_2022, APR_2022, JUL_2022, OCT_2022 = (date(2022, month, 1) for month in (1, 4, 7, 10))
JAN, MAR, APR, MAY, JUN, JUL = (date(2023, month, 1) for month in (1, 3, 4, 5, 6, 7))


def build(connection):
    for table in (*growth.TABLES, FUNDING_MATCH, *hub.TABLES):
        derive(connection, table)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with writing(tmp_path_factory.mktemp("charts") / "working.duckdb") as connection:
        prepare(connection, NOW)
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        build(connection)
        yield connection


def rows(connection, query):
    return connection.execute(query).fetchall()


def half_up(number):
    return None if number is None else int(number + 0.5)


@pytest.mark.parametrize("table", COLUMNS)
def test_a_chart_has_the_columns_that_it_promises(warehouse, table):
    warehouse.execute(f"select {COLUMNS[table]} from charts.{table}")
    assert f"charts.{table}" in {declared.name for declared in hub.TABLES}


def test_growth_has_the_columns_that_it_promises(warehouse):
    warehouse.execute(f"select {RATE_COLUMNS} from growth.rate")


def test_every_table_and_column_is_described_inside_the_database(warehouse):
    undescribed = rows(
        warehouse,
        "select table_name, column_name from duckdb_columns() where schema_name in ('growth', 'charts') and comment is null "
        "union all select table_name, null from duckdb_tables() where schema_name in ('growth', 'charts') and comment is null",
    )
    assert undescribed == []


def test_every_published_row_says_so(warehouse):
    for table in COLUMNS.keys() - {"claim_audit", "platform_runs", "funding"}:  # no publication has runs of models
        assert rows(warehouse, f"select distinct basis, source from charts.{table}") == [("published", "dataku_2023")]


def test_downloads(warehouse):
    found = rows(warehouse, "select period_start, downloads, growth_pct from charts.hub_downloads order by 1")
    assert [(day, downloads, half_up(growth_pct)) for day, downloads, growth_pct in found] == [
        (JAN_2022, 28_000_000, None), (APR_2022, 41_000_000, 46), (JUL_2022, 67_000_000, 63),
        (OCT_2022, 112_000_000, 67), (JAN, 195_000_000, 74), (APR, 380_000_000, 95), (JUL, 620_000_000, 63),
    ]  # fmt: skip


def test_models(warehouse):
    assert rows(warehouse, "select period_start, models, added_per_month, qualifier from charts.hub_models order by 1") == [
        (JAN_2022, 25_000, 1_200, "approximate"), (JUL_2022, 60_000, 3_500, "approximate"),
        (JAN, 120_000, 7_000, "approximate"), (APR, 200_000, 15_000, "approximate"), (JUL, 330_000, 25_000, "approximate"),
    ]  # fmt: skip


def test_benchmark_gap(warehouse):
    assert rows(
        warehouse,
        "select period_start, benchmark, best_open_model, best_open_pct, best_closed_model, best_closed_pct, gap_points "
        "from charts.benchmark_gap order by 1",
    ) == [
        (JAN_2022, "MMLU", "GPT-J 6B", 26.1, "GPT-3 175B", 43.9, 17.8),
        (JUL_2022, "MMLU", "BLOOM 176B", 28.3, "GPT-3 175B", 43.9, 15.6),
        (JAN, "MMLU", "LLaMA 65B", 63.4, "GPT-3.5", 70.0, 6.6),
        (APR, "MMLU", "Vicuna 33B", 68.2, "GPT-4", 86.4, 18.2),
        (JUL, "MMLU", "Llama 2 70B", 68.9, "GPT-4", 86.4, 17.5),
    ]


def test_derivatives(warehouse):
    assert rows(
        warehouse,
        "select period_start, family, derivatives, qualifier, notable, direct, transitive, coverage_pct "
        "from charts.model_derivatives order by 1",
    ) == [
        (day, "LLaMA/Llama 2", number, qualifier, notable, None, None, None)
        for day, number, qualifier, notable in (
            (MAR, 6, "exact", "Alpaca, Vicuna, Koala"), (APR, 18, "exact", "GPT4All, WizardLM"),
            (MAY, 35, "exact", "Guanaco, OpenAssistant"), (JUN, 58, "exact", "Orca, WizardCoder"),
            (JUL, 120, "at_least", "Llama 2 Chat, Code Llama (coming)"),
        )
    ]  # fmt: skip


def test_community(warehouse):
    found = rows(
        warehouse, "select entity, period_start, members, qualifier, growth_pct from charts.community order by 1, 2"
    )
    assert [(*row[:4], half_up(row[4])) for row in found] == [
        ("EleutherAI Discord", JAN, 24_000, "approximate", None), ("EleutherAI Discord", JUL, 35_000, "approximate", 46),
        ("Hugging Face accounts", JAN, 280_000, "approximate", None),
        ("Hugging Face accounts", JUL, 500_000, "approximate", 79),
        ("Together AI platform users", JAN, 2_000, "approximate", None),
        ("Together AI platform users", JUL, 15_000, "approximate", 650),
        ("r/LocalLLaMA", JAN, 5_000, "approximate", None), ("r/LocalLLaMA", JUL, 85_000, "approximate", 1600),
    ]  # fmt: skip


def test_training_cost(warehouse):
    assert rows(
        warehouse, "select period_start, cost_low_usd, cost_high_usd, what_changed from charts.training_cost order by 1"
    ) == [
        (JAN_2022, 5e6, 10e6, "Brute force scaling only"),
        (JUL_2022, 2e6, 5e6, "Chinchilla insights (more data, smaller model)"),
        (JAN, 500e3, 1e6, "LLaMA training efficiency"),
        (JUL, 200e3, 500e3, "Llama 2 recipe + cheaper A100s"),
    ]


def test_inference_speed(warehouse):
    found = rows(
        warehouse,
        "select model, parameters_b, hardware, tokens_per_second, period_start, date_precision from charts.inference_speed",
    )
    assert {row[4:] for row in found} == {(date(2023, 8, 14), "day")}
    assert {row[:4] for row in found} == {
        ("GPT-J 6B", 6.7, "A100", 120), ("GPT-J 6B", 6.7, "RTX 4090", 45), ("LLaMA 13B", 13.0, "A100", 85),
        ("LLaMA 13B", 13.0, "RTX 4090", 25), ("Llama 2 13B", 13.0, "A100", 90), ("Llama 2 13B", 13.0, "RTX 4090", 28),
        ("LLaMA 33B", 32.5, "A100", 40), ("LLaMA 33B", 32.5, "RTX 4090", 10), ("Llama 2 70B", 65.2, "A100", 25),
        ("Llama 2 70B", 65.2, "RTX 4090", None),
    }  # fmt: skip
    ((note,),) = rows(warehouse, "select note from charts.inference_speed where tokens_per_second is null")
    assert note.startswith("N/A (too large)")


def test_funding(warehouse):
    assert rows(
        warehouse,
        "select company, focus, round, amount_usd, announced_on, date_precision, evidence_url from charts.funding "
        "where source = 'dataku_2023' order by 1",
    ) == [
        ("Anyscale", "Ray/ML infrastructure", "Series C", 100e6, JAN_2022, "year", None),
        ("Hugging Face", "Model hub, tools", "Series D", 235e6, MAY, "month", None),
        ("Mistral AI", "Open source LLMs", "Seed", 113e6, JUN, "month", None),
        ("Stability AI", "Open source image gen", "Various", 101e6, JAN_2022, "year", None),
        ("Together AI", "Inference, training", "Series A", 102e6, JUN, "month", None),
    ]
    assert rows(warehouse, "select distinct basis from charts.funding") == [("published",)]


def test_a_round_with_evidence_is_preferred_to_the_same_round_in_the_post(warehouse):
    """Two rounds of the post were announced after it, whatever it says: they are its rounds, and count once."""
    assert rows(
        warehouse,
        "select company, source, amount_usd, announced_on, counts_once, amount_difference_usd, date_difference_days "
        "from charts.funding where tellings > 1 order by company, counts_once desc",
    ) == [
        ("Hugging Face", "techcrunch_hugging_face_2023", 235e6, date(2023, 8, 24), True, None, None),
        ("Hugging Face", "dataku_2023", 235e6, MAY, False, 0, 85),
        ("Together AI", "techcrunch_together_2023", 102.5e6, date(2023, 11, 1), True, None, None),
        ("Together AI", "dataku_2023", 102e6, JUN, False, -0.5e6, 124),
    ]
    ((counted,),) = rows(
        warehouse, "select sum(amount_usd) from charts.funding where counts_once and company <> 'Databricks'"
    )
    assert counted == 651.5e6


def test_adoption(warehouse):
    assert rows(
        warehouse,
        "select question, period_start, date_precision, share_pct, change_points from charts.adoption order by 1, 2",
    ) == [
        ("Companies citing data privacy as motivation", OCT_2022, "quarter", 41, None),
        ("Companies citing data privacy as motivation", APR, "quarter", 67, 26),
        ("Companies evaluating open source LLMs", OCT_2022, "quarter", 22, None),
        ("Companies evaluating open source LLMs", APR, "quarter", 58, 36),
        ("Companies using open source in production", OCT_2022, "quarter", 8, None),
        ("Companies using open source in production", APR, "quarter", 21, 13),
    ]


def test_laptop_models(warehouse):
    assert rows(
        warehouse,
        "select period_start, ram_gb, models_low, models_high, qualifier, models, quality_level "
        "from charts.laptop_models order by 1",
    ) == [
        (JAN_2022, 16, 2, 3, "range", "GPT-2, DistilGPT2", "GPT-2 era"),
        (JUL_2022, 16, 5, 6, "range", "+ GPT-J quantized", "Slightly better"),
        (JAN, 16, 10, 15, "range", "+ LLaMA 7B quantized", "Near GPT-3 quality"),
        (JUL, 16, 30, None, "at_least", "+ Llama 2 7B/13B quantized", "Near GPT-3.5 quality"),
    ]


def test_gap_closure(warehouse):
    found = rows(
        warehouse, "select benchmark, period_start, reference_model, share_pct, change_points from charts.gap_closure"
    )
    assert set(found) == {
        row
        for benchmark, before, after, change in (
            ("MMLU", 90.6, 98.4, 7.8), ("HellaSwag", 96.5, 99.8, 3.3), ("HumanEval", 49.3, 62.2, 12.9),
            ("ARC Challenge", 71.9, 75.8, 3.9), ("Average", 77.1, 84.1, 7.0),
        )
        for row in (
            (benchmark, JAN, "GPT-3.5-turbo", before, None), (benchmark, JUL, "GPT-3.5-turbo", after, change),
        )
    }  # fmt: skip


# Taken from the post, not from claim.csv: what holds, what does not follow, and what cannot be checked.
HOLDS = [
    "eighteen_months", "downloads_growth_2022_04", "downloads_growth_2022_07", "downloads_growth_2022_10",
    "downloads_growth_2023_01", "downloads_growth_2023_04", "downloads_growth_2023_07", "downloads_18_months",
    "downloads_22x", "downloads_nearly_doubled", "models_18_months", "models_added_july", "models_per_day",
    "mmlu_gap_2022_01", "mmlu_gap_2022_07", "mmlu_gap_2023_01", "mmlu_gap_2023_04", "mmlu_gap_2023_07",
    "mmlu_gap_gpt35_end", "mmlu_gap_frontier", "derivatives_in_five_months", "community_growth_hugging_face",
    "community_growth_eleutherai", "community_growth_localllama", "community_growth_together_ai",
    "localllama_6_months", "localllama_1600", "training_cost_18_months", "training_cost_frontier",
    "parameters_llama_13b", "parameters_llama_2_13b", "parameters_llama_33b", "tokens_13b_rtx_4090",
    "funding_over_650m", "adoption_evaluating", "adoption_production", "adoption_privacy", "quantization_enabler",
    "memory_13b_4bit", "share_mmlu_2023_01", "share_mmlu_2023_07", "closure_mmlu", "closure_hellaswag",
    "closure_humaneval", "closure_arc_challenge", "average_2023_01", "average_2023_07", "average_change",
    "average_six_months", "gap_closing_everywhere", "humaneval_big_gap", "card_price",
]  # fmt: skip
DOES_NOT_FOLLOW = [
    "same_direction", "downloads_accelerating", "models_added_2022_07", "models_added_2023_01",
    "models_added_2023_04", "models_added_2023_07", "mmlu_gap_gpt35_start", "mmlu_gpt35_level",
    "mmlu_frontier_12_months_ago", "mmlu_one_year_behind", "mmlu_closing", "training_cost_10_20x",
    "parameters_gpt_j_6b", "parameters_llama_2_70b", "closed_by_early_2024", "humaneval_hardest", "match_gpt35",
    "consumer_gpu",
]  # fmt: skip
CANNOT_BE_CHECKED = [
    "models_added_2022_01", "models_mostly_fine_tunes", "localllama_before_leak", "localllama_most_active",
    "data_center_gpu", "adoption_top_reason", "fits_macbook_air", "quantization_loss", "every_axis",
]  # fmt: skip
ONLY_AGAINST_SOURCES = {
    "funding_hugging_face_date", "funding_hugging_face_amount", "funding_together_date", "mmlu_gpt_j", "mmlu_gpt_3",
    "mmlu_llama_65b", "mmlu_llama_65b_date", "mmlu_gpt_35", "mmlu_vicuna_33b", "mmlu_vicuna_33b_date", "mmlu_gpt_4",
    "mmlu_llama_2_70b", "mmlu_bloom", "cost_2023_01", "cost_2023_07", "llama_2_70b_on_card", "funding_together_amount",
    "funding_mistral_amount", "funding_mistral_date", "funding_anyscale_amount", "funding_anyscale_date",
    "funding_stability_amount", "funding_stability_date", "funding_stability_round", "share_hellaswag_2023_01",
    "share_hellaswag_2023_07", "share_humaneval_2023_01", "share_humaneval_2023_07", "share_arc_challenge_2023_01",
    "share_arc_challenge_2023_07", "code_llama_coming", "localllama_in_january", "derivatives_koala_date",
    "laptop_llama_date",
}  # fmt: skip
# Of the post and of four other texts, against papers, announcements and the Arena: transcribed from these.
AGREE = [
    "funding_hugging_face_amount", "mmlu_gpt_3", "mmlu_llama_65b", "mmlu_gpt_35", "mmlu_gpt_4", "mmlu_llama_2_70b",
    "closed_by_early_2024", "memory_13b_4bit", "card_price", "llama_retrained", "llama_tuned", "dolly_base_model",
    "cerebras_licence", "bigger_models", "vicuna_cost", "vicuna_cost_reported", "chatgpt_release", "gpt_3_parameters",
    "palm_parameters", "llama_2_release", "cost_2023_01", "parameters_llama_13b", "parameters_llama_33b",
    "parameters_llama_2_13b", "llama_2_70b_on_card", "funding_together_amount", "funding_mistral_amount",
    "funding_mistral_date", "funding_anyscale_amount", "funding_stability_amount", "funding_stability_date",
    "share_hellaswag_2023_07", "share_humaneval_2023_01", "share_humaneval_2023_07", "humaneval_hardest",
    "mmlu_gap_frontier", "code_llama_coming", "bing_on_gpt_4", "alpaca_davinci", "llama_on_small_devices", "dolly_minutes",
    "llama_research_only", "openchatkit_licence", "cerebras_models", "arena_introduced", "more_gpus", "bert_first",
    "closed_most_used", "no_moat_memo", "llama_2_licence", "mmlu_gap_2023_01", "mmlu_gap_2023_07", "mmlu_gap_gpt35_end",
    "share_mmlu_2023_01", "share_mmlu_2023_07", "closure_humaneval", "gap_closing_everywhere", "humaneval_big_gap",
    "helm_scenarios", "llama_leak", "llama_3_8b_exception", "open_gains_ground",
    "localllama_before_leak", "llama_3_catching_up", "linux_early_1990s",
]  # fmt: skip
DISAGREE = [
    "funding_hugging_face_date", "funding_together_date", "mmlu_llama_65b_date", "mmlu_vicuna_33b", "mmlu_vicuna_33b_date",
    "mmlu_one_year_behind", "parameters_gpt_j_6b", "six_to_eighteen_months", "one_or_two_years", "vicuna_quality",
    "vicuna_quality_reported", "cost_2023_07", "parameters_llama_2_70b", "funding_anyscale_date", "funding_stability_round",
    "mmlu_gpt35_level", "share_hellaswag_2023_01", "match_gpt35", "mmlu_frontier_12_months_ago", "five_computers",
    "arena_elo", "models_of_2023", "gpt_3_base", "mmlu_gap_2022_01", "mmlu_gap_2022_07", "mmlu_gap_2023_04",
    "closure_hellaswag", "share_arc_challenge_2023_01", "share_arc_challenge_2023_07", "consumer_gpu", "funding_over_650m",
    "localllama_in_january", "derivatives_koala_date", "laptop_llama_date",
]  # fmt: skip
# Only the press, or a bank that others quote, tells of these.
REPORTED = [
    "funding_hugging_face_amount", "funding_hugging_face_date", "funding_mistral_amount", "funding_mistral_date",
    "funding_anyscale_amount", "funding_anyscale_date", "funding_stability_round", "funding_over_650m", "chatgpt_users",
]  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "claims"),
    [("holds", HOLDS), ("does not follow", DOES_NOT_FOLLOW), ("cannot be checked", CANNOT_BE_CHECKED)],
)
def test_each_claim_has_the_verdict_that_the_figures_give(warehouse, verdict, claims):
    query = f"select claim from charts.claim_audit where verdict = '{verdict}' and source = 'dataku_2023'"
    found = {row[0] for row in rows(warehouse, query)}
    # Rows of tables, which are checked against sources only.
    assert found - set(claims) == (ONLY_AGAINST_SOURCES if verdict == "cannot be checked" else set())
    assert set(claims) <= found


@pytest.mark.parametrize(("verdict", "claims"), [("agrees", AGREE), ("disagrees", DISAGREE)])
def test_each_claim_is_held_against_sources(warehouse, verdict, claims):
    found = rows(
        warehouse,
        "select claim, source_url, source_dated_on, source_told, sentence from charts.claim_audit "
        f"where against_sources = '{verdict}'",
    )
    assert sorted(claim for claim, *_ in found) == sorted(claims)
    for claim, url, day, told, sentence in found:
        assert url.startswith("https://")
        assert day is not None
        assert told == ("reported" if claim in REPORTED else "first-hand")
        who = "A report of others" if claim in REPORTED else "A first-hand source"
        assert f"{who} {verdict}: " in sentence


NEWS_SITES = (
    "techcrunch",
    "venturebeat",
    "siliconangle",
    "yahoo",
    "reuters",
    "bloomberg",
    "wsj",
    "nytimes",
    "theverge",
    "cnbc",
)


def test_no_news_site_is_first_hand(warehouse):
    told = rows(warehouse, "select claim, url, told from core.claim_evidence")
    news = {claim for claim, url, _ in told if any(site in url.split("/")[2] for site in NEWS_SITES)}
    assert news == set(REPORTED) == {claim for claim, _, how in told if how == "reported"}


def test_the_headline_counts_first_hand_sources_reports_and_what_nobody_read_apart(warehouse):
    with (published_figures.CURATED / "claim_evidence.csv").open(encoding="utf-8", newline="") as opened:
        likely = {row["claim"] for row in csv.DictReader(opened) if row["certainty"] == "likely"}
    ((finding,),) = rows(warehouse, page_query("claim_audit/finding"))
    agree, disagree, reported = {*AGREE} - likely, {*DISAGREE} - likely, {*REPORTED}
    assert finding.endswith(
        f" First-hand sources agree with {len(agree - reported)} and disagree with {len(disagree - reported)}, reports "
        f"with {len(agree & reported)} and {len(disagree & reported)}; unverified: {len(likely & {*AGREE, *DISAGREE})}."
    )
    assert likely == {"closed_most_used"}


def test_a_number_agrees_within_what_the_source_says(warehouse):
    """GPT-J's 26.1% is chance: no source says that the number is wrong, and the sentence says what it means."""
    query = "select against_sources, source_figure, sentence from charts.claim_audit where claim = 'mmlu_gpt_j'"
    ((verdict, figure, sentence),) = rows(warehouse, query)
    assert (verdict, figure) == ("no source", "25% by chance")
    assert sentence.startswith("“| Jan 2022 | 26.1% (GPT-J 6B)")
    assert "the level of chance" in sentence
    # What was not read at its source says so, so that nobody quotes it as certain.
    query = "select claim, sentence from charts.claim_audit where claim in ('dolly_minutes', 'arena_elo', 'closed_most_used')"
    sentences = dict(rows(warehouse, query))
    assert sentences["dolly_minutes"] == (
        "“just 30 minutes of fine-tuning on a two-year-old base model to create Dolly” (The Android Moment of AI: Open Source "
        "Models are Just Getting Started; checked: 30 minutes) A first-hand source agrees: Databricks states 30 minutes of "
        "training on one machine. (Databricks: Hello Dolly, 24 March 2023.)"
    )
    assert sentences["closed_most_used"].endswith("; not verified at the source.)")
    assert sentences["arena_elo"].endswith(
        "coefficients of a Bradley-Terry model. (Arena: leaderboard dataset, 2 October 2026.)"
    )
    # 80,000 as printed, to the nearest 10,000, lies in 62,000 to 86,000; 90 does not lie in 74 to 80.
    query = "select claim, source_figure from charts.claim_audit where claim in ('llama_retrained', 'vicuna_quality')"
    assert dict(rows(warehouse, query)) == {"llama_retrained": "$62,000 to $86,000", "vicuna_quality": "74% to 80%"}


@pytest.mark.parametrize(
    ("claim", "recomputed"),
    [
        ("downloads_22x", "22.14x"), ("downloads_growth_2023_04", "+94.9%"), ("models_per_day", "833.3 a day"),
        ("downloads_accelerating", "46%, 63%, 67%, 74%, 95%, 63%"), ("mmlu_gap_gpt35_start", "43.9 points"),
        ("models_added_2022_07", "5,833 a month on average since Jan 2022"),
        ("models_added_2023_07", "43,333 a month on average since Apr 2023"),
        ("training_cost_10_20x", "10-50x"), ("closed_by_early_2024", "18 August 2024"),
        ("mmlu_frontier_12_months_ago", "GPT-3 175B, 43.9%"), ("mmlu_one_year_behind", "6 months (GPT-3.5)"),
        ("funding_over_650m", "$651M"), ("memory_13b_4bit", "7.3 GB"), ("average_2023_07", "84.05%"),
        ("average_change", "+6.975 points"), ("match_gpt35", "0 of 4 at 100%, 2 at 98% or more"),
        ("parameters_llama_2_70b", "65.2B printed, 70B in the name"), ("adoption_top_reason", None),
    ],
)  # fmt: skip
def test_what_comes_out_instead_is_told(warehouse, claim, recomputed):
    ((found, explanation),) = rows(
        warehouse, f"select recomputed, explanation from charts.claim_audit where claim = '{claim}'"
    )
    assert found == recomputed
    assert len(explanation) > 20
    assert "{" not in explanation


def test_a_verdict_follows_the_figures_and_not_the_file(tmp_path):
    """With a higher last figure of downloads, growth accelerates and the claim of +63% is wrong."""
    with writing(tmp_path / "working.duckdb") as connection:
        prepare(connection, NOW)
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        connection.execute(
            "update core.observation set value = 800e6 where metric = 'hub_downloads_month' and period_start = '2023-07-01'"
        )
        build(connection)
        verdicts = dict(rows(connection, "select claim, verdict from charts.claim_audit where chart = 'hub_downloads'"))
    assert verdicts["downloads_accelerating"] == "holds"
    assert verdicts["downloads_growth_2023_07"] == verdicts["downloads_22x"] == "does not follow"
    assert verdicts["downloads_growth_2023_04"] == "holds"


def test_measured_and_published_series_stand_side_by_side_and_are_never_joined(tmp_path):
    def measured(metric, day, value, unit):
        return Observation(
            metric=metric, entity="all models", period_start=day, value=value, unit=unit, basis="measured",
            source="sandbox_hub", date_precision="week",
        )  # fmt: skip

    first, second, after_a_gap = date(2023, 7, 3), date(2023, 7, 10), date(2023, 7, 24)
    figures = [
        measured(metric, day, start + step * number, unit)
        for metric, unit, start, step in (
            ("hub_downloads_30d", "downloads", 1000, 100), ("hub_downloads_all_time", "downloads", 9000, -50),
            ("hub_models", "models", 10, 1), ("hub_models_created_30d", "models", 5, 1),
        )
        for number, day in enumerate((first, second, after_a_gap))
    ]  # fmt: skip
    with writing(tmp_path / "working.duckdb") as connection:
        prepare(connection, NOW)
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        record(connection, figures, NOW)
        # Some counters rose by 5, of which 1 was a recovery; others fell.
        connection.executemany(
            "insert into core.hub_week by name select ? as week, 'sandbox_hub' as source, ?::date as week_before, 5 as flow, "
            "1 as flow_recovered, 0 as flow_of_new, now() as observed_at, 1 as models",
            [(second, first), (after_a_gap, second)],
        )
        build(connection)
        downloads = rows(
            connection,
            "select period_start, series, downloads, round(growth_pct, 6), growth_flag, downloads_all_time, "
            "downloads_since_week_before from charts.hub_downloads where basis = 'measured' order by 1",
        )
        models = rows(
            connection,
            "select period_start, models, added_per_month from charts.hub_models where basis = 'measured' order by 1",
        )
        published = rows(
            connection, "select count(*), count(growth_pct) from charts.hub_downloads where basis = 'published'"
        )
    assert downloads == [
        (first, "hub_downloads_30d", 1000, None, None, 9000, None),
        (second, "hub_downloads_30d", 1100, 10.0, "overlapping_windows", 8950, 4),
        (after_a_gap, "hub_downloads_30d", 1200, None, None, 8900, None),
    ]
    assert models == [(first, 10, 5), (second, 11, 6), (after_a_gap, 12, 7)]
    assert published == [(7, 6)]
