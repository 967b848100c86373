#!/usr/bin/env bash
# Makes the pictures of the documentation from invented data. Needs poppler-utils.
set -euo pipefail
cd "$(dirname "$0")/.."
pages=${CARGO_TARGET_DIR:-target}/tmp
cargo test --locked --all-features --test it -- paper::the_letter_is_a_sound_pdf </dev/null
mkdir -p docs/pictures
pdftoppm -r 80 -png -singlefile "$pages/letter.pdf" docs/pictures/letter
echo "docs/pictures/letter.png"
