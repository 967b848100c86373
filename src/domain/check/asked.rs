//! What the evidence of a check holds that rests on outside parties: every answer, whole. Who writes
//! it and who reads it share this shape.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::party::Answer;
use super::record::Verdict;
use crate::domain::time::Ts;

/// One answer and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedParty {
    /// What it came to.
    pub result: Verdict,
    /// The stable reason.
    #[serde(default)]
    pub reason: String,
    /// What was answered; registers that are loaded as lists tell what they rest on instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// What all of them answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryEvidence {
    /// One answer each.
    pub asked: Vec<AskedParty>,
}

impl RegistryEvidence {
    /// Reads it from a check's evidence; a check of another kind asked nobody.
    pub fn of(evidence: &Value) -> Self {
        serde_json::from_value(evidence.clone()).unwrap_or_default()
    }

    /// As a check keeps it.
    pub fn stored(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The latest day on which a register that has the firm says it was registered.
    pub fn formed(&self) -> Option<Ts> {
        self.of_the_firm().filter_map(|answer| answer.since).max()
    }

    /// The latest day on which a register that has the firm says its record was changed.
    pub fn changed(&self) -> Option<Ts> {
        self.of_the_firm().filter_map(|answer| answer.changed).max()
    }

    /// What a record of another firm tells is none of this one's.
    fn of_the_firm(&self) -> impl Iterator<Item = &Answer> {
        let firm = |it: &&AskedParty| matches!(it.result, Verdict::Pass | Verdict::Review);
        self.asked.iter().filter(firm).filter_map(|it| it.answer.as_ref())
    }
}
