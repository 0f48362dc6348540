# One execution of a training command: sh attempt.sh PREFIX COMMAND... (the path of the request is appended).
# Output and exit status go to files, so they survive the process that started it.
prefix=$1; shift
request=$prefix.request.json
again=${SLURM_RESTART_COUNT:-0}
if [ "$again" -gt 0 ]; then request=$prefix.requeued.json; prefix=$prefix.r$again; fi
"$@" "$request" >"$prefix.out" 2>"$prefix.err" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM
while :; do
  wait "$child"; status=$?
  kill -0 "$child" 2>/dev/null || break # a trapped signal also ends `wait`
done
echo "$status" >"$prefix.exit.part" && mv "$prefix.exit.part" "$prefix.exit"
exit "$status"
