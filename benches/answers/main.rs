//! What an answer costs the server: CPU time of `vouch serve` for one answer, against a bare gRPC
//! echo that gives back bytes of the same sizes, alternately, in one run. Vouch has authentication,
//! metrics and telemetry on; the echo has nothing.
//!
//! `make bench` prints the median of the ratios and their interval. With `--check` it fails where a
//! median is over the promise.

mod echo;
mod load;
mod meter;
mod report;
mod round;
mod service;

fn main() -> std::process::ExitCode {
    round::main()
}
