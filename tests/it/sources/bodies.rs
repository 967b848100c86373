//! The documented answers of every register that is asked over HTTP, and one word to spoil each.

use vouch::domain::check::{Question, Source};

use super::outside::Says;

/// A source with a good answer.
pub(super) struct Case {
    pub(super) source: Source,
    pub(super) question: Question,
    /// The path of the answer that matters.
    pub(super) path: &'static str,
    pub(super) body: &'static str,
    /// What else it is asked on the way.
    pub(super) before: &'static [(&'static str, &'static str)],
    /// What the good answer comes to.
    pub(super) good: &'static str,
    /// A word of a closed set that is not in it.
    pub(super) unknown: (&'static str, &'static str),
    /// A field that has to be there, with its value.
    pub(super) required: &'static str,
    /// What the source says of a record that is not there, with status 404.
    pub(super) none: &'static str,
    /// What that comes to.
    pub(super) missing: &'static str,
}

impl Case {
    /// The whole party with `says` in place of the answer that matters.
    pub(super) fn book(&self, says: Says) -> Vec<(&'static str, Says)> {
        let mut book: Vec<(&str, Says)> = self
            .before
            .iter()
            .map(|(path, body)| (*path, Says::Json(200, (*body).to_owned())))
            .collect();
        book.push((self.path, says));
        book
    }
}

const GLEIF: &str = r#"{"meta":{"goldenCopy":{"publishDate":"2026-06-12T08:00:00Z"}},"data":{"type":"lei-records","id":"636700STJZG4U8W2I596","attributes":{"lei":"636700STJZG4U8W2I596","entity":{"legalName":{"name":"Kommstart 174 AB (publ)","language":"sv"},"otherNames":[],"legalAddress":{"addressLines":["Storgatan 1"],"city":"Sundsvall","region":"SE-Y","country":"SE","postalCode":"852 31"},"headquartersAddress":{},"registeredAt":{"id":"RA000544","other":null},"registeredAs":"559589-0160","jurisdiction":"SE","category":"GENERAL","legalForm":{"id":"XJHM"},"status":"ACTIVE"},"registration":{"status":"ISSUED","lastUpdateDate":"2026-06-12T06:45:00Z","nextRenewalDate":"2027-06-12T06:45:00Z","corroborationLevel":"FULLY_CORROBORATED","validatedAt":{"id":"RA000544"},"validatedAs":"559589-0160"}}}}"#;
const NO_LEI: &str = r#"{"errors":[{"status":"404","title":"Record not found"}]}"#;
const NO_COMPANY: &str =
    r#"{"errors":[{"type":"ch:service","error":"company-profile-not-found"}]}"#;
const HOUSE: &str = r#"{"company_name":"TEST LTD","company_number":"12345678","company_status":"active","type":"ltd","jurisdiction":"england-wales","date_of_creation":"2019-06-25","sic_codes":["61900"],"registered_office_address":{"address_line_1":"Office 1","locality":"Test Town","postal_code":"TS1 2TS","country":"United Kingdom"},"has_insolvency_history":false,"registered_office_is_in_dispute":false,"undeliverable_registered_office_address":false,"accounts":{"overdue":false},"confirmation_statement":{"overdue":false}}"#;
const VIES: &str = r#"{"countryCode":"IE","vatNumber":"6388047V","requestDate":"2026-08-05T10:23:03.183Z","valid":true,"requestIdentifier":"","name":"GOOGLE IRELAND LIMITED","address":"3RD FLOOR, GORDON HOUSE","traderName":"---","traderNameMatch":"NOT_PROCESSED"}"#;
const COLORADO: &str = r#"[{"entityid":"20201234567","entityname":"EXAMPLE WIDGETS LLC","entitystatus":"Good Standing","entitytype":"DLLC","entityformdate":"2020-03-02T00:00:00.000","principaladdress1":"100 Main St","principalcity":"Denver","principalstate":"CO","principalzipcode":"80202"}]"#;
const CONNECTICUT: &str = r#"[{"accountnumber":"1234567","name":"EXAMPLE WIDGETS LLC","status":"Active","date_registration":"2020-03-02T00:00:00.000","business_type":"LLC"}]"#;
const NEW_YORK: &str = r#"[{"dos_id":"5123456","current_entity_name":"EXAMPLE WIDGETS LLC","initial_dos_filing_date":"2017-04-21T00:00:00.000","entity_type":"DOMESTIC LIMITED LIABILITY COMPANY"}]"#;
const OREGON: &str = r#"[{"registry_number":"1234567-89","business_name":"EXAMPLE WIDGETS LLC","registry_date":"2017-04-21T00:00:00.000"},{"registry_number":"1234567-89","business_name":"EXAMPLE WIDGETS LLC"}]"#;
const PENNSYLVANIA: &str = r#"[{"filing_number":"6123456","business_name":"EXAMPLE WIDGETS LLC","creationdate":"2017-04-21T00:00:00.000","party_type":"Organizer"}]"#;
const TEXAS: &str = r#"[{"taxpayer_number":"32012345678","taxpayer_name":"EXAMPLE WIDGETS LLC","secretary_of_state_sos_or_coa_file_number":"0801234567","right_to_transact_business_code":"A","sos_charter_date":"2017-04-21T00:00:00.000","sos_status_code":"A"}]"#;
const EDGAR: &str = r#"{"cik":"0000320193","entityType":"operating","sic":"3571","name":"Apple Inc.","ein":"942404110","stateOfIncorporation":"CA","addresses":{"business":{"street1":"ONE APPLE PARK WAY","city":"CUPERTINO","stateOrCountry":"CA","zipCode":"95014"},"mailing":{}},"phone":"(408) 996-1010","formerNames":[{"name":"APPLE COMPUTER INC"}],"filings":{"recent":{"form":["10-K"],"filingDate":["2025-10-31"]}}}"#;
const FILERS: &str = r#"{"0":{"cik_str":320193,"ticker":"AAPL","title":"Apple Inc."},"1":{"cik_str":789019,"ticker":"MSFT","title":"MICROSOFT CORP"}}"#;
const CENSUS: &str = r#"{"result":{"input":{},"addressMatches":[{"matchedAddress":"4600 SILVER HILL RD, WASHINGTON, DC, 20233","coordinates":{"x":-76.92748,"y":38.84601},"tigerLine":{"side":"L","tigerLineId":"76355984"},"addressComponents":{"fromAddress":"4600","toAddress":"4700","streetName":"SILVER HILL","suffixType":"RD","city":"WASHINGTON","state":"DC","zip":"20233"}}]}}"#;
const USPS: &str = r#"{"firm":"","address":{"streetAddress":"3120 M ST NW","secondaryAddress":"","city":"WASHINGTON","state":"DC","ZIPCode":"20007","ZIPPlus4":"3704"},"additionalInfo":{"deliveryPoint":"20","DPVConfirmation":"Y","DPVCMRA":"N","business":"Y","vacant":"N"},"corrections":[],"matches":[{"code":"31","text":"Single Response - exact match"}]}"#;
const TOKEN: &str = r#"{"access_token":"t0ken-s3cret","token_type":"Bearer","expires_in":28799}"#;
const RDAP: &str = r#"{"objectClassName":"domain","ldhName":"EXAMPLE.COM","status":["client transfer prohibited"],"events":[{"eventAction":"registration","eventDate":"1995-08-14T04:00:00Z"},{"eventAction":"expiration","eventDate":"2036-08-13T04:00:00Z"}],"entities":[],"nameservers":[]}"#;
const SERVICES: &str =
    r#"{"version":"1.0","services":[[["net","com"],["http://127.0.0.1:PORT/rdap-com/"]]]}"#;
const TWILIO: &str = r#"{"country_code":"US","phone_number":"+14159929960","valid":true,"validation_errors":null,"line_type_intelligence":{"type":"nonFixedVoip","carrier_name":"Twilio - SMS/MMS-SVR","error_code":null},"caller_name":{"caller_name":"EXAMPLE WIDGETS","caller_type":"BUSINESS","error_code":null},"reassigned_number":null,"identity_match":null,"sim_swap":null}"#;
const TELNYX: &str = r#"{"data":{"phone_number":"+14159929960","valid_number":true,"carrier":{"name":"Telnyx","type":"voip","error_code":null},"caller_name":{"caller_name":"EXAMPLE WIDGETS","error_code":null},"portability":{"lrn":"14155550100","ocn":"123F","spid":"123F","spid_carrier_name":"X","altspid":"","line_type":"voip","ported_status":"Y","ported_date":"2020-01-02","city":"SF","state":"CA"}}}"#;
const SMARTY: &str = r#"[{"delivery_line_1":"3120 M St NW","last_line":"Washington DC 20007-3704","components":{"zipcode":"20007","plus4_code":"3704"},"metadata":{"rdi":"Commercial","zip_type":"Standard","precision":"Zip9"},"analysis":{"dpv_match_code":"Y","dpv_footnotes":"AABB","dpv_cmra":"N","dpv_vacant":"N","dpv_no_stat":"N","active":"Y"}}]"#;
const YENTE: &str = r#"{"responses":{"asked":{"status":200,"results":[],"total":{"value":0,"relation":"eq"},"query":{"schema":"Company","properties":{"name":["EXAMPLE WIDGETS LLC"]}}}},"limit":5}"#;
const CATALOG: &str = r#"{"datasets":[{"name":"default"}],"outdated":[],"index_stale":false}"#;
const WATCHMAN: &str = r#"{"query":{},"entities":[]}"#;
const LISTS: &str =
    r#"{"lists":{"us_ofac":17646},"listHashes":{},"endedAt":"TODAY","version":"v0.66"}"#;

fn place() -> Question {
    Question::of("3120 M St NW, Washington, DC 20007")
}

fn widgets(id: &str) -> Question {
    Question::of(id).named("Example Widgets, L.L.C.")
}

fn state(source: Source, id: &'static str, path: &'static str, body: &'static str) -> Case {
    Case {
        source,
        question: widgets(id),
        path,
        body,
        before: &[],
        good: "MATCHED",
        // Sets of active firms have no word of a closed set: another record instead of the one asked.
        unknown: ("\"business_name\"", "\"busyness_name\""),
        required: "\"business_name\":\"EXAMPLE WIDGETS LLC\"",
        none: "{}",
        missing: "SCHEMA",
    }
}

fn states() -> Vec<Case> {
    let name = |case: Case, field: &'static str, spoiled: &'static str, required: &'static str| {
        Case { unknown: (field, spoiled), required, ..case }
    };
    vec![
        name(
            state(Source::UsCo, "20201234567", "/resource/4ykn-tg5h.json", COLORADO),
            "Good Standing",
            "Splendid",
            r#""entityname":"EXAMPLE WIDGETS LLC","#,
        ),
        name(
            state(Source::UsCt, "1234567", "/resource/n7gp-d28j.json", CONNECTICUT),
            "\"Active\"",
            "\"Splendid\"",
            r#""status":"Active","#,
        ),
        name(
            state(Source::UsNy, "5123456", "/resource/n9v6-gdp6.json", NEW_YORK),
            "5123456",
            "9999999",
            r#""current_entity_name":"EXAMPLE WIDGETS LLC","#,
        ),
        state(Source::UsOr, "123456789", "/resource/tckn-sxa6.json", OREGON),
        state(Source::UsPa, "6123456", "/resource/xvd7-5r2c.json", PENNSYLVANIA),
        name(
            state(Source::UsTx, "0801234567", "/resource/9cir-efmm.json", TEXAS),
            "code\":\"A\"",
            "code\":\"Q\"",
            r#""taxpayer_name":"EXAMPLE WIDGETS LLC","#,
        ),
    ]
}

fn registers() -> Vec<Case> {
    vec![
        Case {
            source: Source::Gleif,
            question: Question::of("636700STJZG4U8W2I596")
                .named("Kommstart 174 AB (publ)")
                .within("SE"),
            path: "/api/v1/lei-records/636700STJZG4U8W2I596",
            body: GLEIF,
            before: &[],
            good: "MATCHED",
            unknown: ("ISSUED", "SHINY"),
            required: r#""corroborationLevel":"FULLY_CORROBORATED","#,
            none: NO_LEI,
            missing: "NOT_FOUND",
        },
        Case {
            source: Source::CompaniesHouse,
            question: Question::of("12345678").named("Test Limited"),
            path: "/company/12345678",
            body: HOUSE,
            before: &[],
            good: "MATCHED",
            unknown: ("\"active\"", "\"shiny\""),
            required: r#""company_status":"active","#,
            none: NO_COMPANY,
            missing: "NOT_FOUND",
        },
        Case {
            source: Source::Vies,
            question: Question::of("IE6388047V").named("Google Ireland Limited"),
            path: "/check-vat-number",
            body: VIES,
            before: &[],
            good: "MATCHED",
            unknown: ("\"valid\":true", "\"valid\":\"yes\""),
            required: r#""valid":true,"#,
            none: "{}",
            missing: "SCHEMA",
        },
        Case {
            source: Source::SecEdgar,
            question: Question::of("94-2404110").named("Apple Inc."),
            path: "/submissions/CIK0000320193.json",
            body: EDGAR,
            before: &[("/files/company_tickers.json", FILERS)],
            good: "MATCHED",
            unknown: ("\"cik\":\"0000320193\"", "\"cik\":\"0000000001\""),
            required: r#""name":"Apple Inc.","#,
            none: "{}",
            missing: "SCHEMA",
        },
        Case {
            source: Source::Rdap,
            question: Question::of("https://www.example.com/about"),
            path: "/rdap-com/domain/example.com",
            body: RDAP,
            before: &[("/rdap/dns.json", SERVICES)],
            good: "MATCHED",
            unknown: ("\"ldhName\":\"EXAMPLE.COM\"", "\"ldhName\":\"OTHER.COM\""),
            required: r#"{"eventAction":"registration","eventDate":"1995-08-14T04:00:00Z"},"#,
            none: "{}",
            missing: "NOT_FOUND",
        },
    ]
}

fn addresses() -> Vec<Case> {
    vec![
        Case {
            source: Source::Census,
            question: place(),
            path: "/geocoder/locations/onelineaddress",
            body: CENSUS,
            before: &[],
            good: "ADDRESS_INTERPOLATED",
            unknown: ("\"addressMatches\":[", "\"addressMatches\":[7,"),
            required: r#""matchedAddress":"4600 SILVER HILL RD, WASHINGTON, DC, 20233","#,
            none: "{}",
            missing: "SCHEMA",
        },
        Case {
            source: Source::Usps,
            question: place(),
            path: "/addresses/v3/address",
            body: USPS,
            before: &[("/oauth2/v3/token", TOKEN)],
            good: "MATCHED",
            unknown: ("\"DPVConfirmation\":\"Y\"", "\"DPVConfirmation\":\"Q\""),
            required: r#""DPVConfirmation":"Y","#,
            none: "{}",
            missing: "SCHEMA",
        },
        Case {
            source: Source::Smarty,
            question: place(),
            path: "/street-address",
            body: SMARTY,
            before: &[],
            good: "MATCHED",
            unknown: ("\"dpv_match_code\":\"Y\"", "\"dpv_match_code\":\"Q\""),
            required: r#""dpv_match_code":"Y","#,
            none: "{}",
            missing: "SCHEMA",
        },
    ]
}

fn vendors() -> Vec<Case> {
    vec![
        Case {
            source: Source::Twilio,
            question: Question::of("+14159929960"),
            path: "/v2/PhoneNumbers/+14159929960",
            body: TWILIO,
            before: &[],
            good: "MATCHED",
            unknown: ("nonFixedVoip", "carrierPigeon"),
            required: r#""valid":true,"#,
            none: "{}",
            missing: "NO_COVERAGE",
        },
        Case {
            source: Source::Telnyx,
            question: Question::of("+14159929960"),
            path: "/v2/number_lookup/+14159929960",
            body: TELNYX,
            before: &[],
            good: "MATCHED",
            unknown: ("\"ported_status\":\"Y\"", "\"ported_status\":\"Q\""),
            required: r#""phone_number":"+14159929960","#,
            none: "{}",
            missing: "NO_COVERAGE",
        },
        Case {
            source: Source::Yente,
            question: Question::of("EXAMPLE WIDGETS LLC"),
            path: "/match/default",
            body: YENTE,
            before: &[("/catalog", CATALOG)],
            good: "MATCHED",
            unknown: ("\"status\":200", "\"status\":500"),
            required: r#""results":[],"#,
            none: "{}",
            missing: "SCHEMA",
        },
        Case {
            source: Source::Watchman,
            question: Question::of("EXAMPLE WIDGETS LLC"),
            path: "/v2/search",
            body: WATCHMAN,
            before: &[("/v2/listinfo", LISTS)],
            good: "MATCHED",
            unknown: ("\"entities\":[]", "\"entities\":[{\"name\":\"X\"}]"),
            required: r#","entities":[]"#,
            none: "{}",
            missing: "SCHEMA",
        },
    ]
}

/// Every source that is asked over HTTP, but the generic one, whose answer repeats the request's id,
/// and websites, whose answers are pages.
pub(super) fn cases() -> Vec<Case> {
    [states(), registers(), addresses(), vendors()].into_iter().flatten().collect()
}
