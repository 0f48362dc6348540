use rayon::prelude::*;

use super::losses;
use crate::data::{Encoded, EncodedDomain, Example, Packing, TextTokenizer, micro_batches};
use crate::error::LlmError;
use crate::kernels::Kernels;
use crate::lora::Adapter;
use crate::model::{Decoder, MicroBatch};

/// Examples per evaluation batch.
const BATCH: usize = 16;
/// Longest answer, in tokens, that is compared by exact match.
const LONGEST_ANSWER: usize = 32;

/// The validation sets of all domains, tokenised and batched.
#[derive(Debug)]
pub struct Validation {
    batches: Vec<(usize, MicroBatch)>,
    targets: Vec<usize>,
    questions: Vec<Vec<Question>>,
}

/// A question with its candidate answers; `right` is the index of the correct one.
#[derive(Debug)]
struct Question {
    candidates: Vec<Encoded>,
    right: usize,
}

impl Validation {
    /// Prepares `domains`, with at most `questions` questions of each; examples longer than `longest` tokens are cut.
    pub fn new(
        domains: &[EncodedDomain],
        questions: usize,
        tokenizer: &TextTokenizer,
        longest: usize,
    ) -> Result<Self, LlmError> {
        let batches = domains.iter().enumerate().flat_map(|(i, d)| {
            let all: Vec<&Encoded> = d.validation.iter().collect();
            micro_batches(&all, BATCH, Packing::Pad).into_iter().map(move |b| (i, b))
        });
        let asked = |d: &EncodedDomain| -> Result<Vec<Question>, LlmError> {
            let found = d.questions.iter().map(|e| Question::new(e, tokenizer, longest));
            found.filter_map(Result::transpose).take(questions).collect()
        };
        Ok(Self {
            batches: batches.collect(),
            targets: domains.iter().map(|d| d.validation.iter().map(Encoded::targets).sum()).collect(),
            questions: domains.iter().map(asked).collect::<Result<_, _>>()?,
        })
    }

    /// Mean loss in nats per token of every domain.
    pub fn losses<B: Kernels>(&self, model: &Decoder<B>, adapter: Option<&Adapter<B>>) -> Vec<f64> {
        let sums: Vec<(usize, f64)> = self
            .batches
            .par_iter()
            .map(|(domain, batch)| (*domain, values(losses(model, adapter, batch)).iter().map(|v| f64::from(*v)).sum()))
            .collect();
        let mut total = vec![0.0; self.targets.len()];
        for (domain, sum) in sums {
            total[domain] += sum;
        }
        total.iter().zip(&self.targets).map(|(sum, n)| sum / *n as f64).collect()
    }

    /// Share of questions answered correctly in every domain; `None` for a domain without questions.
    ///
    /// With choices, the answer is the choice with the lowest mean loss per token. Without choices, the answer is correct if the greedy
    /// continuation of the prompt equals the completion; equivalently, if each token of the completion is the most likely one given
    /// the tokens before it.
    pub fn accuracies<B: Kernels>(&self, model: &Decoder<B>, adapter: Option<&Adapter<B>>) -> Vec<Option<f64>> {
        let of = |questions: &Vec<Question>| {
            let right: usize = questions.par_iter().map(|q| usize::from(q.is_answered(model, adapter))).sum();
            (!questions.is_empty()).then(|| right as f64 / questions.len() as f64)
        };
        self.questions.iter().map(of).collect()
    }
}

impl Question {
    fn new(example: &Example, tokenizer: &TextTokenizer, longest: usize) -> Result<Option<Self>, LlmError> {
        if example.prompt.is_empty() {
            return Ok(None);
        }
        let mut candidates = vec![];
        let answers: &[String] =
            if example.choices.is_empty() { std::slice::from_ref(&example.completion) } else { &example.choices };
        for choice in answers {
            let candidate = Example { completion: choice.clone(), choices: vec![], ..example.clone() };
            candidates.extend(candidate.encode(tokenizer, longest)?);
        }
        let right = answers.iter().position(|c| *c == example.completion).unwrap_or(0);
        let usable = candidates.iter().all(|c| c.targets() > 0)
            && (candidates.len() > 1 || candidates.iter().all(|c| c.targets() <= LONGEST_ANSWER));
        Ok(usable.then_some(Self { candidates, right }))
    }

    fn is_answered<B: Kernels>(&self, model: &Decoder<B>, adapter: Option<&Adapter<B>>) -> bool {
        let all: Vec<&Encoded> = self.candidates.iter().collect();
        let Some(batch) = micro_batches(&all, all.len(), Packing::Pad).pop() else { return false };
        if let [_] = all[..] {
            let hidden = model.hidden(&model.input(&batch.rows), adapter, None);
            let likeliest = model.target_logits(hidden, &batch).argmax(1).into_data();
            return likeliest.iter::<i64>().zip(&batch.targets).all(|(l, t)| l == i64::from(*t));
        }
        let mut sums = vec![0.0; all.len()];
        for (loss, &owner) in values(losses(model, adapter, &batch)).iter().zip(&batch.owners) {
            sums[owner as usize] += f64::from(*loss) / all[owner as usize].targets() as f64;
        }
        let best = sums.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        best.is_some_and(|(i, _)| i == self.right)
    }
}

fn values<B: Kernels>(losses: burn::tensor::Tensor<B, 1>) -> Vec<f32> {
    losses.into_data().convert::<f32>().iter::<f32>().collect()
}
