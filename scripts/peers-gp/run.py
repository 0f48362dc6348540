"""Our GP engine beside its peers: `scripts/bench-peers gp [--only suggestion,maximiser,likelihood,own_models,factorisation,scaling,parts]`."""

import argparse
import importlib
import pathlib

import manifest

PARTS = ["likelihood", "own_models", "maximiser", "factorisation", "scaling", "suggestion", "parts"]


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers gp", description=__doc__)
    parser.add_argument("--work", required=True, type=pathlib.Path, help="work folder (given by bench-peers)")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the results")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, by commas [default: all]")
    parser.add_argument("--runs", help="recorded run tables for the likelihoods, say ../shared/data/llama3-8b-lora")
    parser.add_argument("--cases", type=int, default=100, help="posteriors to maximise on")
    parser.add_argument("--sizes", default="50,100,200", help="numbers of observations of the suggestions")
    parser.add_argument("--peers", default="", help="of the suggestions: botorch-single, botorch-mixed, optuna, egobox, egobox-cobyla [default: all]")
    parser.add_argument("--ours", default="target/debug/gp-peer", help="our program, say one built with --release")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each peer and size")
    parser.add_argument("--slow-repeats", type=int, default=2, help="turns of the slow ones (botorch-mixed)")
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := [p for p in chosen if p not in PARTS]:
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
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
