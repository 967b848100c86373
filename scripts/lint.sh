#!/usr/bin/env bash
# The API, the chart, and the licences of what is linked.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/stages.sh
source scripts/tools.sh

# Against the newest release; before the first there is nothing to break.
api_is_compatible() {
  local tag
  tag=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)
  if [ -z "$tag" ]; then
    echo 'no release tag: nothing to compare with'
    return
  fi
  buf breaking --against ".git#tag=$tag"
}

licences() {
  if ! cargo deny --version >/dev/null 2>&1; then
    echo 'cargo-deny is not installed (cargo install --locked cargo-deny): not run'
    return
  fi
  cargo deny --all-features check licenses bans sources
}

stage 'tools' eval 'need_buf && need_helm && need_python_tools'
stage 'API style' buf lint
stage 'API format' buf format --diff --exit-code
stage 'API compatibility' api_is_compatible
stage 'chart' bash scripts/chart.sh
stage 'licences' licences
stages_end
