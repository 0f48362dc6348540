"""Optuna's and egobox's own models, fitted by themselves and by our engine, on the recorded run tables and on the data of suggestion.
One thread each, interleaved fits, shortest of several times."""

import json
import subprocess

import numpy as np

import own_egobox
import own_optuna
import tables
from peers_models import Worker

TURNS = 3


def data_sets(options):
    """Name, coordinates, encoded points and outcomes."""
    program = lambda *words: subprocess.run([options.ours, *words], capture_output=True, text=True, check=True).stdout
    if options.runs:
        for case in map(json.loads, program("tables", options.runs).splitlines()):
            yield case["table"], case["coordinates"], np.array(case["x"]), np.array(case["y"])
    sizes = [int(n) for n in options.sizes.split(",")]
    made_up = json.loads(program("data", str(max(sizes))))
    for n in sizes:
        yield f"suggestion {n}", made_up["coordinates"], np.array(made_up["x"][:n]), np.array(made_up["y"][:n])


def run(options, out):
    """Writes optuna.csv and egobox.csv."""
    if not options.runs:
        print("own_models: no --runs DIR with recorded run tables, using only the data of suggestion")
    ours = Worker(options.ours, "given")
    egobox = Worker(str(options.work / "egobox/release/egobox-peer"))
    of_optuna, of_egobox = [], []
    for name, coordinates, x, y in data_sets(options):
        of_optuna += [{"data": name} | row for row in own_optuna.compare(ours, coordinates, x, y, TURNS)]
        of_egobox.append({"data": name} | own_egobox.compare(ours, egobox, x, y, TURNS))
        print(f"{name:32} ours - Optuna's {of_optuna[-2]['difference']:+.5f}, with 5 starts {of_optuna[-1]['difference']:+.5f} nats; "
              f"ours - egobox's {of_egobox[-1]['difference']:+.3f} nats", flush=True)
    ours.close()
    egobox.close()
    tables.write(out / "optuna.csv", of_optuna, digits=9)
    tables.write(out / "egobox.csv", of_egobox, digits=9)
    ratio = lambda rows, peer: np.median([r[f"{peer}_cpu_s"] / r["ours_cpu_s"] for r in rows])
    for starts in sorted({r["starts"] for r in of_optuna}):
        rows = [r for r in of_optuna if r["starts"] == starts]
        summary("Optuna", f"penalised likelihood, {starts} starts", rows, ratio(rows, "optuna"))
    summary("egobox", "likelihood", of_egobox, ratio(of_egobox, "egobox"))
    return ["optuna.csv", "egobox.csv"]


def summary(peer, what, rows, ratio):
    gaps, per_datum = [r["difference"] for r in rows], [r["difference"] / r["n"] for r in rows]
    print(f"{peer}'s model, {what}, ours - {peer}'s: {min(gaps):+.4f} to {max(gaps):+.4f} nats, median {np.median(gaps):+.5f}; not below in "
          f"{sum(g >= 0 for g in gaps)} of {len(gaps)}, by more than 1e-3 a datum below in {sum(g < -1e-3 for g in per_datum)}; "
          f"{peer} takes {ratio:.1f} times as long (median)")
