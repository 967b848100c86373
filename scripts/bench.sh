#!/usr/bin/env bash
# What an answer costs the server, against a bare gRPC echo. Arguments: --rounds N --seconds N --check
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${BENCH_PROFILE:-bench}
# The service refuses settings that it does not know, and those of the campaigns are none of its.
unset "${!VOUCH_@}"
cargo bench --locked --profile "$profile" --all-features --bench answers -- "$@"
