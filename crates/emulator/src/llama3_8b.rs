/// The built-in emulators: (task, file), fitted to the recorded Llama-3-8B-Instruct LoRA runs of the authors' searches (task
/// validation loss, in-distribution). Their provenance and quality are in the files and in `results/emulator/`.
pub const LLAMA3_8B: &[(&str, &[u8])] = &[
    ("commonsense_qa", include_bytes!("../emulators/llama3-8b/commonsense_qa.json")),
    ("gsm8k", include_bytes!("../emulators/llama3-8b/gsm8k.json")),
    ("triviaqa", include_bytes!("../emulators/llama3-8b/triviaqa.json")),
    ("truthfulqa_gen", include_bytes!("../emulators/llama3-8b/truthfulqa_gen.json")),
    ("mmlu", include_bytes!("../emulators/llama3-8b/mmlu.json")),
    ("arc_challenge", include_bytes!("../emulators/llama3-8b/arc_challenge.json")),
];
