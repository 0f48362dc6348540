import json, os, random, signal, sys

DATA, EVERY, LAYERS = os.environ.get("DATA", "data"), {every}, {layers}  # folder of NAME.jsonl; steps between evaluations; layers of the model
MODULES = {modules}  # dimension: module of the model

job = json.load(open(sys.argv[-1], encoding="utf-8"))
x, stop = job["configuration"], []
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
lines, processes = os.fdopen(os.dup(1), "w"), int(os.environ.get("WORLD_SIZE", 1))
os.dup2(2, 1)  # what the program prints goes to standard error; standard output is for evaluations

def report(step, metrics):
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps({"step": step, **metrics}), file=lines, flush=True)

def read(name):  # data/NAME.jsonl, and the columns that all its lines have
    path, columns, rows = f"{DATA}/{name}.jsonl", None, []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        row = json.loads(line)
        found = next((c for c in (("messages",), ("prompt", "completion"), ("text",)) if all(key in row for key in c)), None)
        if found is None or columns not in (None, found):
            sys.exit(f"{path}:{number}: expected {' and '.join(columns) if columns else 'messages, prompt and completion, or text'}")
        columns = found
        rows.append({key: row[key] for key in columns})
    return columns, rows or sys.exit(f"{path}: no examples")

def mixed(count):  # every data set has its share of the first n examples to within one, for every n; each is shuffled for every pass
    columns, held_out = read("eval")
    draw, given, passes, examples = random.Random(job["seed"]), {}, {}, []
    sets = {name: read(name) for name, share in x["mixture"].items() if share > 0}
    for name, (found, _) in sets.items():
        if found != columns:
            sys.exit(f"{DATA}/{name}.jsonl has {' and '.join(found)}, expected {' and '.join(columns)} as in {DATA}/eval.jsonl")
    for n in range(1, count + 1):
        name = max(sets, key=lambda part: x["mixture"][part] * n - given.get(part, 0))
        given[name] = given.get(name, 0) + 1
        if not passes.get(name):
            passes[name] = draw.sample(sets[name][1], len(sets[name][1]))
        examples.append(passes[name].pop())
    return columns, examples, held_out

def files(count):  # the same in two files in the folder of the run
    columns, examples, held_out = mixed(count)
    paths = [os.path.join(os.path.dirname(job["checkpoint"]), name) for name in ("train.jsonl", "eval.jsonl")]
    for path, rows in zip(paths, (examples, held_out)):
        with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        os.replace(file.name, path)  # every process writes the same
    return columns, *paths

modules = [module for key, module in MODULES.items() if x.get(key, True)]
n = int(x.get("lora_layers", LAYERS))
layers = list(range(n) if x.get("lora_front_layers", False) else range(LAYERS - n, LAYERS)) if "lora_layers" in x else None
known = {"mixture", "lora_rank", "lora_alpha", "lora_dropout", "lora_layers", "lora_front_layers", *MODULES}
others = {key: value for key, value in x.items() if key not in known}  # settings of the program by their names there, such as learning_rate
