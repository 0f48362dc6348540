"""What the checks of train.py have in common."""
import importlib.util
import json
import sys


def imported():
    """The script in this folder, without running it."""
    spec = importlib.util.spec_from_file_location("train", "train.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["train"] = module
    spec.loader.exec_module(module)
    return module


def check(train, count):
    """Every data set has its share of the first n examples, to within one. The data sets name themselves in their prompts."""
    _, path, _ = train.files(count)
    names = [json.loads(line)["prompt"].split()[0] for line in open(path, encoding="utf-8")]
    assert len(names) == count
    for n in range(1, count + 1):
        for name, share in train.x["mixture"].items():
            assert abs(names[:n].count(name) - share * n) < 1, f"{name} after {n} examples"
