# One execution of a training command: sh attempt.sh PREFIX COMMAND... (the request's path is appended).
# Its output goes to files of its own and its exit status to one more, whoever started it and whether or not they still live.
# Standard input is the run's lock: every process that has it open holds the lock, so it is passed on to the command.
prefix=$1; shift
request=$prefix.request.json
again=${SLURM_RESTART_COUNT:-0}
if [ "$again" -gt 0 ]; then request=$prefix.requeued.json; prefix=$prefix.r$again; fi
exec 9<&0 # a command in the background would have /dev/null as its standard input
"$@" "$request" <&9 >"$prefix.out" 2>"$prefix.err" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM
while :; do
  wait "$child"; status=$?
  kill -0 "$child" 2>/dev/null || break # a trapped signal also ends `wait`
done
echo "$status" >"$prefix.exit.part" && mv "$prefix.exit.part" "$prefix.exit"
# what the command started ends with it: data loaders, the trainer behind a wrapper
trap '' TERM
kill -TERM -- "-$$" 2>/dev/null
exit "$status"
