"""Who may import whom. The rules are the tables below; nothing else enforces them."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

BLENDER_MODULES = {"bpy", "bmesh", "mathutils", "bpy_extras", "gpu"}
SHARED_CORE_MODULES = {
    "absorption",
    "assets",
    "consent",
    "errors",
    "expressions",
    "live_link",
    "messages",
    "spaces",
    "spooling",
    "strain",
    "transfer",
}
"""The part of core that Blender's own process may import: no torch, no mediapipe."""

CORE_LAYERS: tuple[set[str], ...] = (
    {"__main__"},
    {"cli", "worker"},
    {"pipelines"},
    # they work on what a fit found
    {"texture", "hair", "overlay", "provenance"},
    {"fit", "track"},
    {"residuals"},
    {"landmarks"},
    {"head_model", "images"},
    {
        "camera",
        "mesh",
        "least_squares",
        "rasterise",
        "harmonics",
        "enlarging",
        "layers",
        "colours",
        "memory",
    },
    SHARED_CORE_MODULES,
)
"""From the top down. A unit imports itself, and units of lower layers."""

ADDON_LAYERS: tuple[set[str], ...] = (
    {"__init__", "headless"},
    {"operators", "panels"},
    {"preferences"},
    {"scene"},
    {"materials", "asset_paths", "engine_setup"},
    {"rig", "engine", "worker_process", "progress"},
    {"properties", "takes"},
)
"""The same for the add-on; every layer may import the shared part of core."""

ONLY_IMPORTER = {
    "mediapipe": "core/landmarks",
    "av": "core/images",
}
"""Libraries that meet foreign data or native code, and the one place for each."""

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60


def imports_of(path: Path, root: Path = ROOT) -> Iterator[str]:
    """Yield the absolute name of every module a file imports."""
    package = path.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            target = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{target}.{alias.name}".lstrip(".") for alias in node.names)


def modules_in(folder: str) -> list[Path]:
    """Every Python file under a folder of the project."""
    return sorted((ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """A file's path inside the project, as the tests' names show it."""
    return path.relative_to(ROOT).as_posix()


def unit_of(path: Path) -> str:
    """The module or package right under `core` or `blender_addon` of a file."""
    return path.relative_to(ROOT).with_suffix("").parts[1]


def upward_imports(
    path: Path, layers: tuple[set[str], ...], package: str, root: Path = ROOT
) -> list[str]:
    """What a file imports of its own package that does not lie below it.

    The lowest layer of core, shared with Blender, is one heap: it imports itself.
    """
    rank = {unit: index for index, layer in enumerate(layers) for unit in layer}
    unit = path.relative_to(root).with_suffix("").parts[1]
    wrong: list[str] = []
    for name in imports_of(path, root):
        parts = name.split(".")
        if parts[0] != package or len(parts) < 2 or parts[1] == unit:
            continue
        if {unit, parts[1]} <= SHARED_CORE_MODULES:
            continue
        if parts[1] in rank and rank[parts[1]] <= rank[unit]:
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("path", modules_in("core"), ids=name_of)
def test_core_does_not_know_blender(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert not roots & (BLENDER_MODULES | {"blender_addon"})


@pytest.mark.parametrize("path", modules_in("core"), ids=name_of)
def test_core_imports_run_downward(path: Path) -> None:
    unit = unit_of(path)
    if unit == "__init__":
        assert not [name for name in imports_of(path) if name.startswith("core.")]
        return
    assert any(unit in layer for layer in CORE_LAYERS), (
        f"give core/{unit} its place in CORE_LAYERS"
    )
    assert not upward_imports(path, CORE_LAYERS, "core")


@pytest.mark.parametrize(
    "path", [*modules_in("core"), *modules_in("blender_addon")], ids=name_of
)
def test_own_modules_are_imported_relatively(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        assert not [n for n in names if n.split(".")[0] in ("core", "blender_addon")]


@pytest.mark.parametrize("path", modules_in("blender_addon"), ids=name_of)
def test_addon_uses_only_the_shared_part_of_core(path: Path) -> None:
    used = {
        parts[1]
        for name in imports_of(path)
        if (parts := name.split("."))[0] == "core" and len(parts) > 1
    }
    assert used <= SHARED_CORE_MODULES | {"__version__"}


def test_panels_know_what_is_set_and_not_what_is_done() -> None:
    for path in modules_in("blender_addon/panels"):
        units = {
            parts[1]
            for name in imports_of(path)
            if (parts := name.split("."))[0] == "blender_addon"
        }
        assert units <= {"panels", "preferences", "progress", "properties", "takes"}


@pytest.mark.parametrize("path", modules_in("blender_addon"), ids=name_of)
def test_addon_imports_run_downward(path: Path) -> None:
    unit = unit_of(path)
    assert any(unit in layer for layer in ADDON_LAYERS), (
        f"give blender_addon/{unit} its place in ADDON_LAYERS"
    )
    assert not upward_imports(path, ADDON_LAYERS, "blender_addon")


@pytest.mark.parametrize("path", modules_in("blender_addon"), ids=name_of)
def test_addon_needs_nothing_of_the_engine(path: Path) -> None:
    engine = {"torch", "mediapipe", "scipy", "PIL", "av", "safetensors", "jaxtyping"}
    assert not {name.split(".")[0] for name in imports_of(path)} & engine


def test_the_worker_process_is_known_without_blender() -> None:
    path = ROOT / "blender_addon" / "worker_process.py"
    assert not {name.split(".")[0] for name in imports_of(path)} & BLENDER_MODULES


@pytest.mark.parametrize("library", ONLY_IMPORTER)
def test_a_library_has_one_importer(library: str) -> None:
    users = {
        name_of(path)
        for path in modules_in("core")
        if library in {name.split(".")[0] for name in imports_of(path)}
    }
    home = ONLY_IMPORTER[library]
    assert users, f"nothing imports {library} any more: take it off the table"
    assert not {user for user in users if not user.startswith(f"{home}/")}


@pytest.mark.parametrize(
    "path", [*modules_in("core"), *modules_in("blender_addon")], ids=name_of
)
def test_files_and_functions_keep_to_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
    }
    assert not long


def test_shared_part_of_core_loads_without_torch() -> None:
    present = [
        name
        for name in sorted(SHARED_CORE_MODULES)
        if (ROOT / "core" / f"{name}.py").exists()
        or (ROOT / "core" / name / "__init__.py").exists()
    ]
    assert len(present) >= 5
    modules = ", ".join(f"core.{name}" for name in present)
    code = (
        f"import sys, {modules}; sys.exit(bool({{'torch', 'PIL'}} & {{*sys.modules}}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_an_upward_import_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "core" / "mesh.py"
    file.parent.mkdir()
    file.write_text("from .fit import solve\nfrom . import camera, errors\n")
    found = upward_imports(file, CORE_LAYERS, "core", tmp_path)
    assert found == ["core.fit.solve", "core.camera"]
