//! Accuracies equal those of asking the model directly: greedy continuations token by token, and choices by their mean loss.

use burn::tensor::DType;
use trainer::data::*;
use trainer::train::*;
use trainer::{BUILT_IN, Base};

use crate::golden::*;

const QUESTIONS: usize = 40;

fn domain(base: &Base<Cpu>, name: &str, questions: Vec<Example>) -> EncodedDomain {
    let domain = Domain { name: name.into(), train: questions.clone(), validation: questions, notes: vec![] };
    domain.encode(&base.tokenizer, 64, QUESTIONS, QUESTIONS).unwrap()
}

/// The greedy continuation of `prompt` by `count` tokens.
fn greedy(base: &Base<Cpu>, prompt: &[u32], count: usize) -> Vec<u32> {
    let mut tokens = prompt.to_vec();
    for _ in 0..count {
        let last = logits(&base.decoder, None, &[tokens.clone()], 1);
        let likeliest = (0..last.len()).max_by(|&a, &b| last[a].total_cmp(&last[b])).unwrap();
        tokens.push(likeliest as u32);
    }
    tokens.split_off(prompt.len())
}

fn mean_loss(base: &Base<Cpu>, example: &Encoded) -> f64 {
    let batch = micro_batches(&[example], 1, Packing::Pad).remove(0);
    let all: Vec<f32> = losses(&base.decoder, None, &batch).into_data().to_vec().unwrap();
    all.iter().map(|l| f64::from(*l)).sum::<f64>() / all.len() as f64
}

#[test]
fn accuracies_equal_direct_answers() {
    let base = Base::<Cpu>::open(BUILT_IN, DType::F32, &Default::default()).unwrap();
    let seed = jobs_core::Seed(4);
    // half easy, which the built-in model has learnt, half hard; choices of different lengths, the correct one at any index
    let mixed = |task: Task| {
        let easy = task.easy(QUESTIONS / 2, seed);
        easy.into_iter().chain(task.examples(seed).into_iter().take(QUESTIONS / 2)).collect()
    };
    let greedy_domain = domain(&base, "reverse", mixed(Task::Reverse));
    let chosen = domain(&base, "largest", mixed(Task::Largest));
    // wrong answers, long and short: by summed losses the short one would always win
    let short = Task::Reverse.examples(seed).into_iter().take(QUESTIONS).map(|e| {
        let choices = vec![e.completion[..1].to_owned(), e.completion.repeat(2)];
        Example::new(e.prompt, choices[1].clone()).with_choices(choices)
    });
    let short = domain(&base, "short", short.collect());
    let text = domain(&base, "text", vec![Example::new("", "no question")]);

    let answered = |e: &Example| {
        let encoded = e.encode(&base.tokenizer, 64).unwrap().remove(0);
        let (prompt, answer) = encoded.tokens.split_at(encoded.given);
        greedy(&base, prompt, answer.len()) == answer
    };
    // by the mean loss per token of each choice
    let picked = |e: &Example| {
        let loss = |c: &String| {
            mean_loss(&base, &Example::new(e.prompt.clone(), c.clone()).encode(&base.tokenizer, 64).unwrap()[0])
        };
        let found: Vec<f64> = e.choices.iter().map(loss).collect();
        let best = (0..found.len()).min_by(|&a, &b| found[a].total_cmp(&found[b])).unwrap();
        e.choices[best] == e.completion
    };
    let share = |all: &[Example], right: &dyn Fn(&Example) -> bool| {
        all.iter().filter(|e| right(e)).count() as f64 / all.len() as f64
    };
    let expected = [
        share(&greedy_domain.questions, &answered),
        share(&chosen.questions, &picked),
        share(&short.questions, &picked),
    ];
    println!("accuracies {expected:?}");
    assert!(expected.iter().all(|a| (0.05..0.95).contains(a)), "{expected:?} is not a useful test");

    let validation = Validation::new(&[greedy_domain, chosen, short, text], QUESTIONS, &base.tokenizer, 64).unwrap();
    let found = validation.accuracies(&base.decoder, None);
    assert_eq!(found, [Some(expected[0]), Some(expected[1]), Some(expected[2]), None]);
}
