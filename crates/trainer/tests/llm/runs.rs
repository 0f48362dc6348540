//! Runs of the built-in model: conformance, resuming, divergence, independence of threads, errors.

use jobs_core::conformance::check_trainer;
use jobs_core::{RunState, SearchSpace, Seed, Steps};
use trainer::data::Packing;
use trainer::train::*;

/// Ten short steps on three tasks, with dropout and two micro-batches a step.
fn small() -> TrainSettings {
    let mut settings = TrainSettings {
        steps: 10,
        evaluate_every: 3,
        batch: 6,
        micro_batch: 3,
        threads: Some(2),
        validation_examples: 6,
        train_examples: 100,
        lora: LoraSettings { dropout: 0.1, rank: 4, ..LoraSettings::default() },
        ..TrainSettings::default()
    };
    settings.domains.truncate(3);
    settings
}

#[test]
fn runs_conform() {
    let trainer = open(small(), None).unwrap();
    for point in trainer.space().design(2, Seed(5)) {
        assert_eq!(check_trainer(trainer.as_ref(), &point, Seed(9)), Ok(()));
    }
}

#[test]
fn a_resumed_run_is_bit_identical() {
    let trainer = open(small(), None).unwrap();
    let point = &trainer.space().design(1, Seed(1))[0];
    let mut straight = trainer.start_live(point, Seed(2)).unwrap();
    straight.advance_to(Steps(10)).unwrap();
    for stop in [1, 4, 9] {
        let mut run = trainer.start_live(point, Seed(2)).unwrap();
        run.advance_to(Steps(stop)).unwrap();
        let mut run = trainer.resume_live(&run.save().unwrap()).unwrap();
        run.advance_to(Steps(10)).unwrap();
        // everything that is saved: adapter, moments, best adapter, evaluations, position
        assert!(run.save().unwrap() == straight.save().unwrap(), "resumed at {stop}");
    }
}

#[test]
fn threads_change_nothing_and_packing_only_rounding() {
    let curve = |settings: TrainSettings| {
        let trainer = open(settings, None).unwrap();
        let point = &trainer.space().design(1, Seed(1))[0];
        let mut run = trainer.start_live(point, Seed(2)).unwrap();
        run.advance_to(Steps(10)).unwrap();
        run.curve().losses().to_vec()
    };
    let plain = TrainSettings { lora: LoraSettings::default(), ..small() };
    let one = curve(TrainSettings { threads: Some(1), ..plain.clone() });
    assert_eq!(one, curve(TrainSettings { threads: Some(3), ..plain.clone() }));
    // the space draws dropout, whose masks depend on the rows: compare without it
    let still = |packing, recompute| {
        let space =
            SearchSpace::from_toml_str("[[dimension]]\nname = \"lora_rank\"\nkind = \"integer\"\nlow = 2\nhigh = 8\n")
                .unwrap();
        let trainer = open(TrainSettings { packing, recompute, ..plain.clone() }, Some(space)).unwrap();
        let point = &trainer.space().design(1, Seed(1))[0];
        let mut run = trainer.start_live(point, Seed(2)).unwrap();
        run.advance_to(Steps(10)).unwrap();
        run.curve().losses().to_vec()
    };
    let padded = still(Packing::Pad, false);
    for other in [still(Packing::Pack, false), still(Packing::Pad, true)] {
        assert!(padded.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-3 * a), "{padded:?} {other:?}");
    }
}

#[test]
fn bf16_runs_are_close_to_f32_and_keep_their_adapter_in_f32() {
    let run = |precision, recompute| {
        let settings = TrainSettings { precision, recompute, steps: 6, lora: LoraSettings::default(), ..small() };
        let trainer = open(settings, None).unwrap();
        let point = &trainer.space().design(1, Seed(1))[0];
        let mut run = trainer.start_live(point, Seed(2)).unwrap();
        run.advance_to(Steps(3)).unwrap();
        let saved = run.save().unwrap();
        run.advance_to(Steps(6)).unwrap();
        let mut again = trainer.resume_live(&saved).unwrap();
        again.advance_to(Steps(6)).unwrap();
        assert!(run.save().unwrap() == again.save().unwrap(), "{precision:?}: resuming changes the run");
        let folder = tempfile::tempdir().unwrap();
        run.write_adapter(folder.path()).unwrap();
        let bytes = std::fs::read(folder.path().join("adapter_model.safetensors")).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("BF16"));
        run.evaluations().iter().flat_map(|e| e.losses.clone()).collect::<Vec<f64>>()
    };
    let exact = run(Precision::F32, false);
    for recompute in [false, true] {
        let found = run(Precision::Bf16, recompute);
        assert_ne!(found, exact, "bf16 was not used");
        // 8 bits of mantissa; the difference is .02 here
        assert!(found.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 0.1), "{found:?} {exact:?}");
    }
}

#[test]
fn training_lowers_the_loss_and_a_huge_rate_diverges() {
    let trainer = open(TrainSettings { steps: 60, evaluate_every: 20, ..small() }, None).unwrap();
    let point = &trainer.space().design(1, Seed(1))[0];
    let mut run = trainer.start_live(point, Seed(2)).unwrap();
    assert_eq!(run.advance_to(Steps(60)).unwrap(), RunState::Finished);
    let losses = run.curve().losses();
    assert!(losses[2] < losses[0], "{losses:?}");
    assert_eq!(run.evaluations().len(), 3);
    assert_eq!(run.evaluations()[0].losses.len(), 3);

    let wild = TrainSettings { learning_rate: 1e30, clip: f64::INFINITY, ..small() };
    let trainer = open(wild, None).unwrap();
    let point = &trainer.space().design(1, Seed(1))[0];
    let mut run = trainer.start_live(point, Seed(2)).unwrap();
    assert_eq!(run.advance_to(Steps(10)).unwrap(), RunState::Diverged);
    assert!(run.curve().diverged_at().is_some());
    assert_eq!(run.advance_to(Steps(10)).unwrap(), RunState::Diverged);
    assert_eq!(run.curve().best(), None);
    let folder = tempfile::tempdir().unwrap();
    let error = run.write_adapter(folder.path()).unwrap_err().to_string();
    assert!(error.contains("its adapter is untrained") && !folder.path().join("adapter_config.json").exists());
    assert_eq!(check_trainer(trainer.as_ref(), point, Seed(2)), Ok(()));
}

/// A checkpoint whose first matrix is said to hold bytes, four times as many.
fn in_bytes(saved: &[u8]) -> Vec<u8> {
    let length = u64::from_le_bytes(*saved.first_chunk().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&saved[8..8 + length]).unwrap();
    let first = &mut header["parameters.0"];
    (first["dtype"], first["shape"][0]) = ("U8".into(), (4 * first["shape"][0].as_u64().unwrap()).into());
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &saved[8 + length..]].concat()
}

#[test]
fn every_kind_of_number_is_trained_and_bounds_that_cannot_be_are_refused() {
    let space = |dimensions: &str| SearchSpace::from_toml_str(dimensions).unwrap();
    let dimension = |name: &str, rest: &str| format!("[[dimension]]\nname = \"{name}\"\n{rest}\n");
    let free = dimension("lora_alpha", "kind = \"real\"\nlow = 1.0\nhigh = 8.0");
    let ranks = dimension("lora_rank", "kind = \"categorical\"\nchoices = [2, 4]");
    let layers = dimension("lora_layers", "kind = \"integer\"\nvalue = 2");
    let trainer = open(small(), Some(space(&(free.clone() + &ranks + &layers)))).unwrap();
    let point = &trainer.space().design(1, Seed(1))[0];
    let mut run = trainer.start_live(point, Seed(2)).unwrap();
    assert_eq!(run.advance_to(Steps(1)).unwrap(), RunState::Paused);
    let folder = tempfile::tempdir().unwrap();
    run.write_adapter(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("adapter_config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["r"].as_i64(), point.integer("lora_rank"));
    assert_eq!(config["layers_to_transform"].as_array().unwrap().len(), 2);

    for (dimension, expected) in [
        (
            dimension("lora_rank", "kind = \"integer\"\nlow = 0\nhigh = 4"),
            "`lora_rank`` is 0 to 4, expected at least 1",
        ),
        (dimension("lora_rank", "kind = \"categorical\"\nchoices = [0, 4]"), "`lora_rank`` is 0 to 4"),
        (dimension("lora_dropout", "kind = \"real\"\nlow = 0.0\nhigh = 1.0"), "expected probabilities"),
        (dimension("lora_dropout", "kind = \"real\"\nvalue = 1.5"), "expected probabilities"),
        (dimension("learning_rate", "kind = \"real\"\nlow = 0.0\nhigh = 1.0"), "expected positive numbers"),
        (dimension("lora_layers", "kind = \"integer\"\nlow = 0\nhigh = 2"), "expected at least 1"),
        (dimension("lora_q_proj", "kind = \"boolean\""), "expected no switch for a single projection"),
    ] {
        let error = open(small(), Some(space(&(free.clone() + &dimension)))).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn damaged_and_foreign_checkpoints_are_rejected() {
    let trainer = open(small(), None).unwrap();
    let point = &trainer.space().design(1, Seed(1))[0];
    let mut run = trainer.start(point, Seed(2)).unwrap();
    run.advance_to(Steps(2)).unwrap();
    let saved = run.save().unwrap();
    let words = |bytes: &[u8]| trainer.resume(bytes).err().unwrap().to_string();
    assert!(words(&saved[..saved.len() - 100]).contains("truncated"));
    let mut flipped = saved.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(words(&flipped).contains("checksum"), "{}", words(&flipped));
    assert!(words(&in_bytes(&saved)).contains("is U8, expected F32"), "{}", words(&in_bytes(&saved)));
    let other = open(TrainSettings { learning_rate: 1e-5, ..small() }, None).unwrap();
    assert!(other.resume(&saved).err().unwrap().to_string().contains("other settings"));
}

#[test]
fn errors_name_wrong_settings_and_dimensions() {
    let words = |settings: TrainSettings| open(settings, None).err().unwrap().to_string();
    let (adamw, lora) = (AdamWConfig::default(), LoraSettings::default);
    for (settings, expected) in [
        (TrainSettings { batch: 0, ..small() }, "setting `batch` is 0, expected at least 1"),
        (TrainSettings { target: Some("revrse".into()), ..small() }, "did you mean `reverse`?"),
        (TrainSettings { sequence: 100_000, ..small() }, "the context length of the model"),
        (TrainSettings { domains: vec![], ..small() }, "at least one [[domain]]"),
        (TrainSettings { model: "/no/such/folder".into(), ..small() }, "/no/such/folder"),
        (TrainSettings { steps: u64::MAX, ..small() }, "setting `steps x batch` is 18446744073709551615 x 6"),
        (TrainSettings { batch: 1 << 40, ..small() }, "examples in a run"),
        (TrainSettings { threads: Some(1 << 40), ..small() }, "expected 1 to 1024"),
        (TrainSettings { optimizer: AdamWConfig { beta2: 1.0, ..adamw }, ..small() }, "`optimizer.beta2` is 1"),
        (
            TrainSettings { optimizer: AdamWConfig { epsilon: f64::NAN, ..adamw }, ..small() },
            "`optimizer.epsilon` is NaN",
        ),
        (
            TrainSettings { lora: LoraSettings { rank: 0, ..lora() }, ..small() },
            "`lora rank` is 0, expected 1 to 65536",
        ),
        (
            TrainSettings { lora: LoraSettings { rank: 1 << 60, ..lora() }, ..small() },
            "`lora rank` is 1152921504606846976, expected 1 to 65536",
        ),
        (
            TrainSettings { lora: LoraSettings { layers: Some(5), ..lora() }, ..small() },
            "`lora.layers` is 5, expected at most 4",
        ),
        (TrainSettings { lora: LoraSettings { modules: vec![], ..lora() }, ..small() }, "at least one projection"),
        (TrainSettings { device: "cuda:7".parse().unwrap(), ..small() }, "cuda"),
    ] {
        let found = words(settings);
        assert!(found.contains(expected), "{found}");
        assert_eq!(found.lines().count(), 1);
    }
    let space = |name: &str| {
        let text = format!("[[dimension]]\nname = \"{name}\"\nkind = \"integer\"\nlow = 1\nhigh = 6\n");
        open(small(), Some(SearchSpace::from_toml_str(&text).unwrap())).err().unwrap().to_string()
    };
    assert!(space("lora_rnak").contains("did you mean `lora_rank`?"), "{}", space("lora_rnak"));
    assert!(
        space("lora_layers").contains("is 6, expected at most 4, the number of layers of the model"),
        "{}",
        space("lora_layers")
    );
}

#[test]
fn test_examples_are_neither_validation_nor_training_examples() {
    let trainer = open(small(), None).unwrap();
    let point = &trainer.space().design(1, Seed(1))[0];
    let mut run = trainer.start_live(point, Seed(2)).unwrap();
    run.advance_to(Steps(10)).unwrap();
    let best = run.curve().best().unwrap().1;
    // other examples than those of the search, and more where more are wanted
    let of = |examples| run.losses_on(&trainer.test_set(examples).unwrap())[0];
    assert!(of(20).is_finite() && of(20) != best && of(20) != of(10));

    // evaluating on both at once gives the mean over all of their tokens: nothing is counted twice
    let larger = open(TrainSettings { validation_examples: 16, ..small() }, None).unwrap();
    let mut same = larger.start_live(point, Seed(2)).unwrap();
    same.advance_to(Steps(10)).unwrap();
    let (low, high) = (best.min(of(10)), best.max(of(10)));
    let both = same.curve().at(run.curve().best().unwrap().0).unwrap();
    assert!(low < both && both < high, "{low} {both} {high}");
}

#[test]
fn a_target_without_further_examples_has_no_test_set() {
    let settings = TrainSettings { validation_examples: 100_000, ..small() };
    let error = open(settings, None).unwrap().test_set(10).unwrap_err().to_string();
    assert!(error.contains("validation_examples") && error.contains("some are left for a test"), "{error}");
}
