"""The notebooks of docs/notebooks run from an empty folder."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("JOBS_REPOSITORY", Path(__file__).resolve().parents[2]))
NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for line in re.findall(r"^(?:import|from) (.*)$", code, re.M):
        for package in re.findall(r"\b(torch|transformers|peft|optuna)\b", line):
            pytest.importorskip(package)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()


def test_notebooks_have_no_output():
    import json

    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") for cell in cells), f"{path.name} has outputs; clear them before committing"
