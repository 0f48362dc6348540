use std::collections::HashMap;

use serde_json::Value;

/// A task in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedTask {
    /// `array_index`, or the job number where it is not part of an array.
    pub id: String,
    /// The job's name.
    pub name: String,
    /// Its state.
    pub state: JobState,
}

/// State of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It is queued, the first time or again.
    Waiting,
    /// It runs, or is being set up or cleaned up.
    Running,
    /// It ended with this exit status (128 + signal where a signal ended it).
    Ended(i32),
    /// Slurm ended it, for this reason.
    Lost(String),
}

/// Parses `squeue --json` of any version: numbers bare or as `{"set": true, "number": 3}`, states as a string or a list, exit codes as
/// a wait status or as `{"return_code": ..., "signal": ...}`. A record of several queued tasks (`"array_task_string": "3-7"`) gives
/// one entry per task.
///
/// # Errors
/// Output that is not a list of jobs.
pub fn parse_queue(json: &str) -> Result<Vec<QueuedTask>, String> {
    let value: Value =
        serde_json::from_str(json).map_err(|e| format!("the output of squeue --json is not JSON: {e}"))?;
    let jobs = value.get("jobs").and_then(Value::as_array).ok_or("the output of squeue --json has no list `jobs`")?;
    let mut tasks = vec![];
    for job in jobs {
        let field = |name: &str| job.get(name).unwrap_or(&Value::Null);
        let id = number(field("job_id")).ok_or("a job in the output of squeue --json has no `job_id`")?;
        let array = number(field("array_job_id")).filter(|&n| n > 0);
        let name = field("name").as_str().unwrap_or_default().to_owned();
        let state = state(field("job_state"), field("exit_code"));
        let indices = match (number(field("array_task_id")), field("array_task_string").as_str()) {
            (Some(index), _) => vec![index],
            (None, Some(range)) => expand(range),
            (None, None) => vec![],
        };
        match array {
            Some(array) if !indices.is_empty() => tasks.extend(indices.into_iter().map(|i| QueuedTask {
                id: format!("{array}_{i}"),
                name: name.clone(),
                state: state.clone(),
            })),
            _ => tasks.push(QueuedTask { id: id.to_string(), name, state }),
        }
    }
    Ok(tasks)
}

/// The tasks by id.
pub(super) fn by_id(tasks: Vec<QueuedTask>) -> HashMap<String, QueuedTask> {
    tasks.into_iter().map(|t| (t.id.clone(), t)).collect()
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Object(fields) if fields.get("set") == Some(&Value::Bool(false)) => None,
        Value::Object(fields) => fields.get("number")?.as_u64(),
        other => other.as_u64(),
    }
}

fn state(state: &Value, exit_code: &Value) -> JobState {
    let names: Vec<&str> = match state {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    };
    let has = |name: &str| names.contains(&name);
    if ["PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"].into_iter().any(has) {
        return JobState::Waiting;
    }
    if ["RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING", "STAGE_OUT"]
        .into_iter()
        .any(has)
    {
        return JobState::Running;
    }
    if has("COMPLETED") || has("FAILED") {
        return JobState::Ended(exit_status(exit_code).unwrap_or(i32::from(has("FAILED"))));
    }
    JobState::Lost(names.first().map_or("unknown", |n| n).to_lowercase().replace('_', " "))
}

/// The exit status, in either form.
fn exit_status(code: &Value) -> Option<i32> {
    let (status, signal) = match code {
        Value::Object(fields) if fields.contains_key("return_code") || fields.contains_key("signal") => {
            let signal = fields.get("signal").unwrap_or(&Value::Null);
            let signal = number(signal.get("id").or(signal.get("signal_id")).unwrap_or(&Value::Null));
            (number(fields.get("return_code").unwrap_or(&Value::Null)).unwrap_or(0), signal.unwrap_or(0))
        }
        other => {
            let wait = number(other)?;
            (wait >> 8, wait & 0x7f)
        }
    };
    i32::try_from(if signal > 0 { 128 + signal } else { status }).ok()
}

/// `1-3,7` and `0-8:4%2` as numbers.
fn expand(range: &str) -> Vec<u64> {
    let range = range.split('%').next().unwrap_or_default();
    let mut all = vec![];
    for part in range.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let (span, stride) = part.split_once(':').unwrap_or((part, "1"));
        let (low, high) = span.split_once('-').unwrap_or((span, span));
        if let (Ok(low), Ok(high), Ok(stride)) = (low.parse::<u64>(), high.parse::<u64>(), stride.parse::<usize>()) {
            all.extend((low..=high.min(low.saturating_add(100_000))).step_by(stride.max(1)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(json: &str) -> Vec<(String, JobState)> {
        parse_queue(json).unwrap().into_iter().map(|t| (t.id, t.state)).collect()
    }

    #[test]
    fn the_older_format() {
        let json = r#"{"jobs": [
            {"job_id": 9, "array_job_id": 7, "array_task_id": 0, "array_task_string": "", "job_state": "FAILED", "exit_code": 768, "name": "a"},
            {"job_id": 10, "array_job_id": 7, "array_task_id": 1, "job_state": "FAILED", "exit_code": 15, "name": "a"},
            {"job_id": 7, "array_job_id": 7, "array_task_id": null, "array_task_string": "2-3,6%2", "job_state": "PENDING", "exit_code": 0, "name": "a"},
            {"job_id": 12, "array_job_id": 0, "array_task_id": null, "array_task_string": "", "job_state": "NODE_FAIL", "exit_code": 0, "name": "b"},
            {"job_id": 13, "job_state": "COMPLETED", "exit_code": 0}
        ]}"#;
        let expected = [
            ("7_0", JobState::Ended(3)),
            ("7_1", JobState::Ended(143)),
            ("7_2", JobState::Waiting),
            ("7_3", JobState::Waiting),
            ("7_6", JobState::Waiting),
            ("12", JobState::Lost("node fail".into())),
            ("13", JobState::Ended(0)),
        ];
        assert_eq!(states(json), expected.map(|(id, s)| (id.to_owned(), s)));
    }

    #[test]
    fn the_newer_format() {
        let code = |status: u64, signal: u64| {
            format!(
                r#"{{"status": ["ERROR"], "return_code": {{"set": true, "infinite": false, "number": {status}}},
                    "signal": {{"id": {{"set": {}, "infinite": false, "number": {signal}}}, "name": ""}}}}"#,
                signal > 0
            )
        };
        let job = |index: u64, states: &str, code: &str| {
            format!(
                r#"{{"job_id": 9, "array_job_id": {{"set": true, "infinite": false, "number": 7}},
                    "array_task_id": {{"set": true, "infinite": false, "number": {index}}}, "array_task_string": "",
                    "job_state": {states}, "exit_code": {code}, "name": "a"}}"#
            )
        };
        let jobs = [
            job(0, r#"["FAILED"]"#, &code(3, 0)),
            job(1, r#"["FAILED"]"#, &code(0, 9)),
            job(2, r#"["RUNNING", "COMPLETING"]"#, &code(0, 0)),
            job(3, r#"["PENDING", "REQUEUED"]"#, &code(0, 0)),
            job(4, r#"["TIMEOUT"]"#, &code(0, 1)),
            job(5, r#"["COMPLETED"]"#, &code(0, 0)),
        ];
        let json = format!(r#"{{"jobs": [{}]}}"#, jobs.join(", "));
        let expected = [
            JobState::Ended(3),
            JobState::Ended(137),
            JobState::Running,
            JobState::Waiting,
            JobState::Lost("timeout".into()),
            JobState::Ended(0),
        ];
        assert_eq!(states(&json).into_iter().map(|(_, s)| s).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn ranges_strides_and_invalid_output() {
        assert_eq!(expand("0-8:4,11"), [0, 4, 8, 11]);
        assert_eq!(expand("x-,3"), [3]);
        assert!(parse_queue("slurm_load_jobs error").is_err() && parse_queue("{}").is_err());
    }
}
