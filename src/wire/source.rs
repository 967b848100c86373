//! Outside parties on the wire.

use crate::domain::check::{Breaker, ChannelKind, SourceStatus, Usable};
use crate::wire::pb;
use crate::wire::time::to_timestamp;

super::choice::pairs! {
    Breaker = SourceBreaker { Unspecified; Closed, Open, Trying }
    ChannelKind = RegistryChannelKind { Unspecified; Mail, Phone, Post, Domain }
}

impl From<&Usable> for pb::RegistryChannel {
    fn from(held: &Usable) -> Self {
        Self {
            channel_id: held.id.clone(),
            kind: pb::RegistryChannelKind::from(held.kind).into(),
            masked: held.masked(),
            since_time: Some(to_timestamp(held.since)),
        }
    }
}

impl From<&SourceStatus> for pb::Source {
    fn from(status: &SourceStatus) -> Self {
        let failure = status.last_failure;
        let outcomes = status.outcomes.iter().map(|(outcome, count)| pb::SourceOutcome {
            outcome: outcome.as_str().to_owned(),
            count: *count,
        });
        Self {
            source: status.source.as_str().to_owned(),
            configured: status.configured,
            last_success_time: status.last_success.map(to_timestamp),
            last_failure_time: failure.map(|(at, _)| to_timestamp(at)),
            last_failure_reason: failure
                .map(|(_, why)| why.as_str().to_owned())
                .unwrap_or_default(),
            breaker: pb::SourceBreaker::from(status.breaker).into(),
            outcomes: outcomes.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Breaker>("SOURCE_BREAKER_"), 3);
        assert_eq!(assert_words::<ChannelKind>("REGISTRY_CHANNEL_KIND_"), 4);
    }
}
