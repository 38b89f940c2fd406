"""Rows proposed for the list of families: found in a release, taken by the list as they are, and counted back once accepted."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lineage_world import NOW, World, monday
from typer.testing import CliRunner
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from pipelines.commands.app import app
from warehouse.database.connection import writing
from warehouse.hub import closure, families
from warehouse.hub.family_proposals import line_of, propose
from warehouse.seeds import published_figures
from warehouse.seeds.family_roots import COLUMNS, read_families


# As their makers write the names: the line, and what follows it.
@pytest.mark.parametrize(
    ("repository", "family", "title"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1", "Llama 3.1"),
        ("meta-llama/Meta-Llama-3-70B", "llama-3", "Llama 3"),
        ("Qwen/Qwen3.5-397B-A17B", "qwen-3.5", "Qwen 3.5"),
        ("Qwen/Qwen-Image", "qwen-image", "Qwen Image"),
        ("google/gemma-4-E4B-it", "gemma-4", "gemma 4"),
        ("deepseek-ai/DeepSeek-V4-Pro-0813", "deepseek-v4", "DeepSeek V4"),
        ("moonshotai/Kimi-K2.7-Code", "kimi-k2.7", "Kimi K2.7"),
        ("moonshotai/Kimi-Linear-48B-A3B-Instruct", "kimi-linear", "Kimi Linear"),
        ("MiniMaxAI/MiniMax-M3", "minimax-m3", "MiniMax M3"),
        ("zai-org/GLM-5.2", "glm-5.2", "GLM 5.2"),
        ("mistralai/Mistral-Large-3-675B-Instruct-2512", "mistral-large-3", "Mistral Large 3"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral", "Mistral"),
        ("nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16", "nemotron-3.5", "Nemotron 3.5"),
        ("openai/gpt-oss-20b", "gpt-oss", "gpt oss"),
        ("LiquidAI/LFM2.5-8B-A1B", "lfm-2.5", "LFM 2.5"),
        ("black-forest-labs/FLUX.2-klein-4B", "flux-2", "FLUX 2"),
        ("OpenGVLab/InternVL3_5-8B", "internvl-3.5", "InternVL 3.5"),
        ("ByteDance-Seed/Seed-OSS-36B-Instruct", "seed-oss", "Seed OSS"),
        ("stepfun-ai/Step-3.7-Flash", "step-3.7", "Step 3.7"),
        ("mistralai/Mixtral-8x22B-v0.1", "mixtral", "Mixtral"),
    ],
)
def test_the_line_is_what_the_name_begins_with(repository, family, title):
    line = line_of(repository)
    assert (line.family, line.title) == (family, title)


LISTED = """\
qwen,Qwen,,Qwen/Qwen-7B
qwen-3,Qwen 3,qwen,Qwen/Qwen3-8B
qwen-3.5,Qwen 3.5,qwen,Qwen/Qwen3.5-9B
glm,GLM,,zai-org/chatglm-6b
glm-5,GLM-5,glm,zai-org/GLM-5
glm-5.1,GLM-5.1,glm-5,zai-org/GLM-5.1
"""
# Each with its descendants. The fourth is of no listed maker, and named like a model of one.
PLANTED = {
    "Qwen/Qwen9-72B": 30,
    "zai-org/GLM-5.4": 25,
    "Qwen/Qwen3.7-4B": 20,
    "mirror/Qwen3-8B-unpacked": 15,
    "acme/Zeta-2-7B-Base": 12,
}
OTHERS = {
    "acme/Zeta-2-70B": 40,  # the same line as a planted root
    "acme/Zeta-3-70B": 5_000,  # another line
    "Qwen/Qwen3-14B": 2_000,  # a further repository of a listed line
    "Qwen/Qwen3-1B": 999,  # too little
    "Qwen/Qwen3-old": 9_000,  # of another year
    "ann/Zeta-2-tune": 9_000,  # of another maker
}


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    folder = tmp_path / "curated"
    folder.mkdir()
    rows = [f"{line},,," for line in LISTED.splitlines()]
    (folder / "family.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return folder


def edges() -> list[tuple[str, str, str | None]]:
    of_planted = [
        (f"user{one}/tune-of-{root.replace('/', '-')}", root, "finetune")
        for root, number in PLANTED.items()
        for one in range(number)
    ]
    return [*of_planted, ("Qwen/Qwen3-8B-FP8", "Qwen/Qwen3-8B", "quantized")]


def bring(world: World, week: int) -> None:
    roots = [line.rpartition(",")[2] for line in LISTED.splitlines()]
    world.bring(week, edges(), others=[*roots, *OTHERS], downloads=OTHERS)
    world.connection.execute(
        "update core.model set created_at = ? where id = 'Qwen/Qwen3-old'", [datetime(2024, 1, 1, tzinfo=UTC)]
    )
    closure.close(world.connection)
    families.count_week(world.connection, monday(week))


def test_planted_roots_are_found_proposed_accepted_and_counted_back(home, listed):
    database = home / "published" / "tidegauge.duckdb"
    database.parent.mkdir(parents=True)
    with writing(warehouse_at(database)) as connection:
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        world = World(connection)
        world.name_makers(
            {"Alibaba": ("China", ["Qwen"]), "Z.ai": ("China", ["zai-org"]), "Acme": ("Europe", ["acme"])}
        )
        families.load(connection, listed)
        for week in range(3):
            bring(world, week)
        found = dict(connection.execute("select name, descendants from core.unlisted_root").fetchall())
        assert found == PLANTED
    result = CliRunner().invoke(app, ["review", "families"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    printed = "\n".join(lines[lines.index(",".join(COLUMNS)) :])
    rows = [row for row in csv.DictReader(io.StringIO(printed)) if row["evidence_url"]]
    assert [(row["root"], row["family"], row["title"], row["part_of"]) for row in rows] == [
        ("Qwen/Qwen9-72B", "qwen-9", "Qwen 9", "qwen"),
        ("zai-org/GLM-5.4", "glm-5.4", "GLM 5.4", "glm-5"),
        ("Qwen/Qwen3.7-4B", "qwen-3.7", "Qwen 3.7", "qwen"),
        ("mirror/Qwen3-8B-unpacked", "qwen-3", "Qwen 3", "qwen"),
        ("acme/Zeta-2-7B-Base", "zeta-2", "Zeta 2", ""),
        ("acme/Zeta-2-70B", "zeta-2", "Zeta 2", ""),
        ("Qwen/Qwen3-14B", "qwen-3", "Qwen 3", "qwen"),
    ]
    notes = {row["root"]: row["note"] for row in rows}
    assert notes["Qwen/Qwen9-72B"].startswith(
        "proposed: root in no family: 30 descendants, 10 downloads in 30 days, created 2026-03-02"
    )
    assert notes["mirror/Qwen3-8B-unpacked"].endswith("perhaps a copy of a model of Alibaba")
    assert rows[0]["evidence_url"] == "https://huggingface.co/Qwen/Qwen9-72B"

    # A person accepts all but the copy: the rows are put into the file as they were printed.
    with (listed / "family.csv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writerows(row for row in rows if not row["root"].startswith("mirror/"))
    assert {row["family"] for row in read_families(listed) if row["root"] == "Qwen/Qwen9-72B"} == {"qwen", "qwen-9"}
    with writing(database) as connection:
        world = World(
            connection, {id: key for id, key in connection.execute("select id, model_key from core.model").fetchall()}
        )
        families.load(connection, listed)
        bring(world, 3)
        for family, derivatives in {"qwen-9": 30, "glm-5.4": 25, "qwen-3.7": 20, "zeta-2": 12}.items():
            sizes = "select week, sum(models)::int from core.family_week where family = ? group by week order by week"
            assert world.rows(sizes, family) == [(monday(week), derivatives) for week in range(4)]
        assert [one.row["root"] for one in propose(connection)] == ["mirror/Qwen3-8B-unpacked"]


def test_without_a_release_it_says_what_to_do(home):
    result = CliRunner().invoke(app, ["review", "families"])
    assert result.exit_code == 1
    assert "tidegauge refresh" in result.output
