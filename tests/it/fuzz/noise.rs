//! The noise: random bytes, and samples with random edits.

use std::sync::atomic::{AtomicU64, Ordering};

/// Inputs of one run of the tests; a time in `BOLERO_RANDOM_TEST_TIME_MS` goes instead of it.
const RUNS: usize = 2_000;

/// Feeds a target with random bytes, and says how often.
pub(super) fn feed(name: &str, target: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    #[expect(clippy::disallowed_methods, reason = "the campaign tells how long by this variable")]
    let by_time = std::env::var_os("BOLERO_RANDOM_TEST_TIME_MS").is_some();
    let runs = AtomicU64::new(0);
    let most = if by_time { usize::MAX } else { RUNS };
    bolero::check!().with_iterations(most).with_max_len(8_192).for_each(|input: &[u8]| {
        runs.fetch_add(1, Ordering::Relaxed);
        target(input);
    });
    println!("fuzz {name}: {} runs", runs.load(Ordering::Relaxed));
}

/// One of the samples after the edits that the input tells: random bytes alone rarely look like a
/// certificate or a table.
pub(super) fn edited(samples: &[Vec<u8>], input: &[u8]) -> Vec<u8> {
    let [first, rest @ ..] = input else { return Vec::new() };
    let mut bytes = samples[usize::from(*first) % samples.len()].clone();
    for edit in rest.as_chunks::<4>().0.iter().take(16) {
        let [what, high, low, value] = *edit;
        let length = bytes.len();
        if length == 0 {
            break;
        }
        let at = usize::from(u16::from_be_bytes([high, low])) % length;
        match what % 6 {
            0 => bytes[at] = value,
            1 => bytes.insert(at, value),
            2 => drop(bytes.drain(at..length.min(at + usize::from(value)))),
            3 => bytes.truncate(at),
            4 => {
                let copy = bytes[at..length.min(at + usize::from(value))].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => bytes[at] = bytes[at].wrapping_add(1 << (value % 8)),
        }
    }
    bytes
}
