//! The letter of authorisation as PDF.

use std::sync::LazyLock;

use any_ascii::any_ascii_char;
use typst::foundations::{Bytes, Datetime, Dict, IntoValue, Smart, Value};
use typst::text::Font;
use typst_as_lib::{TypstEngine, TypstTemplateMainFile};
use typst_pdf::{PdfOptions, Timestamp};

use crate::domain::date;
use crate::domain::letter::Letter;
use crate::domain::time::Ts;

const TEMPLATE: &str = include_str!("letter.typ");
const REGULAR: &[u8] = include_bytes!("fonts/LibertinusSerif-Regular.otf");
const BOLD: &[u8] = include_bytes!("fonts/LibertinusSerif-Bold.otf");

/// So many letters, however wide, fit on a line.
const LONGEST_WORD: u32 = 20;
/// Seen by nobody; a line may end there.
const BREAK: char = '\u{200b}';

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let font = |bytes: &'static [u8]| Font::new(Bytes::new(bytes), 0);
    [REGULAR, BOLD].into_iter().filter_map(font).collect()
});

static ENGINE: LazyLock<TypstEngine<TypstTemplateMainFile>> =
    LazyLock::new(|| TypstEngine::builder().main_file(TEMPLATE).fonts(FONTS.clone()).build());

/// The page could not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a letter could not be typeset at the step {step}")]
pub struct PaperError {
    /// Which step.
    pub step: &'static str,
}

/// Sets the letter. The same letter gives the same bytes: its time and its id are the record's.
/// It computes for some milliseconds; call it where blocking is allowed.
pub fn letter(letter: &Letter) -> Result<Vec<u8>, PaperError> {
    let document = ENGINE.compile_with_input(inputs(letter)).output;
    let document = document.map_err(|_text_of_the_page| PaperError { step: "layout" })?;
    let options = PdfOptions {
        ident: Smart::Custom(letter.reference.clone()),
        creator: Smart::Custom(Some("Vouch".to_owned())),
        timestamp: datetime(letter.prepared).map(Timestamp::new_utc),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|_text_of_the_page| PaperError { step: "pdf" })
}

fn inputs(letter: &Letter) -> Dict {
    let said = |text: &str| if text.trim().is_empty() { "—".to_owned() } else { printable(text) };
    let list = |texts: &[String]| -> Value {
        let texts = texts.iter().map(|text| printable(text).into_value());
        Value::Array(texts.collect())
    };
    let numbers = letter.printed_numbers();
    let wide = numbers.iter().any(|n| n.chars().count() > 20);
    let count = match letter.count() {
        1 => "Telephone number".to_owned(),
        n => format!("{n} telephone numbers"),
    };
    let rows = [
        ("provider", said(&letter.provider)),
        ("reference", letter.reference.clone()),
        ("prepared", day(letter.prepared)),
        ("verified", if letter.name_verified { ", verified" } else { "" }.to_owned()),
        ("subscriber", said(letter.subscriber.as_str())),
        ("carrier", said(&letter.carrier)),
        ("account", said(letter.account.as_str())),
        ("btn", said(letter.billing_number.as_str())),
        ("grantee", said(letter.grantee.as_str())),
        ("signer", said(letter.signer.as_str())),
        ("title", said(letter.title.as_str())),
        ("count", count),
        (
            "ends",
            match letter.ends_at {
                Some(end) => format!("on {}", day(end)),
                None => format!("{} days after the day of the signature", letter.life_days),
            },
        ),
    ];
    let mut dict = Dict::new();
    for (name, text) in rows {
        dict.insert(name.into(), text.into_value());
    }
    let address: Vec<String> = letter.address.iter().map(|line| line.as_str().to_owned()).collect();
    let address = if address.is_empty() { vec!["—".to_owned()] } else { address };
    dict.insert("address".into(), list(&address));
    dict.insert("numbers".into(), list(&numbers));
    dict.insert("columns".into(), Value::Int(if wide { 2 } else { 4 }));
    dict
}

/// A text in signs that the fonts have: a name in another script is told in Latin letters, since an
/// empty box names nobody.
fn printable(text: &str) -> String {
    let has = |c: char| FONTS.iter().all(|font| font.info().coverage.contains(u32::from(c)));
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() {
            out.push(' ');
        } else if has(c) {
            out.push(c);
        } else {
            out.extend(any_ascii_char(c).chars().filter(|c| !c.is_control()));
        }
    }
    breakable(&out)
}

/// A word longer than the page is wide may be broken anywhere: what runs off the page is not said.
fn breakable(text: &str) -> String {
    let mut out = String::new();
    let mut run = 0;
    for c in text.chars() {
        run = if c.is_whitespace() { 0 } else { run + 1 };
        if run > LONGEST_WORD {
            out.push(BREAK);
            run = 1;
        }
        out.push(c);
    }
    out
}

fn datetime(at: Ts) -> Option<Datetime> {
    let iso = date::write(at);
    let mut parts = iso.split('-').map(str::parse::<u32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let part = |n: u32| u8::try_from(n).ok();
    Datetime::from_ymd_hms(i32::try_from(year).ok()?, part(month)?, part(day)?, 0, 0, 0)
}

fn day(at: Ts) -> String {
    date::write(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_has_is_told_in_latin_letters() {
        assert_eq!(FONTS.len(), 2);
        assert_eq!(
            printable("Éclair & Söhne Łódź Ἀθῆναι Москва"),
            "Éclair & Söhne Łódź Ἀθῆναι Москва"
        );
        let told = printable("上海 株式会社 שלום ไทย 🎈");
        assert!(!told.is_empty() && !told.contains('上') && !told.contains('🎈'), "{told}");
        assert_eq!(printable("a\u{0}b\nc"), "a b c");
        let long = printable(&"W".repeat(45));
        assert_eq!(long.split(BREAK).map(str::len).collect::<Vec<_>>(), [20, 20, 5]);
    }
}
