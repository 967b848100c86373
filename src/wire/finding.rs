//! Findings on the wire.

use crate::domain::finding::{Finding, FindingState, Resolution, Severity};
use crate::wire::pb;
use crate::wire::time::{to_optional, to_timestamp};

super::choice::pairs! {
    Severity = Severity { Unspecified; Low, Medium, High }
    Resolution = Resolution { Unspecified; FalsePositive, Mitigated, Confirmed }
}

impl pb::Finding {
    /// A finding of a customer, with its evidence: for reviewers and auditors only.
    pub fn of(finding: &Finding, customer_id: String) -> Self {
        let mut shown = Self {
            finding_id: finding.id.to_string(),
            customer_id,
            code: finding.code.as_str().to_owned(),
            severity: pb::Severity::from(finding.severity).into(),
            state: pb::FindingState::Open.into(),
            title: finding.code.title().to_owned(),
            evidence: finding.evidence.expose().clone().into_iter().collect(),
            create_time: Some(to_timestamp(finding.raised_at)),
            check_id: finding.check.map(|id| id.to_string()).unwrap_or_default(),
            ..Self::default()
        };
        if let FindingState::Resolved { resolution, by, at, reason } = &finding.state {
            shown.state = pb::FindingState::Resolved.into();
            shown.resolution = pb::Resolution::from(*resolution).into();
            shown.resolution_reason.clone_from(reason.expose());
            shown.resolved_by.clone_from(by);
            shown.resolve_time = to_optional(*at);
        }
        shown
    }
}

impl From<&Finding> for pb::FindingSummary {
    fn from(finding: &Finding) -> Self {
        Self {
            finding_id: finding.id.to_string(),
            code: finding.code.as_str().to_owned(),
            severity: pb::Severity::from(finding.severity).into(),
            title: finding.code.title().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Severity>("SEVERITY_"), 3);
        assert_eq!(assert_words::<Resolution>("RESOLUTION_"), 3);
    }
}
