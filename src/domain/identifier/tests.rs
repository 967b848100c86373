use super::{Kind, normal};

fn reason(kind: Kind, text: &str) -> &'static str {
    normal(kind, text).map_or_else(|bad| bad.reason, |_| "")
}

#[test]
fn every_kind_has_a_good_and_a_bad_form() {
    use Kind::{
        AuAbn, AuAcn, CaBn, Duns, Ein, EuVat, Filer499, Frn, Itin, Lei, Ocn, RespOrg, Rmd, Spc,
        Ssn, Uei, UkCrn, UkVat,
    };
    let cases = [
        (Ein, "12-3456789", "123456789", "12-345678"),
        (Ssn, "536-90-4399", "536904399", "666-12-3456"),
        (Itin, "912-90-3456", "912903456", "912-93-3456"),
        (Lei, "5493 00GF X6WN 7JDU SN34", "549300GFX6WN7JDUSN34", "549300GFX6WN7JDUSN35"),
        (CaBn, "12302 6635 RC 0001", "123026635RC0001", "12302 6634"),
        (UkCrn, "sc 12345", "SC012345", "QQ123456"),
        (UkVat, "GB 980 7806 84", "980780684", "GB 980 7806 85"),
        (EuVat, "GR 094501040", "EL094501040", "FR 84 323 140 391"),
        (AuAbn, "83 914 571 673", "83914571673", "99 999 999 999"),
        (AuAcn, "004 085 616", "004085616", "004 085 617"),
        (Duns, "12-345-6789", "123456789", "000000000"),
        (Uei, "ZQGGHJH74DW7", "ZQGGHJH74DW7", "ZQGGHJH74DWO"),
        (Frn, "0018570812", "0018570812", "18570812"),
        (Rmd, "rmd0001410", "RMD0001410", "RMD000141"),
        (Filer499, "825041", "825041", "82504"),
        (Ocn, "036k", "036K", "36K"),
        (Spc, "073H", "073H", "0000"),
        (RespOrg, "atx01", "ATX01", "1TX01"),
    ];
    assert_eq!(cases.map(|c| c.0), Kind::ALL);
    for (kind, good, form, bad) in cases {
        assert_eq!(normal(kind, good).as_deref(), Ok(form), "{kind} {good}");
        assert!(normal(kind, bad).is_err(), "{kind} {bad}");
        assert_eq!(reason(kind, " "), "EMPTY");
        assert_eq!(reason(kind, &"1".repeat(65)), "TOO_LONG");
    }
}

#[test]
fn a_changed_digit_is_found_where_there_are_check_digits() {
    let numbers = [
        (Kind::Lei, "213800KUD8LAJWSQ9D15"),
        (Kind::CaBn, "123026635"),
        (Kind::AuAbn, "83914571673"),
        (Kind::AuAcn, "004085616"),
        (Kind::UkVat, "980780684"),
        (Kind::EuVat, "DE136695976"),
        (Kind::EuVat, "PL8567346215"),
        (Kind::EuVat, "FI20774740"),
        (Kind::EuVat, "IT00743110157"),
    ];
    for (kind, number) in numbers {
        for at in (0..number.len()).filter(|at| number.as_bytes()[*at].is_ascii_digit()) {
            let mut other = number.as_bytes().to_vec();
            other[at] = b'0' + (other[at] - b'0' + 1) % 10;
            let other = String::from_utf8(other).unwrap();
            assert!(normal(kind, &other).is_err(), "{kind} {other}");
        }
    }
}

#[test]
fn dates_in_numbers_of_persons_are_days() {
    assert_eq!(reason(Kind::EuVat, "LV 161175-19997"), "");
    assert_eq!(reason(Kind::EuVat, "LV 311175-19997"), "VAT_CHECK");
    assert_eq!(reason(Kind::EuVat, "QQ 124567"), "VAT_STATE");
    assert!(Kind::Ssn.is_personal() && !Kind::Ein.is_personal());
}
