//! The line to one source: its limits, its breaker, and what its statuses mean.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use super::ask::{Ask, Reply};
use super::breaker::Breaker;
use super::pace::Pace;
use super::settings::{NotSetUp, SourceSettings, base, terms};
use crate::clock::Clock;
use crate::domain::check::{Breaker as State, Failure, Source};
use crate::domain::digest::Digest;
use crate::domain::pii::Secret;
use crate::domain::time::Span;

/// How often a question is tried again at once.
const AGAIN: usize = 2;
/// The pause before the first of them.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause within one question; who asks for more is asked again later.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest wait that a source may ask for.
const LONGEST: u64 = 86_400;
const TIMEOUT: Duration = Duration::from_secs(10);

/// A source that is set up.
#[derive(Debug)]
pub(in crate::sources) struct Line {
    pub(in crate::sources) source: Source,
    pub(in crate::sources) base: Url,
    pub(in crate::sources) user: String,
    pub(in crate::sources) key: Option<Secret>,
    pub(in crate::sources) timeout: Duration,
    pub(in crate::sources) max_body: usize,
    pub(in crate::sources) clock: Clock,
    pub(super) max_age: Span,
    client: Client,
    pace: Pace,
    breaker: Mutex<Breaker>,
    /// Whether it is the source itself that answers: whoever fills in a profile chooses the host of
    /// the others, and a dead one says nothing about the next.
    is_one_host: bool,
}

impl Line {
    /// A line with these settings; `None` where the source is not set up.
    pub(super) fn new(
        source: Source,
        source_key: &'static str,
        given: &SourceSettings,
        clock: &Clock,
    ) -> Result<Option<Self>, NotSetUp> {
        if given.url.is_empty() {
            return Ok(None);
        }
        let not = |why| NotSetUp { source_key, why };
        let terms = terms(source);
        if terms.needs_key && given.key.as_ref().is_none_or(|key| key.expose().is_empty()) {
            return Err(not("it needs a key; set key, or its variable with _FILE"));
        }
        if terms.needs_user && given.user.is_empty() {
            return Err(not("it needs a name of ours; set user"));
        }
        let local = matches!(source, Source::Dns | Source::Website);
        let address = if local { "https://local.invalid" } else { given.url.as_str() };
        let timeout = given.timeout.unwrap_or(TIMEOUT);
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(timeout)
            .user_agent(concat!("vouch/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_bad| not("TLS cannot be set up"))?;
        let per_hour = given.per_minute.map_or(terms.per_hour, |n| n.saturating_mul(60));
        Ok(Some(Self {
            source,
            base: base(address).map_err(not)?,
            user: given.user.clone(),
            key: given.key.clone(),
            timeout,
            max_body: terms.max_body,
            clock: clock.clone(),
            max_age: given.max_age.unwrap_or(Span::hours(terms.max_age_hours)),
            client,
            pace: Pace::new(per_hour, terms.burst, clock),
            breaker: Mutex::default(),
            is_one_host: !matches!(source, Source::Dns | Source::Website | Source::Rdap),
        }))
    }

    /// An address below the base; each part is escaped.
    pub(in crate::sources) fn at(&self, parts: &[&str]) -> Url {
        below(&self.base, parts)
    }

    /// The key's bytes; nothing where there is none.
    pub(in crate::sources) fn key(&self) -> &[u8] {
        self.key.as_ref().map_or(&[], Secret::expose)
    }

    fn breaker<T>(&self, work: impl FnOnce(&mut Breaker) -> T) -> T {
        work(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn breaker_state(&self) -> State {
        self.breaker(|breaker| breaker.state(self.clock.mono()))
    }

    /// Notes that the source let a question wait for longer than anybody waits.
    pub(super) fn was_silent(&self) {
        if self.is_one_host {
            let now = self.clock.mono();
            self.breaker(|breaker| breaker.silent(now));
        }
    }

    /// Works within the breaker and with the limits: `work` is tried again where it may help.
    pub(in crate::sources) async fn within<T, F>(
        &self,
        mut work: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        self.breaker(|breaker| breaker.admit(self.clock.mono()))
            .map_err(|wait| Failure::Retry { after: Some(wait) })?;
        // Our own limit is no silence of the source.
        self.turn().await?;
        let mut is_first = true;
        let again = || {
            let waits = !std::mem::take(&mut is_first);
            let next = work();
            async move {
                if waits {
                    self.turn().await?;
                }
                next.await
            }
        };
        let backoff = ExponentialBuilder::default().with_min_delay(PAUSE).with_max_times(AGAIN);
        let done = again
            .retry(backoff)
            .when(|failure| matches!(failure, Failure::Retry { .. }))
            .adjust(|failure, pause| match failure {
                Failure::Retry { after: Some(after) } => {
                    let after = Duration::from_micros(u64::try_from(after.0).unwrap_or(0));
                    pause.map(|pause| pause.max(after)).filter(|pause| *pause <= PATIENCE)
                }
                _ => pause,
            })
            .await;
        match &done {
            Err(Failure::Retry { .. }) => self.was_silent(),
            _ => self.breaker(Breaker::answered),
        }
        done
    }

    /// Waits for this question's turn.
    async fn turn(&self) -> Result<(), Failure> {
        while let Err(wait) = self.pace.turn() {
            if wait > PATIENCE {
                let after = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
                return Err(Failure::Retry { after: Some(Span(after)) });
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// Sends a request once. What was read stays in `heard`, also where it is no answer.
    async fn once(&self, ask: &Ask, heard: &Mutex<Option<Reply>>) -> Result<Reply, Failure> {
        let mut request =
            self.client.request(ask.method.clone(), ask.full_url()).headers(ask.headers.clone());
        if let Some(body) = &ask.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|_quotes_the_url| Failure::LATER)?;
        let status = response.status();
        if !status.is_success() && !ask.accept.contains(&status.as_u16()) {
            return Err(refusal(status, wait(&response)));
        }
        let page = is_page(&response);
        let body = body(response, ask.max_body.unwrap_or(self.max_body)).await?;
        let blank = body.iter().all(u8::is_ascii_whitespace);
        let none = page || starts_a_page(&body) || (blank && status.is_success());
        let digest = Digest::of(&body);
        let reply = Reply { status: status.as_u16(), digest, at: self.clock.now(), body };
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply.clone());
        if none { Err(Failure::Schema) } else { Ok(reply) }
    }
}

/// An address below another; each part is escaped.
pub(in crate::sources) fn below(base: &Url, parts: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    url
}

/// What a status means that is no answer.
fn refusal(status: StatusCode, after: Option<Span>) -> Failure {
    match status.as_u16() {
        401 | 403 | 407 => Failure::Refused,
        402 => Failure::Quota,
        408 | 425 | 429 | 500..=599 => Failure::Retry { after },
        // A redirect, or a question that the source does not understand: not the contract we know.
        _ => Failure::Schema,
    }
}

fn wait(response: &Response) -> Option<Span> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Span::secs(i64::try_from(seconds.min(LONGEST)).unwrap_or(0)))
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
}

fn starts_a_page(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// Reads a body up to its limit.
pub(in crate::sources) async fn body(
    mut response: Response,
    most: usize,
) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    // A connection that ends early is no answer yet.
    while let Some(chunk) = response.chunk().await.map_err(|_cut| Failure::LATER)? {
        if body.len() + chunk.len() > most {
            return Err(Failure::Schema);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// One question on its way, and what was last heard: its evidence.
#[derive(Debug)]
pub(in crate::sources) struct Call<'a> {
    pub(in crate::sources) line: &'a Line,
    pub(super) shown: String,
    pub(super) heard: Option<Reply>,
}

impl<'a> Call<'a> {
    pub(super) const fn new(line: &'a Line) -> Self {
        Self { line, shown: String::new(), heard: None }
    }

    /// Sends a request and keeps what came back as evidence.
    pub(in crate::sources) async fn send(&mut self, ask: Ask) -> Result<Reply, Failure> {
        self.shown = ask.shown();
        let heard = Mutex::new(None);
        let told = self.tell(&ask, &heard).await;
        self.heard = heard.into_inner().unwrap_or_else(PoisonError::into_inner);
        told
    }

    /// Sends a request that holds secrets, or whose answer does: nothing of it is evidence.
    pub(in crate::sources) async fn send_secret(&mut self, ask: Ask) -> Result<Reply, Failure> {
        self.tell(&ask, &Mutex::default()).await
    }

    async fn tell(&self, ask: &Ask, heard: &Mutex<Option<Reply>>) -> Result<Reply, Failure> {
        self.line.within(|| self.line.once(ask, heard)).await
    }

    /// Keeps an answer as evidence that came on another way than HTTP.
    pub(in crate::sources) fn keep(&mut self, shown: String, body: Vec<u8>) {
        let (digest, at) = (Digest::of(&body), self.line.clock.now());
        self.shown = shown;
        self.heard = Some(Reply { status: 200, body, digest, at });
    }
}
