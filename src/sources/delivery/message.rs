//! What is sent, and in which words.

use uuid::Uuid;

use crate::domain::command::challenge::Channel;
use crate::domain::pii::{Pii, Secret};
use crate::domain::time::Ts;

/// What the code proves when it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The firm reads this mailbox.
    ContactEmail,
    /// The firm answers this telephone.
    ContactPhone,
    /// The firm answers this second telephone, for when the first cannot be reached.
    AlternatePhone,
    /// The firm controls this number and may show it on its calls.
    NumberControl,
    /// Whoever signs up speaks for the firm that a register holds this address or number for.
    Representation,
}

impl Purpose {
    /// The word in the store and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ContactEmail => "CONTACT_EMAIL",
            Self::ContactPhone => "CONTACT_PHONE",
            Self::AlternatePhone => "ALTERNATE_PHONE",
            Self::NumberControl => "NUMBER_CONTROL",
            Self::Representation => "REPRESENTATION",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::ContactEmail => "this e-mail address as its contact",
            Self::ContactPhone => "this telephone number as its contact",
            Self::AlternatePhone => "this telephone number as its second contact",
            Self::NumberControl => "this telephone number for its outgoing calls",
            Self::Representation => "your organisation as the one that it speaks for",
        }
    }
}

/// A code for one person.
#[derive(Clone, Debug)]
pub struct Message {
    /// The intent's id: the same however often it is sent.
    pub id: Uuid,
    /// The challenge whose code it carries; more than one message may.
    pub challenge: Uuid,
    /// When the intent was made; the same however often it is sent.
    pub made_at: Ts,
    /// The way it goes.
    pub channel: Channel,
    /// An e-mail address or an E.164 number.
    pub to: Pii<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// The customer's name. Strangers choose it, so only letters and digits of it are sent.
    pub firm: Pii<String>,
    /// The code.
    pub code: Secret,
    /// How long the code counts, in minutes.
    pub valid_minutes: u32,
    /// What is dialled once the call is answered.
    pub extension: Option<Pii<String>>,
    /// The call does not read the code out: it takes what the person keys, and reports that.
    pub keyed: bool,
}

impl Message {
    /// The code as the other side may know it: not at all where it has to be keyed.
    pub(super) fn told_code(&self) -> &str {
        let code = std::str::from_utf8(self.code.expose()).unwrap_or_default();
        if self.keyed { "" } else { code }
    }

    /// How many digits the call takes from the keys; none where it reads the code out.
    pub(super) fn collects(&self) -> usize {
        if self.keyed { self.code.expose().len() } else { 0 }
    }

    /// The channel's word in files and on the wire.
    pub(super) const fn channel_word(&self) -> &'static str {
        match self.channel {
            Channel::Email => "EMAIL",
            Channel::Sms => "SMS",
            Channel::Voice => "VOICE",
        }
    }

    /// The text, in the name of `provider`. It names who asks and what for, and holds no link:
    /// whoever is used to links in such messages is easy to deceive.
    pub(super) fn text(&self, provider: &str) -> Option<String> {
        let code = std::str::from_utf8(self.code.expose()).ok()?;
        let (firm, what) = (bare(self.firm.expose()), self.purpose.sentence());
        let minutes = self.valid_minutes;
        Some(match self.channel {
            Channel::Email => format!(
                "{provider} asks because {firm} gave {what}.\n\n\
                 Your code is {code}\n\n\
                 It is valid for {minutes} minutes. Enter it where {firm} signs up with {provider}, \
                 and nowhere else. Nobody from {provider} will call to ask for it.\n\
                 If you do not know {firm}, do nothing: without the code nothing happens.\n"
            ),
            Channel::Sms => format!(
                "{provider}: code {code} confirms for {firm} {what}. Valid {minutes} min. \
                 Never read it to a caller."
            ),
            Channel::Voice if self.keyed => format!(
                "This is {provider}. {firm} gave {what}. If you are {firm} and asked for this call, \
                 key the code that {provider} shows you. If somebody else told you a code, or you \
                 do not know {firm}, hang up."
            ),
            Channel::Voice => {
                let slowly: Vec<String> = code.chars().map(String::from).collect();
                let slowly = slowly.join(", ");
                format!(
                    "This is {provider}. {firm} gave {what}. If you do not know {firm}, hang up, \
                     and never read this code to a caller. Your code is: {slowly}. Again: {slowly}."
                )
            }
        })
    }
}

/// A firm's name without anything a phone or mail client would turn into a link.
fn bare(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || matches!(c, '&' | '-' | '\'') { c } else { ' ' };
    let clean: String = name.chars().map(keep).take(60).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: Channel, firm: &str) -> Message {
        Message {
            id: Uuid::nil(),
            challenge: Uuid::nil(),
            made_at: Ts::NEVER,
            channel,
            to: Pii::new("nobody@example.com".to_owned()),
            purpose: Purpose::ContactEmail,
            firm: Pii::new(firm.to_owned()),
            code: Secret::new(b"493817".to_vec()),
            valid_minutes: 10,
            extension: None,
            keyed: false,
        }
    }

    #[test]
    fn a_call_that_takes_keys_never_says_the_code() {
        let keyed = Message { keyed: true, ..message(Channel::Voice, "Acme") };
        let text = keyed.text("Lakeside Telephone").unwrap();
        assert!(text.contains("Acme") && text.contains("Lakeside Telephone"), "{text}");
        assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
        assert_eq!((keyed.told_code(), keyed.collects()), ("", 6));
        let read = message(Channel::Voice, "Acme");
        assert_eq!((read.told_code(), read.collects()), ("493817", 0));
    }

    #[test]
    fn names_the_provider_and_the_purpose_and_holds_no_link() {
        let hostile = "Win! https://evil.example/x\r\nBcc: a@b.example www.evil.example";
        for channel in [Channel::Email, Channel::Sms, Channel::Voice] {
            let text = message(channel, hostile).text("Acme Voice").unwrap();
            assert!(text.contains("Acme Voice") && text.contains("as its contact"), "{text}");
            assert!(!text.contains("://") && !text.contains("evil.example"), "{text}");
            assert!(!text.contains('@') && !text.contains("\r\n"), "{text}");
        }
    }

    #[test]
    fn a_voice_reads_digit_by_digit_and_a_text_fits_two_parts() {
        let voice = message(Channel::Voice, "Acme").text("P").unwrap();
        assert!(voice.contains("4, 9, 3, 8, 1, 7. Again: 4, 9"));
        assert!(voice.contains("hang up"));
        let sms = message(Channel::Sms, &"long name ".repeat(20)).text("A Provider Inc").unwrap();
        assert!(sms.len() <= 306, "{}", sms.len());
    }
}
