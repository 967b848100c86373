//! Telephone numbers (TN) in E.164, and what the number gate knows about them.

use serde::{Deserialize, Serialize};

/// An E.164 telephone number as digits, without the plus sign. Personal data (rule 11): it has
/// no `Display`, and `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tn(u64);

/// Why a text is not an E.164 number. Stable reasons: the wire hands them on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTn {
    /// Nothing was given.
    #[error("give a number in E.164, such as +12125551234")]
    Empty,
    /// More than 15 digits, or more than 32 characters.
    #[error("an E.164 number has at most 15 digits")]
    TooLong,
    /// Fewer than 7 digits.
    #[error("an E.164 number has at least 7 digits with its country code")]
    TooShort,
    /// Something other than ASCII digits and `+ - . ( )` and spaces.
    #[error("use ASCII digits; only + - . ( ) and spaces may stand between them")]
    BadCharacter,
    /// A North American number without its leading 1 cannot be told from another country's.
    #[error("start with the country code: +1 for North America")]
    NoCountryCode,
    /// Country code 1 with other than 10 digits behind it, or an area or exchange code from 0 or 1.
    #[error("a +1 number has an area code and an exchange code from 2 to 9 and ten digits in all")]
    BadNanp,
}

impl BadTn {
    /// The stable reason for `BadRequest` field violations.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "TN_EMPTY",
            Self::TooLong => "TN_TOO_LONG",
            Self::TooShort => "TN_TOO_SHORT",
            Self::BadCharacter => "TN_BAD_CHARACTER",
            Self::NoCountryCode => "TN_NO_COUNTRY_CODE",
            Self::BadNanp => "TN_BAD_NANP",
        }
    }
}

impl Tn {
    /// Reads what people and SIP servers send: `+1 (212) 664-7665`, `12126647665`, and a plus sign
    /// that arrived as a space. Anything that names no country is refused, never guessed.
    pub fn parse(text: &str) -> Result<Self, BadTn> {
        if text.len() > 64 {
            return Err(BadTn::TooLong);
        }
        let text = text.trim();
        let body = text.strip_prefix('+').unwrap_or(text);
        if body.is_empty() {
            return Err(BadTn::Empty);
        }
        let mut digits: u64 = 0;
        let mut count = 0_u32;
        let mut leading_zero = false;
        for c in body.chars() {
            match c {
                '0'..='9' => {
                    leading_zero |= count == 0 && c == '0';
                    count += 1;
                    if count > 15 {
                        return Err(BadTn::TooLong);
                    }
                    digits = digits * 10 + u64::from(c) - u64::from('0');
                }
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => return Err(BadTn::BadCharacter),
            }
        }
        match count {
            0 => Err(BadTn::Empty),
            _ if leading_zero => Err(BadTn::NoCountryCode),
            1..=6 => Err(BadTn::TooShort),
            _ => Self::from_digits(digits),
        }
    }

    /// A number from its digits, with the shape of +1 numbers checked.
    pub fn from_digits(digits: u64) -> Result<Self, BadTn> {
        let count = digits.checked_ilog10().map_or(0, |n| n + 1);
        if count < 7 {
            return Err(BadTn::TooShort);
        }
        if count > 15 {
            return Err(BadTn::TooLong);
        }
        if first_digit(digits) == 1 {
            let npa = digits / 10_000_000 % 1_000;
            let nxx = digits / 10_000 % 1_000;
            if count != 11 || npa < 200 || nxx < 200 {
                return Err(BadTn::BadNanp);
            }
        }
        Ok(Self(digits))
    }

    /// The digits as RFC 8225 wants them in `orig.tn`: no plus sign.
    pub fn digits(self) -> String {
        self.0.to_string()
    }

    /// The digits as a number; the key of stores and tables.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The number with its plus sign.
    pub fn e164(self) -> String {
        format!("+{}", self.0)
    }

    /// Whether it is a toll-free number.
    pub fn is_toll_free(self) -> bool {
        self.nanp().is_some_and(|(npa, _)| toll_free(npa))
    }

    /// Area code and exchange code of a +1 number.
    pub fn nanp(self) -> Option<(u16, u16)> {
        if first_digit(self.0) != 1 {
            return None;
        }
        let npa = u16::try_from(self.0 / 10_000_000 % 1_000).ok()?;
        let nxx = u16::try_from(self.0 / 10_000 % 1_000).ok()?;
        Some((npa, nxx))
    }
}

impl std::fmt::Debug for Tn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[number]")
    }
}

impl Serialize for Tn {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.e164())
    }
}

impl<'de> Deserialize<'de> for Tn {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn first_digit(mut n: u64) -> u64 {
    while n >= 10 {
        n /= 10;
    }
    n
}

/// What the number gate knows about a number (`decision.md` section 1; 47 CFR 64.1200(o)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Category {
    /// Nothing stands against it.
    Assignable,
    /// Cannot exist under the numbering plan.
    Invalid,
    /// No provider was given its block.
    Unallocated,
    /// Allocated, but no subscriber has it.
    Unused,
    /// Its subscriber asked that calls showing it be blocked.
    SubscriberDno,
    /// Never a caller's number: 555-01XX, N11, premium, government.
    NotAssignable,
    /// The allocation file is missing or too old: cap B.
    AllocationUnknown,
}

impl Category {
    /// The word in the store and in results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assignable => "ASSIGNABLE",
            Self::Invalid => "INVALID",
            Self::Unallocated => "UNALLOCATED",
            Self::Unused => "UNUSED",
            Self::SubscriberDno => "SUBSCRIBER_DNO",
            Self::NotAssignable => "NOT_ASSIGNABLE",
            Self::AllocationUnknown => "ALLOCATION_UNKNOWN",
        }
    }

    /// Whether no customer can ever have such a number.
    pub const fn unclaimable(self) -> bool {
        matches!(self, Self::Invalid | Self::NotAssignable)
    }
}

/// Toll-free area codes in use (47 CFR 52.101; 822 and others are kept for later).
pub const fn toll_free(npa: u16) -> bool {
    matches!(npa, 800 | 833 | 844 | 855 | 866 | 877 | 888)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sip_servers_send() {
        for text in ["+1 (212) 664-7665", "12126647665", " 12126647665", "+1.212.664.7665"] {
            assert_eq!(Tn::parse(text).map(Tn::digits).as_deref(), Ok("12126647665"), "{text}");
        }
    }

    #[test]
    fn refuses_what_names_no_number() {
        let cases = [
            ("", BadTn::Empty),
            ("+", BadTn::Empty),
            ("2126647665x", BadTn::BadCharacter),
            ("\u{0661}\u{0662}12126647665", BadTn::BadCharacter),
            ("911", BadTn::TooShort),
            ("02126647665", BadTn::NoCountryCode),
            ("+11126647665", BadTn::BadNanp),
            ("+1234567890123456", BadTn::TooLong),
        ];
        for (text, why) in cases {
            assert_eq!(Tn::parse(text).err(), Some(why), "{text}");
        }
    }
}
