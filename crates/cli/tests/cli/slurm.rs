//! Slurm with its moods, played by three small programs: no cluster is needed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Folder, Ran, scripted};

/// Notes the size of each array and starts its tasks, up to `$MAX` of them.
const SBATCH: &str = r#"#!/bin/sh
last=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\)$/\1/p' "$2")
echo "$((last + 1))" >> "$FAKE/arrays"
if [ "$last" -ge "${MAX:-1001}" ]; then
  echo "sbatch: error: Batch job submission failed: Invalid job array specification" >&2; exit 1
fi
id=$((1000 + $(ls "$FAKE" | grep -c '^job-')))
i=0
while [ "$i" -le "$last" ]; do
  (SLURM_ARRAY_TASK_ID=$i sh "$2"; : > "$FAKE/end-$id-$i") > "$FAKE/output" 2>&1 < /dev/null &
  i=$((i + 1))
done
echo "$last" > "$FAKE/job-$id"
echo "$id"
"#;

/// Lists all tasks, unless `$MODE` has another idea at this query.
const SQUEUE: &str = r#"#!/bin/sh
k=$(cat "$FAKE/queries" 2> /dev/null || echo 0); echo $((k + 1)) > "$FAKE/queries"
case "$MODE:$k" in
old:*) echo "squeue: unrecognized option '--json'" >&2; exit 1 ;;
words:[23]) echo "slurm_load_jobs error: Words that nobody has listed" >&2; exit 1 ;;
garbled:2) exit 0 ;;
empty:[2345]) echo '{"jobs": []}'; exit 0 ;;
esac
printf '{"jobs": [' ; comma=
for job in "$FAKE"/job-*; do
  [ -e "$job" ] || continue
  id=${job##*-}; i=0
  while [ "$i" -le "$(cat "$job")" ]; do
    state=RUNNING; [ -e "$FAKE/end-$id-$i" ] && state=COMPLETED
    printf '%s{"job_id": %d, "array_job_id": %d, "array_task_id": %d, "job_state": "%s", "exit_code": 0, "name": ""}' "$comma" $((id * 100 + i)) "$id" "$i" $state
    comma=,; i=$((i + 1))
  done
done
echo ']}'
"#;

/// Runs a command on a study with three workers and this Slurm; what it said, and the sizes of the arrays.
fn with_slurm(mode: &str, most: usize, arguments: &[&str]) -> (Ran, Vec<String>) {
    let folder = Folder::with(&scripted("good", "[executor]\nkind = \"slurm\"\nworkers = 3\npoll_seconds = 0.1"));
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    for (name, text) in [("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", "#!/bin/sh\n")] {
        fs::write(bin.join(name), text).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut run = folder.command(arguments);
    run.env("PATH", path).env("FAKE", &bin).env("MODE", mode).env("MAX", most.to_string());
    let ran = Ran::of(run.output().unwrap());
    let arrays = fs::read_to_string(bin.join("arrays")).unwrap_or_default();
    (ran, arrays.lines().map(str::to_owned).collect())
}

#[test]
fn a_slurm_that_has_answered_once_may_stumble() {
    for (mode, note) in [("", ""), ("words", "Words that nobody has listed"), ("garbled", "is not JSON"), ("empty", "")]
    {
        let (ran, _) = with_slurm(mode, 1001, &["run"]);
        assert_eq!(ran.code, Some(0), "{mode}: {}", ran.err);
        assert!(ran.err.contains(note), "{mode}: {}", ran.err);
        assert_eq!(ran.err.contains("waiting for up to 24.0 hours"), !note.is_empty(), "{mode}: {}", ran.err);
        assert!(!ran.err.contains("no longer in the queue"), "{mode}: {}", ran.err);
    }
}

#[test]
fn arrays_are_as_large_as_the_cluster_takes() {
    let (ran, arrays) = with_slurm("", 2, &["run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("the cluster takes no arrays of 3 tasks; using 2"), "{}", ran.err);
    assert_eq!(arrays[..3], ["3", "2", "1"]);
    assert!(!arrays[1..].contains(&"3".to_owned()), "{arrays:?}");
}

#[test]
fn what_is_missing_is_said_before_anything_is_submitted() {
    for command in [&["run"][..], &["check"]] {
        let (ran, arrays) = with_slurm("old", 1001, command);
        assert_eq!(ran.code, Some(3), "{}", ran.err);
        assert!(ran.err.contains("from version 21.08 on"), "{}", ran.err);
        assert!(arrays.is_empty(), "{arrays:?}");
    }
}

#[test]
fn values_cannot_become_shell_or_options() {
    for (line, said) in [
        (
            "partition = \"gpu\\ntouch x #\"",
            "study.toml:14: `executor.partition` is \"gpu\\ntouch x #\", which holds '\\n'",
        ),
        ("account = \"a --wrap=b\"", "study.toml:14: `executor.account` is \"a --wrap=b\", which holds ' '"),
        ("gres = \"--array=0-9\"", "`executor.gres` is \"--array=0-9\", expected a value, not an option"),
        ("time = \"\"", "`executor.time` is empty"),
        ("extra = [\"--mem=1G\\ntouch x\"]", "`executor.extra` contains '\\n'"),
        ("extra = [\"--mem=1G --array=0-9\"]", "which holds two options"),
        ("extra = [\"--array=0-9\"]", "but `jobs` sets --array itself"),
        ("extra = [\"-a0-9\"]", "but `jobs` sets -a0-9 itself"),
        ("extra = [\"touch x\"]", "expected an option of sbatch"),
        ("setup = [\"true\\rtouch x\"]", "`executor.setup` contains '\\r'"),
        ("conf = \"a\\nb\"", "`executor.conf` contains '\\n'"),
    ] {
        let folder = Folder::with(&scripted("good", &format!("[executor]\nkind = \"slurm\"\nworkers = 1\n{line}")));
        let ran = folder.run(&["check", "--no-run"]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{line}: {:?} {}", ran.code, ran.err);
    }
    let sound = "partition = \"gpu,cpu\"\ngres = \"gpu:a100:1\"\ntime = \"2-0:00:00\"\nextra = [\"--mem=64G\", \"-N 1\", \"--comment='two words'\"]\nsetup = [\"module load cuda && true\"]";
    Folder::with(&scripted("good", &format!("[executor]\nkind = \"slurm\"\n{sound}"))).ok(&["check", "--no-run"]);
}
