# Sourced: runs stages, times them, goes on after a failure and tells at the end.

declare -a STAGE_LINES=()
STAGES_PASSED=0
STAGES_FAILED=0

# stage NAME COMMAND...
stage() {
  local name=$1 started=$SECONDS code=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || code=$?
  local took=$((SECONDS - started))
  if [ "$code" -eq 0 ]; then
    STAGES_PASSED=$((STAGES_PASSED + 1))
    STAGE_LINES+=("$(printf 'ok      %5d s  %s' "$took" "$name")")
  else
    STAGES_FAILED=$((STAGES_FAILED + 1))
    STAGE_LINES+=("$(printf 'FAILED  %5d s  %s (exit %d)' "$took" "$name" "$code")")
  fi
  printf '== %s: %d s, exit %d\n' "$name" "$took" "$code"
}

# stages_end: the table, the closing line, and the exit code.
stages_end() {
  printf '\n'
  printf '%s\n' "${STAGE_LINES[@]}"
  printf '%d passed, %d failed\n' "$STAGES_PASSED" "$STAGES_FAILED"
  [ "$STAGES_FAILED" -eq 0 ]
}
