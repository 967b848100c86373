#!/usr/bin/env bash
# Feeds every parser with noise: each target of tests/fuzz_targets.txt for so many seconds, an hour
# unless told; with CAMPAIGN=ci ten seconds, on the build of the tests. Two run at a time.
#   scripts/fuzz.sh [SECONDS [TARGET]]
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${CAMPAIGN:-full}" = ci ]; then
  seconds=${1:-10}
  profile=()
else
  seconds=${1:-3600}
  profile=(--release)
  # Without link-time optimisation: it looks for faults, not for speed; overflows are found all the same.
  export CARGO_PROFILE_RELEASE_LTO=off
fi
export BOLERO_RANDOM_TEST_TIME_MS=$((seconds * 1000))
exec cargo test --locked "${profile[@]}" --all-features --test it -- "${2:-fuzz::}" \
  --skip tidy:: --nocapture --test-threads 2 </dev/null
