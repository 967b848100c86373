//! Codes of places.

/// States, the District of Columbia and territories of the United States.
const US: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT \
    NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI";

/// ISO 3166-1 alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI \
    BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY \
    CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN \
    GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH \
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL \
    PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN \
    VU WF WS YE YT ZA ZM ZW";

/// Whether it is the two letters of a state or territory.
pub(super) fn is_state(code: &str) -> bool {
    code.len() == 2 && US.split_whitespace().any(|known| known == code)
}

/// Whether it is a country.
pub(super) fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.split_whitespace().any(|known| known == code)
}

/// Whether it names a state as `US-DE`.
pub(super) fn is_us_state(code: &str) -> bool {
    code.strip_prefix("US-").is_some_and(is_state)
}

/// Whether it names where an organisation can be formed: a state, or a country that is not the
/// United States.
pub(super) fn is_jurisdiction(code: &str) -> bool {
    is_us_state(code) || code != "US" && is_country(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        assert_eq!(COUNTRIES.split_whitespace().count(), 249);
        assert_eq!(US.split_whitespace().count(), 56);
        assert!(is_jurisdiction("US-DE") && is_jurisdiction("CA"));
        for bad in ["US", "US-", "US-XX", "UK", "us-de", "", "AL AK"] {
            assert!(!is_jurisdiction(bad), "{bad}");
        }
    }
}
