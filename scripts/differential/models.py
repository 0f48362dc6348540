"""Random folders of tiny models: a valid folder of random size, and edits of it, each of one kind."""

import json

import torch
from safetensors.torch import save_file

CLASSES = {"llama": "LlamaForCausalLM", "mistral": "MistralForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM",
           "smollm3": "SmolLM3ForCausalLM", "granite": "GraniteForCausalLM", "olmo2": "Olmo2ForCausalLM", "phi3": "Phi3ForCausalLM",
           "gemma2": "Gemma2ForCausalLM", "gemma3_text": "Gemma3ForCausalLM"}  # fmt: skip
ABSENT = object()
# `trainer logits` takes tokens, but opens the tokenizer of every model
TOKENIZER = {"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2}, "merges": []}}
PROJECTIONS = {
    "self_attn.q_proj": ("q", "h"), "self_attn.k_proj": ("kv", "h"), "self_attn.v_proj": ("kv", "h"), "self_attn.o_proj": ("h", "q"),
    "mlp.gate_proj": ("f", "h"), "mlp.up_proj": ("f", "h"), "mlp.down_proj": ("h", "f"),
}  # fmt: skip


class Model:
    """A folder before it is written: `config.json`, tensors, and how the tensors are stored."""

    def __init__(self, dice):
        self.dice = dice
        self.config = sizes(dice)
        self.dtype = torch.float32
        self.dtypes = {}  # of single tensors
        self.index = None  # edits of the index, where there is one
        self.shards = 1
        self.metadata = {"format": "pt"}
        self.damage = None
        self.tensors = {}
        self.kinds = []

    def set(self, key, value):
        """Sets a member of the configuration, or removes it."""
        if value is ABSENT:
            self.config.pop(key, None)
        else:
            self.config[key] = value

    def write(self, folder):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(self.config, indent=1) + "\n")
        (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
        stored = {n: t.to(self.dtypes.get(n, self.dtype)).contiguous().clone() for n, t in self.tensors.items()}
        if self.shards == 1:
            save_file(stored, folder / "model.safetensors", metadata=self.metadata)
        else:
            names = list(stored)
            self.dice.shuffle(names)
            map_ = {}
            for i in range(self.shards):
                file = f"model-{i + 1:05}-of-{self.shards:05}.safetensors"
                part = names[i :: self.shards]
                save_file({n: stored[n] for n in part}, folder / file, metadata=self.metadata)
                map_.update({n: file for n in part})
            map_.update(self.index or {})
            map_ = {n: f for n, f in map_.items() if f is not None}
            (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": map_}, indent=1) + "\n")
        if self.damage:
            file = folder / "model.safetensors"
            if file.exists():
                file.write_bytes(file.read_bytes()[: -self.damage])


def sizes(dice):
    """A valid configuration."""
    family = dice.choice(list(CLASSES))
    heads, head_dim = dice.choice([(4, 8), (4, 4), (2, 8), (8, 4), (32, 4), (8, 8)])
    config = {
        "architectures": [CLASSES[family]],
        "model_type": family,
        "hidden_size": heads * head_dim,
        "intermediate_size": dice.choice([24, 40]),
        "num_hidden_layers": dice.choice([1, 2, 3]),
        "num_attention_heads": heads,
        "num_key_value_heads": dice.choice([n for n in [1, 2, 4, 8, 32] if n <= heads]),
        "vocab_size": dice.choice([33, 48]),
        "max_position_embeddings": dice.choice([32, 64, 256]),
        "rms_norm_eps": dice.choice([1e-6, 1e-5]),
        "tie_word_embeddings": dice.choice([True, False]),
        "hidden_act": "silu",
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    if family in ["qwen3", "gemma2", "gemma3_text"] or dice.random() < 0.3:
        config["head_dim"] = head_dim
    if family in ["olmo2", "phi3"]:
        config["pad_token_id"] = 0
    if family.startswith("gemma"):
        gemma(dice, config)
    if family == "mistral":
        config["sliding_window"] = None
    if family == "smollm3":
        config["pad_token_id"] = 0
        if dice.random() < 0.7:
            config["no_rope_layer_interval"] = dice.choice([1, 2, 3])
        if dice.random() < 0.3:
            config["no_rope_layers"] = [dice.choice([0, 1]) for _ in range(3)]
    if family == "granite":
        for key in ["embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling"]:
            if dice.random() < 0.8:
                config[key] = dice.choice([0.3, 1, 2.5])
    if dice.random() < 0.5:
        config["rope_theta"] = dice.choice([500.0, 10000.0])
    else:
        config["rope_parameters"] = {"rope_theta": dice.choice([500.0, 10000.0]), "rope_type": "default"}
    return config


def gemma(dice, config):
    """The members that only Gemma has, each at one of its usual values or absent."""
    config.pop("hidden_act")
    for key, values in {
        "query_pre_attn_scalar": [16, 64, 224], "sliding_window": [4, 8, 512], "attn_logit_softcapping": [2.0, 50.0, None],
            "final_logit_softcapping": [3.0, 30.0, None], "hidden_activation": ["gelu_pytorch_tanh"], "sliding_window_pattern": [1, 2, 3],
            "hidden_act": ["gelu_pytorch_tanh", "silu"], "use_bidirectional_attention": [False],
    }.items():  # fmt: skip
        if dice.random() < 0.6:
            config[key] = dice.choice(values)
    if dice.random() < 0.3:
        config["layer_types"] = [dice.choice(["sliding_attention", "full_attention"]) for _ in range(config["num_hidden_layers"])]


def fused(c, all_):
    """Phi-3's tensors: queries, keys and values in one, and both inputs of the MLP in one."""
    for i in range(c["num_hidden_layers"]):
        take = lambda *names: torch.cat([all_.pop(f"model.layers.{i}.{name}.weight") for name in names])
        all_[f"model.layers.{i}.self_attn.qkv_proj.weight"] = take(*(f"self_attn.{p}_proj" for p in "qkv"))
        all_[f"model.layers.{i}.mlp.gate_up_proj.weight"] = take("mlp.gate_proj", "mlp.up_proj")
    return all_


def norms(family, i):
    """Names of a layer's norms."""
    around = ["post_attention_layernorm", "post_feedforward_layernorm"]
    before = ["input_layernorm", "post_attention_layernorm"]
    names = {"olmo2": around, "gemma2": around + ["input_layernorm", "pre_feedforward_layernorm"]}
    return [f"model.layers.{i}.{name}.weight" for name in names.get(family.replace("gemma3_text", "gemma2"), before)]


def tensors(config, seed):
    """All weights that the configuration describes, large enough that a wrong rotation or norm is visible."""
    torch.manual_seed(seed)
    c = config
    d = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    n = {"h": c["hidden_size"], "f": c["intermediate_size"], "q": c["num_attention_heads"] * d, "kv": c["num_key_value_heads"] * d}
    some = lambda *shape: torch.randn(*shape) * (2.0 / shape[-1] ** 0.5)
    family = c["model_type"]
    norm = lambda size: (0 if family.startswith("gemma") else 1) + 0.2 * torch.randn(size)
    all_ = {"model.embed_tokens.weight": torch.randn(c["vocab_size"], n["h"])}
    for i in range(c["num_hidden_layers"]):
        at = f"model.layers.{i}"
        for name, (out, in_) in PROJECTIONS.items():
            all_[f"{at}.{name}.weight"] = some(n[out], n[in_])
        if c["model_type"] == "qwen2":
            for p in "qkv":
                all_[f"{at}.self_attn.{p}_proj.bias"] = torch.randn(n["q" if p == "q" else "kv"]) * 0.3
        for p in "qk" if family in ["qwen3", "gemma3_text", "olmo2"] else "":
            all_[f"{at}.self_attn.{p}_norm.weight"] = norm(d if family != "olmo2" else n["q" if p == "q" else "kv"])
        for name in norms(family, i):
            all_[name] = norm(n["h"])
    all_["model.norm.weight"] = norm(n["h"])
    if not c["tie_word_embeddings"]:
        all_["lm_head.weight"] = some(c["vocab_size"], n["h"])
    return fused(c, all_) if family == "phi3" else all_


# Edits. Each changes a valid folder; most results are still valid.


def edit_heads(m):
    """Numbers of heads and widths: absent, null, the family's default, at odds with the tensors."""
    dice, c = m.dice, m.config
    what = dice.choice(["kv absent", "kv null", "dim absent", "dim null", "dim other", "hidden odd"] * 2 + ["kv odd", "dim zero"])
    if what.startswith("kv"):
        c["num_key_value_heads"] = c["num_attention_heads"] if dice.random() < 0.8 else c["num_key_value_heads"]
        m.tensors = tensors(c, 0)
        m.set("num_key_value_heads", {"kv absent": ABSENT, "kv null": None, "kv odd": 3}[what])
    elif what == "dim other":
        c["head_dim"] = dice.choice([2, 4, 6, 8, 3])
        m.tensors = tensors(c, 0)
    elif what == "hidden odd":
        c["head_dim"] = 4
        c["hidden_size"] = c["hidden_size"] + dice.choice([1, 2, c["num_attention_heads"]])
        m.tensors = tensors(c, 0)
    else:
        m.set("head_dim", {"dim absent": ABSENT, "dim null": None, "dim zero": 0}[what])


SCALARS = {
    "max_position_embeddings": [ABSENT, None, 16, 0, 64.0, "64", 4096],
    "rms_norm_eps": [ABSENT, None, 1e-3, 0.01, "1e-5", 0, 1],
    "hidden_act": [ABSENT, None, "swish", "silu", "gelu", "relu", "SiLU", "gelu_pytorch_tanh"],
    "hidden_size": [ABSENT, None],
    "intermediate_size": [ABSENT, None, 25],
    "num_hidden_layers": [ABSENT, None, 1, 2, 4, 0],
    "vocab_size": [ABSENT, None, 32, 64, 49],
    "model_type": [ABSENT, None, "llama", "mistral", "qwen2", "qwen3", "LLaMA", "gemma"],
    "architectures": [ABSENT, None, ["LlamaModel"], ["MistralForCausalLM"], []],
    "bos_token_id": [ABSENT, None, 1, [1], -1, 999],
    "eos_token_id": [ABSENT, None, [2, 3], [], -1, 999],
    "pad_token_id": [ABSENT, None, 0, -1, 999],
    "attention_dropout": [None, 0.5, 0, "0"],
    "initializer_range": [None, 0.5],
    "use_cache": [None, False],
    "pretraining_tp": [None, 2],
}


def edit_scalars(m):
    """Plain members: absent, null, another value, another type."""
    for key in m.dice.sample(list(SCALARS), m.dice.choice([1, 1, 2])):
        m.set(key, m.dice.choice(SCALARS[key]))


OTHERS = {
    "norm_eps": [0.1], "layer_norm_eps": [0.1], "n_heads": [2], "n_layer": [1], "num_kv_heads": [1], "hidden_activation": ["gelu"],
    "activation_function": ["gelu"], "rotary_pct": [0.5], "rotary_dim": [4], "rope_ratio": [2.0], "rope_base": [77.0],
        "rotary_emb_base": [77],
    "logit_scale": [2.0], "logits_scaling": [2.0], "final_logit_softcapping": [3.0], "attn_logit_softcapping": [3.0],
    "embedding_multiplier": [3.0], "residual_multiplier": [0.5], "attention_multiplier": [0.5], "query_pre_attn_scalar": [100],
    "qk_layernorm": [True], "use_qk_norm": [True], "is_causal": [False, True, None], "is_decoder": [False, True],
        "use_bidirectional_attention": [True],
    "is_encoder_decoder": [True, False], "cross_attention_hidden_size": [None], "add_cross_attention": [True],
        "torch_dtype": ["bfloat16", "float16", None, "float64"],
    "dtype": ["bfloat16", "auto"], "attn_implementation": ["sdpa"], "_attn_implementation": ["sdpa", "eager"], "_name_or_path": ["nowhere"],
    "output_attentions": [True], "output_hidden_states": [True], "return_dict": [False], "use_return_dict": [False], "problem_type": [None],
    "pruned_heads": [{}, {"0": [1]}], "chunk_size_feed_forward": [4], "tie_encoder_decoder": [True], "no_rope_layers": [[0, 0, 0]],
    "no_rope_layer_interval": [1], "quantization_config": [None, {}, {"quant_method": "bitsandbytes", "load_in_4bit": True},
        {"quant_method": "fp8"}],
    "text_config": [None, {"hidden_size": 8}], "transformers_version": ["4.30.0", None, 5], "use_mrope": [True], "num_experts": [4],
        "moe": [True],
    "scale_embeddings": [True], "tie_weights": [True], "max_window_layers": [1], "num_nextn_predict_layers": [1], "num_labels": [3],
    "attn_bias": [True], "qkv_bias": [True], "use_bias": [True], "bias": [True], "clip_qkv": [0.1], "layer_norm_type": ["ln"],
        "future_key": [1, "on"],
    "auto_map": [{"AutoModelForCausalLM": "modeling_x.X"}, None], "partial_rotary_factor": [1.0, 0.5, None], "rope_interleaved": [True],
        "unsloth_fixed": [True],
}  # fmt: skip


def edit_others(m):
    """Members of other families, of other versions, or of none."""
    for key in m.dice.sample(list(OTHERS), m.dice.choice([1, 2, 4])):
        m.set(key, m.dice.choice(OTHERS[key]))


def edit_tying(m):
    """`tie_word_embeddings` and weights that agree with it, contradict it, or lack a tensor."""
    dice = m.dice
    m.set("tie_word_embeddings", dice.choice([True] * 6 + [False] * 4 + [ABSENT, ABSENT, None, "true", 1]))
    embedding, head = "model.embed_tokens.weight", "lm_head.weight"
    what = dice.choice(["same", "differ", "embedding", "head", "none", "as before"])
    if what == "as before":
        return
    values = m.tensors[embedding]
    m.tensors.pop(head, None)
    if what in ["same", "differ", "head"]:
        m.tensors[head] = values.clone() if what == "same" else torch.randn_like(values)
    if what in ["head", "none"]:
        m.tensors.pop(embedding)


def edit_biases(m):
    """`attention_bias` and `mlp_bias`, with all, some or none of the tensors."""
    dice, c = m.dice, m.config
    attention, mlp = (dice.choice([True] * 6 + [False, False, ABSENT, None, 1]) for _ in range(2))
    m.set("attention_bias", attention)
    m.set("mlp_bias", mlp)
    present = {"self_attn": attention is True, "mlp": mlp is True}
    how = dice.choice(["as said"] * 6 + ["all", "none", "some"])
    for name, t in list(m.tensors.items()):
        part = next((p for p in present if f".{p}." in name and name.endswith("_proj.weight")), None)
        if part is None:
            continue
        fits = {"as said": present[part], "all": True, "none": False, "some": dice.random() < 0.7}[how]
        bias = name.removesuffix("weight") + "bias"
        if fits:
            m.tensors[bias] = torch.randn(t.shape[0]) * 0.3
        elif how == "none" and c.get("model_type") == "qwen2":
            m.tensors.pop(bias, None)


def edit_window(m):
    """Sliding windows by each of the keys that ask for one."""
    dice, layers = m.dice, m.config.get("num_hidden_layers") or 1
    m.set("sliding_window", dice.choice([ABSENT, None, 4, 8, 16, 4096] * 3 + [0, "8", 1]))
    m.set("use_sliding_window", dice.choice([ABSENT, True, True, False] * 3 + [None, "true"]))
    m.set("max_window_layers", dice.choice([ABSENT, ABSENT, 0, 1, 28, None]))
    full, sliding = ["full_attention"], ["sliding_attention"]
    types = [full * layers, sliding * layers, (sliding + full * layers)[:layers], full * (layers + 1), ["attention"] * layers,
        ["chunked_attention"] * layers]
    m.set("layer_types", dice.choice([ABSENT] * 6 + [None] + types))


def edit_types(m):
    """Types of stored weights."""
    dice = m.dice
    kinds = [torch.float32, torch.float64, torch.bfloat16, torch.float16]
    m.dtype = dice.choice(kinds)
    if dice.random() < 0.3:
        m.dtypes = {n: dice.choice(kinds) for n in m.tensors}
    if dice.random() < 0.08:
        m.dtypes[dice.choice(list(m.tensors))] = dice.choice([torch.int8, torch.int32, torch.float8_e4m3fn])


def edit_names(m):
    """Prefixes, extra tensors and missing ones."""
    dice = m.dice
    what = dice.choice(["bare", "bare", "half bare", "all bare", "double", "other prefix", "extra", "layer", "missing", "gamma", "case",
        "inner extra", "norm shape"])
    bare = lambda n: n.removeprefix("model.")
    some = dice.choice(list(m.tensors))
    if what in ["bare", "half bare", "all bare"]:
        chosen = {n: what != "half bare" or dice.random() < 0.5 for n in m.tensors}
        m.tensors = {bare(n) if chosen[n] else n: t for n, t in m.tensors.items()}
        if what == "all bare":
            m.tensors.pop("lm_head.weight", None)
    elif what == "double":
        m.tensors = {"model." + n: t for n, t in m.tensors.items()}
    elif what == "other prefix":
        with_ = dice.choice(["transformer.", "language_model.", "base_model.model.", "module."])
        m.tensors = {with_ + n: t for n, t in m.tensors.items()}
    elif what == "extra":
        names = ["model.layers.0.self_attn.rotary_emb.inv_freq", "model.rotary_emb.inv_freq", "lm_head.bias", "value_head.weight",
            "model.embed_tokens.bias",
                 "model.embed_positions.weight", "model.layers.0.self_attn.q_norm.weight", "model.norm.bias", "score.weight",
                     "model.layers.0.input_layernorm.bias"]  # fmt: skip
        for name in dice.sample(names, dice.choice([1, 2])):
            m.tensors.setdefault(name, torch.randn(m.config["hidden_size"] if "norm" in name else 4))
    elif what == "layer":
        last = m.config["num_hidden_layers"]
        m.tensors.update({n.replace("layers.0", f"layers.{last}"): t.clone() for n, t in m.tensors.items() if "layers.0." in n})
    elif what == "missing":
        m.tensors.pop(some)
    elif what in ["gamma", "case"]:
        name = "model.norm.weight"
        m.tensors[{"gamma": "model.norm.gamma", "case": "model.Norm.weight"}[what]] = m.tensors.pop(name)
    elif what == "inner extra":  # a bare twin of a tensor that is there with its prefix
        m.tensors[bare(some)] = torch.randn_like(m.tensors[some])
    else:
        m.tensors["model.norm.weight"] = torch.ones(1 if dice.random() < 0.5 else len(m.tensors["model.norm.weight"]) + 1)


def edit_files(m):
    """Shards, indices that are stale, and damaged files."""
    dice = m.dice
    m.shards = dice.choice([1, 2, 3])
    what = dice.choice(["none", "none", "stale", "unlisted", "no file", "wrong file", "cut", "metadata", "metadata"])
    some = dice.choice(list(m.tensors))
    if what == "metadata":
        m.metadata = dice.choice([None, {}, {"format": "np"}, {"format": "mlx"}, {"format": "tf"}, {"other": "x"}])
    elif what == "cut":
        m.shards, m.damage = 1, dice.choice([1, 64, 1000])
    elif m.shards > 1:
        first = f"model-00001-of-{m.shards:05}.safetensors"
        m.index = {
            "none": {}, "stale": {"model.layers.9.mlp.up_proj.weight": first}, "unlisted": {some: None},
                "no file": {"x": "model-other.safetensors"},
            "wrong file": {some: first},
        }[what]  # fmt: skip


def edit_values(m):
    """Values that are not finite, or very large, or all zero."""
    dice = m.dice
    some = dice.choice(list(m.tensors))
    t = m.tensors[some].flatten().clone()
    value = dice.choice([float("nan"), float("inf"), float("-inf"), 1e4, 0.0, 1e-40])
    if value == 0.0:
        t.zero_()
    else:
        t[dice.randrange(len(t))] = value
    m.tensors[some] = t.view_as(m.tensors[some])
