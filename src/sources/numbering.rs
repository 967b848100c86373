//! Numbers as people write them, read with the rules and the metadata of libphonenumber. What
//! follows from its verdict is decided in `domain/numbering`.

use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, Region};

/// Beyond this no text is a number; the library itself would read on.
const LONGEST: usize = 250;

/// A text that the library could read as a number.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadNumber {
    /// With its plus sign, without the extension. Personal data.
    pub e164: String,
    /// Whether the library finds such a number valid.
    pub valid: bool,
    /// Its region, such as `US`; empty where no single one has it.
    pub region: String,
}

impl std::fmt::Debug for ReadNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadNumber").field("valid", &self.valid).finish_non_exhaustive()
    }
}

/// Why a text could not be read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// It names no country and none was given, or one that does not exist.
    #[error("give the number with its country code, or say which country it is of")]
    InvalidCountryCode,
    /// It does not look like a number.
    #[error("give a telephone number")]
    NotANumber,
    /// Nothing is left behind the prefix for calls abroad.
    #[error("give the whole number behind the prefix for calls abroad")]
    TooShortAfterIdd,
    /// Fewer digits than any number has.
    #[error("give the whole number")]
    TooShort,
    /// More than any number has.
    #[error("give one number; nothing so long is one")]
    TooLong,
}

impl BadNumber {
    /// The stable reason; the library's own words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::InvalidCountryCode => "INVALID_COUNTRY_CODE",
            Self::NotANumber => "NOT_A_NUMBER",
            Self::TooShortAfterIdd => "TOO_SHORT_AFTER_IDD",
            Self::TooShort => "TOO_SHORT_NSN",
            Self::TooLong => "TOO_LONG",
        }
    }
}

impl From<ParseError> for BadNumber {
    fn from(why: ParseError) -> Self {
        match why {
            ParseError::InvalidCountryCode => Self::InvalidCountryCode,
            ParseError::NotANumber(_) => Self::NotANumber,
            ParseError::TooShortAfterIdd => Self::TooShortAfterIdd,
            ParseError::TooShortNsn => Self::TooShort,
            ParseError::TooLongNsn => Self::TooLong,
        }
    }
}

/// Reads a number as somebody in `region` would write it; a region that is none, or empty, is as
/// if none was given, and then only a number with its country code can be read.
pub fn read(text: &str, region: &str) -> Result<ReadNumber, BadNumber> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(BadNumber::TooLong);
    }
    let region = region.trim().parse::<Region>().ok().filter(|region| *region != Region::World);
    let number = PhoneNumber::parse(text, region)?;
    Ok(told(&number))
}

/// Whether the library finds a number valid that is given by its digits, country code first.
pub fn valid(digits: u64) -> bool {
    PhoneNumber::parse(format!("+{digits}"), None).is_ok_and(|number| number.is_valid())
}

fn told(number: &PhoneNumber) -> ReadNumber {
    let region = PHONE_NUMBER_UTIL.get_region_for_number(number);
    ReadNumber {
        e164: number.format_as(PhoneNumberFormat::E164).into_owned(),
        valid: number.is_valid(),
        region: region.map(|region| region.to_string()).unwrap_or_default(),
    }
}
