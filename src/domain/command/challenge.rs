//! Codes that are sent to a contact or a number and given back.

use super::write::Write;
use crate::domain::callback::Extension;
use crate::domain::ids::{ChallengeId, ContactId, CustomerId};
use crate::domain::number::Tn;
use crate::domain::pii::Secret;
use crate::domain::words::words;

/// What a code proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// That a contact reads mail at its address.
    ContactEmail(ContactId),
    /// That a contact answers at its number.
    ContactPhone(ContactId),
    /// That someone answers at the alternate number.
    AlternatePhone,
}

words! {
    /// How a code is delivered.
    pub enum Channel as "channel" {
        /// By e-mail.
        Email = "EMAIL",
        /// By text message.
        Sms = "SMS",
        /// By a call that reads it out.
        Voice = "VOICE",
    }
}

/// Asks for a code to be sent to a contact.
#[derive(Clone, Debug)]
pub struct StartContactChallenge {
    /// Names the write.
    pub write: Write,
    /// Whose.
    pub customer: CustomerId,
    /// What the code proves.
    pub target: Target,
    /// How it is delivered; fits the target.
    pub channel: Channel,
}

/// Asks for a code to be sent to a channel that a register holds for the firm.
#[derive(Clone, Debug)]
pub struct StartRegistryChallenge {
    /// Names the write.
    pub write: Write,
    /// Whose.
    pub customer: CustomerId,
    /// Which of the channels.
    pub held: String,
    /// How it is delivered; fits the channel.
    pub channel: Channel,
}

/// Gives a code back, of a contact or of a number.
#[derive(Clone, Debug)]
pub struct VerifyChallenge {
    /// Names the write.
    pub write: Write,
    /// Which challenge.
    pub challenge: ChallengeId,
    /// The code.
    pub code: Secret,
}

/// Asks for a code to be sent to a claimed number.
#[derive(Clone, Debug)]
pub struct StartNumberChallenge {
    /// Names the write.
    pub write: Write,
    /// Whose claim.
    pub customer: CustomerId,
    /// Which number.
    pub number: Tn,
    /// By text or by voice.
    pub channel: Channel,
    /// What is dialled once the call is answered; by voice only.
    pub extension: Option<Extension>,
    /// The person keys the portal's code into the call; by voice only.
    pub keyed: bool,
}
