"""Random PEFT folders: an adapter made by PEFT itself, and edits of its `adapter_config.json` and tensors."""

import copy
import json

import peft
import torch
from safetensors.torch import load_file, save_file

from .models import ABSENT, PROJECTIONS

NAMES = [name.split(".")[1] for name in PROJECTIONS]
FUSED = {"q_proj": "qkv_proj", "k_proj": "qkv_proj", "v_proj": "qkv_proj", "gate_proj": "gate_up_proj", "up_proj": "gate_up_proj"}


class Adapter:
    """A folder before it is written. `made` are arguments of PEFT's LoraConfig; `edits` change the file that PEFT wrote."""

    def __init__(self, dice, model):
        self.dice = dice
        self.layers = model.config.get("num_hidden_layers") or 1
        self.made = dict(r=dice.choice([1, 2, 3, 4]), lora_alpha=dice.choice([1, 2, 6, 8, 16]),
            target_modules=dice.sample(NAMES, dice.choice([1, 2, 3, 7])))
        if model.config.get("model_type") == "phi3":
            self.made["target_modules"] = sorted({FUSED.get(name, name) for name in self.made["target_modules"]})
        self.edits = {}
        self.tensor_edit = None
        self.kinds = []

    def listed(self):
        """The targets, where they are a list."""
        targets = self.made["target_modules"]
        return targets if isinstance(targets, list) else ["q_proj"]

    def write(self, base, folder):
        """Makes the adapter on a copy of the base with PEFT, gives it random weights, and writes it with the edits."""
        torch.manual_seed(self.dice.randrange(1 << 30))
        config = peft.LoraConfig(**{k: v for k, v in self.made.items() if v is not ABSENT}, task_type="CAUSAL_LM")
        model = peft.get_peft_model(copy.deepcopy(base), config)
        with torch.no_grad():
            for name, p in model.named_parameters():
                if "lora_" in name or "modules_to_save" in name or "trainable_tokens_delta" in name:
                    p.copy_(torch.randn_like(p) * (0.3 if p.dim() > 1 else 1.0))
        model.save_pretrained(folder)
        path = folder / "adapter_config.json"
        members = json.loads(path.read_text())
        members["base_model_name_or_path"] = None
        for key, value in self.edits.items():
            members.pop(key, None) if value is ABSENT else members.update({key: value})
        path.write_text(json.dumps(members, indent=1) + "\n")
        if self.tensor_edit:
            path = folder / "adapter_model.safetensors"
            tensors = load_file(path)
            self.tensor_edit(tensors)
            save_file({n: t.contiguous().clone() for n, t in tensors.items()}, path, metadata={"format": "pt"})


def full(name, layer):
    return next(f"model.layers.{layer}.{path}" for path in PROJECTIONS if path.endswith(name))


def some_targets(a):
    """Targets in one of the forms that PEFT reads."""
    dice, names = a.dice, a.dice.sample(NAMES, a.dice.choice([1, 2, 4]))
    layer = dice.randrange(a.layers)
    return dice.choice([
        names,
        [next(p for p in PROJECTIONS if p.endswith(n)) for n in names],  # the end of a name
        [full(n, layer) for n in names],
        [f"{layer}.{next(p for p in PROJECTIONS if p.endswith(n))}" for n in names],
        names + ["nothing_like_it"],
        rf".*\.({'|'.join(names)})",
        rf"model\.layers\.\d+\..*({'|'.join(names)})",
        rf".*layers\.({layer}|7)\..*_proj",
        r".*(?<!down)_proj", r"(?!.*lm_head).*proj$", r"model\..*\.mlp\.[gu].*", "all-linear", "ALL-LINEAR", names[0], [], None,
            ["all-linear"], ["proj"], ["q_proj", "q_proj"],
        ["mlp"], ["self_attn.q_proj", "v_proj"], [r".*q_proj"], ["q_proj."], r"q_proj|.*\.v_proj",
    ])  # fmt: skip


def edit_targets(a):
    """`target_modules`: in the file PEFT made, or at odds with the tensors."""
    targets = some_targets(a)
    if a.dice.random() < 0.85:
        a.made["target_modules"] = targets if targets is not None else ABSENT
    else:
        a.edits["target_modules"] = a.dice.choice([targets, ABSENT, a.listed() + ["gate_proj"], 3, "q_proj"])


def edit_scale(a):
    """Rank, alpha and the form of the scale."""
    dice = a.dice
    a.made["lora_alpha"] = dice.choice([1, 3, 0.5, 16, 32.0, 7.25])
    a.made["use_rslora"] = dice.choice([True, True, False])
    if dice.random() < 0.3:
        a.made["r"] = dice.choice([8, 20, 40, 64])
    if dice.random() < 0.35:
        key, values = dice.choice([
            ("r", [ABSENT, None, 2, 8, 0, -1, 2.0, "4"]), ("lora_alpha", [ABSENT, None, 0, -4, 5.5, 5, "8", True, 100]),
            ("use_rslora", [ABSENT, None, True, False, 1, "false", 0]), ("lora_dropout", [ABSENT, None, 0.5, 1.0, 0, -0.1, 1.5, "0"]),
        ])  # fmt: skip
        a.edits[key] = dice.choice(values)


def edit_patterns(a):
    """`rank_pattern` and `alpha_pattern`."""
    dice = a.dice
    name = dice.choice(NAMES)
    path = next(p for p in PROJECTIONS if p.endswith(name))
    keys = [name, path, full(name, dice.randrange(a.layers)), f"layers.{dice.randrange(a.layers)}.{path}", f".*{name}", f"^{full(name, 0)}",
        f"^{name}", f"{name}$", name[1:],
            r"layers\.\d+\.mlp\..*", ".*", "q_proj|v_proj", "(q|k|v)_proj", "up", "mlp", f"model.layers.*.{path}",
                f"^model.layers.0.{path}", "lm_head"]  # fmt: skip
    pattern = lambda values: {dice.choice(keys): dice.choice(values) for _ in range(dice.choice([1, 1, 2, 3]))}
    if dice.random() < 0.6:
        a.made["rank_pattern"] = pattern([1, 2, 5, 9])
    if dice.random() < 0.6:
        a.made["alpha_pattern"] = pattern([1, 2, 5, 9, 0.5])
    if dice.random() < 0.2:
        key = dice.choice(["rank_pattern", "alpha_pattern"])
        a.edits[key] = dice.choice([ABSENT, None, {}, pattern([2, 4]), [], {"q_proj": "4"}, {"q_proj": None}, {"q_proj": 0}])


def edit_layers(a):
    """`layers_to_transform` and `layers_pattern`."""
    dice, n = a.dice, a.layers
    layers = dice.choice([0, n - 1, [0], list(range(n)), [n - 1, 0], [], [0, 0], n, [0, n], -1, [-1, 0], None, True])
    patterns = dice.choice([ABSENT, ABSENT, None, "layers", ["layers"], ["h", "layers"], "h", [], "", ["layers", "blocks"], "model.layers",
        "lay.*"])
    where = a.made if dice.random() < 0.8 else a.edits
    where["layers_to_transform"] = layers
    if patterns is not ABSENT:
        where["layers_pattern"] = patterns


def edit_excluded(a):
    """`exclude_modules`."""
    dice, name = a.dice, a.dice.choice(NAMES)
    a.made["target_modules"] = dice.choice([NAMES, "all-linear", r".*_proj", [name, "v_proj", "up_proj"]])
    value = dice.choice([[name], [full(name, 0)], rf".*{name}", name, r".*layers\.0\..*", [], None, ["lm_head"], "lm_head", ["proj"],
        ["mlp"], r".*mlp.*", ["nothing"], "", NAMES])
    (a.made if dice.random() < 0.85 else a.edits)["exclude_modules"] = value


def edit_saved(a):
    """`modules_to_save`, adapters of the head and of the embedding, and saved copies of either."""
    dice = a.dice
    what = dice.choice(["save", "save", "target", "target", "both", "list", "tie"])
    some = dice.choice([["lm_head"], ["embed_tokens"], ["lm_head", "embed_tokens"]])
    if what in ["save", "both", "tie"]:
        a.made["modules_to_save"] = dice.choice([some, some, some, ["norm"], ["model.embed_tokens"], ["q_proj"], ["input_layernorm"],
            ["head"], [], ["nothing"], ["mlp"]])
    if what in ["target", "both"]:
        a.made["target_modules"] = (a.listed() if dice.random() < 0.7 else []) + (some if what == "target" else dice.choice([["lm_head"],
            ["embed_tokens"]]))
    if what == "list":
        a.edits["modules_to_save"] = dice.choice([some, [], "lm_head", ABSENT, ["q_proj"], ["classifier", "score"], ["norm"]])
    if what == "tie" or dice.random() < 0.15:
        a.made["ensure_weight_tying"] = True
    if dice.random() < 0.1:
        a.edits["ensure_weight_tying"] = dice.choice([True, False, None, ABSENT])


INITS = [True, False, None, ABSENT, "gaussian", "olora", "OLoRA", "pissa", "pissa_niter_2", "eva", "orthogonal", "corda", "loftq", "mica",
    "lora_ga", "Gaussian", "unknown", 0, 1, "", {}]


def edit_init(a):
    """`init_lora_weights`."""
    a.edits["init_lora_weights"] = a.dice.choice(INITS)
    if a.dice.random() < 0.1:
        a.tensor_edit = lambda tensors: tensors.pop(sorted(tensors)[0])


UNKNOWN = {
    "use_dora": [True, False, None, ABSENT, 1], "lora_bias": [True, False, None, ABSENT],
        "bias": ["none", "all", "lora_only", None, ABSENT, "lora", ""],
    "fan_in_fan_out": [True, False, None, ABSENT], "task_type": [None, ABSENT, "SEQ_CLS", "FEATURE_EXTRACTION", "CAUSAL_LM", "causal_lm",
        "TOKEN_CLS"],
    "peft_type": [None, ABSENT, "LOHA", "lora", "ADALORA", "IA3"], "inference_mode": [False, None, ABSENT],
        "peft_version": ["0.1", "9.9.9", None, ABSENT, "x"],
    "use_qalora": [True, False], "qalora_group_size": [8, None], "trainable_token_indices": [None, [], [1, 2], {"embed_tokens": [1]}, {}],
    "layer_replication": [None, [], [[0, 1], [0, 1]]], "target_parameters": [None, [], ["mlp.gate"]], "use_bdlora": [None, {"nblocks": 1}],
        "arrow_config": [None, {}],
    "alora_invocation_tokens": [None, [], [1]], "velora_config": [None, {}], "kasa_config": [None, {}], "monteclora_config": [None, {}],
        "loftq_config": [None, {}, {"loftq_bits": 4}],
    "eva_config": [None, {}, {"rho": 2.0}], "corda_config": [None, {}], "lora_ga_config": [None, {}],
        "megatron_config": [None, {}, {"x": 1}], "megatron_core": [None, "x", ABSENT],
    "runtime_config": [None, {}, {"ephemeral_gpu_offload": True}], "auto_mapping": [None, {"base_model_class": "X", "parent_library": "y"}],
        "revision": [None, "main"],
    "base_model_name_or_path": ["nowhere", ABSENT, 3], "future_variant": [True, False, None, 0, "", "none", [], {}, "on"],
        "use_future": [True, False], "future_scale": [2.0, 1.0],
}  # fmt: skip


def edit_others(a):
    """Variants of LoRA, keys of other versions, and keys that nobody knows."""
    dice = a.dice
    if dice.random() < 0.25:
        key = dice.choice(["use_dora", "lora_bias", "bias", "layer_replication", "trainable_token_indices"])
        a.made[key] = {"use_dora": True, "lora_bias": True, "bias": dice.choice(["all", "lora_only"]),
            "layer_replication": [[0, a.layers], [0, 1]], "trainable_token_indices": [1, 2]}[key]
        return
    for key in dice.sample(list(UNKNOWN), dice.choice([1, 1, 2, 3])):
        a.edits[key] = dice.choice(UNKNOWN[key])


def edit_tensors(a):
    """Tensors that are missing, extra, renamed, of another type, or not finite."""
    dice = a.dice
    what = dice.choice(["missing", "extra", "renamed", "type", "type", "type", "nan", "shape", "prefix", "head copy", "head copy", "empty"])
    kind = dice.choice([torch.float16, torch.bfloat16, torch.float64])
    number = dice.random()

    def change(tensors):
        name = sorted(tensors)[int(number * len(tensors))]
        t = tensors[name]
        if what == "missing":
            del tensors[name]
        elif what == "extra":
            tensors[name.replace("layers.0", "layers.9").replace("q_proj", "z_proj") + "x"] = t.clone()
        elif what == "renamed":
            tensors[name.replace(".weight", ".default.weight")] = tensors.pop(name)
        elif what == "type":
            tensors.update({n: t.to(kind) for n, t in tensors.items()})
        elif what == "nan":
            t.view(-1)[0] = float("nan")
        elif what == "shape":
            tensors[name] = torch.ones(t.shape[0] + 1, *t.shape[1:])
        elif what == "prefix":
            tensors.update({n.removeprefix("base_model.model."): tensors.pop(n) for n in list(tensors)})
        elif what == "head copy":
            for module in [["lm_head"], ["model.embed_tokens"], ["lm_head", "model.embed_tokens"]][int(number * 3)]:
                tensors[f"base_model.model.{module}.{'base_layer.' if kind == torch.float64 else ''}weight"] = torch.randn(a.embedding)
        else:
            tensors.clear()

    a.tensor_edit = change
