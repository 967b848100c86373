#!/usr/bin/env bash
# Formatting, clippy, the feature checks, and every test on both stores.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/stages.sh

# The tests start a cluster of their own from these binaries; no running server is touched.
if ! command -v initdb >/dev/null && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  echo 'The tests need the binaries of a PostgreSQL server, and there are none here. Install them with' >&2
  echo '    apt-get install postgresql' >&2
  exit 1
fi

client_is_small() {
  local tree
  tree=$(cargo tree --locked --no-default-features --features client -e normal --prefix none)
  if grep -E '^(sqlx|libsqlite3-sys|argon2)[ -]' <<<"$tree"; then
    echo "the client feature links a database or a password hash" >&2
    return 1
  fi
  echo "$(sort -u <<<"$tree" | wc -l) packages, no database, no password hash"
}

one_crypto_provider() {
  local name
  for name in ring openssl openssl-sys native-tls; do
    if cargo tree --locked --all-features -e normal,build -i "$name" 2>/dev/null | grep -q .; then
      echo "$name is linked: aws-lc-rs is the one crypto provider" >&2
      return 1
    fi
  done
}

tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --all-features --no-fail-fast
  else
    cargo test --locked --all-features --no-fail-fast
  fi
}

stage 'formatting' cargo fmt --all --check
stage 'clippy' cargo clippy --locked --all-targets --all-features -- -D warnings
stage 'rules alone (no features)' cargo check --locked --lib --no-default-features
stage 'signer library (client feature)' cargo check --locked --lib --no-default-features --features client
stage 'outside sources (sources feature)' cargo check --locked --lib --no-default-features --features sources
stage 'signer library links no store' client_is_small
stage 'one crypto provider' one_crypto_provider
stage 'tests' tests
stages_end
