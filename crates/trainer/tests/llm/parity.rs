//! Logits equal those of transformers and PEFT.

use burn::tensor::DType;
use trainer::Base;
use trainer::data::Example;
use trainer::lora::Adapter;
use trainer::model::Decoder;

use crate::golden::folder as golden_folder;
use crate::golden::*;

const TOLERANCE: f32 = 1e-5;

#[test]
fn logits_equal_those_of_transformers() {
    for kind in &kinds() {
        let golden = record(kind);
        let found = logits(&model(kind), None, &tokens(&golden["tokens"]), 6);
        let expected = numbers(&golden["logits"]);
        let largest = expected.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
        let difference = worst(&found, &expected);
        println!("{kind}: largest difference {difference:.2e}, largest logit {largest:.1}");
        assert!(difference <= TOLERANCE, "{kind}: {difference}");
    }
}

#[test]
fn adapted_logits_equal_those_of_peft_and_of_the_merged_model() {
    for kind in &adapted_kinds() {
        let (golden, plain) = (record(kind), model(kind));
        let (model, adapter) = adapted(kind);
        let rows = tokens(&golden["tokens"]);
        let expected = numbers(&golden["adapted"]);
        let plain = worst(&logits(&plain, None, &rows, 6), &expected);
        assert!(plain > 0.1, "the adapter of {kind} does nothing: {plain}");
        let difference = worst(&logits(&model, Some(&adapter), &rows, 6), &expected);
        let merged = worst(&logits(&adapter.merge(&model), None, &rows, 6), &expected);
        println!("{kind}: adapted {difference:.2e}, merged {merged:.1e}");
        assert!(difference <= TOLERANCE && merged <= TOLERANCE, "{kind}: {difference}, merged {merged}");
    }
}

#[test]
fn adapters_survive_writing() {
    for kind in &adapted_kinds() {
        let (model, adapter) = adapted(kind);
        if adapter.sites.is_empty() {
            continue; // DoRA becomes part of the base
        }
        let folder = tempfile::tempdir().unwrap();
        adapter.write_peft(folder.path(), "some/base").unwrap();
        let (_, back) = Adapter::read_peft(folder.path(), model).unwrap();
        assert_eq!((&back.sites, back.dropout), (&adapter.sites, adapter.dropout), "{kind}");
        for (a, b) in adapter.parameters().iter().zip(back.parameters()) {
            assert_eq!(a.to_data(), b.to_data());
        }
    }
}

#[test]
fn logits_of_a_real_model_equal_those_of_transformers() {
    let Some(folder) = shared("models/stories260K-hf") else { return };
    let text = std::fs::read_to_string(golden_folder("stories260k.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let model = Decoder::<Cpu>::load(&folder, DType::F32, &Default::default()).unwrap();
    assert_eq!(model.config.parameters(), 260_032);
    let found = logits(&model, None, &tokens(&golden["tokens"]), 3);
    let [exact, eager, sdpa] = ["logits", "eager", "sdpa"].map(|name| numbers(&golden[name]));
    // a root mean square too: a largest difference is mostly luck
    let off = |a: &[f32], b: &[f32]| {
        let squares: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        (worst(a, b), (squares / a.len() as f64).sqrt())
    };
    for (what, (largest, rms)) in [
        ("ours from f64", off(&found, &exact)),
        ("transformers' eager f32 from f64", off(&eager, &exact)),
        ("transformers' sdpa f32 from f64", off(&sdpa, &exact)),
        ("transformers' eager from sdpa", off(&eager, &sdpa)),
        ("ours from eager", off(&found, &eager)),
        ("ours from sdpa", off(&found, &sdpa)),
    ] {
        println!("stories260K: {what}: largest {largest:.2e}, rms {rms:.2e}");
    }
    // 9.5e-6 and 8.6e-6 with AVX-512; other processors sum in another order
    assert!(off(&found, &exact).0 <= 1.2 * TOLERANCE && off(&found, &eager).0 <= 1.2 * TOLERANCE);
    // logits reach 18, where a unit in the last place is 1.9e-6: transformers' sdpa itself is more than 1e-5 from its f64
    assert!(off(&found, &sdpa).0 <= 1.5 * TOLERANCE);
    assert!(off(&found, &exact).1 <= off(&sdpa, &exact).1);
}

/// SmolLM2-135M in f32 as `../shared/models/make_smollm2_hf.py FOLDER --f32` makes it.
#[test]
fn logits_of_smollm2_equal_those_of_transformers() {
    const FOLDER: &str = "JOBS_SMOLLM2";
    let Some(folder) = std::env::var_os(FOLDER) else {
        eprintln!(
            "SKIPPED: {FOLDER} does not name the folder of SmolLM2-135M (../shared/models/make_smollm2_hf.py FOLDER --f32)"
        );
        return;
    };
    let text = std::fs::read_to_string(golden_folder("smollm2.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let base = Base::<Cpu>::open(folder.to_str().unwrap(), DType::F32, &Default::default()).unwrap();
    assert_eq!(base.decoder.config.parameters(), 134_515_008);
    let rows = tokens(&golden["tokens"]);
    let text = Example::new("", golden["text"].as_str().unwrap());
    let mut encoded = text.encode(&base.tokenizer, 1000).unwrap().remove(0).tokens;
    encoded.truncate(rows[0].len()); // without the end of the sequence
    assert_eq!(encoded, rows[0]);
    let every = golden["every"].as_u64().unwrap() as usize;
    let found: Vec<f32> = logits(&base.decoder, None, &rows, 3)
        .chunks(base.decoder.config.vocabulary)
        .flat_map(|row| row.iter().step_by(every))
        .copied()
        .collect();
    let expected = numbers(&golden["logits"]);
    let largest = expected.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
    let difference = worst(&found, &expected) / largest;
    println!("SmolLM2-135M: largest relative difference {difference:.1e}, largest logit {largest:.1}");
    assert!(difference <= 1e-3, "{difference}");
}

#[test]
fn a_tokenizer_of_another_model_is_rejected() {
    let copy = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(golden_folder("llama").join(name), copy.path().join(name)).unwrap();
    }
    let open =
        || Base::<Cpu>::open(copy.path().to_str().unwrap(), DType::F32, &Default::default()).unwrap_err().to_string();
    assert!(open().contains("tokenizer.json: "), "{}", open());
    let words = |highest: usize| {
        let words: serde_json::Map<_, _> = (0..=highest).map(|i| (format!("w{i}"), i.into())).collect();
        let tokenizer = serde_json::json!({
            "version": "1.0", "added_tokens": [], "model": {"type": "WordLevel", "vocab": words, "unk_token": "w0"},
        });
        std::fs::write(copy.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    };
    words(61);
    let error = open();
    let expected =
        "tokenizer.json: does not match the model: it has tokens up to 61, but the vocabulary of the model is 61";
    assert!(error.ends_with(expected), "{error}");
    words(60);
    assert!(Base::<Cpu>::open(copy.path().to_str().unwrap(), DType::F32, &Default::default()).is_ok());
    std::fs::write(copy.path().join("tokenizer.json"), "{\"model\": 3}").unwrap();
    assert!(open().contains("not a tokenizer of the `tokenizers` library"), "{}", open());
}
