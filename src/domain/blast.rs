//! The blast limit: what a single feed, list, policy or campaign may lower before two people have
//! looked at it. Single events, suspensions and revocations never come here.

use serde::{Deserialize, Serialize};

use super::policy::Blast;

/// What a load would lower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lowers {
    /// Numbers that would lose what somebody has on them.
    pub numbers: u64,
    /// Customers that would be suspended or capped.
    pub customers: u64,
}

impl Lowers {
    /// Whether it has to wait for two people, with `live` numbers that anybody has anything on.
    /// `released` is what two people have agreed to: a load that would by now lower more than that
    /// waits again. One number or one customer is an event, not a feed gone wrong.
    pub fn waits(self, blast: &Blast, live: u64, released: Option<Self>) -> bool {
        let agreed = released.unwrap_or_default();
        let share = u64::from(blast.numbers_per_10000);
        let numbers = (live.saturating_mul(share) / 10_000).max(1).max(agreed.numbers);
        let customers = u64::from(blast.customers_an_hour).max(1).max(agreed.customers);
        self.numbers > numbers || self.customers > customers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLAST: Blast = Blast { numbers_per_10000: 50, customers_an_hour: 20 };

    fn numbers(numbers: u64) -> Lowers {
        Lowers { numbers, customers: 0 }
    }

    #[test]
    fn half_a_percent_passes_and_one_more_waits() {
        assert!(!numbers(5).waits(&BLAST, 1_000, None));
        assert!(numbers(6).waits(&BLAST, 1_000, None));
        assert!(!numbers(1).waits(&BLAST, 0, None));
        assert!(numbers(2).waits(&BLAST, 0, None));
    }

    #[test]
    fn twenty_customers_pass_and_one_more_waits() {
        let customers = |customers| Lowers { numbers: 0, customers };
        assert!(!customers(20).waits(&BLAST, 1_000, None));
        assert!(customers(21).waits(&BLAST, 1_000, None));
        assert!(!customers(21).waits(&BLAST, 1_000, Some(customers(21))));
    }

    #[test]
    fn what_two_people_agreed_to_goes_on_and_more_does_not() {
        assert!(!numbers(300).waits(&BLAST, 1_000, Some(numbers(300))));
        assert!(numbers(301).waits(&BLAST, 1_000, Some(numbers(300))));
        // The limit of the day is not lowered by an earlier agreement.
        assert!(!numbers(5).waits(&BLAST, 1_000, Some(numbers(2))));
    }
}
