//! Times: `google.protobuf.Timestamp` on one side, integer microseconds on the other.

use prost_types::Timestamp;

use crate::domain::time::Ts;

/// The instant, or `None` outside of 1970 to 9999. Below a microsecond nothing is kept.
pub fn from_timestamp(time: Timestamp) -> Option<Ts> {
    if !(0..1_000_000_000).contains(&time.nanos) {
        return None;
    }
    let micros = time.seconds.checked_mul(1_000_000)?.checked_add(i64::from(time.nanos / 1_000))?;
    (0..=Ts::FOREVER.0).contains(&micros).then_some(Ts(micros))
}

/// The timestamp of an instant.
pub fn to_timestamp(ts: Ts) -> Timestamp {
    let nanos = i32::try_from(ts.0.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Timestamp { seconds: ts.unix_seconds(), nanos }
}

/// The timestamp of an instant that may be "never": absent then.
pub fn to_optional(ts: Ts) -> Option<Timestamp> {
    (ts != Ts::NEVER).then(|| to_timestamp(ts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for ts in [Ts::NEVER, Ts(1), Ts(1_795_532_381_123_456), Ts::FOREVER] {
            assert_eq!(from_timestamp(to_timestamp(ts)), Some(ts));
        }
        assert_eq!(to_optional(Ts::NEVER), None);
    }

    #[test]
    fn refuses_what_no_store_can_hold() {
        let cases = [(-1, 0), (0, -1), (0, 1_000_000_000), (i64::MAX, 0), (253_402_300_800, 0)];
        for (seconds, nanos) in cases {
            assert_eq!(from_timestamp(Timestamp { seconds, nanos }), None, "{seconds} {nanos}");
        }
    }
}
