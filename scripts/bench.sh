#!/usr/bin/env bash
# What an answer costs the server, against a bare gRPC echo. Arguments: --rounds N --seconds N --check
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${VOUCH_BENCH_PROFILE:-bench}
cargo bench --locked --profile "$profile" --all-features --bench answers -- "$@"
