//! What `jobs best` hands over is what was trained: arguments for PEFT come from roles and from what is said of the model.

use std::fs;

use super::{Folder, scripted};

/// A study with a number of layers, a rank and two modules, and `model` as its section of the model.
fn study(model: &str) -> String {
    let boolean = |name: &str, role: &str| format!("[[dimension]]\nname = \"{name}\"\nkind = \"boolean\"\n{role}\n");
    scripted("good", model)
        + "[[dimension]]\nname = \"lora_layers\"\nkind = \"integer\"\nlow = 1\nhigh = 16\n"
        + "[[dimension]]\nname = \"lora_rank\"\nkind = \"categorical\"\nchoices = [\"8\", \"16\"]\n"
        + &boolean("lora_q_proj", "")
        + &boolean("attention", "role = \"lora_module\"\nmodule = \"c_attn\"")
}

const KNOWN: &str = "[model]\nlayers = 32\nfront_layers = false";

#[test]
fn layers_are_those_of_the_model_and_modules_have_their_names() {
    let folder = Folder::with(&study(KNOWN));
    folder.ok(&["run"]);
    let best = folder.json(&["best"]);
    let (configuration, peft) = (&best["configuration"], &best["peft"]);
    let count = configuration["lora_layers"].as_u64().unwrap();
    let layers: Vec<u64> = (32 - count..32).collect();
    assert_eq!(peft["layers_to_transform"], serde_json::json!(layers));
    assert_eq!(peft["r"].to_string(), configuration["lora_rank"].as_str().unwrap(), "a number");
    let modules = peft["target_modules"].as_array().unwrap();
    assert_eq!(modules.contains(&"c_attn".into()), configuration["attention"] == true, "{best}");
    assert!(!modules.is_empty(), "modules are counted by role");
    assert!(folder.ok(&["best", "--yaml"]).contains("layers_to_transform: ["));
}

#[test]
fn what_is_not_known_is_refused_with_the_key_to_add() {
    let unnamed =
        study(KNOWN).replace("role = \"lora_module\"\nmodule = \"c_attn\"", "").replace("attention", "lora_c_attn");
    for (text, key, said) in [
        (study(""), "layers_to_transform", "add front_layers"),
        (study("[model]\nfront_layers = false"), "layers_to_transform", "add layers = N"),
        (unnamed, "lora_c_attn", "add `role` to this [[dimension]]"),
    ] {
        let folder = Folder::with(&text);
        let checked = folder.ok(&["check", "--no-run"]);
        assert!(checked.contains(said) && checked.contains("cannot be determined"), "{checked}");
        let ran = folder.run(&["run"]);
        assert!(ran.code == Some(0) && ran.err.contains(said), "{}", ran.err);
        let best = folder.run(&["best", "--json"]);
        assert!(best.err.contains(said), "{}", best.err);
        let best: serde_json::Value = serde_json::from_str(&best.out).unwrap();
        assert!(best["peft"].is_null() && best["peft_undetermined"][key].as_str().unwrap().contains(said), "{best}");
        folder.ok(&["report"]);
        let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
        assert!(page.contains("cannot be determined"));
        if key != "lora_c_attn" {
            // a role or a fact about the model changes nothing that was searched
            fs::write(folder.path().join("study.toml"), study(KNOWN)).unwrap();
            assert!(folder.json(&["best"])["peft"]["layers_to_transform"].is_array());
        }
    }
}

#[test]
fn invalid_facts_about_the_model_are_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("llama")).unwrap();
    fs::write(folder.path().join("llama/config.json"), "{\"num_hidden_layers\": 24}").unwrap();
    fs::write(folder.path().join("config.json"), "{\"layers\": 24}").unwrap();
    for (model, said) in [
        ("layers = 0", "study.toml:12: `model.layers` is 0, expected at least 1"),
        ("layers = 8", "`model.layers` gives 8 layers, but `lora_layers` goes up to 16"),
        ("layers = 32\nfolder = \"llama\"", "`model.layers` is 32, but its config.json has 24 layers"),
        ("folder = \"nowhere\"", "study.toml:12: `model.folder` has no readable config.json"),
        ("folder = \".\"", "has none of num_hidden_layers, n_layer"),
        ("layer = 8", "unknown key \"layer\"; did you mean \"layers\"?"),
    ] {
        fs::write(folder.path().join("study.toml"), study(&format!("[model]\n{model}"))).unwrap();
        let ran = folder.run(&["check", "--no-run"]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{model}: {:?} {}", ran.code, ran.err);
    }
    fs::write(folder.path().join("study.toml"), study("[model]\nfolder = \"llama\"\nfront_layers = false")).unwrap();
    folder.ok(&["run"]);
    let layers = folder.json(&["best"])["peft"]["layers_to_transform"].clone();
    assert_eq!(layers.as_array().unwrap().last(), Some(&23.into()), "{layers}");
}

#[test]
fn init_writes_the_model_and_the_roles() {
    let folder = Folder::new();
    folder.ok(&["init", "--domains", "a,b", "--layers", "12", "--modules", "c_attn,o_proj"]);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(text.contains("\nlayers = 12 ") && text.contains("role = \"lora_module\"\nmodule = \"c_attn\""), "{text}");
    assert!(!folder.ok(&["check", "--no-run"]).contains("cannot be determined"));
    let script = fs::read_to_string(folder.path().join("train.py")).unwrap();
    assert!(script.contains("MODULES = {\"lora_c_attn\":\"c_attn\",\"lora_o_proj\":\"o_proj\"}"), "{script}");
    let folder = Folder::new();
    fs::create_dir(folder.path().join("gpt")).unwrap();
    fs::write(folder.path().join("gpt/config.json"), "{\"n_layer\": 12}").unwrap();
    folder.ok(&["init", "--domains", "a,b", "--model", "gpt"]);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(text.contains("folder = \"gpt\"") && text.contains("high = 12\n"), "{text}");
    for (arguments, said) in [
        (&["--model", "nowhere"][..], "--model nowhere has no readable config.json"),
        (&["--model", "gpt", "--layers", "24"], "--layers is 24, but the model in gpt has 12 layers"),
    ] {
        let ran = folder.run(&[&["init", "--domains", "a,b", "--study", "other.toml"], arguments].concat());
        assert!(ran.code == Some(2) && ran.err.contains(said), "{:?} {}", ran.code, ran.err);
    }
}

/// A trainer that writes the configuration of an adapter.
fn writes_adapter(config: &str) -> Folder {
    let trainer = "checkpoint=$(sed -n 's/.*\"checkpoint\": *\"\\([^\"]*\\)\".*/\\1/p' \"$1\")\n\
                   to=$(sed -n 's/.*\"to\": *\\([0-9]*\\).*/\\1/p' \"$1\")\n\
                   mkdir -p \"$checkpoint/last\"\ncp adapter.json \"$checkpoint/last/adapter_config.json\"\n\
                   printf '{\"step\": %s, \"eval_loss\": 1.5}\\n' \"$to\"\n";
    let text = "[budget]\ntotal_steps = 100\nfull_steps = 20\n[model]\nlayers = 4\nfront_layers = true\n[trainer]\n\
                kind = \"command\"\ncommand = [\"sh\", \"train.sh\"]\nattempts = 1\n\
                [[dimension]]\nname = \"rank\"\nkind = \"categorical\"\nchoices = [\"8\", \"8.0\"]\nrole = \"lora_rank\"\n\
                [[dimension]]\nname = \"lora_layers\"\nkind = \"categorical\"\nchoices = [\"2\", \"2.0\"]\n";
    let folder = Folder::with(text);
    fs::write(folder.path().join("train.sh"), trainer).unwrap();
    fs::write(folder.path().join("adapter.json"), config).unwrap();
    folder
}

#[test]
fn check_compares_with_the_adapter_of_the_trial_run() {
    for good in ["{\"r\": 8, \"layers_to_transform\": [1, 0]}", "{\"r\": 8.0, \"layers_to_transform\": [0, 1]}"] {
        let checked = writes_adapter(good).ok(&["check"]);
        assert!(checked.contains("the adapter that the trainer wrote has the arguments"), "{checked}");
    }
    for (bad, said) in [
        ("{\"r\": 16, \"layers_to_transform\": [0, 1]}", "`r`: the trainer used 16, `jobs best` would say 8"),
        ("{\"r\": 8, \"layers_to_transform\": [2, 3]}", "`layers_to_transform`: the trainer used [2,3]"),
        ("{\"r\": 8}", "`layers_to_transform`: the trainer used null"),
        ("{\"r\": ", "not the configuration of an adapter"),
    ] {
        let ran = writes_adapter(bad).run(&["check"]);
        assert!(ran.code == Some(3) && ran.err.contains(said), "{bad}: {:?} {}{}", ran.code, ran.out, ran.err);
    }
}

#[test]
#[cfg(feature = "burn")]
fn the_built_in_trainer_is_known() {
    let text = "[budget]\ntotal_steps = 4\n[trainer]\nkind = \"burn\"\nsettings = \"train.toml\"\n\
                [[dimension]]\nname = \"lora_layers\"\nkind = \"integer\"\nlow = 1\nhigh = 2\n";
    let folder = Folder::with(text);
    let settings = "steps = 2\nevaluate_every = 1\nbatch = 2\nvalidation_examples = 2\ntrain_examples = 8\n\
                    [lora]\nrank = 3\nmodules = [\"q_proj\"]\n[[domain]]\nname = \"sort\"\n";
    fs::write(folder.path().join("train.toml"), settings).unwrap();
    let ran = folder.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let best = folder.json(&["best"]);
    let count = best["configuration"]["lora_layers"].as_u64().unwrap();
    let model = trainer::model_config(trainer::BUILT_IN).unwrap().layers as u64;
    let layers: Vec<u64> = (model - count..model).collect();
    assert_eq!(best["peft"]["layers_to_transform"], serde_json::json!(layers), "{best}");
    assert_eq!((&best["peft"]["r"], &best["peft"]["target_modules"][0]), (&3.into(), &"q_proj".into()), "{best}");
    fs::write(folder.path().join("study.toml"), text.replace("[trainer]", "[model]\nlayers = 4\n[trainer]")).unwrap();
    let ran = folder.run(&["best"]);
    assert!(ran.code == Some(2) && ran.err.contains("`model.layers` is known from the settings"), "{}", ran.err);
}
