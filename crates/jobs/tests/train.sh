# A trainer without dependencies: sh train.sh MODE REQUEST. Evaluates every 10 steps; the loss depends on the rank and the step.
mode=$1; request=$2
field() { sed -n "s/.*\"$1\": *\([^,}]*\).*/\1/p" "$request" | head -n 1 | tr -d ' "'; }
to=$(field to); checkpoint=$(field checkpoint); rank=$(field rank)
step=0
if [ "$(field resume)" = true ] && [ -f "$checkpoint/step" ]; then step=$(cat "$checkpoint/step"); fi
keep() { echo "$finished" >"$checkpoint/step"; }
finished=$step
trap 'keep; exit 0' TERM
echo "loading a model of rank $rank as worker $JOBS_WORKER"
echo "$rank $(field resume) $step" >>"$checkpoint/executions"
executions=$(wc -l <"$checkpoint/executions")
[ "$mode" = loaders ] && { sleep 300 & echo $! >>loaders; }
while [ "$step" -lt "$to" ]; do
  step=$((step + 10))
  case $mode in
  slow) sleep 0.03 ;;
  slower) sleep 0.5 ;;
  slowest) sleep 5 & wait ;;
  crash) if [ "$step" -gt 30 ] && [ "$executions" -eq 1 ]; then keep; echo "CUDA error: device lost" >&2; exit 3; fi ;;
  broken) echo "no such model" >&2; exit 7 ;;
  fails-for-some) if [ "$rank" -gt 12 ]; then echo "out of memory" >&2; exit 1; fi ;;
  nan) if [ "$step" -eq 40 ]; then echo '{"step": 40, "eval_loss": NaN}'; sleep 60; fi ;;
  back) if [ "$step" -eq 40 ]; then echo '{"step": 20, "eval_loss": 1.0}'; sleep 60; fi ;;
  silent) if [ "$step" -eq 40 ]; then sleep 60; fi ;;
  stubborn) if [ "$step" -eq 40 ]; then trap '' TERM; sleep 60 & wait; sleep 60; fi ;;
  early) if [ "$step" -eq 40 ]; then exit 0; fi ;;
  garbage) printf '{"step": %s, "eval_loss": \n' "$step"; continue ;;
  over) [ "$step" -eq "$to" ] && echo '{"step": 999, "eval_loss": 0.1}' ;;
  esac
  printf '{"step": %s, "eval_loss": %s.%03d, "lr": 0.1}\n' "$step" 1 $((900 - step * 5 + rank))
  finished=$step
done
keep
[ "$mode" = late ] && exit 9
exit 0
