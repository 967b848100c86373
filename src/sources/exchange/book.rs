//! Every source in one place: which are set up, how they stand, and the one way to ask them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;

use super::ask::Seen;
use super::line::{Call, Line};
use super::settings::{NotSetUp, SourceSettings};
use super::tally::Tally;
use crate::clock::Clock;
use crate::domain::check::{
    Answer, Breaker, Evidence, Failure, Place, Question, Source, SourceStatus, Told,
};
use crate::domain::digest::Digest;
use crate::domain::pii::Pii;
use crate::domain::time::Span;
use crate::sources::{
    census, companies_house, dns, edgar, generic, gleif, rdap, smarty, socrata, telnyx, twilio,
    usps, vies, watchman, website, yente,
};

/// The version of the adapters; it changes when one of them reads an answer differently.
const ADAPTER: u32 = 1;
/// No question is waited for longer, whatever its requests and their repetitions take together: the
/// lease of the job that asks ends later than this.
const LONGEST: Duration = Duration::from_secs(40);
/// How long a miss counts at most: a register may get the record any day.
const NOT_YET: Span = Span::hours(1);
/// Answers kept in memory.
const KEPT: u64 = 10_000;
/// How much of a body is kept that could not be read.
const RAW: usize = 4 << 10;

/// The outside parties. Cloning is cheap; clones share their limits and what they heard.
#[derive(Clone, Debug)]
pub struct Sources(Arc<Book>, Duration);

#[derive(Debug)]
struct Book {
    clock: Clock,
    lines: BTreeMap<Source, Line>,
    tallies: Mutex<BTreeMap<Source, Tally>>,
    kept: Cache<Digest, Answer>,
    usps: usps::Token,
    rdap: rdap::Bootstrap,
    filers: edgar::Filers,
    dns: dns::Resolver,
    website: website::Reach,
}

/// The key of a source in the settings: its word in small letters.
pub const fn setting(source: Source) -> &'static str {
    match source {
        Source::Gleif => "gleif",
        Source::CompaniesHouse => "companies_house",
        Source::Vies => "vies",
        Source::UsCo => "us_co",
        Source::UsCt => "us_ct",
        Source::UsNy => "us_ny",
        Source::UsOr => "us_or",
        Source::UsPa => "us_pa",
        Source::UsTx => "us_tx",
        Source::SecEdgar => "sec_edgar",
        Source::Census => "census",
        Source::Usps => "usps",
        Source::Rdap => "rdap",
        Source::Dns => "dns",
        Source::Website => "website",
        Source::Twilio => "twilio",
        Source::Telnyx => "telnyx",
        Source::Smarty => "smarty",
        Source::Yente => "yente",
        Source::Watchman => "watchman",
        Source::Generic => "generic",
    }
}

impl Sources {
    /// Sets the sources up; those without settings answer `NOT_CONFIGURED`.
    pub fn new(given: &BTreeMap<Source, SourceSettings>, clock: &Clock) -> Result<Self, NotSetUp> {
        let mut lines = BTreeMap::new();
        for (source, settings) in given {
            if let Some(line) = Line::new(*source, setting(*source), settings, clock)? {
                lines.insert(*source, line);
            }
        }
        let not = |source_key: Source| move |why| NotSetUp { source_key: setting(source_key), why };
        let told = |source| given.get(&source).map_or("", |settings| settings.url.as_str());
        let book = Book {
            clock: clock.clone(),
            dns: dns::Resolver::new(told(Source::Dns)).map_err(not(Source::Dns))?,
            website: website::Reach::new(told(Source::Website)).map_err(not(Source::Website))?,
            tallies: Mutex::default(),
            kept: Cache::new(KEPT),
            usps: usps::Token::default(),
            rdap: rdap::Bootstrap::default(),
            filers: edgar::Filers::default(),
            lines,
        };
        Ok(Self(Arc::new(book), LONGEST))
    }

    /// Sources without any settings.
    pub fn none(clock: &Clock) -> Self {
        let book = Book {
            clock: clock.clone(),
            dns: dns::Resolver::default(),
            website: website::Reach::default(),
            tallies: Mutex::default(),
            kept: Cache::new(KEPT),
            usps: usps::Token::default(),
            rdap: rdap::Bootstrap::default(),
            filers: edgar::Filers::default(),
            lines: BTreeMap::new(),
        };
        Self(Arc::new(book), LONGEST)
    }

    /// The same sources, for somebody who waits no longer than this for any of them.
    #[must_use]
    pub fn within(self, longest: Duration) -> Self {
        Self(self.0, longest)
    }

    /// Whether a source is set up.
    pub fn is_set_up(&self, source: Source) -> bool {
        self.0.lines.contains_key(&source)
    }

    /// Asks a source. What it said about the same question not long ago is said again.
    pub async fn ask(&self, source: Source, question: &Question) -> Answer {
        let key = key_of(source, question);
        if let Some(kept) = self.0.kept.get(&key) {
            if self.0.clock.now() < kept.evidence.expires_at {
                return kept;
            }
            self.0.kept.invalidate(&key);
        }
        let answer = self.ask_anew(source, question).await;
        let mut tallies = self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.entry(source).or_default().count(&answer.told, self.0.clock.now());
        drop(tallies);
        if !matches!(answer.told, Told::Failed(_)) {
            self.0.kept.insert(key, answer.clone());
        }
        answer
    }

    async fn ask_anew(&self, source: Source, question: &Question) -> Answer {
        let Some(line) = self.0.lines.get(&source) else {
            let now = self.0.clock.now();
            let evidence = Evidence {
                source: source.as_str().to_owned(),
                adapter: ADAPTER,
                request: Pii::default(),
                retrieved_at: now,
                source_as_of: None,
                response_sha256: None,
                record: Pii::default(),
                compared: Vec::new(),
                expires_at: now,
                raw: None,
            };
            return bare(Told::Failed(Failure::NotConfigured), evidence);
        };
        let mut call = Call::new(line);
        let waited = tokio::time::timeout(self.1, self.read(source, &mut call, question)).await;
        let seen = waited.unwrap_or_else(|_late| {
            line.was_silent();
            Err(Failure::LATER)
        });
        whole(seen, call)
    }

    async fn read(
        &self,
        source: Source,
        call: &mut Call<'_>,
        question: &Question,
    ) -> Result<Seen, Failure> {
        let book = &*self.0;
        match source {
            Source::Gleif => gleif::ask(call, question).await,
            Source::CompaniesHouse => companies_house::ask(call, question).await,
            Source::Vies => vies::ask(call, question).await,
            Source::UsCo
            | Source::UsCt
            | Source::UsNy
            | Source::UsOr
            | Source::UsPa
            | Source::UsTx => socrata::ask(call, question).await,
            Source::SecEdgar => edgar::ask(call, question, &book.filers).await,
            Source::Census => census::ask(call, question).await,
            Source::Usps => usps::ask(call, question, &book.usps).await,
            Source::Rdap => rdap::ask(call, question, &book.rdap).await,
            Source::Dns => dns::ask(call, question, &book.dns).await,
            Source::Website => website::ask(call, question, &book.website).await,
            Source::Twilio => twilio::ask(call, question).await,
            Source::Telnyx => telnyx::ask(call, question).await,
            Source::Smarty => smarty::ask(call, question).await,
            Source::Yente => yente::ask(call, question).await,
            Source::Watchman => watchman::ask(call, question).await,
            Source::Generic => generic::ask(call, question).await,
        }
    }

    /// How every source stands, as this instance sees it.
    pub fn status(&self) -> Vec<SourceStatus> {
        let tallies = self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = Source::ALL.iter().map(|source| {
            let line = self.0.lines.get(source);
            let tally = tallies.get(source).cloned().unwrap_or_default();
            SourceStatus {
                source: *source,
                configured: line.is_some(),
                last_success: tally.last_success,
                last_failure: tally.last_failure,
                breaker: line.map_or(Breaker::Closed, Line::breaker_state),
                outcomes: tally.outcomes,
            }
        });
        all.collect()
    }
}

fn key_of(source: Source, question: &Question) -> Digest {
    let name = question.asked_name().unwrap_or_default();
    let place = question.place.as_ref().map(Place::line).unwrap_or_default();
    let person = if question.person { "person" } else { "firm" };
    let parts = [source.as_str(), question.value.expose(), name, &question.region, &place, person];
    Digest::of_parts(parts.map(str::as_bytes))
}

fn bare(told: Told, evidence: Evidence) -> Answer {
    Answer { told, evidence, remarks: Vec::new(), channels: Vec::new(), since: None, changed: None }
}

/// The answer with its evidence.
fn whole(seen: Result<Seen, Failure>, call: Call<'_>) -> Answer {
    let Call { line, shown, heard } = call;
    let at = heard.as_ref().map_or_else(|| line.clock.now(), |reply| reply.at);
    let mut evidence = Evidence {
        source: line.source.as_str().to_owned(),
        adapter: ADAPTER,
        request: Pii::new(shown),
        retrieved_at: at,
        source_as_of: None,
        response_sha256: heard.as_ref().map(|reply| reply.digest),
        record: Pii::default(),
        compared: Vec::new(),
        expires_at: at.plus(line.max_age),
        raw: None,
    };
    match seen {
        Ok(seen) => {
            evidence.source_as_of = seen.as_of;
            evidence.record = Pii::new(seen.record);
            evidence.compared = seen.compared;
            let Seen { told, remarks, channels, since, changed, .. } = seen;
            if matches!(told, Told::Nothing(_)) {
                evidence.expires_at = evidence.expires_at.min(at.plus(NOT_YET));
            }
            Answer { told, evidence, remarks, channels, since, changed }
        }
        Err(failure) => {
            if failure == Failure::Schema {
                evidence.raw = heard.map(|reply| raw(&reply.body));
            }
            evidence.expires_at = at.plus(Span::ZERO);
            bare(Told::Failed(failure), evidence)
        }
    }
}

fn raw(body: &[u8]) -> Pii<String> {
    let head = body.get(..RAW).unwrap_or(body);
    Pii::new(String::from_utf8_lossy(head).into_owned())
}
