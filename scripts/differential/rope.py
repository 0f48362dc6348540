"""Random edits of the members of `config.json` that concern rotary embeddings."""

from .models import ABSENT

THETAS = [100.0, 500.0, 10000.0, 10000, 1000000.0]


def either(dice, value):
    """Mostly the value; sometimes nothing, or null."""
    return dice.choice([value] * 18 + [ABSENT, None])


def edit_rope(m):
    """Kind, base and context of the scaling, each at one of its places or at several."""
    dice, c = m.dice, m.config
    for key in ["rope_theta", "rope_parameters", "rope_scaling"]:
        c.pop(key, None)
    inside = scaling(dice, c)
    place_theta(m, inside)
    place_original(m, inside)
    place_partial(m, inside)
    place(m, inside)


def scaling(dice, c):
    """The members within `rope_scaling` or `rope_parameters`."""
    kind = dice.choice(["default", "linear", "dynamic", "llama3", "yarn", "longrope", "llama3", "yarn", "longrope", "linear", "default",
        "dynamic", dice.choice(["su", "proportional", "mrope", "ntk"])])
    inside = {}
    how = dice.choice(["rope_type"] * 5 + ["type", "type", "both", "odds", "odds", "none", "null"])
    if how in ["rope_type", "both", "odds"]:
        inside["rope_type"] = kind
    if how in ["type", "both", "odds", "null"]:
        inside["type"] = dice.choice(["linear", "default", "dynamic", "yarn"]) if how == "odds" else kind
    if how == "null":
        inside["rope_type"] = None
    put = lambda key, value: inside.update({} if value is ABSENT else {key: value})
    if kind != "default" or dice.random() < 0.2:
        put("factor", either(dice, dice.choice([2.0, 4.0, 4, 8.0, 1.0, 0.5, "2.0"] if dice.random() < 0.3 else [2.0, 4.0, 8])))
    if kind == "llama3":
        low, high = dice.choice([(1.0, 4.0), (1, 4), (1.0, 2.0), (4.0, 1.0), (1.0, 1.0)])
        put("low_freq_factor", either(dice, low))
        put("high_freq_factor", either(dice, high))
    if kind in ["yarn", "longrope"]:
        put("attention_factor", dice.choice([ABSENT, ABSENT, ABSENT, None, 1.3, 1, 0.0, -1.0]))
    if kind == "yarn":
        for key, values in {
            "beta_fast": [32.0, 32, 8.0, None, 0, 0.5], "beta_slow": [1.0, 1, 2.0, None, 0, 40], "mscale": [1.0, 0.7, None, 0],
                "mscale_all_dim": [1.0, 0.5, None, 0],
            "truncate": [True, False, None], "finetuned": [True], "extrapolation_factor": [2.0],
        }.items():  # fmt: skip
            put(key, dice.choice([ABSENT, ABSENT, *values]))
    if kind == "longrope":
        half = (c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]) // 2
        half += dice.choice([0] * 9 + [1])
        some = lambda: [round(dice.uniform(1, 4), 2) for _ in range(half)]
        put("short_factor", either(dice, dice.choice([some(), [1] * half, some()])))
        put("long_factor", either(dice, some()))
        if dice.random() < 0.5:
            inside.pop("factor", None)
    if dice.random() < 0.1:
        put("future_key", 1)
    return inside


def place_theta(m, inside):
    dice = m.dice
    theta = dice.choice(THETAS)
    how = dice.choice(["out", "in"] * 4 + ["both", "odds", "odds", "absent", "alias", dice.choice(["null out", "null in", "null in, out"])])
    if how in ["out", "both", "odds", "null in, out"]:
        m.config["rope_theta"] = theta
    if how in ["in", "both", "odds"]:
        inside["rope_theta"] = dice.choice(THETAS) if how == "odds" else theta
    if how == "null out":
        m.config["rope_theta"] = None
    if how.startswith("null in"):
        inside["rope_theta"] = None
    if how == "alias":
        m.config["rotary_emb_base"] = theta


def place_original(m, inside):
    dice = m.dice
    key, value = "original_max_position_embeddings", dice.choice([8, 16, 32, 32.0])
    how = dice.choice(["in"] * 6 + ["out", "out", "both", "odds", "absent", dice.choice(["null in", "null out", "null in, out"])])
    if how in ["in", "both", "odds"]:
        inside[key] = value
    if how in ["out", "both", "odds", "null in, out"]:
        m.config[key] = dice.choice([8, 24]) if how == "odds" else value
    if how == "null out":
        m.config[key] = None
    if how.startswith("null in"):
        inside[key] = None


def place_partial(m, inside):
    dice = m.dice
    if dice.random() < 0.15:
        value = dice.choice([1.0, 1, 1.0, 0.5, None])
        (inside if dice.random() < 0.5 else m.config)["partial_rotary_factor"] = value


def place(m, inside):
    """Where the members stand: under the old name, the new one, both, or nested by kinds of layers."""
    dice, c = m.dice, m.config
    how = dice.choice(["scaling", "scaling", "parameters", "parameters", "same", "odds", "odds", "empty", "empty scaling", "null",
        "null scaling", "parameters", "scaling", "neither", dice.choice(["nested", "list"])])
    other = {"rope_type": dice.choice(["default", "linear"]), "factor": 3.0, "rope_theta": dice.choice(THETAS)}
    if dice.random() < 0.4:
        other.pop("rope_theta")
    scaling, parameters = {
        "scaling": (inside, ABSENT), "parameters": (ABSENT, inside), "same": (inside, inside),
            "odds": (inside, other) if dice.random() < 0.5 else (other, inside),
        "empty": (inside, {}), "empty scaling": ({}, inside), "null": (inside, None), "null scaling": (None, inside),
        "nested": (ABSENT, {"full_attention": inside, **({"sliding_attention": other} if dice.random() < 0.5 else {})}),
        "neither": (dice.choice([ABSENT, None, {}]), dice.choice([ABSENT, None, {}])),
            "list": (dice.choice([[], [1], "linear", 2.0]), ABSENT),
    }[how]  # fmt: skip
    m.set("rope_scaling", scaling)
    m.set("rope_parameters", parameters)
