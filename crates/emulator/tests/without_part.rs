//! A trainer with one domain left out of its mixtures.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use emulator::WithoutPart;
use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B, SearchEffort, search_optimum};
use jobs_core::conformance::check_trainer;
use jobs_core::{Domain, Seed, Target, Trainer, Value};

fn emulator(name: &str) -> Emulator {
    let (_, bytes) = LLAMA3_8B.iter().find(|(n, _)| *n == name).unwrap();
    Emulator::from_bytes(bytes, name).unwrap()
}

fn without(part: &str) -> WithoutPart<EmulatorTrainer> {
    WithoutPart::new(EmulatorTrainer::new(emulator("gsm8k")), part).unwrap()
}

#[test]
fn its_runs_are_those_of_the_whole_trainer_with_a_share_of_0() {
    let trainer = without("gsm8k");
    let whole = trainer.inner();
    let mut rng = Seed(3).stream("points", 0);
    for i in 0..20 {
        let point = trainer.space().sample(&mut rng);
        let wide = trainer.widen(&point).unwrap();
        let Domain::Simplex { parts } = &whole.space().dimensions()[0].domain else { panic!("no simplex") };
        let own = parts.iter().position(|p| p == "gsm8k").unwrap();
        let (all, few) = (wide.shares("mixture").unwrap(), point.shares("mixture").unwrap());
        assert_eq!((all[own], all.len(), few.len()), (0.0, 9, 8));
        let others: Vec<f64> = all.iter().enumerate().filter(|(p, _)| *p != own).map(|(_, &s)| s).collect();
        assert_eq!(others, few);
        let (mut a, mut b) = (trainer.start(&point, Seed(i)).unwrap(), whole.start(&wide, Seed(i)).unwrap());
        a.advance_to(trainer.full_steps()).unwrap();
        b.advance_to(whole.full_steps()).unwrap();
        assert_eq!(a.curve(), b.curve());
    }
}

#[test]
fn it_keeps_the_laws_of_trainers() {
    let trainer = without("mmlu");
    let point = trainer.space().sample(&mut Seed(5).stream("points", 0));
    check_trainer(&trainer, &point, Seed(1)).unwrap();
}

#[test]
fn points_of_the_whole_space_and_unknown_parts_are_refused() {
    let trainer = without("gsm8k");
    let wide = trainer.inner().space().sample(&mut Seed(5).stream("points", 0));
    assert!(trainer.start(&wide, Seed(0)).is_err_and(|e| e.to_string().contains("another space")));
    let no = WithoutPart::new(EmulatorTrainer::new(emulator("gsm8k")), "gsm8").unwrap_err().to_string();
    assert!(no.starts_with("no simplex of the space has a part `gsm8` (there are: commonsense_qa, gsm8k,"), "{no}");
}

#[test]
fn what_is_left_out_cannot_make_the_optimum_better() {
    let (emulator, trainer) = (emulator("gsm8k"), without("gsm8k"));
    let value = |p: &jobs_core::Point| emulator.noise_free_value(&trainer.widen(p).unwrap(), Target::Best).unwrap();
    let effort = SearchEffort { starts: 500, climbs: 4, hops: 4 };
    let found = search_optimum(trainer.space(), &[], &value, effort, Seed(0)).unwrap();
    assert_eq!(found.value, value(&found.point));
    assert!(matches!(&found.point.values()[0], Value::Simplex(shares) if shares.len() == 8));
    assert!(found.value > emulator.optimum().unwrap().value);
}
