//! Limits of shares and dimensions that have a value only under that of another: whatever makes a point respects them.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs_core::{Point, PointRecord, RecordValue, SearchSpace, Seed, Value};
use proptest::prelude::*;

const LIMITED: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["maths", "code", "chat", "law", "news"]
low = { maths = 0.1, law = 0.05 }
high = { chat = 0.5, news = 0.3 }
optional = ["law"]
[[dimension]]
name = "optimizer"
kind = "categorical"
choices = ["adamw", "lion"]
[[dimension]]
name = "beta2"
kind = "real"
low = 0.9
high = 0.999
when = { optimizer = "adamw" }
[[dimension]]
name = "use_warmup"
kind = "boolean"
[[dimension]]
name = "warmup"
kind = "integer"
low = 1
high = 50
when = "use_warmup"
[[constraint]]
kind = "sum"
of = ["mixture.maths", "mixture.code"]
high = 0.6
[[constraint]]
kind = "sum"
of = ["mixture.code", "mixture.chat", "mixture.news"]
low = 0.45
"#;

fn space() -> SearchSpace {
    SearchSpace::from_toml_str(LIMITED).unwrap()
}

/// To the last bit, and no more values than there are.
fn check(point: &Point) {
    let w = point.shares("mixture").unwrap();
    assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{w:?}");
    assert!(w.iter().all(|v| *v >= 0.0) && w[0] >= 0.1 && w[2] <= 0.5 && w[4] <= 0.3, "{w:?}");
    assert!(w[3] == 0.0 || w[3] >= 0.05, "{w:?}");
    assert!(w[0] + w[1] <= 0.6 && w[1] + w[2] + w[4] >= 0.45, "{w:?}");
    let record = point.record().0;
    assert_eq!(record.contains_key("beta2"), record["optimizer"] == RecordValue::Choice("adamw".into()));
    assert_eq!(record.contains_key("warmup"), record["use_warmup"] == RecordValue::Boolean(true));
    assert_eq!(&point.space().point_from_record(&PointRecord(record)).unwrap(), point, "the record is the point");
    assert_eq!(
        &point.space().decode(&point.space().encode(point)).unwrap(),
        point,
        "valid points are kept bit for bit"
    );
}

proptest! {
    #[test]
    fn every_vector_decodes_to_a_point_within_the_limits(x in prop::collection::vec(-3.0..3.0f64, 10), scale in -3i32..300) {
        let large: Vec<f64> = x.iter().map(|v| v * 10f64.powi(scale)).collect();
        for x in [x, large] {
            check(&space().decode(&x).unwrap());
        }
    }

    #[test]
    fn designs_draws_and_neighbours_are_within_the_limits(seed in 0u64..10_000) {
        let space = space();
        for point in space.design(8, Seed(seed)) {
            check(&point);
            let neighbours = space.discrete_neighbours(&point);
            neighbours.iter().for_each(check);
            prop_assert!(neighbours.iter().all(|n| *n != point));
        }
        check(&space.sample(&mut Seed(seed).stream("draw", 0)));
    }

    /// The projection is the nearest point: no other point within the limits is nearer.
    #[test]
    fn the_projection_is_the_nearest_point(v in prop::collection::vec(-1.0..2.0f64, 5), seed in 0u64..1000) {
        let text = LIMITED.split("[[dimension]]").nth(1).unwrap().replace("optional = [\"law\"]", "");
        let sums = LIMITED.split_once("[[constraint]]").unwrap().1;
        let space = SearchSpace::from_toml_str(&format!("[[dimension]]{text}[[constraint]]{sums}")).unwrap();
        let nearest = space.encode(&space.decode(&v).unwrap());
        let far = |w: &[f64]| v.iter().zip(w).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        for other in space.design(30, Seed(seed)) {
            let w = space.encode(&other);
            prop_assert!(far(&nearest) <= far(&w) + 1e-7, "{nearest:?} {w:?}");
        }
    }
}

#[test]
fn designs_reach_all_of_what_is_allowed() {
    let points = space().design(400, Seed(1));
    let shares = |i: usize| points.iter().map(move |p| p.shares("mixture").unwrap()[i]).collect::<Vec<_>>();
    let left_out = shares(3).iter().filter(|v| **v == 0.0).count();
    assert!((40..250).contains(&left_out), "{left_out} of 400 without law");
    for (part, low, high) in [(0, 0.12, 0.4), (1, 0.05, 0.4), (2, 0.1, 0.45), (4, 0.02, 0.25)] {
        let found = shares(part);
        let (least, most) = found.iter().fold((1.0f64, 0.0f64), |(a, b), v| (a.min(*v), b.max(*v)));
        assert!(least < low && most > high, "part {part}: {least} to {most}");
    }
    // twenty parts of at most 0.06: a flat draw is never within the limits
    let parts: Vec<String> = (0..20).map(|i| format!("\"p{i}\"")).collect();
    let text = format!("[[dimension]]\nname = \"m\"\nkind = \"simplex\"\nparts = [{}]\nmax = 0.06", parts.join(", "));
    let tight = SearchSpace::from_toml_str(&text).unwrap();
    assert!(tight.design(20, Seed(0)).iter().all(|p| p.shares("m").unwrap().iter().all(|v| *v <= 0.06)));
}

#[test]
fn the_text_of_a_space_has_its_limits_and_conditions() {
    let space = space();
    let text = space.to_toml_string();
    assert_eq!(SearchSpace::from_toml_str(&text).unwrap(), space, "{text}");
    assert_eq!(SearchSpace::from_toml_str(&text).unwrap().to_toml_string(), text);
    assert!(text.contains("when = { \"optimizer\" = \"adamw\" }"), "{text}");
    let other = LIMITED.replace("adamw\" }", "lion\" }");
    assert_ne!(SearchSpace::from_toml_str(&other).unwrap(), space);
}

#[test]
fn what_has_no_value_makes_no_difference() {
    let space = space();
    let shares = Value::Simplex(vec![0.3, 0.2, 0.3, 0.1, 0.1]);
    let of = |optimizer, beta2| {
        let values = [Value::Categorical(optimizer), Value::Real(beta2), Value::Boolean(false), Value::Integer(9)];
        space.point([shares.clone()].into_iter().chain(values).collect()).unwrap()
    };
    assert_eq!(of(1, 0.91), of(1, 0.98));
    assert_ne!(of(0, 0.91), of(0, 0.98));
    assert_eq!(space.encode(&of(1, 0.91)), space.encode(&of(1, 0.98)));
}

#[test]
fn what_breaks_a_limit_is_named() {
    let space = space();
    let rest = [Value::Categorical(1), Value::Real(0.91), Value::Boolean(false), Value::Integer(9)];
    for (shares, said) in [
        (vec![0.05, 0.25, 0.3, 0.1, 0.3], "`mixture: maths` is 0.05, expected a share of at least 0.1"),
        (vec![0.2, 0.2, 0.36, 0.04, 0.2], "`mixture: law` is 0.04, expected a share of at least 0.05 or 0"),
        (vec![0.4, 0.3, 0.2, 0.1, 0.0], "`mixture: maths + code` is 0.7, expected at most 0.6"),
    ] {
        let values = [Value::Simplex(shares)].into_iter().chain(rest.clone()).collect();
        assert_eq!(space.point(values).unwrap_err().to_string(), said);
    }
    for (from, to, said) in [
        ("high = 0.6", "high = 0.05", "has limits that no mixture satisfies all of"),
        ("maths = 0.1", "maths = 0.9", "has limits that no mixture satisfies all of"),
        (
            "low = { maths = 0.1, law = 0.05 }\nhigh = { chat = 0.5, news = 0.3 }\noptional = [\"law\"]",
            "low = 0.3",
            "has lowest shares that sum to 1.5, expected at most 1",
        ),
        ("maths = 0.1", "mths = 0.1", "has low for `mths`, expected one of maths, code"),
        (
            "mixture.maths\"",
            "mixture.mths\"",
            "names `mixture.mths`, which is no share of a mixture (there are: mixture.maths, ",
        ),
        ("high = 0.6", "", "constraint of kind sum needs `low` or `high`"),
        ("kind = \"sum\"", "kind = \"some\"", "unknown constraint kind `some`, expected at_least_one, sum or optional"),
        (
            "when = \"use_warmup\"",
            "when = \"warmed\"",
            "has a value when `warmed` is true, but `warmed` is no dimension",
        ),
        (
            "adamw\" }",
            "sgd\" }",
            "has a value when `optimizer` is sgd, expected a value that `optimizer` can have: one of adamw, lion",
        ),
        ("when = \"use_warmup\"", "when = 3", "has when = 3, expected one dimension and its value"),
        ("optional = [\"law\"]", "optional = [\"lw\"]", "names `lw` as optional, expected one of maths, code"),
    ] {
        let text = LIMITED.replacen(from, to, 1);
        assert_ne!(text, LIMITED, "{from}");
        let error = SearchSpace::from_toml_str(&text).unwrap_err().to_string();
        assert!(error.contains(said) && error.starts_with("<text>:"), "{to}: {error}");
    }
}
