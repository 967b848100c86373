//! What is printed.

use std::io::Write as _;

/// Ratios of one kind of answer, one a round.
pub(super) struct Ratios {
    pub(super) name: &'static str,
    pub(super) promise: f64,
    pub(super) each: Vec<f64>,
}

impl Ratios {
    /// The middle of them, with the lowest and the highest.
    fn spread(&self) -> (f64, f64, f64) {
        let mut sorted = self.each.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let half = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            at(half)
        } else {
            f64::midpoint(at(half.saturating_sub(1)), at(half))
        };
        (median, at(0), at(sorted.len().saturating_sub(1)))
    }

    /// Prints the median with its interval; whether the promise is kept.
    pub(super) fn print(&self) -> anyhow::Result<bool> {
        let (median, low, high) = self.spread();
        let rounds = self.each.len();
        // The true median lies outside of all n rounds with the chance that n coins fall alike.
        let sure = 100.0 * (1.0 - 2.0 * 0.5_f64.powi(i32::try_from(rounds)?));
        let kept = median <= self.promise;
        let word = if kept { "kept" } else { "BROKEN" };
        say(&format!(
            "{}: median ratio {median:.3}, interval {low:.3} to {high:.3} ({rounds} rounds, \
             {sure:.1} %), promise {:.2}: {word}",
            self.name, self.promise
        ))?;
        Ok(kept)
    }
}

/// A line on standard output.
pub(super) fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}
