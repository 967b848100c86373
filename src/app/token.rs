//! Change tokens: what a write returns, so that a query can wait until it is applied.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::domain::ids::EpochId;

/// One subject at one revision, in one incarnation of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeToken {
    /// The store's incarnation.
    pub epoch: EpochId,
    /// What was changed.
    pub subject: Uuid,
    /// Its revision after the change.
    pub revision: u64,
}

/// The text is not a change token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a change token; send it exactly as the write returned it")]
pub struct BadToken;

impl fmt::Display for ChangeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0_u8; 40];
        let (epoch, rest) = bytes.split_at_mut(16);
        let (subject, revision) = rest.split_at_mut(16);
        epoch.copy_from_slice(self.epoch.0.as_bytes());
        subject.copy_from_slice(self.subject.as_bytes());
        revision.copy_from_slice(&self.revision.to_be_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for ChangeToken {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_letters| BadToken)?;
        let (epoch, rest) = bytes.split_first_chunk::<16>().ok_or(BadToken)?;
        let (subject, rest) = rest.split_first_chunk::<16>().ok_or(BadToken)?;
        let revision = <[u8; 8]>::try_from(rest).map_err(|_length| BadToken)?;
        Ok(Self {
            epoch: EpochId(Uuid::from_bytes(*epoch)),
            subject: Uuid::from_bytes(*subject),
            revision: u64::from_be_bytes(revision),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let token = ChangeToken {
            epoch: EpochId(Uuid::from_u128(7)),
            subject: Uuid::from_u128(9),
            revision: 3,
        };
        assert_eq!(token.to_string().parse(), Ok(token));
        assert_eq!("x".parse::<ChangeToken>(), Err(BadToken));
        assert_eq!("".parse::<ChangeToken>(), Err(BadToken));
    }
}
