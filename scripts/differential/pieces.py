"""A tokenizer of pieces of words with fallback to bytes, as Llama 2, Mistral and Gemma have, and other pre-tokenizers of byte-level ones."""

LETTERS = list("abcdefghijklmnopqrstuvwxyzAB!'12345\n\t ▁é")
WORDS = ["▁ t", "h e", "▁t he", "i n", "▁ ▁", "▁▁ ▁▁", "a n", "▁ a", "e r", "▁a n", "o n", "▁ in", "▁ an"]
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = QWEN2.replace(r"\p{N}|", r"\p{N}{1,3}|")


def vocabulary(special):
    """Special tokens, the unknown token, some bytes, letters and words: 140 tokens at most."""
    tokens = [*special, "<unk>", *(f"<0x{b:02X}>" for b in [0x09, 0x0A, 0x20, 0xC3, 0xA9, 0xE6, 0x97, 0xA5, 0xE6, 0x9C, 0xAC, 0xCC, 0x81])]
    tokens += LETTERS + [w.replace(" ", "") for w in WORDS]
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def normalizer(dice):
    prepend, replace = {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    return dice.choice([None, replace, {"type": "Sequence", "normalizers": [prepend, replace]}, {"type": "Sequence", "normalizers": [prepend, replace]}])


def pre_tokenizer(dice):
    space = lambda scheme: {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": dice.choice([True, False])}
    split = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    return dice.choice([None, None, space("first"), space("always"), space("never"), split])


def model(dice, special):
    some = lambda usual, other: usual if dice.random() < 0.8 else other
    return {"type": "BPE", "dropout": None, "unk_token": some("<unk>", None), "fuse_unk": some(True, False), "byte_fallback": some(True, False),
        "ignore_merges": some(False, True), "vocab": vocabulary(special), "merges": WORDS}


def byte_level(dice, level):
    """The pre-tokenizers of Qwen2, Llama 3 and SmolLM2, and the plain one."""
    split = lambda pattern, behavior: {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": False}
    sequence = lambda *steps: {"type": "Sequence", "pretokenizers": list(steps)}
    bare = level() | {"use_regex": False}
    return dice.choice([sequence(split(QWEN2, "Isolated"), bare), sequence(split(QWEN2, "Isolated"), bare), sequence(split(LLAMA3, "Isolated"), bare),
        sequence({"type": "Digits", "individual_digits": True}, level())])
