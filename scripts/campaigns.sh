#!/usr/bin/env bash
# The long campaigns: kills, oracles, storms. One release build serves them all. Each stops by itself.
# With CI=true each runs in its short form, which the command reads from CAMPAIGN=ci.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/stages.sh

# name | most seconds it may take | command
CAMPAIGNS=(
)

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
