//! Helpers shared by the tests: the committed files of `scripts/golden_llm.py`, logits, comparisons, small settings.

use std::path::{Path, PathBuf};

use burn::backend::Flex;
use burn::tensor::{DType, Tensor};
use serde_json::Value;
use trainer::lora::Adapter;
use trainer::model::{Decoder, Rows};

pub(crate) type Cpu = Flex;

pub(crate) fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(kind)
}

/// Every golden model: the folders of `tests/golden`, one or more per model family.
pub(crate) fn kinds() -> Vec<String> {
    let entries = std::fs::read_dir(folder("")).unwrap().map(|e| e.unwrap());
    let mut kinds: Vec<String> =
        entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().into_string().unwrap()).collect();
    kinds.sort();
    assert!(kinds.len() >= 4, "{kinds:?}");
    kinds
}

/// The golden models with a PEFT adapter.
pub(crate) fn adapted_kinds() -> Vec<String> {
    kinds().into_iter().filter(|kind| folder(kind).join("adapter").is_dir()).collect()
}

pub(crate) fn record(kind: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder(kind).join("golden.json")).unwrap()).unwrap()
}

pub(crate) fn model(kind: &str) -> Decoder<Cpu> {
    Decoder::load(&folder(kind), DType::F32, &Default::default()).unwrap()
}

/// A golden model with what its adapter changes outside the layers, and the adapter.
pub(crate) fn adapted(kind: &str) -> (Decoder<Cpu>, Adapter<Cpu>) {
    Adapter::read_peft(&folder(kind).join("adapter"), model(kind)).unwrap()
}

/// A folder of `../shared`, or `None` with a message.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("SKIPPED: ../shared/{path} does not exist");
    None
}

pub(crate) fn tokens(value: &Value) -> Vec<Vec<u32>> {
    serde_json::from_value(value.clone()).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f32> {
    serde_json::from_value(value.clone()).unwrap()
}

/// Logits of the last `last` positions of every row, flat.
pub(crate) fn logits(model: &Decoder<Cpu>, adapter: Option<&Adapter<Cpu>>, rows: &[Vec<u32>], last: usize) -> Vec<f32> {
    let input = model.input(&Rows::padded(rows));
    let (r, t, v) = (rows.len(), rows[0].len(), model.config.vocabulary);
    let all = model.logits(model.hidden(&input, adapter, None));
    let all: Tensor<Cpu, 3> = all.reshape([r, t, v]).narrow(1, t - last, last);
    all.into_data().to_vec().unwrap()
}

pub(crate) fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
