"""A tokenizer of single characters for torchtune, of the tiny model of tiny_model.py."""


class Characters:
    pad_id, max_seq_len = 2, 128

    def __init__(self):
        self.ids = {chr(c): c - 29 for c in range(32, 127)} | {"\n": 98}

    def encode(self, text, add_bos=True, add_eos=True):
        return [1] * add_bos + [self.ids.get(c, 0) for c in text] + [2] * add_eos

    def tokenize_messages(self, messages, **_):
        tokens, mask = [1], [True]
        for message in messages:
            ids = self.encode(message.text_content, add_bos=False, add_eos=message.role == "assistant")
            tokens, mask = tokens + ids, mask + [message.masked] * len(ids)
        return tokens, mask

    def __call__(self, sample, inference=False):
        tokens, mask = self.tokenize_messages(sample["messages"])
        return {**sample, "tokens": tokens, "mask": mask}
