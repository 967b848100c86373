//! The only `now()` and the only randomness. Everything else takes an instant or this handle, so
//! that every decision can be replayed and tests can move time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

use crate::domain::pii::Secret;
use crate::domain::time::{Mono, Span, Ts};

/// Time and randomness. Cloning is cheap; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    /// The machine's clock, moved by a fixed span: zero outside of tests.
    System { began: Instant, offset: Span },
    /// A clock that stands still until a test moves it.
    Movable { now: AtomicI64, mono: AtomicU64 },
}

/// The operating system gave no random bytes; nothing secret can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes; check /dev/urandom and try again")]
pub struct NoRandomness;

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::shifted(Span::ZERO)
    }

    /// The machine's clock moved by `offset`, to show how instances with skewed clocks behave.
    #[expect(clippy::disallowed_methods, reason = "this file is the one source of time")]
    pub fn shifted(offset: Span) -> Self {
        Self(Arc::new(Source::System { began: Instant::now(), offset }))
    }

    /// A clock that stands at `now` until [`Clock::advance`] moves it.
    pub fn movable(now: Ts) -> Self {
        Self(Arc::new(Source::Movable { now: AtomicI64::new(now.0), mono: AtomicU64::new(1) }))
    }

    /// Moves a movable clock forward, wall time and monotonic time alike. The machine's clock
    /// stays as it is, and `false` says so.
    pub fn advance(&self, span: Span) -> bool {
        match &*self.0 {
            Source::System { .. } => false,
            Source::Movable { now, mono } => {
                now.fetch_add(span.0, Ordering::SeqCst);
                mono.fetch_add(u64::try_from(span.0).unwrap_or(0), Ordering::SeqCst);
                true
            }
        }
    }

    /// Now, in microseconds since 1970.
    #[expect(clippy::disallowed_methods, reason = "this file is the one source of time")]
    pub fn now(&self) -> Ts {
        match &*self.0 {
            Source::System { offset, .. } => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Ts(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)).plus(*offset)
            }
            Source::Movable { now, .. } => Ts(now.load(Ordering::SeqCst)),
        }
    }

    /// Now, on the clock that never jumps.
    #[expect(clippy::disallowed_methods, reason = "this file is the one source of time")]
    pub fn mono(&self) -> Mono {
        match &*self.0 {
            Source::System { began, .. } => {
                Mono(u64::try_from(Instant::now().duration_since(*began).as_micros()).unwrap_or(0))
            }
            Source::Movable { mono, .. } => Mono(mono.load(Ordering::SeqCst)),
        }
    }

    /// A new id (UUID version 7): sorts by the time it was made.
    pub fn id(&self) -> Uuid {
        let micros = u64::try_from(self.now().0).unwrap_or(0);
        let since = Duration::from_micros(micros);
        let stamp = uuid::Timestamp::from_unix(
            uuid::timestamp::context::NoContext,
            since.as_secs(),
            since.subsec_nanos(),
        );
        Uuid::new_v7(stamp)
    }

    /// A new id that tells nothing, not even when it was made (UUID version 4).
    #[expect(clippy::disallowed_methods, reason = "this file is the one source of randomness")]
    pub fn opaque_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    /// Fills `bytes` from the operating system's generator: keys, nonces, codes.
    pub fn random(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        SystemRandom::new().fill(bytes).map_err(|_unspecified| NoRandomness)
    }

    /// A code of `digits` decimal digits, each as likely as any other.
    pub fn code(&self, digits: u32) -> Result<Secret, NoRandomness> {
        let mut code = Vec::new();
        while code.len() < digits as usize {
            let mut byte = [0_u8];
            self.random(&mut byte)?;
            // 250 is the largest multiple of ten in a byte: above it some digits would be likelier.
            if let [byte @ 0..=249] = byte {
                code.push(b'0' + byte % 10);
            }
        }
        Ok(Secret::new(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movable_clock_moves_both_times() {
        let clock = Clock::movable(Ts(5_000_000));
        let began = clock.mono();
        assert!(clock.advance(Span::secs(2)));
        assert_eq!(clock.now(), Ts(7_000_000));
        assert_eq!(clock.mono().since(began), Span::secs(2));
        assert!(!Clock::system().advance(Span::secs(1)));
    }

    #[test]
    fn ids_sort_by_time() {
        let clock = Clock::movable(Ts(1_700_000_000_000_000));
        let first = clock.id();
        clock.advance(Span::millis(1));
        assert!(first < clock.id());
    }
}
