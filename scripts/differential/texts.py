"""Random tokenizers of a tiny model, and the loss on one example, which shows every difference between tokens.

The reference's tokens are those of transformers' AutoTokenizer. On top of them our trainer promises: a text ends with the end token once and
begins with the beginning once, also where the text says them itself; and a token that has any byte of the completion belongs to it.
"""

import json

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoTokenizer

from . import models, pieces, reference
from .models import ABSENT

SPECIAL = {"<s>": 0, "</s>": 1, "<pad>": 2, "<|im_end|>": 3}
PAIRS = ["Ġ t", "h e", "Ġt he", "i n", "Ġ Ġ", "ĠĠ ĠĠ", "a n", "Ġ a", "e r", "Ġ Ċ", "Ċ Ċ", "o n", "Ġa n"]
BYTES = sorted(ByteLevel.alphabet())
VOCABULARY = {**SPECIAL, **{c: 4 + i for i, c in enumerate(BYTES)}, **{p.replace(" ", ""): 260 + i for i, p in enumerate(PAIRS)}}
SIZE = 280  # of the model's vocabulary: a few tokens more than the tokenizer's
PARTS = ["the", "an", "in on", "  ", "    indented", "\n", "\n\n", "\t", "é", "日本", "x", "er!", "<s>", "</s>", "<|im_end|>", "<tool>",
    "12345", "'s", "", " ", "fi", "e\u0301", "A B"]
CLASSES = ["PreTrainedTokenizerFast", "TokenizersBackend", "LlamaTokenizerFast", "LlamaTokenizer", "GPT2Tokenizer", "Qwen2Tokenizer",
    "Qwen2TokenizerFast", "GPT2TokenizerFast", "GPTNeoXTokenizerFast", "GemmaTokenizerFast", "GemmaTokenizer", "CodeLlamaTokenizer",
    "CohereTokenizerFast", "OwnTokenizer", "PreTrainedTokenizer", "BloomTokenizerFast", None, ""]


def mostly(dice, usual, others, share=0.3):
    return dice.choice(others) if dice.random() < share else usual


class Variant:
    """Model, tokenizer files and one example."""

    def __init__(self, dice):
        self.dice = dice
        self.kinds = []
        self.model = models.Model(dice)
        config = dict(self.model.config, vocab_size=SIZE, bos_token_id=0, eos_token_id=1, max_position_embeddings=256)
        config.setdefault("head_dim", config["hidden_size"] // config["num_attention_heads"])
        self.model.config = {k: v for k, v in config.items() if k != "sliding_window"} | {"model_type": mostly(dice, "llama",
            ["mistral", "qwen2", "qwen3", "smollm3", "granite", "olmo2", "phi3", "gemma2", "gemma3_text"], 0.5), "pad_token_id": 0}
        if dice.random() < 0.05:
            self.model.config["tokenizer_class"] = dice.choice(CLASSES)
        self.model.tensors = models.tensors(self.model.config, dice.randrange(1 << 30))
        self.files = {"tokenizer.json": self.tokenizer(), **self.beside()}
        self.end_of_model()
        some = lambda least: "".join(dice.choice(PARTS) + dice.choice(["", "", " "]) for _ in range(dice.randrange(least, 5)))
        self.prompt, self.completion = ("" if self.unclear else mostly(dice, some(1), ["", "<s>" + some(0)])), mostly(dice, some(1),
            [some(1) + "</s>"], 0.2)
        if "\u0301" in self.prompt + self.completion:  # composed by the normalizers of some classes
            self.prompt = ""

    @property
    def unclear(self):
        """Whether tokens can stand for other bytes than those of the text, which leaves open where a prompt ends."""
        file = self.files["tokenizer.json"]
        stripped = any(token["lstrip"] or token["rstrip"] for token in file["added_tokens"])
        own = self.files.get("tokenizer_config.json", {})
        prefix = '"add_prefix_space": true' in json.dumps(file["pre_tokenizer"]) or own.get("add_prefix_space")
        return stripped or prefix or file["normalizer"] is not None or "pieces" in self.kinds

    def tokenizer(self):
        dice = self.dice
        prefix = mostly(dice, False, [True], 0.15)
        level = lambda: {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": dice.choice([True, False]),
            "use_regex": mostly(dice, True, [False], 0.2)}
        if dice.random() < 0.5:
            self.kinds.append("post-processor")
        added = [self.added(c, i, special=True) for c, i in SPECIAL.items()]
        if dice.random() < 0.3:
            self.kinds.append("added token")
            added.append(self.added("<tool>", mostly(dice, 273, [279, 280, 300], 0.3), special=dice.choice([True, False])))
        file = {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
                "normalizer": mostly(dice, None, [{"type": "NFC"}], 0.3), "pre_tokenizer": level(),
            "post_processor": self.post(level) if "post-processor" in self.kinds else mostly(dice, None, [level()], 0.5),
            "decoder": level(), "model": {"type": "BPE", "dropout": None, "unk_token": None, "vocab": VOCABULARY, "merges": PAIRS},
        }  # fmt: skip
        if dice.random() < 0.3:
            self.kinds.append("pre-tokenizer")
            file["pre_tokenizer"] = pieces.byte_level(dice, level)
        if dice.random() < 0.25:
            self.kinds.append("pieces")
            file |= {"normalizer": pieces.normalizer(dice), "pre_tokenizer": pieces.pre_tokenizer(dice), "model": pieces.model(dice, SPECIAL),
                "post_processor": mostly(dice, self.post(level), [None]), "decoder": None}
            for token in added[len(SPECIAL):]:
                token["id"] = len(file["model"]["vocab"]) + mostly(dice, 0, [3], 0.1)
        if dice.random() < 0.2:
            self.kinds.append("padding state")
            file["padding"] = {"strategy": dice.choice(["BatchLongest", {"Fixed": 40}]), "direction": dice.choice(["Left", "Right"]),
                "pad_to_multiple_of": dice.choice([None, 8]),
                               "pad_id": 2, "pad_type_id": 0, "pad_token": "<pad>"}  # fmt: skip
        if dice.random() < 0.2:
            self.kinds.append("truncation state")
            file["truncation"] = {"direction": "Right", "max_length": dice.choice([2, 4, 64]), "strategy": "LongestFirst", "stride": 0}
        return file

    def added(self, content, id_, special):
        dice = self.dice
        flag = lambda share: dice.random() < share
        return {"id": id_, "content": content, "single_word": flag(0.03), "lstrip": flag(0.05), "rstrip": flag(0.05),
            "normalized": not special and flag(0.5), "special": special}

    def post(self, level):
        dice = self.dice
        one = lambda token: {"SpecialToken": {"id": token, "type_id": 0}}
        text = {"Sequence": {"id": "A", "type_id": 0}}
        tokens = {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in SPECIAL.items()}
        template = lambda *parts: {"type": "TemplateProcessing", "single": list(parts),
            "pair": [*parts, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": tokens}
        pieces = [template(one("<s>"), text), template(one("<s>"), text, one("</s>")), template(text, one("</s>")),
            template(one("<|im_end|>"), text), template(one("<s>"), one("<pad>"), text),
                  template(text, one("<|im_end|>"))]  # fmt: skip
        roberta = {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0], "trim_offsets": dice.choice([True, False]),
            "add_prefix_space": False}
        bert = {"type": "BertProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0]}
        some = dice.choice(pieces)
        return dice.choice([some, some, some, {"type": "Sequence", "processors": [level(), some]},
            {"type": "Sequence", "processors": [some, level()]}, roberta, bert])

    def beside(self):
        """`tokenizer_config.json` and `special_tokens_map.json`."""
        dice = self.dice
        long = lambda text: {"content": text, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
        token = lambda text: dice.choice([text, text, {"__type": "AddedToken", **long(text)}])
        config, files = {}, {}
        put = lambda key, value: config.update({} if value is ABSENT else {key: value})
        put("tokenizer_class", mostly(dice, "PreTrainedTokenizerFast", [ABSENT, *CLASSES], 0.3))
        put("bos_token", mostly(dice, token("<s>"), [ABSENT, None, "<|im_end|>", "<new>"]))
        put("eos_token", mostly(dice, token("</s>"), [ABSENT, None, token("<|im_end|>"), "<new>"]))
        put("pad_token", mostly(dice, ABSENT, ["<pad>", None, "</s>"]))
        for key in ["add_bos_token", "add_eos_token"]:
            if dice.random() < 0.3:
                self.kinds.append(key)
                put(key, dice.choice([True, True, False, False, None]))
        others = {
            "add_prefix_space": [True, False, None], "clean_up_tokenization_spaces": [True], "model_max_length": [4, 1e30],
                "padding_side": ["left"], "truncation_side": ["left"],
            "split_special_tokens": [True, False, None], "legacy": [True, False], "use_fast": [False],
                "additional_special_tokens": [["<|im_end|>"], [], ["<tool>"]],
            "extra_special_tokens": [{}, ["<|im_end|>"], {"tool": "<tool>"}], "from_slow": [True], "do_lower_case": [True],
                "trim_offsets": [True, False], "errors": ["replace"],
            "added_tokens_decoder": [{"3": {"content": "<|im_end|>", "special": True}}, {"2": {"content": "<|im_end|>"}},
                {"274": {"content": "fi", "special": False}},
                                     {"3": {"content": "<|im_end|>", "special": False, "lstrip": True}}],
        }  # fmt: skip
        if dice.random() < 0.5:
            self.kinds.append("tokenizer_config.json")
            for key in dice.sample(list(others), dice.choice([1, 2, 3])):
                put(key, dice.choice(others[key]))
        if config and dice.random() < 0.93:
            files["tokenizer_config.json"] = config
        if dice.random() < 0.3:
            self.kinds.append("special_tokens_map.json")
            files["special_tokens_map.json"] = dice.choice([{"eos_token": long("</s>")}, {"eos_token": "<|im_end|>", "bos_token": "<s>"},
                {}, {"bos_token": long("</s>")}])
        return files

    def end_of_model(self):
        """The end token of the model's own files."""
        if self.dice.random() < 0.4:
            self.kinds.append("end of model")
            self.model.set("eos_token_id", self.dice.choice([ABSENT, None, 1, 3, [1, 3], [3], []]))
            if self.dice.random() < 0.5:
                self.files["generation_config.json"] = {"eos_token_id": self.dice.choice([1, 3, [1, 3], None])}

    def write(self, folder):
        model = folder / "model"
        self.model.write(model)
        for name, file in self.files.items():
            (model / name).write_text(json.dumps(file, indent=1, ensure_ascii=False) + "\n")
        example = {"prompt": self.prompt, "completion": self.completion} if self.prompt else {"text": self.completion}
        (folder / "validation.jsonl").write_text(json.dumps(example) + "\n")
        (folder / "train.jsonl").write_text('{"text": "quite another text"}\n')
        domain = '[[domain]]\nname = "d"\npath = "train.jsonl"\nvalidation = "validation.jsonl"\n'
        (folder / "settings.toml").write_text(f'model = "model"\nsequence = 250\n{domain}')


def expected_loss(folder, prompt, completion):
    """Mean loss of the completion's tokens by transformers. Raises Refused, or whatever the library raises."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    ids, given = tokens(tokenizer, prompt, completion, end_of(tokenizer, folder))
    model = reference.load(folder)
    if max(ids) >= model.config.vocab_size:
        raise reference.Refused("a token beyond the model's vocabulary")
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()
    first = max(given, 1)
    if first >= len(ids):
        raise reference.Refused("nothing to predict")
    return torch.nn.functional.cross_entropy(logits[first - 1 : -1], torch.tensor(ids[first:])).item()


def end_of(tokenizer, folder):
    """The tokenizer's end; without one, the only end of the model's files."""
    if tokenizer.eos_token_id is not None:
        return tokenizer.eos_token_id
    generation = folder / "generation_config.json"
    found = [json.loads((folder / "config.json").read_text()).get("eos_token_id"),
        json.loads(generation.read_text()).get("eos_token_id") if generation.exists() else None]
    ends = {id_ for one in found if one is not None for id_ in (one if isinstance(one, list) else [one])}
    if len(ends) > 1:
        raise reference.Refused("several end tokens")
    return next(iter(ends), None)


def tokens(tokenizer, prompt, completion, end):
    """Tokens of the example and the number of those that are given."""
    ids = tokenizer(prompt + completion)["input_ids"]
    inner = tokenizer(prompt + completion, add_special_tokens=False)["input_ids"]
    first = begins_with(tokenizer)
    begin, text = ids[:first], ids[first:]
    if text[-1:] != [end] and end is not None:
        text = text + [end]
    count = given(tokenizer, prompt, inner, prompt + completion)
    if begin and text[: len(begin)] == begin:
        text, count = text[len(begin) :], max(0, count - len(begin))
    return begin + text, (len(begin) + count if prompt else 0)


def begins_with(tokenizer):
    """How many tokens the tokenizer puts before a text."""
    ids, inner = tokenizer("x")["input_ids"], tokenizer("x", add_special_tokens=False)["input_ids"]
    return next(i for i in range(len(ids) + 1) if ids[i : i + len(inner)] == inner)


def given(tokenizer, prompt, ids, text):
    """How many tokens end within the prompt, by the bytes they stand for."""
    added = {id_: token.content for id_, token in tokenizer.added_tokens_decoder.items()}
    lengths = [len(added[i].encode()) if i in added else len(tokenizer.convert_ids_to_tokens(i)) for i in ids]
    if prompt and sum(lengths) != len(text.encode()):
        raise reference.Refused("tokens whose bytes are not those of the text: the boundary is unclear")
    ends = torch.tensor(lengths).cumsum(0) if lengths else torch.tensor([])
    return int((ends <= len(prompt.encode())).sum())
