//! Levels for signers: one call, many, a stream of them, and the news about what changed.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::{status, stream, watch};
use crate::answer::ask::{self, After};
use crate::answer::receipt::Receipt;
use crate::answer::replay::{self, Replayed};
use crate::app::{App, AppError, origid};
use crate::domain::attestation::{Attest, Call, is_emergency};
use crate::domain::command::origid::RotateOrigid;
use crate::domain::ids::Origid;
use crate::table::Told;
use crate::telemetry::metrics::Metrics;
use crate::wire::attestation::MAX_BATCH;
use crate::wire::pb;
use crate::wire::pb::attestation_service_server::AttestationService;
use crate::wire::time::to_timestamp;

/// Serves `vouch.v1.AttestationService`.
#[derive(Clone, Debug)]
pub struct AttestationApi {
    /// The running service.
    pub app: App,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// A stream of messages to the caller.
pub type Out<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl AttestationService for AttestationApi {
    async fn get_attestation(
        &self,
        request: Request<pb::GetAttestationRequest>,
    ) -> Result<Response<pb::GetAttestationResponse>, Status> {
        let request = request.into_inner();
        let asked = request.call.unwrap_or_default();
        let call = Call::from(&asked);
        let seen = match self.seen(&request.change_token, request.wait).await {
            Err(_unreadable) if is_emergency(call.dest) => false,
            seen => seen?,
        };
        let app = &self.app;
        let (told, decision_id) = ask::with_receipt(&app.live, &app.store, &app.clock, &call, seen);
        let mut attestation = self.tell(&told, &call);
        attestation.decision_id = decision_id;
        Ok(Response::new(pb::GetAttestationResponse { attestation: Some(attestation) }))
    }

    async fn batch_get_attestations(
        &self,
        request: Request<pb::BatchGetAttestationsRequest>,
    ) -> Result<Response<pb::BatchGetAttestationsResponse>, Status> {
        let request = request.into_inner();
        if request.calls.is_empty() || request.calls.len() > MAX_BATCH {
            let fault = AppError::field("calls", "COUNT", "ask for 1 to 1,000 calls at once");
            return Err(status::of(fault));
        }
        let seen = match self.seen(&request.change_token, request.wait).await {
            Err(_unreadable) if request.calls.iter().any(|call| is_emergency(&call.dest)) => false,
            seen => seen?,
        };
        let attestations = request.calls.iter().map(|call| self.answer(call, seen)).collect();
        Ok(Response::new(pb::BatchGetAttestationsResponse { attestations }))
    }

    type StreamAttestationsStream = Out<pb::StreamAttestationsResponse>;

    async fn stream_attestations(
        &self,
        request: Request<Streaming<pb::StreamAttestationsRequest>>,
    ) -> Result<Response<Self::StreamAttestationsStream>, Status> {
        let answers = stream::Answers::new(self.clone(), request.into_inner());
        Ok(Response::new(Box::pin(answers)))
    }

    type WatchChangesStream = Out<pb::WatchChangesResponse>;

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        let changes = watch::open(self.clone(), request.into_inner())?;
        Ok(Response::new(Box::pin(changes)))
    }

    async fn resolve_origid(
        &self,
        request: Request<pb::ResolveOrigidRequest>,
    ) -> Result<Response<pb::ResolveOrigidResponse>, Status> {
        let (_who, origid): (_, Origid) = super::caller::ask(request)?;
        let found = origid::resolve(&self.app, origid).await.map_err(status::of)?;
        Ok(Response::new(pb::ResolveOrigidResponse {
            customer_id: origid::id_or_empty(found.customer_id),
            trunk_id: found.trunk_id.map(|id| id.as_str().to_owned()).unwrap_or_default(),
            owner_id: origid::id_or_empty(found.owner),
            retire_time: found.retired_at.map(to_timestamp),
        }))
    }

    async fn rotate_origid(
        &self,
        request: Request<pb::RotateOrigidRequest>,
    ) -> Result<Response<pb::RotateOrigidResponse>, Status> {
        let (who, ask): (_, RotateOrigid) = super::caller::ask(request)?;
        let done = origid::rotate(&self.app, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::RotateOrigidResponse {
            origid: done.origid.to_string(),
            change_token: done.written.token(&self.app),
        }))
    }

    async fn explain_attestation(
        &self,
        request: Request<pb::ExplainAttestationRequest>,
    ) -> Result<Response<pb::ExplainAttestationResponse>, Status> {
        self.explain(request.into_inner()).await.map(Response::new).map_err(status::of)
    }
}

impl AttestationApi {
    /// Whether the table shows the write that the token names; without a token nothing is missing.
    async fn seen(&self, token: &str, wait: bool) -> Result<bool, Status> {
        if token.is_empty() {
            return Ok(true);
        }
        let after: After = token.parse().map_err(|why: ask::BadAfter| {
            status::of(AppError::field("change_token", "BAD_TOKEN", why.to_string()))
        })?;
        Ok(after.is_seen(&self.app.live, wait).await)
    }

    /// As [`Self::seen`] without waiting; a token that cannot be read is not seen.
    pub(super) fn seen_now(&self, token: &str) -> bool {
        token.is_empty()
            || token.parse::<After>().is_ok_and(|after| after.is_seen_now(&self.app.live))
    }

    /// The answer for one call, without a receipt.
    pub(super) fn answer(&self, asked: &pb::Call, seen: bool) -> pb::Attestation {
        let call = Call::from(asked);
        let (live, clock) = (&self.app.live, &self.app.clock);
        let (now, mono) = (live.now(clock.now()), clock.mono());
        let table = live.table();
        let told =
            if seen { table.ask(&call, now, mono) } else { table.ask_behind(&call, now, mono) };
        self.tell(&told, &call)
    }

    fn tell(&self, told: &Told, call: &Call<'_>) -> pb::Attestation {
        self.metrics.answer(level(told.answer.attest));
        let policy = told.policy.map(|policy| policy.to_string()).unwrap_or_default();
        pb::Attestation::of(&told.answer, call, &policy)
    }

    async fn explain(
        &self,
        request: pb::ExplainAttestationRequest,
    ) -> Result<pb::ExplainAttestationResponse, AppError> {
        use pb::explain_attestation_request::Subject;
        let as_of = request.as_of_time;
        let (receipt, decision_id) = match request.subject {
            Some(Subject::DecisionId(id)) => {
                let open = Receipt::open(&id, &self.app.store);
                let receipt = open.map_err(|why| {
                    AppError::field("decision_id", "BAD_DECISION_ID", why.to_string())
                })?;
                (Some(receipt), id)
            }
            Some(Subject::Call(call)) => {
                let receipt = self.as_of(&call, as_of).await?;
                (Some(receipt), String::new())
            }
            None => (None, String::new()),
        };
        let Some(receipt) = receipt else {
            return Err(AppError::field("subject", "REQUIRED", "give a decision_id or a call"));
        };
        if as_of.is_some() && !decision_id.is_empty() {
            return Err(AppError::field(
                "as_of_time",
                "NOT_ALLOWED",
                "a decision_id names its own instant; leave as_of_time out",
            ));
        }
        let replayed = Replayed::of(&self.app.store, receipt.clone()).await?;
        let policy = replayed.policy.map(|policy| policy.to_string()).unwrap_or_default();
        let mut attestation = pb::Attestation::of(&replayed.answer, &receipt.call(), &policy);
        attestation.decision_id = decision_id;
        Ok(pb::ExplainAttestationResponse {
            attestation: Some(attestation),
            position: receipt.position,
            now: receipt.now.0,
            facts_json: replayed.facts_json,
        })
    }

    /// What a receipt for this call would have said at that time.
    async fn as_of(
        &self,
        call: &pb::Call,
        time: Option<prost_types::Timestamp>,
    ) -> Result<Receipt, AppError> {
        let now = self.app.live.now(self.app.clock.now());
        let at = match time {
            None => now,
            Some(time) => {
                crate::wire::time::from_timestamp(time).filter(|at| *at <= now).ok_or_else(
                    || AppError::field("as_of_time", "OUT_OF_RANGE", "give a time that has been"),
                )?
            }
        };
        Ok(replay::as_of(&self.app.store, &Call::from(call), at).await?)
    }
}

const fn level(attest: Attest) -> usize {
    match attest {
        Attest::A => 0,
        Attest::B => 1,
        Attest::C => 2,
        Attest::None => 3,
    }
}
