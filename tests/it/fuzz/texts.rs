//! Short texts: numbers, identifiers, names, times. What was read once is read again as the same.

use vouch::domain::attestation::Case;
use vouch::domain::callback::Extension;
use vouch::domain::check::Place;
use vouch::domain::date;
use vouch::domain::identifier::{Kind, normal};
use vouch::domain::name::{Name, Schema};
use vouch::domain::number::Tn;
use vouch::domain::number_range::TnRange;
use vouch::domain::numbering::{Book, Prefix};
use vouch::domain::time::Ts;
use vouch::sources::domain_name::registrable;
use vouch::sources::numbering;

use super::noise::{edited, feed};

/// A worked case with everything in it.
const CASE: &str = r#"{"name":"case 0001","now":1795000000000000,"freshness":{"loaded":true,"age":0},"policy":{"expired_evidence":"B","foreign_gateway_us_tn":"C","diverted":"REJECT"},"trunk":{"id":"t1","kind":"CUSTOMER","auth":"IP_LIST","owner":"c2","foreign":false,"mode":"ENFORCE","origid":"00000000-0000-4000-8000-00000000f001"},"customers":{"c1":{"state":"ACTIVE","active_until":1795000002000000,"uncapped_until":1794999999000000,"cap":"A","origid":"00000000-0000-4000-8000-000000000001"},"c2":{"state":"TERMINATED","active_until":1795000009000000,"uncapped_until":1795000000000001,"cap":"A","origid":"00000000-0000-4000-8000-000000000002"},"c3":{"state":"ACTIVE","active_until":1795003600000000,"uncapped_until":1826536000000000,"cap":"A","origid":"00000000-0000-4000-8000-000000000003"}},"signed":true,"dest":"+12125551212","orig":{"tn":"+12126647665","category":"ASSIGNABLE","foreign":false,"cap":"A","grants":[{"holder":"c2","kinds":["RANGE_ALLOCATED"],"full_until":1826536000000000,"partial_until":1826536000000000,"delegated_to":["c1"]},{"holder":"c3","kinds":["ASSIGNED_BY_US"],"full_until":1826536000000000,"partial_until":1795000002000000,"delegated_to":["c1"]}]},"diverting":null,"expect":{"attest":"NONE","disposition":"REJECT","reasons":["CUSTOMER_NOT_ACTIVE"],"origid":"","valid_until":0,"evidence_until":0,"enforced":true}}"#;

fn samples(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Half of the inputs as they are, half as edits of samples.
fn text(known: &[Vec<u8>], input: &[u8]) -> String {
    match input {
        [head, rest @ ..] if head % 2 == 1 => String::from_utf8_lossy(&edited(known, rest)).into(),
        [_, rest @ ..] => String::from_utf8_lossy(rest).into(),
        [] => String::new(),
    }
}

#[test]
fn number() {
    let known = samples(&["+1 (212) 664-7665", "12126647665", "+442071838750", "+99999999999999"]);
    let book = Book::default();
    feed("number", |input| {
        if let Ok(tn) = Tn::parse(&text(&known, input)) {
            assert_eq!(Tn::parse(&tn.e164()), Ok(tn));
            assert_eq!(Tn::from_digits(tn.as_u64()), Ok(tn));
            let _placed = book.unstored(tn);
        }
    });
}

#[test]
fn plan() {
    let known =
        samples(&["+1 (212) 664-7665", "020 7183 8750", "011 44 20 7183 8750", "1-800-FLOWERS"]);
    feed("plan", |input| {
        let text = text(&known, input);
        for region in ["US", "GB", "", "ZZ"] {
            let _read = numbering::read(&text, region);
        }
        let _block = Prefix::parse(&text);
        let _extension = Extension::parse(&text);
    });
}

#[test]
fn ranges() {
    let known = samples(&["+12126647600", "+12126647699", "100", "99"]);
    feed("ranges", |input| {
        let (first, last) = (text(&known, input), text(&known, &input[input.len() / 2..]));
        for (last, count) in [(last.as_str(), ""), ("", last.as_str()), (first.as_str(), "")] {
            if let Ok(range) = TnRange::read(&first, last, count) {
                assert!(range.at(0).is_some());
            }
        }
    });
}

#[test]
fn place() {
    let known = samples(&["350 Fifth Avenue, Floor 7, New York, NY 10118", "mail.example.co.uk"]);
    feed("place", |input| {
        let text = text(&known, input);
        let _place = Place::read(&text);
        let _domain = registrable(&text);
    });
}

#[test]
fn identifier() {
    let known = samples(&["91-1144442", "5493001KJTIIGC8Y1R12", "DE136695976", "RMD0001410"]);
    feed("identifier", |input| {
        let text = text(&known, input);
        for kind in Kind::ALL {
            if let Ok(read) = normal(*kind, &text) {
                assert_eq!(normal(*kind, &read).as_ref(), Ok(&read), "{kind:?}");
            }
        }
    });
}

#[test]
fn name() {
    let known = samples(&["Heron Lake Dental, L.L.C.", "ООО Ромашка", "Société Générale (US)"]);
    feed("name", |input| {
        let text = text(&known, input);
        if let Ok(read) = Name::read(&text, Schema::Firm) {
            assert!(!read.joined().is_empty());
        }
    });
}

#[test]
fn case() {
    let known = samples(&[CASE]);
    feed("case", |input| {
        let _case = Case::parse(&text(&known, input));
    });
}

#[test]
fn time() {
    let known = samples(&["2026-11-24T16:00:00.123456Z", "2026-11-24", "2024-02-29T23:59:59Z"]);
    feed("time", |input| {
        let text = text(&known, input);
        if let Some(at) = Ts::from_iso(&text) {
            assert!(at <= Ts::FOREVER);
        }
        let _day = date::read(&text);
    });
}
