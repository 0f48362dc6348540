//! Made-up examples in the published form of every data set that `scripts/fetch-data` knows.

/// Name of the domain, and its published files with their content.
pub(crate) type Published = (&'static str, Vec<(&'static str, String)>);

fn repeat(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn labelled(first: usize) -> String {
    repeat(3, |i| {
        let (i, key) = (i + first, ["A", "B", "C"][i % 3]);
        format!(
            "{{\"id\": \"x{i}\", \"answerKey\": \"{key}\", \"question\": {{\"stem\": \"Which is {i}?\", \"choices\": \
             [{{\"label\": \"A\", \"text\": \"a{i}\"}}, {{\"label\": \"B\", \"text\": \"b{i}\"}}, {{\"label\": \"C\", \"text\": \"c{i}\"}}]}}}}\n"
        )
    })
}

fn sums(first: usize) -> String {
    repeat(3, |i| format!("{{\"question\": \"{i}+{first}?\", \"answer\": \"<<{i}+{first}=9>>9\\n#### 9\"}}\n"))
}

fn scenes(first: usize) -> String {
    repeat(3, |i| {
        format!(
            "{{\"ind\": {i}, \"activity_label\": \"Waiting\", \"ctx\": \"Somebody waits {first}{i} hours. They\", \"label\": {i}, \
             \"endings\": [\"sleep.\", \"leave.\", \"sing.\", \"sit.\"], \"split\": \"train\"}}\n"
        )
    })
}

fn science(first: usize) -> String {
    let one = |i: usize| {
        format!(
            "{{\"question\": \"What is {first}{i}?\", \"distractor3\": \"d3\", \"distractor1\": \"d1\", \"distractor2\": \"d2\", \
             \"correct_answer\": \"right\", \"support\": \"{}\"}}",
            if i == 0 { "" } else { "It is right." }
        )
    };
    format!("[{}]", [one(0), one(1)].join(","))
}

fn trivia(first: usize) -> String {
    format!(
        "{{\"Data\": [{{\"Answer\": {{\"Aliases\": [\"Y\"], \"Value\": \"why\"}}, \"Question\": \"Who {first}?\", \
         \"SearchResults\": [{{\"Title\": \"t\"}}]}}], \"Domain\": \"unfiltered-web\"}}"
    )
}

fn article(n: usize) -> String {
    repeat(4, |i| format!(" = Heading {i} = \n \n {} of article {n} . \n", "words and words ".repeat(8 + i)))
}

fn mmlu(first: usize) -> String {
    repeat(3, |i| format!("\"What, then, is {first}{i}?\",one,two,three,four,C\n"))
}

fn truthful() -> String {
    repeat(40, |i| {
        format!("Adversarial,Myths,\"Is {i}, in truth, so?\",It is not,It is not; Never,It is {i}; Always,http://x\n")
    })
}

fn pubmed() -> String {
    repeat(40, |i| {
        format!(
            "\"{i}\": {{\"QUESTION\": \"Does {i} help?\", \"CONTEXTS\": [\"We saw.\"], \"final_decision\": \"maybe\"}},"
        )
    })
}

fn code() -> String {
    repeat(40, |i| format!("{{\"task_id\": {i}, \"prompt\": \"Write {i}.\", \"code\": \"def f():\\n  return {i}\"}},"))
}

/// Every data set, under the folder that `scripts/fetch-data` creates.
pub(crate) fn published() -> Vec<Published> {
    vec![
        ("gsm8k", vec![("train.jsonl", sums(10)), ("test.jsonl", sums(20))]),
        ("commonsense_qa", vec![("train_rand_split.jsonl", labelled(10)), ("dev_rand_split.jsonl", labelled(20))]),
        ("arc_challenge", vec![("ARC-Challenge-Train.jsonl", labelled(30)), ("ARC-Challenge-Dev.jsonl", labelled(40))]),
        ("hellaswag", vec![("hellaswag_train.jsonl", scenes(1)), ("hellaswag_val.jsonl", scenes(2))]),
        ("sciq", vec![("train.json", science(1)), ("valid.json", science(2))]),
        ("triviaqa", vec![("unfiltered-web-train.json", trivia(1)), ("unfiltered-web-dev.json", trivia(2))]),
        (
            "mmlu",
            vec![("test/astronomy_test.csv", mmlu(1)), ("val/astronomy_val.csv", mmlu(2)), ("dev/x_dev.csv", mmlu(3))],
        ),
        (
            "truthfulqa",
            vec![(
                "TruthfulQA.csv",
                format!(
                    "\u{feff}Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\n{}",
                    truthful()
                ),
            )],
        ),
        ("wikitext2", vec![("train.txt", article(1)), ("valid.txt", article(2)), ("test.txt", article(3))]),
        ("mbpp", vec![("sanitized-mbpp.json", format!("[{}]", code().trim_end_matches(',')))]),
        ("pubmed_qa", vec![("ori_pqal.json", format!("{{{}}}", pubmed().trim_end_matches(',')))]),
        (
            "tinystories",
            vec![("tinystories.txt", repeat(40, |i| format!("\nA cat.\n\nIt met {i} dogs.\n<|endoftext|>")))],
        ),
    ]
}
