"""The list of makers: every account and every name leads to one maker, and the accounts that matter are in it."""

import csv
import shutil
from pathlib import Path

import pytest
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from pipelines.sandbox.hub.roots import ROOTS
from warehouse.database.connection import writing
from warehouse.seeds import published_figures
from warehouse.seeds.csv_reader import CuratedError, read_seeds

MAKER = "Somebody,Somebody (Some),company,France,Europe,2024,{accounts},{names},https://huggingface.co/some,"


def rows_of(file: str) -> list[dict[str, str]]:
    with (published_figures.CURATED / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.parametrize(
    ("accounts", "names", "problem"),
    [
        ("some; qwen", "", "column organisations: expected accounts of no other maker; found ['some', 'qwen']"),
        ("some; Some", "", "column organisations: expected accounts of no other maker; found ['some', 'Some']"),
        ("some", "MOONSHOT", "expected names of no other maker; found maker 'Somebody', other_names ['MOONSHOT']"),
        ("some", "Baidu", "expected names of no other maker; found maker 'Somebody', other_names ['Baidu']"),
        ("some;other", "", "column organisations: expected texts with a semicolon and a blank between them"),
        ("", "", "column organisations: is empty; expected is a value"),
    ],
)
def test_an_account_and_a_name_belong_to_one_maker(tmp_path, accounts, names, problem):
    folder = Path(shutil.copytree(published_figures.CURATED / "reference", tmp_path / "reference"))
    with (folder / "maker.csv").open("a", encoding="utf-8") as file:
        file.write(MAKER.format(accounts=accounts, names=names) + "\n")
    with pytest.raises(CuratedError) as raised:
        read_seeds(tmp_path, published_figures.REFERENCE_DATA)
    assert problem in str(raised.value)
    assert f"maker.csv:{len(rows_of('reference/maker.csv')) + 2}: " in str(raised.value)


def test_the_accounts_that_the_other_lists_name_have_a_maker(tmp_path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        now = connection.execute("select now()").fetchall()[0][0]
        published_figures.load(connection, published_figures.CURATED, now, SOURCE_ROWS)
        makers = dict(connection.execute("select lower(organisation), maker from core.maker_organisation").fetchall())
        kinds = dict(connection.execute("select maker, region from core.maker").fetchall())
        names = dict(connection.execute("select unnest(other_names), maker from core.maker").fetchall())
    roots = {row["root"] for row in rows_of("family.csv")} | {
        row["id"] for row in rows_of("reference/notable_model.csv")
    }
    # Unsloth publishes copies of other makers' models, which count for these.
    followed = {row["organisation"] for row in rows_of("lists/hub_organisation.csv")} - {"unsloth"}
    accounts = {root.split("/")[0] for root in roots} | followed
    assert {name for name in accounts if name.lower() not in makers} == set()
    assert {makers[name] for name in ("qwen", "wan-ai", "alibaba-nlp", "tongyi-mai")} == {"Alibaba"}
    assert {makers[name] for name in ("meta-llama", "facebook", "meta-models", "codellama")} == {"Meta"}
    assert makers["zai-org"] == makers["thudm"] == names["Zhipu AI"] == names["z-ai"] == "Z.ai"
    assert (kinds["Alibaba"], kinds["Meta"], kinds["Mistral AI"]) == ("China", "North America", "Europe")
    of_sandbox = [makers.get(root.id.split("/")[0].lower()) for root in ROOTS]
    assert of_sandbox.count(None) == 2, "a copy of unsloth's, and the root in no family of no listed maker"
    assert len(set(of_sandbox)) > 15
