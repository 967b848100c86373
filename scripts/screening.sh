#!/usr/bin/env bash
# Screening measured over the whole of the real samples: the curve, the pairs, the price of a look.
# docs/screening.md holds the last result. VOUCH_DATA names the folder with the samples and lists.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${VOUCH_DATA:?name the folder with the real data}"
export VOUCH_SCREENING=full
cargo test --locked --release --all-features --test it -- \
  sources::screening sources::identifier --nocapture --test-threads=1
