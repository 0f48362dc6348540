"""Compares our GP engine with BoTorch, GPyTorch, Optuna and egobox.

usage: scripts/bench-peers gp [--only PART,...] [OPTION ...]      options: --help

Parts: suggestion, maximiser, likelihood, own_models, factorisation, scaling, parts; each is a module in this folder.
"""

import argparse
import importlib
import pathlib

import manifest

PARTS = ["likelihood", "own_models", "maximiser", "factorisation", "scaling", "suggestion", "parts"]


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers gp", description=__doc__.splitlines()[0])
    parser.add_argument("--work", required=True, type=pathlib.Path, help="work folder (given by bench-peers)")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the results")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas [default: all]")
    parser.add_argument("--runs", help="recorded run tables for the likelihoods, e.g. ../shared/data/llama3-8b-lora")
    parser.add_argument("--cases", type=int, default=100, help="number of posteriors to maximise on")
    parser.add_argument("--sizes", default="50,100,200", help="numbers of observations for suggestion")
    parser.add_argument("--peers", default="", help="peers for suggestion: botorch-single, botorch-mixed, optuna, egobox, egobox-cobyla [default: all]")
    parser.add_argument("--ours", default="target/debug/gp-peer", help="our program, e.g. one built with --release")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of each peer and size")
    parser.add_argument("--slow-repeats", type=int, default=2, help="repeats of the slow peers (botorch-mixed)")
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := [p for p in chosen if p not in PARTS]:
        parser.error(f"unknown part {', '.join(unknown)}, expected some of {', '.join(PARTS)}")
    for part in chosen:
        settings = {"part": part, "seeds": [0], **{k: str(v) for k, v in vars(options).items() if k not in ("work", "out")}}
        record = manifest.start(settings)
        settings["versions"] = manifest.versions(["botorch", "gpytorch", "optuna", "torch", "numpy", "scipy"])
        out = options.out / part
        out.mkdir(parents=True, exist_ok=True)
        if files := importlib.import_module(part).run(options, out):
            record.write(out, files)


if __name__ == "__main__":
    main()
