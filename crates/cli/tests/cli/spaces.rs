//! Spaces as people write them: numeric choices, steps and fixed values, from the study file to every output.

use std::fs;

use super::{Folder, scripted};

const REST: &str = "[model]\nlayers = 32\nfront_layers = false\n\
    [[dimension]]\nname = \"lora_rank\"\nkind = \"categorical\"\nchoices = [8, 16, 32]\n\
    [[dimension]]\nname = \"lora_layers\"\nkind = \"integer\"\nlow = 8\nhigh = 32\nstep = 8\n\
    [[dimension]]\nname = \"lora_alpha\"\nkind = \"fixed\"\nvalue = 16\n\
    [[dimension]]\nname = \"lora_q_proj\"\nvalue = true\n\
    [[dimension]]\nname = \"optimizer\"\nkind = \"categorical\"\nchoices = [\"adamw\"]\n";

#[test]
fn numbers_and_fixed_values_reach_the_trainer_the_tables_and_peft() {
    let folder = Folder::with(&scripted("good", REST));
    let checked = folder.ok(&["check"]);
    for said in ["one of 8, 16, 32", "integer, 8 to 32 in steps of 8", "always 16", "always true", "always adamw"] {
        assert!(checked.contains(said), "{said}: {checked}");
    }
    folder.ok(&["run"]);
    let request = fs::read_to_string(folder.path().join("runs/runs/run-00000/attempt-1.request.json")).unwrap();
    let request: serde_json::Value = serde_json::from_str(&request).unwrap();
    let configuration = &request["configuration"];
    assert!([8, 16, 32].contains(&configuration["lora_rank"].as_i64().unwrap()), "{configuration}");
    assert_eq!(
        (&configuration["lora_alpha"], &configuration["lora_q_proj"], &configuration["optimizer"]),
        (&16.into(), &true.into(), &"adamw".into())
    );
    let peft = &folder.json(&["best"])["peft"];
    assert!([8, 16, 32].contains(&peft["r"].as_i64().unwrap()), "{peft}");
    assert_eq!((&peft["lora_alpha"], &peft["target_modules"]), (&16.into(), &serde_json::json!(["q_proj"])), "{peft}");
    assert_eq!(peft["layers_to_transform"].as_array().unwrap().len() % 8, 0);
    folder.ok(&["report"]);
    folder.ok(&["export", "table", "--csv", "runs.csv"]);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    fs::write(folder.path().join("study.toml"), format!("runs = \"again\"\n{text}")).unwrap();
    let imported = folder.ok(&["import", "table"]);
    assert!(imported.contains("full runs imported"), "{imported}");
    folder.ok(&["run"]);
}

#[test]
fn an_unknown_kind_is_named_with_its_line() {
    let folder =
        Folder::with(&scripted("good", "[[dimension]]\nname = \"lr\"\nkind = \"float\"\nlow = 1e-5\nhigh = 1e-3\n"));
    let ran = folder.run(&["check", "--no-run"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("study.toml:") && ran.err.contains("did you mean `real`?"), "{}", ran.err);
}

/// Shares within limits, and a dimension that depends on another: the trainer, the tables and the imports have the same values.
#[test]
fn limits_and_conditions_reach_the_trainer_and_the_tables() {
    let limited = scripted("good", "")
        .replace("parts = [\"a\", \"b\"]", "parts = [\"a\", \"b\"]\nmin = 0.2\nmax = { a = 0.7 }")
        + "[[dimension]]\nname = \"use_warmup\"\nkind = \"boolean\"\n\
           [[dimension]]\nname = \"warmup\"\nkind = \"integer\"\nlow = 1\nhigh = 50\nwhen = \"use_warmup\"\n\
           [[constraint]]\nkind = \"sum\"\nof = [\"mixture.b\"]\nhigh = 0.6\n";
    let folder = Folder::with(&limited);
    let checked = folder.ok(&["check", "--no-run"]);
    for said in ["0.2 <= a <= 0.7, 0.2 <= b <= 0.6", "integer, 1 to 50; when use_warmup is true"] {
        assert!(checked.contains(said), "{checked}");
    }
    folder.ok(&["enqueue", "use_warmup=no", "mixture.a=0.5", "mixture.b=0.5"]);
    let asked = folder.json(&["ask"])[0]["configuration"].clone();
    assert!(asked.get("warmup").is_none() && asked["use_warmup"] == false, "{asked}");
    folder.ok(&["run"]);
    let table = fs::read_to_string(folder.path().join("runs/journal")).unwrap();
    for line in table.lines().filter(|l| l.contains("\"start\"")) {
        let event: serde_json::Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
        let (a, b) =
            (event["point"]["mixture"]["a"].as_f64().unwrap(), event["point"]["mixture"]["b"].as_f64().unwrap());
        assert!((0.39999..=0.7).contains(&a) && (0.2..=0.6).contains(&b), "{line}");
        assert_eq!(event["point"].get("warmup").is_some(), event["point"]["use_warmup"] == true, "{line}");
    }
    folder.ok(&["best"]);
    folder.ok(&["report"]);
    folder.ok(&["export", "table", "--csv", "runs.csv"]);
    let again = format!("runs = \"again\"\n{limited}");
    fs::write(folder.path().join("study.toml"), again).unwrap();
    let imported = folder.json(&["import", "table"]);
    assert_eq!(imported["outside_the_space"].as_array().unwrap().len(), 0, "{imported}");
    for (setting, said) in [
        ("mixture.a=0.9", "`mixture: a` is 0.9, expected a share of at most 0.7"),
        ("mixture.a=1", "expected a share of"),
    ] {
        let ran =
            folder.run(&["enqueue", setting, if setting.ends_with('1') { "mixture.b=0" } else { "mixture.b=0.1" }]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{}", ran.err);
    }
}
