//! `[lists]`: how old a list may be before nothing is checked against it.

use serde::{Deserialize, Serialize};

use super::fault::ConfigFault;
use crate::domain::list::{List, MaxAges};
use crate::domain::time::Span;

/// Age of lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// A list that is screened and older than this many days is refused when loaded and counts as
    /// missing later.
    pub max_age_days: u32,
    /// The same for single lists of any kind, such as `eo_bmf=60`; without it each has an age that
    /// fits the pace of its publisher.
    #[serde(default)]
    pub max_age_days_of: Vec<String>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { max_age_days: 14, max_age_days_of: Vec::new() }
    }
}

impl Lists {
    /// How old lists may be; what cannot be read is left out, and refused by [`Lists::check`].
    pub fn max_ages(&self) -> MaxAges {
        let days = |days: u32| Span::days(i64::from(days));
        let of = self.max_age_days_of.iter().filter_map(|text| single(text));
        MaxAges {
            screened: Some(days(self.max_age_days)),
            of: of.map(|(list, age)| (list, days(age))).collect(),
        }
    }

    /// Refuses an age that would switch a check off.
    pub fn check(&self) -> Result<(), ConfigFault> {
        let bad = |key: &str, problem: &str, instead: &str| ConfigFault::Bad {
            key: key.to_owned(),
            from: "the settings".to_owned(),
            problem: problem.to_owned(),
            instead: instead.to_owned(),
        };
        if !(1..=90).contains(&self.max_age_days) {
            let instead = "a number from 1 to 90";
            return Err(bad("lists.max_age_days", "out of range", instead));
        }
        let mut single_ages = self.max_age_days_of.iter().filter_map(|text| single(text));
        if let Some((list, _)) =
            single_ages.find(|(list, days)| list.purpose().screens() && *days > 90)
        {
            let problem = format!("{list} is screened, and would be too old");
            let instead = "a number from 1 to 90 for a list that is screened";
            return Err(bad("lists.max_age_days_of", &problem, instead));
        }
        if self.max_age_days_of.iter().any(|text| single(text).is_none()) {
            let instead = "a list and a number from 1 to 800, such as eo_bmf=60";
            return Err(bad("lists.max_age_days_of", "no list with its days", instead));
        }
        Ok(())
    }
}

fn single(text: &str) -> Option<(List, u32)> {
    let (list, days) = text.split_once('=')?;
    let days = days.trim().parse().ok().filter(|days| (1..=800).contains(days))?;
    Some((list.trim().parse().ok()?, days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_that_is_screened_may_grow_old() {
        let of = |text: &str| Lists { max_age_days_of: vec![text.to_owned()], ..Lists::default() };
        for good in ["eo_bmf=60", "form_5500=800", "ofac_sdn=90", "sam=1"] {
            assert!(of(good).check().is_ok(), "{good}");
        }
        for bad in ["ofac_sdn=91", "sam=800", "un=0", "eo_bmf=801", "nothing=3", "rmd"] {
            assert!(of(bad).check().is_err(), "{bad}");
        }
    }
}
