#!/usr/bin/env bash
# The long campaigns: kills, oracles, storms. One release build serves them all. Each stops by itself.
# With CI=true each runs in its short form, which the command reads from CAMPAIGN=ci.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/stages.sh

# name | most seconds it may take | command
CAMPAIGNS=(
  'decision oracle|5400|n=$([ "$CAMPAIGN" = ci ] && echo 1000000 || echo 10000000); VOUCH_ORACLE_CASES=$n VOUCH_ORACLE_TIME_CASES=$((n / 10)) VOUCH_ORACLE_PACKED_CASES=$((n / 10)) cargo test --locked --release --all-features --test it -- oracle_random oracle_time oracle_a_cached oracle_agrees --nocapture'
  'kills|1800|VOUCH_KILLS=${VOUCH_KILLS:-200} VOUCH_BIRTHS=$([ "$CAMPAIGN" = ci ] && echo 10 || echo 50) cargo test --locked --release --all-features --test it -- crash::kills crash::births --nocapture'
  'stopped instances|900|VOUCH_STOPS=$([ "$CAMPAIGN" = ci ] && echo 5 || echo 20) VOUCH_A_BOUND_SECONDS=10 cargo test --locked --release --all-features --test it -- crash::stopped --nocapture'
  'edits between steps|900|VOUCH_JOURNEY_EDITS=all cargo test --locked --release --all-features --test it -- journeys::edits --nocapture'
  'skewed clocks|1800|VOUCH_HANDOVERS=${VOUCH_HANDOVERS:-10000} cargo test --locked --release --all-features --test it -- crash::skew --nocapture'
  'hostile SQL|3600|VOUCH_HOSTILE=$([ "$CAMPAIGN" = ci ] && echo some || echo all) cargo test --locked --release --all-features --test it -- rule_01_hostile_sql --nocapture'
  'answers against an echo|900|bash scripts/bench.sh $([ "$CAMPAIGN" = ci ] && echo --rounds 5 --seconds 1)'
)

# Without link-time optimisation: campaigns look for faults, not for speed.
export CARGO_PROFILE_RELEASE_LTO=off
export CAMPAIGN=${CAMPAIGN:-$([ "${CI:-}" = true ] && echo ci || echo full)}

if [ "${#CAMPAIGNS[@]}" -eq 0 ]; then
  echo 'no campaign is listed'
  exit 0
fi
stage 'release build' cargo build --locked --release --all-features --bin vouch
for line in "${CAMPAIGNS[@]}"; do
  IFS='|' read -r name most command <<<"$line"
  stage "$(xargs <<<"$name")" timeout --kill-after=30 "$(xargs <<<"$most")" bash -c "$command" </dev/null
done
stages_end
