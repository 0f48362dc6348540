"""A study of a tiny language model with Hugging Face Trainer and PEFT."""

import collections

import pytest

import jobs

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
peft = pytest.importorskip("peft")

import jobs.hf as hf  # noqa: E402

SPACE = {
    "mixture": jobs.simplex("up", "down"),
    "lora_rank": jobs.integer(1, 8),
    "lora_q_proj": jobs.boolean(),
    "lora_v_proj": jobs.boolean(),
    "lora_alpha": 8,
}


def examples(step, count):
    rows = [[(start + step * k) % 32 for k in range(12)] for start in range(count)]
    return [{"input_ids": row, "labels": row} for row in rows]


def train(trial):
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=32, num_key_value_heads=2, **sizes))
    model = peft.get_peft_model(model, hf.lora_config(trial, task_type="CAUSAL_LM"))
    arguments = transformers.TrainingArguments(
        **hf.training_arguments(trial), eval_strategy="steps", eval_steps=2, per_device_train_batch_size=4,
        report_to=[], use_cpu=True, disable_tqdm=True, label_names=["labels"],
    )  # fmt: skip
    domains = {"up": examples(1, 20), "down": examples(-1, 20)}
    data = hf.datasets_mixture(domains, trial["mixture"], examples=4 * trial.full_steps, seed=trial.seed)
    callback = hf.TrialCallback(trial)
    trainer = transformers.Trainer(
        model, arguments, train_dataset=data, eval_dataset=examples(1, 8), callbacks=[callback]
    )
    sampler = trainer._get_train_sampler(data)
    assert isinstance(sampler, torch.utils.data.SequentialSampler), "the order is that of the mixture"
    trainer.train(resume_from_checkpoint=hf.last_checkpoint(trial))


def test_a_study_trains_stops_and_resumes(tmp_path):
    settings = {"total_steps": 44, "full_steps": 12, "early_steps": 4, "eval_every": 2}
    with jobs.Study(SPACE, folder=tmp_path, layers=2, **settings) as study:
        for trial in study:
            train(trial)
            assert trial.should_stop()
        resumed = [run for run in study.runs if run["step"] == 12]
        assert resumed and all([step for step, _ in run["curve"]] == [2, 4, 6, 8, 10, 12] for run in resumed)
        assert study.best.peft["r"] >= 1


def test_shares_are_exact_at_every_length():
    weights = {"a": 0.5, "b": 0.3, "c": 0.2, "none": 0.0}
    order = hf.shares(weights, 200)
    for n in (1, 7, 100, 200):
        counts = collections.Counter(order[:n])
        assert all(abs(counts[name] - n * weight) < 1 for name, weight in weights.items())


def test_a_mixture_passes_through_every_data_set():
    mixed = hf.datasets_mixture({"a": list(range(10)), "b": list(range(10, 14))}, {"a": 0.5, "b": 0.5}, examples=20)
    rows = [mixed[i] for i in range(len(mixed))]
    assert sorted(r for r in rows if r < 10) == list(range(10))
    assert set(r for r in rows if r >= 10) == set(range(10, 14))
    streamed = hf.datasets_mixture({"a": iter_over(3), "b": iter_over(2)}, {"a": 0.5, "b": 0.5}, examples=8)
    assert sorted(streamed) == [0, 0, 0, 0, 1, 1, 1, 2]


class iter_over:
    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return iter(range(self.count))


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="differ in b"):
        hf.datasets_mixture({"a": [1], "b": [2]}, {"a": 1.0}, examples=1)
    with pytest.raises(ValueError, match="'a' is empty"):
        hf.datasets_mixture({"a": []}, {"a": 1.0}, examples=1)
    with pytest.raises(ValueError, match="expected numbers of at least 0"):
        hf.shares({"a": 0.0}, 1)
