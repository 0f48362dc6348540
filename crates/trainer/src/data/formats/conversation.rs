//! Conversations: each answer of the assistant is one example.

use serde_json::{Value, json};

use crate::data::Example;

/// Chat messages with `role` and `content`, as the APIs of most servers have them.
pub(super) fn messages(name: &str, value: &Value) -> Result<Vec<Example>, String> {
    let list = value.as_array().ok_or_else(|| format!("`{name}` is {value}, expected a list of messages"))?;
    let message = |(i, message): (usize, &Value)| {
        let at = |problem: String| format!("`{name}[{i}]`: {problem}");
        if ["tool_calls", "function_call"].iter().any(|key| !message[*key].is_null()) {
            return Err(at("calls of tools are not supported".into()));
        }
        let role = message["role"].as_str().ok_or_else(|| at("no `role`".into()))?;
        Ok(json!({"role": role, "content": content(&message["content"]).map_err(at)?}))
    };
    answers(name, list.iter().enumerate().map(message).collect::<Result<_, _>>()?)
}

/// A text, or a list of parts of which all are texts.
fn content(value: &Value) -> Result<String, String> {
    let part = |part: &Value| match part["type"].as_str() {
        Some("text") => part["text"].as_str().map(str::to_owned).ok_or("a part has no `text`".to_owned()),
        other => Err(format!("a part has the type {}, expected `text`", other.unwrap_or("nothing"))),
    };
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => parts.iter().map(part).collect(),
        other => Err(format!("`content` is {other}, expected a text")),
    }
}

/// ShareGPT's `conversations`: messages with `from` and `value`.
pub(super) fn sharegpt(name: &str, value: &Value) -> Result<Vec<Example>, String> {
    let list = value.as_array().ok_or_else(|| format!("`{name}` is {value}, expected a list of turns"))?;
    let turn = |(i, turn): (usize, &Value)| {
        let role = match turn["from"].as_str() {
            Some("human" | "user") => "user",
            Some("gpt" | "assistant" | "chatgpt" | "model") => "assistant",
            Some("system") => "system",
            other => {
                let found = other.unwrap_or("missing");
                return Err(format!("`{name}[{i}].from` is {found}, expected human, gpt or system"));
            }
        };
        let text = turn["value"]
            .as_str()
            .ok_or_else(|| format!("`{name}[{i}].value` is {}, expected a text", turn["value"]))?;
        Ok(json!({"role": role, "content": text}))
    };
    answers(name, list.iter().enumerate().map(turn).collect::<Result<_, _>>()?)
}

/// One example for each message of the assistant, with all messages before it.
fn answers(name: &str, messages: Vec<Value>) -> Result<Vec<Example>, String> {
    if messages.first().is_some_and(|first| first["role"] == "assistant") {
        return Err(format!("`{name}` begins with an answer, expected a question first"));
    }
    let is_answer = |i: &usize| messages[*i]["role"] == "assistant";
    let example = |i: usize| {
        let text = messages[i]["content"].as_str().unwrap_or_default();
        Example::answer(messages[..i].to_vec(), text)
    };
    let all: Vec<Example> = (0..messages.len()).filter(is_answer).map(example).collect();
    if all.is_empty() {
        return Err(format!("`{name}` has no message of the assistant: nothing to learn"));
    }
    Ok(all)
}
