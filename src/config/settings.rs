//! Every setting with its key, its environment variable and its kind. What is not listed here is
//! refused, so that a misspelt name never passes in silence.

/// What a text from the environment is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As it stands.
    Text,
    /// As it stands, never printed; `_FILE` names a file that holds it.
    Secret,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Texts with commas between them.
    Texts,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its path in the file.
    pub key: &'static str,
    /// Its environment variable.
    pub env: &'static str,
    /// What it is read as.
    pub kind: Kind,
    /// What to write, for people.
    pub instead: &'static str,
}

const fn of(key: &'static str, env: &'static str, kind: Kind, instead: &'static str) -> Setting {
    Setting { key, env, kind, instead }
}

/// Every setting of the service but those of its sources.
pub const SETTINGS: &[Setting] = &[
    of("server.provider", "VOUCH_PROVIDER", Kind::Text, "the provider's legal name"),
    of(
        "server.resporgs",
        "VOUCH_RESPORGS",
        Kind::Texts,
        "the ids under which the provider controls toll-free numbers, such as ABC01",
    ),
    of("server.listen", "VOUCH_LISTEN", Kind::Text, "an address and a port such as 127.0.0.1:7443"),
    of(
        "server.admin_listen",
        "VOUCH_ADMIN_LISTEN",
        Kind::Text,
        "an address and a port such as 127.0.0.1:9443",
    ),
    of("server.tls_cert", "VOUCH_TLS_CERT", Kind::Text, "the path of a PEM file"),
    of("server.tls_key", "VOUCH_TLS_KEY", Kind::Text, "the path of a PEM file"),
    of("server.insecure_dev", "VOUCH_INSECURE_DEV", Kind::Flag, "true or false"),
    of(
        "server.cors_origins",
        "VOUCH_CORS_ORIGINS",
        Kind::Texts,
        "origins such as https://portal.example.com",
    ),
    of(
        "database.url",
        "VOUCH_DATABASE_URL",
        Kind::Secret,
        "sqlite:/var/lib/vouch/vouch.db or postgres://user@host/vouch",
    ),
    of(
        "database.max_connections",
        "VOUCH_DATABASE_MAX_CONNECTIONS",
        Kind::Number,
        "a number from 2 to 1000",
    ),
    of("keys.file", "VOUCH_KEYS_FILE", Kind::Text, "the path of a key ring of mode 0600"),
    of("documents.dir", "VOUCH_DOCUMENTS_DIR", Kind::Text, "the path of a folder"),
    of(
        "delivery.smtp_url",
        "VOUCH_DELIVERY_SMTP_URL",
        Kind::Secret,
        "smtps://user:password@host or smtp://host:25",
    ),
    of("delivery.smtp_from", "VOUCH_DELIVERY_SMTP_FROM", Kind::Text, "a mail address"),
    of("delivery.http_url", "VOUCH_DELIVERY_HTTP_URL", Kind::Text, "an https:// address"),
    of("delivery.http_token", "VOUCH_DELIVERY_HTTP_TOKEN", Kind::Secret, "the endpoint's token"),
    of("delivery.folder", "VOUCH_DELIVERY_FOLDER", Kind::Text, "the path of a folder"),
    of("telemetry.log", "VOUCH_LOG", Kind::Text, "info, or directives such as info,vouch=debug"),
    of(
        "limits.max_message_bytes",
        "VOUCH_MAX_MESSAGE_BYTES",
        Kind::Number,
        "a number from 65536 to 67108864",
    ),
    of("limits.max_streams", "VOUCH_MAX_STREAMS", Kind::Number, "a number from 1 to 65536"),
    of(
        "limits.max_header_bytes",
        "VOUCH_MAX_HEADER_BYTES",
        Kind::Number,
        "a number from 4096 to 1048576",
    ),
    of(
        "limits.max_connections",
        "VOUCH_MAX_CONNECTIONS",
        Kind::Number,
        "a number from 1 to 1000000",
    ),
    of(
        "limits.connection_age_seconds",
        "VOUCH_CONNECTION_AGE_SECONDS",
        Kind::Number,
        "a number from 1 to 604800",
    ),
    of("limits.drain_seconds", "VOUCH_DRAIN_SECONDS", Kind::Number, "a number from 0 to 3600"),
    of("limits.call_millis", "VOUCH_CALL_MILLIS", Kind::Number, "a number from 100 to 600000"),
    of("limits.lookup_millis", "VOUCH_LOOKUP_MILLIS", Kind::Number, "a number from 10 to 10000"),
    of("limits.max_uploads", "VOUCH_MAX_UPLOADS", Kind::Number, "a number from 1 to 1024"),
    of("lists.max_age_days", "VOUCH_LISTS_MAX_AGE_DAYS", Kind::Number, "a number from 1 to 90"),
    of("geo.file", "VOUCH_GEO_FILE", Kind::Text, "the path of an mmdb file of countries"),
    of(
        "lists.max_age_days_of",
        "VOUCH_LISTS_MAX_AGE_DAYS_OF",
        Kind::Texts,
        "lists with their days such as eo_bmf=60,sam=3",
    ),
    of("policy.file", "VOUCH_POLICY_FILE", Kind::Text, "the path of a policy file"),
    #[cfg(feature = "failpoints")]
    of("failpoint", "VOUCH_FAILPOINT", Kind::Text, "a failpoint's name, or name:nth"),
];

/// The settings of each source. They are the same for all of them.
macro_rules! of_sources {
    ($($key:literal $env:literal,)+) => {
        /// Every setting of every source.
        pub const SOURCES: &[[Setting; 6]] = &[$([
            of(
                concat!("sources.", $key, ".url"),
                concat!("VOUCH_SOURCES_", $env, "_URL"),
                Kind::Text,
                "the address that docs/sources.md names",
            ),
            of(
                concat!("sources.", $key, ".user"),
                concat!("VOUCH_SOURCES_", $env, "_USER"),
                Kind::Text,
                "who we are to the source",
            ),
            of(
                concat!("sources.", $key, ".key"),
                concat!("VOUCH_SOURCES_", $env, "_KEY"),
                Kind::Secret,
                "the source's key",
            ),
            of(
                concat!("sources.", $key, ".timeout_ms"),
                concat!("VOUCH_SOURCES_", $env, "_TIMEOUT_MS"),
                Kind::Number,
                "a number from 100 to 60000",
            ),
            of(
                concat!("sources.", $key, ".max_age_hours"),
                concat!("VOUCH_SOURCES_", $env, "_MAX_AGE_HOURS"),
                Kind::Number,
                "a number from 1 to 8760",
            ),
            of(
                concat!("sources.", $key, ".per_minute"),
                concat!("VOUCH_SOURCES_", $env, "_PER_MINUTE"),
                Kind::Number,
                "a number from 1 to 60000",
            ),
        ]),+];
    };
}

of_sources! {
    "gleif" "GLEIF",
    "companies_house" "COMPANIES_HOUSE",
    "vies" "VIES",
    "us_co" "US_CO",
    "us_ct" "US_CT",
    "us_ny" "US_NY",
    "us_or" "US_OR",
    "us_pa" "US_PA",
    "us_tx" "US_TX",
    "sec_edgar" "SEC_EDGAR",
    "census" "CENSUS",
    "usps" "USPS",
    "rdap" "RDAP",
    "dns" "DNS",
    "website" "WEBSITE",
    "twilio" "TWILIO",
    "telnyx" "TELNYX",
    "smarty" "SMARTY",
    "yente" "YENTE",
    "watchman" "WATCHMAN",
    "generic" "GENERIC",
}

/// Every setting.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().chain(SOURCES.iter().flatten())
}

/// Variables of the commands that talk to a running service, and of the tests.
pub const OTHERS: &[&str] =
    &["VOUCH_CONFIG", "VOUCH_SERVER", "VOUCH_KEY", "VOUCH_KEY_FILE", "VOUCH_CA", "VOUCH_DATA"];

/// The setting with this key.
pub fn by_key(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}
