//! Challenge codes on the wire. A code comes in; none ever goes out.

use crate::domain::callback::Extension;
use crate::domain::command::challenge::{
    Channel, StartContactChallenge, StartNumberChallenge, StartRegistryChallenge, Target,
    VerifyChallenge,
};
use crate::domain::ids::ContactId;
use crate::domain::pii::Secret;
use crate::wire::pb;
use crate::wire::validate::{Choice, Faults, Reader};

super::choice::pairs! {
    Channel = ChallengeChannel { Unspecified; Email, Sms, Voice }
}

/// Longest name of a channel that a register holds.
const MAX_CHANNEL: usize = 64;
/// Longest code of a challenge.
const MAX_CODE: usize = 16;

/// The three targets, before the contact is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TargetWord {
    ContactEmail,
    ContactPhone,
    AlternatePhone,
}

impl Choice for TargetWord {
    type Wire = pb::ChallengeTarget;

    fn from_wire(wire: pb::ChallengeTarget) -> Option<Self> {
        match wire {
            pb::ChallengeTarget::Unspecified => None,
            pb::ChallengeTarget::ContactEmail => Some(Self::ContactEmail),
            pb::ChallengeTarget::ContactPhone => Some(Self::ContactPhone),
            pb::ChallengeTarget::AlternatePhone => Some(Self::AlternatePhone),
        }
    }
}

impl TryFrom<pb::StartContactChallengeRequest> for StartContactChallenge {
    type Error = Faults;

    fn try_from(m: pb::StartContactChallengeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("StartContactChallenge", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let word = r.choice("target", m.target);
        let channel = r.choice("channel", m.channel);
        let target = match word {
            None => r.optional_id::<ContactId>("contact_id", &m.contact_id).and(None),
            Some(TargetWord::ContactEmail) => {
                r.id("contact_id", &m.contact_id).map(Target::ContactEmail)
            }
            Some(TargetWord::ContactPhone) => {
                r.id("contact_id", &m.contact_id).map(Target::ContactPhone)
            }
            Some(TargetWord::AlternatePhone) if m.contact_id.is_empty() => {
                Some(Target::AlternatePhone)
            }
            Some(TargetWord::AlternatePhone) => {
                r.fault("contact_id", "NOT_ALLOWED", "the alternate number has no contact");
                None
            }
        };
        let by_mail = word == Some(TargetWord::ContactEmail);
        if word.is_some() && channel.is_some_and(|c| (c == Channel::Email) != by_mail) {
            let message = "e-mail for an address, text or voice for a number";
            r.fault("channel", "CHANNEL_MISMATCH", message);
        }
        let read = || Some(Self { write, customer: customer?, target: target?, channel: channel? });
        r.finish(read())
    }
}

impl TryFrom<pb::StartRegistryChallengeRequest> for StartRegistryChallenge {
    type Error = Faults;

    fn try_from(m: pb::StartRegistryChallengeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("StartRegistryChallenge", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let held = r.required_line("channel_id", &m.channel_id, MAX_CHANNEL);
        let channel = r.choice("channel", m.channel);
        let read = || Some(Self { write, customer: customer?, held, channel: channel? });
        r.finish(read())
    }
}

impl TryFrom<pb::VerifyContactChallengeRequest> for VerifyChallenge {
    type Error = Faults;

    fn try_from(m: pb::VerifyContactChallengeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("VerifyContactChallenge", &m.request_id, &m);
        let challenge = r.id("challenge_id", &m.challenge_id);
        let code = read_code(&mut r, "code", &m.code);
        r.finish(challenge.map(|challenge| Self { write, challenge, code }))
    }
}

/// The code of a challenge, as it was read out or typed off: spaces and hyphens do not count.
fn read_code(r: &mut Reader, path: &str, text: &str) -> Secret {
    let text = r.required_line(path, text, MAX_CODE);
    Secret::new(text.bytes().filter(|b| !matches!(b, b' ' | b'-')).collect())
}

impl TryFrom<pb::StartNumberChallengeRequest> for StartNumberChallenge {
    type Error = Faults;

    fn try_from(m: pb::StartNumberChallengeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("StartNumberChallenge", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let number = r.tn("number", &m.number);
        let channel = r.choice("channel", m.channel);
        if channel == Some(Channel::Email) {
            r.fault("channel", "CHANNEL_MISMATCH", "text or voice for a number");
        }
        let extension = read_extension(&mut r, &m.extension);
        let by_voice = channel.is_none_or(|channel| channel == Channel::Voice);
        for (field, given) in [("extension", !m.extension.is_empty()), ("keyed", m.keyed)] {
            if given && !by_voice {
                r.fault(field, "NOT_ALLOWED", "only a call dials further or takes keys");
            }
        }
        let read = || {
            Some(Self {
                write,
                customer: customer?,
                number: number?,
                channel: channel?,
                extension,
                keyed: m.keyed,
            })
        };
        r.finish(read())
    }
}

fn read_extension(r: &mut Reader, text: &str) -> Option<Extension> {
    if text.is_empty() {
        return None;
    }
    match Extension::parse(text) {
        Ok(extension) => Some(extension),
        Err(bad) => {
            r.fault("extension", "BAD_EXTENSION", bad.to_string());
            None
        }
    }
}

impl TryFrom<pb::ReportKeyedCodeRequest> for VerifyChallenge {
    type Error = Faults;

    fn try_from(m: pb::ReportKeyedCodeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ReportKeyedCode", &m.request_id, &m);
        let challenge = r.id("challenge_id", &m.challenge_id);
        let code = read_code(&mut r, "keyed", &m.keyed);
        r.finish(challenge.map(|challenge| Self { write, challenge, code }))
    }
}

impl TryFrom<pb::VerifyNumberChallengeRequest> for VerifyChallenge {
    type Error = Faults;

    fn try_from(m: pb::VerifyNumberChallengeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("VerifyNumberChallenge", &m.request_id, &m);
        let challenge = r.id("challenge_id", &m.challenge_id);
        let code = read_code(&mut r, "code", &m.code);
        r.finish(challenge.map(|challenge| Self { write, challenge, code }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    fn ask(
        target: pb::ChallengeTarget,
        contact: &str,
        channel: pb::ChallengeChannel,
    ) -> Vec<String> {
        let request = pb::StartContactChallengeRequest {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            target: target.into(),
            contact_id: contact.to_owned(),
            channel: channel.into(),
        };
        match StartContactChallenge::try_from(request) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.as_slice().iter().map(|f| f.reason.to_string()).collect(),
        }
    }

    #[test]
    fn channel_and_contact_fit_the_target() {
        use pb::{ChallengeChannel as Ch, ChallengeTarget as Tg};
        let none: [&str; 0] = [];
        assert_eq!(ask(Tg::ContactEmail, ID, Ch::Email), none);
        assert_eq!(ask(Tg::ContactPhone, ID, Ch::Voice), none);
        assert_eq!(ask(Tg::AlternatePhone, "", Ch::Sms), none);
        assert_eq!(ask(Tg::ContactEmail, ID, Ch::Sms), ["CHANNEL_MISMATCH"]);
        assert_eq!(ask(Tg::AlternatePhone, "", Ch::Email), ["CHANNEL_MISMATCH"]);
        assert_eq!(ask(Tg::AlternatePhone, ID, Ch::Sms), ["NOT_ALLOWED"]);
        assert_eq!(ask(Tg::ContactPhone, "", Ch::Sms), ["REQUIRED"]);
        assert_eq!(ask(Tg::Unspecified, ID, Ch::Unspecified), ["REQUIRED", "REQUIRED"]);
    }

    #[test]
    fn a_code_may_be_written_in_groups() {
        let request = |code: &str| pb::VerifyContactChallengeRequest {
            request_id: "r".to_owned(),
            challenge_id: ID.to_owned(),
            code: code.to_owned(),
        };
        let read = VerifyChallenge::try_from(request(" 123 45-6 ")).unwrap();
        assert_eq!(read.code.expose(), b"123456");
        assert!(VerifyChallenge::try_from(request("")).is_err());
        assert!(VerifyChallenge::try_from(request(&"1".repeat(10 << 20))).is_err());
    }
}
