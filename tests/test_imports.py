"""Data flows one way: what the three packages, and the rooms inside them, may import."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("warehouse", "assets", "pipelines")  # each may import those before it, and itself
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
}


def imported(file: Path) -> Iterator[str]:
    """Yield each module that a file imports, wherever the import stands, by its full name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports by full names only"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in MODULES else str(node.module)


def room(module: str) -> str:
    """Return the folder of a module; a module that stands beside folders is a room of its own."""
    folder = MODULES[module].parent
    has_folders = any((child / "__init__.py").exists() for child in folder.iterdir())
    return str((MODULES[module] if has_folders else folder).relative_to(ROOT))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_those_below_it(package):
    below = PACKAGES[: PACKAGES.index(package) + 1]
    wrong = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if module.split(".")[0] == package
        for name in imported(file)
        if name.split(".")[0] in PACKAGES and name.split(".")[0] not in below
    ]
    assert not wrong


def test_no_room_imports_one_above_it():
    rooms: dict[str, set[str]] = {}
    for module, file in MODULES.items():
        below = {room(name) for name in imported(file) if name in MODULES}
        rooms.setdefault(room(module), set()).update(below - {room(module)})
    try:
        TopologicalSorter(rooms).prepare()
    except CycleError as error:
        pytest.fail(f"these rooms import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("rooms", "libraries"),
    [
        ("warehouse", {"dagster", "requests", "praw", "huggingface_hub"}),
        ("assets/http", {"dagster", "duckdb"}),
        ("assets/landing", {"dagster", "duckdb"}),
        ("pipelines/sandbox", {"dagster", "duckdb"}),
    ],
)
def test_a_library_stays_out_of_rooms_that_are_not_its_own(rooms, libraries):
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / rooms).rglob("*.py")
        for name in imported(file)
        if name.split(".")[0] in libraries
    ]
    assert not wrong
