#!/usr/bin/env bash
# The long campaigns: kills, stopped instances, skewed clocks, oracles, hostile SQL, the echo. Each stops
# by itself. One release build serves them all; with CAMPAIGN=ci each runs in its short form, on the build
# of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/stages.sh

export CAMPAIGN=${CAMPAIGN:-full}
# Without link-time optimisation: campaigns look for faults, not for speed.
export CARGO_PROFILE_RELEASE_LTO=off

# in_ci SHORT LONG
in_ci() {
  [ "$CAMPAIGN" = ci ] && echo "$1" || echo "$2"
}

# campaign NAME SECONDS TESTS...: runs tests by name, for so many seconds at most.
campaign() {
  local name=$1 most=$2
  shift 2
  # shellcheck disable=SC2046 # an empty profile is no argument
  stage "$name" timeout --kill-after=30 "$most" \
    cargo test --locked $(in_ci '' --release) --all-features --test it -- "$@" --nocapture </dev/null
}

cases=$(in_ci 1000000 10000000)
export VOUCH_ORACLE_CASES=$cases VOUCH_ORACLE_TIME_CASES=$((cases / 10)) VOUCH_ORACLE_PACKED_CASES=$((cases / 10))
export VOUCH_KILLS=${VOUCH_KILLS:-$(in_ci 40 200)} VOUCH_BIRTHS=${VOUCH_BIRTHS:-$(in_ci 10 50)}
export VOUCH_STOPS=${VOUCH_STOPS:-$(in_ci 3 20)} VOUCH_A_BOUND_SECONDS=10
export VOUCH_TIMINGS=${VOUCH_TIMINGS:-$(in_ci 20000 500000)}
export VOUCH_JOURNEY_EDITS=all
VOUCH_DIGESTS=$(in_ci some all)
export VOUCH_DIGESTS
export VOUCH_HANDOVERS=${VOUCH_HANDOVERS:-$(in_ci 2000 10000)}
export VOUCH_BOOK=${VOUCH_BOOK:-$(in_ci 2000 100000)} VOUCH_ROWS=${VOUCH_ROWS:-$(in_ci 20000 200000)}
VOUCH_SCREENING=$(in_ci part full)
export VOUCH_SCREENING
export VOUCH_HOSTILE=${VOUCH_HOSTILE:-$(in_ci some all)}

export VOUCH_EVIDENCE_SETS=${VOUCH_EVIDENCE_SETS:-$(in_ci 20000 10000000)}
export VOUCH_SOURCE_ANSWERS=${VOUCH_SOURCE_ANSWERS:-$(in_ci 3600 100000)}
export VOUCH_HOSTILE_CLAIMS=${VOUCH_HOSTILE_CLAIMS:-$(in_ci 600 1000000)}
export VOUCH_IMPORT_KILLS=${VOUCH_IMPORT_KILLS:-$(in_ci 3 50)} VOUCH_IMPORT_KILL_ROWS=${VOUCH_IMPORT_KILL_ROWS:-$(in_ci 6000 20000)}
# The promises of an import are held to where nothing else runs, and with a server that syncs.
export VOUCH_IMPORT_ROWS=${VOUCH_IMPORT_ROWS:-$(in_ci 20000 1000000)} VOUCH_IMPORT_CHECK=${VOUCH_IMPORT_CHECK:-$(in_ci 0 1)}
VOUCH_PG_SYNC=$(in_ci off on)
export VOUCH_PG_SYNC
export VOUCH_DAY_EVENTS=${VOUCH_DAY_EVENTS:-$(in_ci 300 100000)}

campaign 'decision oracle' 5400 oracle_random oracle_time oracle_a_cached oracle_agrees
campaign 'kills' 1800 crash::kills crash::births
campaign 'imports killed' 3600 imports::kills
campaign 'imports beside a bare load' 7200 imports::bench
campaign 'stopped instances' 900 crash::stopped
campaign 'edits between steps' 900 journeys::edits
campaign 'orders of edits and checks' 3600 rule_01_no_order
campaign 'codes compared' 300 right_and_wrong_codes
campaign 'skewed clocks' 1800 crash::skew
campaign 'lists against the book' 3600 conformance::book
campaign 'screening measured' 1800 sources::screening
campaign 'hostile SQL' 3600 rule_01_hostile_sql
campaign 'evidence sets' 3600 evidence_sets
campaign 'changed answers of sources' 1800 no_changed_body
campaign 'hostile claims' 7200 hostile_claims
campaign 'a day of events' 7200 day_of_events
# Ten seconds each in CI; an hour each is a command of its own: scripts/fuzz.sh.
stage 'noise for every parser' timeout --kill-after=30 3600 bash scripts/fuzz.sh "$(in_ci 10 120)"
if [ "$CAMPAIGN" = ci ]; then
  # Shows that it runs; what it prints is no figure, because nothing is optimised.
  export BENCH_PROFILE=dev
fi
stage 'answers against an echo' timeout --kill-after=30 900 bash scripts/bench.sh --rounds 5 --seconds 1
stages_end
