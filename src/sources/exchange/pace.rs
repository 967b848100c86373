//! How often a source may be asked.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// The service's own monotonic time, as the limiter reads it.
#[derive(Clone, Debug)]
struct Own(Clock);

impl governor::clock::Clock for Own {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.mono().0.saturating_mul(1_000))
    }
}

#[derive(Debug)]
pub(super) struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, Own, NoOpMiddleware<Nanos>>,
    own: Own,
}

impl Pace {
    /// So many an hour, and so many of them at once.
    pub(super) fn new(per_hour: u32, burst: u32, clock: &Clock) -> Self {
        let every = Duration::from_hours(1) / per_hour.max(1);
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(every)
            .map_or(Quota::per_hour(NonZeroU32::MIN), |q| q.allow_burst(burst));
        let own = Own(clock.clone());
        Self { limiter: RateLimiter::direct_with_clock(quota, own.clone()), own }
    }

    /// Takes one turn, or says how long to wait for it.
    pub(super) fn turn(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|not| not.wait_time_from(self.own.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Span, Ts};

    #[test]
    fn turns_come_back_with_time() {
        let clock = Clock::movable(Ts(1_000_000_000));
        let pace = Pace::new(60, 2, &clock);
        assert!(pace.turn().is_ok() && pace.turn().is_ok());
        let wait = pace.turn().unwrap_err();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_mins(1), "{wait:?}");
        clock.advance(Span::secs(60));
        assert!(pace.turn().is_ok() && pace.turn().is_err());
    }
}
