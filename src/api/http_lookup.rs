//! `GET /v1/attestation`: the look-up of SIP servers. One JSON object on one line, 200 for every
//! decision, and an own deadline: a slow answer holds a worker of the caller.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use serde_json::json;

use super::auth;
use crate::answer::ask;
use crate::app::App;
use crate::domain::access::Role;
use crate::domain::attestation::{Attest, Call, Disposition, Reasons, Shown, is_emergency};
use crate::domain::number::Tn;
use crate::telemetry::metrics::Metrics;

/// Longest query that is read.
const MAX_QUERY: usize = 2_048;

#[derive(Clone)]
struct Desk {
    app: App,
    metrics: Arc<Metrics>,
    deadline: Duration,
}

/// The routes of HTTP. Every other path is answered 404.
pub fn router(app: App, metrics: Arc<Metrics>, deadline: Duration) -> Router {
    Router::new()
        .route("/v1/attestation", get(look_up))
        .fallback(async || {
            refuse(StatusCode::NOT_FOUND, "NOT_FOUND", "no such path; try /v1/attestation")
        })
        .with_state(Desk { app, metrics, deadline })
}

async fn look_up(
    State(desk): State<Desk>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let began = desk.app.clock.mono();
    let answered = tokio::time::timeout(desk.deadline, async {
        answer(&desk, query.as_deref().unwrap_or_default(), &headers)
    });
    let reply = match answered.await {
        Ok(reply) => reply,
        Err(_elapsed) => refuse(StatusCode::SERVICE_UNAVAILABLE, "DEADLINE", "ask again"),
    };
    let micros = u32::try_from(desk.app.clock.mono().since(began).0).unwrap_or(u32::MAX);
    desk.metrics.lookup(reply.status().as_u16(), f64::from(micros) / 1e6);
    reply
}

#[derive(Default)]
struct Asked {
    trunk: String,
    tn: String,
    dest: String,
    diverting: String,
    signed: bool,
}

impl Asked {
    fn call(&self) -> Call<'_> {
        let diverting = Some(self.diverting.trim()).filter(|text| !text.is_empty());
        Call {
            trunk: &self.trunk,
            orig: Shown::read(&self.tn),
            dest: &self.dest,
            diverting: diverting.map(Shown::read),
            signed: self.signed,
        }
    }
}

/// What a look-up is told. The names are those of `signers.md`; times are whole seconds.
#[derive(Serialize)]
struct Told<'a> {
    attest: Attest,
    disposition: Disposition,
    origid: String,
    orig_tn: String,
    valid_until: i64,
    reasons: &'a Reasons,
    enforced: bool,
    decision_id: &'a str,
}

fn answer(desk: &Desk, query: &str, headers: &HeaderMap) -> Response {
    let app = &desk.app;
    if let Err(refused) = admit(app, headers) {
        desk.metrics.refused.inc();
        return refused.into_response();
    }
    let asked = match read(query) {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(),
    };
    let call = asked.call();
    let (told, decision_id) = ask::with_receipt(&app.live, &app.store, &app.clock, &call, true);
    let answer = told.answer;
    let origid = answer.origid.map(|id| id.to_string()).unwrap_or_default();
    desk.metrics.answer(match answer.attest {
        Attest::A => 0,
        Attest::B => 1,
        Attest::C => 2,
        Attest::None => 3,
    });
    if wants_text(headers) {
        let level = json!(answer.attest);
        let line = format!("{} {origid}\n", level.as_str().unwrap_or("NONE"));
        return plain(StatusCode::OK, "text/plain; charset=utf-8", line);
    }
    let told = Told {
        attest: answer.attest,
        disposition: answer.disposition,
        origid,
        orig_tn: call.orig.tn().map(Tn::digits).unwrap_or_default(),
        valid_until: answer.valid_until.unix_seconds(),
        reasons: &answer.reasons,
        enforced: answer.enforced,
        decision_id: &decision_id,
    };
    match serde_json::to_string(&told) {
        Ok(mut line) => {
            line.push('\n');
            plain(StatusCode::OK, "application/json", line)
        }
        Err(why) => {
            tracing::error!(%why, "an answer could not be written");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "BUG", "see the service's log")
        }
    }
}

fn admit(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    match auth::principal(app, headers) {
        Ok(principal) if principal.roles.has(Role::Signer) => Ok(()),
        Ok(_other) => Err(Refusal {
            status: StatusCode::FORBIDDEN,
            reason: "ROLE_REQUIRED",
            message: "this look-up needs a key with the role SIGNER",
        }),
        Err(_status) => Err(Refusal {
            status: StatusCode::UNAUTHORIZED,
            reason: "CREDENTIAL",
            message: "send a live key as Bearer or Basic",
        }),
    }
}

/// Reads the query. A plus sign means a space there, and a number may begin with one: SIP servers
/// leave it as it is, and the number's reader takes either. What is wrong with a query never holds
/// up an emergency call (rule 13).
fn read(text: &str) -> Result<Asked, Refusal> {
    let bad = |reason, message| Refusal { status: StatusCode::BAD_REQUEST, reason, message };
    let mut fault = None;
    let mut pairs: Vec<(String, String)> = Vec::new();
    if text.len() > MAX_QUERY {
        fault = Some(("QUERY_TOO_LONG", "a query has at most 2,048 characters"));
    } else {
        match serde_html_form::from_str(text) {
            Ok(read) => pairs = read,
            Err(_form) => fault = Some(("QUERY_UNREADABLE", "write trunk=T&tn=N&dest=D")),
        }
    }
    if fault.is_some()
        && let Some(dest) = text.split('&').find_map(|pair| pair.strip_prefix("dest="))
    {
        // As it stands: emergency numbers need no escapes.
        pairs.push(("dest".to_owned(), dest.to_owned()));
    }
    let mut asked = Asked::default();
    for (name, value) in pairs {
        match name.as_str() {
            "trunk" => asked.trunk = value,
            "tn" => asked.tn = value,
            "dest" => asked.dest = value,
            "diverting" => asked.diverting = value,
            "signed" => match value.as_str() {
                "1" => asked.signed = true,
                "0" | "" => asked.signed = false,
                _ => fault = Some(("SIGNED", "write signed=0 or signed=1")),
            },
            _ => {
                fault = Some((
                    "UNKNOWN_PARAMETER",
                    "the parameters are trunk, tn, dest, diverting and signed",
                ));
            }
        }
    }
    match fault {
        Some((reason, message)) if !is_emergency(&asked.dest) => Err(bad(reason, message)),
        Some(_) | None => Ok(asked),
    }
}

fn wants_text(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.trim_start().starts_with("text/plain"))
}

/// Why a look-up is not answered. It never holds a level.
struct Refusal {
    status: StatusCode,
    reason: &'static str,
    message: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, reason, message } = self;
        let mut line = json!({ "error": { "reason": reason, "message": message } }).to_string();
        line.push('\n');
        let mut reply = plain(status, "application/json", line);
        if status == StatusCode::UNAUTHORIZED {
            reply.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"vouch\", charset=\"UTF-8\""),
            );
        }
        reply
    }
}

fn refuse(status: StatusCode, reason: &'static str, message: &'static str) -> Response {
    Refusal { status, reason, message }.into_response()
}

fn plain(status: StatusCode, kind: &'static str, line: String) -> Response {
    let kind = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (status, kind, line).into_response()
}
