//! Numbers: claims, evidence, delegations.

use tonic::{Request, Response, Status, Streaming};

use super::attestation::Out;
use super::{caller, number_import, status};
use crate::app::certificate::ProofTried;
use crate::app::number::{OnNumber, Outcome, Outcomes};
use crate::app::number_challenge::NumberTried;
use crate::app::number_event::Came;
use crate::app::{
    App, AppError, carrier, certificate, delegation, evidence, letter, number, number_challenge,
    number_check, number_event, objection,
};
use crate::domain::access::Principal;
use crate::domain::command::certificate::{StartCertificateProof, SubmitCertificateProof};
use crate::domain::command::challenge::{StartNumberChallenge, VerifyChallenge};
use crate::domain::command::letter::{RecordCarrier, RenderLoa};
use crate::domain::command::number::{
    AddEvidence, DelegateNumber, GivenNumber, Numbers, RevokeDelegation, RevokeEvidence,
};
use crate::domain::command::number_event::RecordNumberEvents;
use crate::domain::command::numbering::{AnswerObjection, ListObjections, OpenObjection};
use crate::domain::command::query::ListOfCustomer;
use crate::domain::ids::ObjectionId;
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::wire::numbering::Asked;
use crate::wire::pb;
use crate::wire::pb::number_service_server::NumberService;
use crate::wire::time::to_timestamp;

/// Serves `vouch.v1.NumberService`.
#[derive(Clone, Debug)]
pub struct NumberApi(pub App);

impl NumberApi {
    /// The number as its customer sees it now, after a write.
    async fn shown(&self, on: OnNumber) -> Result<pb::Number, Status> {
        let file = number::get(&self.0, on.number()).await.map_err(status::of)?;
        Ok(pb::Number::of(&file, on.customer, self.0.clock.now()))
    }

    /// What is said of each number.
    fn checks(&self, asked: Asked) -> Vec<pb::NumberCheck> {
        let check = |(given, tn)| match tn {
            Ok(tn) => pb::NumberCheck::of(&given, tn, &number_check::check(&self.0, tn)),
            Err(bad) => pb::NumberCheck::of_none(&given, bad),
        };
        asked.0.into_iter().map(check).collect()
    }

    /// The objection as it stands now, after a write.
    async fn objection(
        &self,
        who: &Principal,
        id: ObjectionId,
    ) -> Result<Option<pb::BlockObjection>, Status> {
        let objection = objection::get(&self.0, who, id).await.map_err(status::of)?;
        Ok(Some(pb::BlockObjection::of(&objection, self.0.clock.now())))
    }
}

/// One result for each number, with the number as it was given in this very request.
fn results(given: &[GivenNumber], outcomes: &Outcomes) -> Vec<pb::NumberResult> {
    let result = |(given, outcome): (&GivenNumber, &Outcome)| {
        let (word, reason, free) = match outcome {
            Outcome::Done => (pb::NumberOutcome::Done, String::new(), None),
            Outcome::Unchanged => (pb::NumberOutcome::Unchanged, String::new(), None),
            Outcome::Refused(reason) => (pb::NumberOutcome::Refused, reason.clone(), None),
            Outcome::Resting(until) => {
                (pb::NumberOutcome::Refused, "NUMBER_AGING".to_owned(), Some(to_timestamp(*until)))
            }
        };
        pb::NumberResult {
            given: given.given.expose().clone(),
            number: given.tn.map(Tn::e164).unwrap_or_default(),
            outcome: word.into(),
            reason,
            free_time: free,
        }
    };
    given.iter().zip(&outcomes.results).map(result).collect()
}

#[tonic::async_trait]
impl NumberService for NumberApi {
    async fn claim_numbers(
        &self,
        request: Request<pb::ClaimNumbersRequest>,
    ) -> Result<Response<pb::ClaimNumbersResponse>, Status> {
        let (who, ask): (_, Numbers) = caller::ask(request)?;
        let given = ask.numbers.clone();
        let done = number::claim(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::ClaimNumbersResponse {
            results: results(&given, &done),
            change_token: done.token(&self.0),
        }))
    }

    async fn add_evidence(
        &self,
        request: Request<pb::AddEvidenceRequest>,
    ) -> Result<Response<pb::AddEvidenceResponse>, Status> {
        let (who, ask): (_, AddEvidence) = caller::ask(request)?;
        let done = evidence::add(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::AddEvidenceResponse {
            number: Some(self.shown(done).await?),
            change_token: done.written.token(&self.0),
        }))
    }

    async fn revoke_evidence(
        &self,
        request: Request<pb::RevokeEvidenceRequest>,
    ) -> Result<Response<pb::RevokeEvidenceResponse>, Status> {
        let (who, ask): (_, RevokeEvidence) = caller::ask(request)?;
        let done = evidence::revoke(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::RevokeEvidenceResponse {
            number: Some(self.shown(done).await?),
            change_token: done.written.token(&self.0),
        }))
    }

    async fn start_number_challenge(
        &self,
        request: Request<pb::StartNumberChallengeRequest>,
    ) -> Result<Response<pb::StartNumberChallengeResponse>, Status> {
        let (who, ask): (_, StartNumberChallenge) = caller::ask(request)?;
        let channel = ask.channel;
        let begun = number_challenge::start(&self.0, &who, ask).await.map_err(status::of)?;
        let done = begun.started;
        let challenge = pb::Challenge {
            challenge_id: done.challenge.to_string(),
            channel: pb::ChallengeChannel::from(channel).into(),
            expire_time: Some(to_timestamp(done.expires)),
            attempts_left: done.tries_left,
        };
        Ok(Response::new(pb::StartNumberChallengeResponse {
            challenge: Some(challenge),
            change_token: done.token(&self.0),
            keyed_code: begun.code.map(Pii::into_inner).unwrap_or_default(),
        }))
    }

    async fn verify_number_challenge(
        &self,
        request: Request<pb::VerifyNumberChallengeRequest>,
    ) -> Result<Response<pb::VerifyNumberChallengeResponse>, Status> {
        let (who, ask): (_, VerifyChallenge) = caller::ask(request)?;
        let tried = number_challenge::verify(&self.0, &who, ask).await.map_err(status::of)?;
        let done = passed(tried)?;
        Ok(Response::new(pb::VerifyNumberChallengeResponse {
            number: Some(self.shown(done).await?),
            change_token: done.written.token(&self.0),
        }))
    }

    async fn report_keyed_code(
        &self,
        request: Request<pb::ReportKeyedCodeRequest>,
    ) -> Result<Response<pb::ReportKeyedCodeResponse>, Status> {
        let (who, ask): (_, VerifyChallenge) = caller::ask(request)?;
        let tried = number_challenge::keyed(&self.0, &who, ask).await.map_err(status::of)?;
        let change_token = passed(tried)?.written.token(&self.0);
        Ok(Response::new(pb::ReportKeyedCodeResponse { change_token }))
    }

    async fn render_loa(
        &self,
        request: Request<pb::RenderLoaRequest>,
    ) -> Result<Response<pb::RenderLoaResponse>, Status> {
        let (who, ask): (_, RenderLoa) = caller::ask(request)?;
        let printed = letter::render(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::RenderLoaResponse {
            pdf: printed.pdf.into(),
            reference: printed.reference,
            self_certified: printed.self_certified,
        }))
    }

    async fn list_loa_reviews(
        &self,
        request: Request<pb::ListLoaReviewsRequest>,
    ) -> Result<Response<pb::ListLoaReviewsResponse>, Status> {
        let (who, ask): (_, ListOfCustomer) = caller::ask(request)?;
        let (rows, next_page_token) = letter::list(&self.0, &who, ask).await.map_err(status::of)?;
        let reviews = rows.iter().map(|(review, number)| pb::LoaReview::of(review, number));
        let reviews = reviews.collect();
        Ok(Response::new(pb::ListLoaReviewsResponse { reviews, next_page_token }))
    }

    async fn record_carrier(
        &self,
        request: Request<pb::RecordCarrierRequest>,
    ) -> Result<Response<pb::RecordCarrierResponse>, Status> {
        let (who, ask): (_, RecordCarrier) = caller::ask(request)?;
        let written = carrier::record(&self.0, &who, ask).await.map_err(status::of)?;
        let change_token = written.token(&self.0);
        Ok(Response::new(pb::RecordCarrierResponse { change_token }))
    }

    async fn start_certificate_proof(
        &self,
        request: Request<pb::StartCertificateProofRequest>,
    ) -> Result<Response<pb::StartCertificateProofResponse>, Status> {
        let (who, ask): (_, StartCertificateProof) = caller::ask(request)?;
        let done = certificate::start(&self.0, &who, ask).await.map_err(status::of)?;
        let change_token = done.token(&self.0);
        let lints = done.lints.iter().map(pb::CertificateLint::of).collect();
        let proof = pb::CertificateProof {
            proof_id: done.proof.to_string(),
            customer_id: done.customer.to_string(),
            certificate_sha256: done.sha256.to_string(),
            message: done.message.into(),
            expire_time: Some(to_timestamp(done.expires)),
            lints,
        };
        Ok(Response::new(pb::StartCertificateProofResponse { proof: Some(proof), change_token }))
    }

    async fn submit_certificate_proof(
        &self,
        request: Request<pb::SubmitCertificateProofRequest>,
    ) -> Result<Response<pb::SubmitCertificateProofResponse>, Status> {
        let (who, ask): (_, SubmitCertificateProof) = caller::ask(request)?;
        let tried = certificate::submit(&self.0, &who, ask).await.map_err(status::of)?;
        let refused = |reason, message| Err(status::of(AppError::refused(reason, message)));
        match tried {
            ProofTried::Passed { numbers, last, expires, .. } => {
                let mut shown = Vec::new();
                for id in numbers {
                    let file = number::get(&self.0, id).await.map_err(status::of)?;
                    shown.push(file.tn.e164());
                }
                Ok(Response::new(pb::SubmitCertificateProofResponse {
                    numbers: shown,
                    expire_time: Some(to_timestamp(expires)),
                    change_token: last.map(|last| last.token(&self.0)).unwrap_or_default(),
                }))
            }
            ProofTried::Wrong => refused(
                "CERTIFICATE_PROOF_WRONG",
                "the signature is not one of the certificate's key over the proof's message; this \
                 proof is over, start a new one",
            ),
            ProofTried::Closed => refused(
                "CERTIFICATE_PROOF_CLOSED",
                "no signature passes here any more; start a new proof",
            ),
        }
    }

    async fn delegate_number(
        &self,
        request: Request<pb::DelegateNumberRequest>,
    ) -> Result<Response<pb::DelegateNumberResponse>, Status> {
        let (who, ask): (_, DelegateNumber) = caller::ask(request)?;
        let lent = delegation::delegate(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::DelegateNumberResponse {
            change_token: lent.written.token(&self.0),
            delegation: Some(loan(&lent)),
        }))
    }

    async fn revoke_delegation(
        &self,
        request: Request<pb::RevokeDelegationRequest>,
    ) -> Result<Response<pb::RevokeDelegationResponse>, Status> {
        let (who, ask): (_, RevokeDelegation) = caller::ask(request)?;
        let lent = delegation::revoke(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::RevokeDelegationResponse {
            change_token: lent.written.token(&self.0),
            delegation: Some(loan(&lent)),
        }))
    }

    async fn release_numbers(
        &self,
        request: Request<pb::ReleaseNumbersRequest>,
    ) -> Result<Response<pb::ReleaseNumbersResponse>, Status> {
        let (who, ask): (_, Numbers) = caller::ask(request)?;
        let given = ask.numbers.clone();
        let done = number::release(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::ReleaseNumbersResponse {
            results: results(&given, &done),
            change_token: done.token(&self.0),
        }))
    }

    async fn record_number_events(
        &self,
        request: Request<pb::RecordNumberEventsRequest>,
    ) -> Result<Response<pb::RecordNumberEventsResponse>, Status> {
        let (who, ask): (_, RecordNumberEvents) = caller::ask(request)?;
        let done = number_event::record(&self.0, &who, ask).await.map_err(status::of)?;
        Ok(Response::new(pb::RecordNumberEventsResponse {
            results: done.results.iter().map(told).collect(),
            change_token: done.token(&self.0),
        }))
    }

    async fn load_number_events(
        &self,
        request: Request<Streaming<pb::LoadNumberEventsRequest>>,
    ) -> Result<Response<pb::LoadNumberEventsResponse>, Status> {
        super::number_event::load(&self.0, request).await
    }

    async fn open_dispute(
        &self,
        request: Request<pb::OpenDisputeRequest>,
    ) -> Result<Response<pb::OpenDisputeResponse>, Status> {
        super::dispute::open(&self.0, request).await
    }

    async fn resolve_dispute(
        &self,
        request: Request<pb::ResolveDisputeRequest>,
    ) -> Result<Response<pb::ResolveDisputeResponse>, Status> {
        super::dispute::resolve(&self.0, request).await
    }

    async fn list_disputes(
        &self,
        request: Request<pb::ListDisputesRequest>,
    ) -> Result<Response<pb::ListDisputesResponse>, Status> {
        super::dispute::list(&self.0, request).await
    }

    async fn import_numbers(
        &self,
        request: Request<Streaming<pb::ImportNumbersRequest>>,
    ) -> Result<Response<pb::ImportNumbersResponse>, Status> {
        number_import::import(&self.0, request).await
    }

    type GetImportResultStream = Out<pb::GetImportResultResponse>;

    async fn get_import_result(
        &self,
        request: Request<pb::GetImportResultRequest>,
    ) -> Result<Response<Self::GetImportResultStream>, Status> {
        number_import::result(&self.0, request).await
    }

    async fn list_numbers(
        &self,
        request: Request<pb::ListNumbersRequest>,
    ) -> Result<Response<pb::ListNumbersResponse>, Status> {
        let (who, ask): (_, ListOfCustomer) = caller::ask(request)?;
        let customer = ask.customer;
        let (files, next_page_token) =
            number::list(&self.0, &who, ask).await.map_err(status::of)?;
        let now = self.0.clock.now();
        let numbers = files.iter().map(|file| pb::Number::of(file, customer, now)).collect();
        Ok(Response::new(pb::ListNumbersResponse { numbers, next_page_token }))
    }

    async fn check_number(
        &self,
        request: Request<pb::CheckNumberRequest>,
    ) -> Result<Response<pb::CheckNumberResponse>, Status> {
        let (_, asked): (_, Asked) = caller::ask(request)?;
        let check = self.checks(asked).pop();
        Ok(Response::new(pb::CheckNumberResponse { check }))
    }

    async fn batch_check_numbers(
        &self,
        request: Request<pb::BatchCheckNumbersRequest>,
    ) -> Result<Response<pb::BatchCheckNumbersResponse>, Status> {
        let (_, asked): (_, Asked) = caller::ask(request)?;
        let checks = self.checks(asked);
        Ok(Response::new(pb::BatchCheckNumbersResponse { checks }))
    }

    async fn open_block_objection(
        &self,
        request: Request<pb::OpenBlockObjectionRequest>,
    ) -> Result<Response<pb::OpenBlockObjectionResponse>, Status> {
        let (who, ask): (_, OpenObjection) = caller::ask(request)?;
        let id = objection::open(&self.0, &who, ask).await.map_err(status::of)?;
        let objection = self.objection(&who, id).await?;
        Ok(Response::new(pb::OpenBlockObjectionResponse { objection }))
    }

    async fn answer_block_objection(
        &self,
        request: Request<pb::AnswerBlockObjectionRequest>,
    ) -> Result<Response<pb::AnswerBlockObjectionResponse>, Status> {
        let (who, ask): (_, AnswerObjection) = caller::ask(request)?;
        let id = objection::answer(&self.0, &who, ask).await.map_err(status::of)?;
        let objection = self.objection(&who, id).await?;
        Ok(Response::new(pb::AnswerBlockObjectionResponse { objection }))
    }

    async fn list_block_objections(
        &self,
        request: Request<pb::ListBlockObjectionsRequest>,
    ) -> Result<Response<pb::ListBlockObjectionsResponse>, Status> {
        let (who, ask): (_, ListObjections) = caller::ask(request)?;
        let (found, next_page_token) =
            objection::list(&self.0, &who, ask).await.map_err(status::of)?;
        let now = self.0.clock.now();
        let objections = found.iter().map(|found| pb::BlockObjection::of(found, now)).collect();
        Ok(Response::new(pb::ListBlockObjectionsResponse { objections, next_page_token }))
    }
}

/// What a right code led to, or why this one led to nothing.
fn passed(tried: NumberTried) -> Result<OnNumber, Status> {
    let refused = |reason, message: String| Err(status::of(AppError::refused(reason, message)));
    match tried {
        NumberTried::Passed(done) => Ok(done),
        NumberTried::Wrong { left } => refused(
            "CODE_WRONG",
            format!("the code is wrong; {left} tries are left, each with a new request_id"),
        ),
        NumberTried::Used => refused(
            "TRIES_USED",
            "every try of this code was used, and none is looked at any more; start a new challenge"
                .to_owned(),
        ),
        NumberTried::Closed => refused(
            "CHALLENGE_CLOSED",
            "no code passes here any more; start a new challenge".to_owned(),
        ),
        NumberTried::Locked { wait, .. } => Err(status::of(number_challenge::locked(wait))),
    }
}

fn told(came: &Came) -> pb::NumberEventResult {
    let (outcome, reason, free) = match came {
        Came::Done => (pb::NumberEventOutcome::Done, "", None),
        Came::Unchanged => (pb::NumberEventOutcome::Unchanged, "", None),
        Came::Refused { reason, free } => (pb::NumberEventOutcome::Refused, reason.as_str(), *free),
    };
    pb::NumberEventResult {
        outcome: outcome.into(),
        reason: reason.to_owned(),
        free_time: free.map(to_timestamp),
    }
}

fn loan(lent: &delegation::Lent) -> pb::Delegation {
    pb::Delegation {
        delegation_id: lent.delegation.to_string(),
        holder_id: lent.holder.to_string(),
        delegate_id: lent.delegate.to_string(),
        create_time: Some(to_timestamp(lent.at)),
    }
}
