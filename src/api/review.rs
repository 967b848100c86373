//! The reviewers' queue and decisions.

use tonic::{Request, Response, Status};

use super::caller::ask;
use super::status;
use crate::app::customer::Changed;
use crate::app::gate::Decision;
use crate::app::proposal::OnProposal;
use crate::app::review::{Filter, Item, What};
use crate::app::{App, AppError, bundle, check, customer, finding, gate, letter, proposal, review};
use crate::domain::access::Principal;
use crate::domain::command::letter::{ProposeBundle, ReviewLoa};
use crate::domain::command::query::ListReviewItems;
use crate::domain::command::review::{
    ConfirmProposal, DecideCustomer, ProposeOverride, RecordCheck, RejectProposal, ResolveFinding,
};
use crate::domain::evidence::Evidence;
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::pb::review_item::Item as Shown;
use crate::wire::pb::review_service_server::ReviewService;
use crate::wire::time::to_timestamp;

/// Serves `vouch.v1.ReviewService`.
#[derive(Clone, Debug)]
pub struct ReviewApi(pub App);

impl ReviewApi {
    async fn decide(
        &self,
        who: &Principal,
        asked: DecideCustomer,
        decision: Decision,
    ) -> Result<(Option<pb::Customer>, String), Status> {
        let done = gate::decide(&self.0, who, asked, decision).await.map_err(status::of)?;
        self.customer(who, done).await
    }

    async fn customer(
        &self,
        who: &Principal,
        changed: Changed,
    ) -> Result<(Option<pb::Customer>, String), Status> {
        let file = customer::get(&self.0, who, changed.customer).await.map_err(status::of)?;
        let shown = pb::Customer::of(&file, self.0.clock.now());
        Ok((Some(shown), changed.token(&self.0)))
    }

    async fn proposal(
        &self,
        done: Result<OnProposal, AppError>,
    ) -> Result<(Option<pb::Proposal>, Changed, String), Status> {
        let done = done.map_err(status::of)?;
        let found = proposal::get(&self.0, done.proposal).await.map_err(status::of)?;
        let shown = pb::Proposal::of(&found, done.changed.customer.to_string());
        Ok((Some(shown), done.changed, done.changed.token(&self.0)))
    }
}

#[tonic::async_trait]
impl ReviewService for ReviewApi {
    async fn list_review_items(
        &self,
        request: Request<pb::ListReviewItemsRequest>,
    ) -> Result<Response<pb::ListReviewItemsResponse>, Status> {
        let (who, asked) = ask::<_, ListReviewItems>(request)?;
        let filter = Filter { kinds: asked.kinds, customer: asked.customer };
        let listed = review::list(&self.0, &who, filter, asked.page).await;
        let (items, next_page_token) = listed.map_err(status::of)?;
        let now = self.0.clock.now();
        let items = items.iter().map(|item| shown(item, now)).collect();
        Ok(Response::new(pb::ListReviewItemsResponse { items, next_page_token }))
    }

    async fn resolve_finding(
        &self,
        request: Request<pb::ResolveFindingRequest>,
    ) -> Result<Response<pb::ResolveFindingResponse>, Status> {
        let (who, asked) = ask::<_, ResolveFinding>(request)?;
        let id = asked.finding;
        let changed = finding::resolve(&self.0, &who, asked).await.map_err(status::of)?;
        let file = customer::get(&self.0, &who, changed.customer).await.map_err(status::of)?;
        let customer_id = file.customer.id.to_string();
        let found = file.findings.iter().find(|one| one.id == id);
        Ok(Response::new(pb::ResolveFindingResponse {
            finding: found.map(|finding| pb::Finding::of(finding, customer_id)),
            change_token: changed.token(&self.0),
        }))
    }

    async fn record_check(
        &self,
        request: Request<pb::RecordCheckRequest>,
    ) -> Result<Response<pb::RecordCheckResponse>, Status> {
        let (who, asked) = ask::<_, RecordCheck>(request)?;
        let (id, changed) = check::record(&self.0, &who, asked).await.map_err(status::of)?;
        let file = customer::get(&self.0, &who, changed.customer).await.map_err(status::of)?;
        let customer_id = file.customer.id.to_string();
        let now = self.0.clock.now();
        let found = file.checks.iter().find(|one| one.id == id);
        let digest = found.map(|check| check.claim_digest);
        Ok(Response::new(pb::RecordCheckResponse {
            check: found.map(|check| pb::Check::of(check, customer_id, digest, now)),
            change_token: changed.token(&self.0),
        }))
    }

    async fn propose_override(
        &self,
        request: Request<pb::ProposeOverrideRequest>,
    ) -> Result<Response<pb::ProposeOverrideResponse>, Status> {
        let (who, asked) = ask::<_, ProposeOverride>(request)?;
        let done = proposal::propose_override(&self.0, &who, asked).await;
        let (proposal, _changed, change_token) = self.proposal(done).await?;
        Ok(Response::new(pb::ProposeOverrideResponse { proposal, change_token }))
    }

    async fn propose_reinstatement(
        &self,
        request: Request<pb::ProposeReinstatementRequest>,
    ) -> Result<Response<pb::ProposeReinstatementResponse>, Status> {
        let (who, asked) = ask::<_, DecideCustomer>(request)?;
        let done = proposal::propose_reinstatement(&self.0, &who, asked).await;
        let (proposal, _changed, change_token) = self.proposal(done).await?;
        Ok(Response::new(pb::ProposeReinstatementResponse { proposal, change_token }))
    }

    async fn review_loa(
        &self,
        request: Request<pb::ReviewLoaRequest>,
    ) -> Result<Response<pb::ReviewLoaResponse>, Status> {
        let (who, asked) = ask::<_, ReviewLoa>(request)?;
        let done = letter::review(&self.0, &who, asked).await.map_err(status::of)?;
        let (review, number) = letter::get(&self.0, done.review).await.map_err(status::of)?;
        Ok(Response::new(pb::ReviewLoaResponse {
            review: Some(pb::LoaReview::of(&review, &number)),
            evidence_id: done.evidence.map(|id| id.to_string()).unwrap_or_default(),
            change_token: done.written.token(&self.0),
        }))
    }

    async fn propose_bundle(
        &self,
        request: Request<pb::ProposeBundleRequest>,
    ) -> Result<Response<pb::ProposeBundleResponse>, Status> {
        let (who, asked) = ask::<_, ProposeBundle>(request)?;
        let done = bundle::propose_bundle(&self.0, &who, asked).await;
        let (proposal, _changed, change_token) = self.proposal(done).await?;
        Ok(Response::new(pb::ProposeBundleResponse { proposal, change_token }))
    }

    async fn confirm_proposal(
        &self,
        request: Request<pb::ConfirmProposalRequest>,
    ) -> Result<Response<pb::ConfirmProposalResponse>, Status> {
        let (who, asked) = ask::<_, ConfirmProposal>(request)?;
        let done = proposal::confirm(&self.0, &who, asked).await;
        let (proposal, changed, change_token) = self.proposal(done).await?;
        let (customer, _token) = self.customer(&who, changed).await?;
        Ok(Response::new(pb::ConfirmProposalResponse { proposal, customer, change_token }))
    }

    async fn reject_proposal(
        &self,
        request: Request<pb::RejectProposalRequest>,
    ) -> Result<Response<pb::RejectProposalResponse>, Status> {
        let (who, asked) = ask::<_, RejectProposal>(request)?;
        let done = proposal::reject(&self.0, &who, asked).await;
        let (proposal, _changed, change_token) = self.proposal(done).await?;
        Ok(Response::new(pb::RejectProposalResponse { proposal, change_token }))
    }

    async fn approve_customer(
        &self,
        request: Request<pb::ApproveCustomerRequest>,
    ) -> Result<Response<pb::ApproveCustomerResponse>, Status> {
        let (who, asked) = ask::<_, DecideCustomer>(request)?;
        let (customer, change_token) = self.decide(&who, asked, Decision::Approve).await?;
        Ok(Response::new(pb::ApproveCustomerResponse { customer, change_token }))
    }

    async fn reject_customer(
        &self,
        request: Request<pb::RejectCustomerRequest>,
    ) -> Result<Response<pb::RejectCustomerResponse>, Status> {
        let (who, asked) = ask::<_, DecideCustomer>(request)?;
        let (customer, change_token) = self.decide(&who, asked, Decision::Reject).await?;
        Ok(Response::new(pb::RejectCustomerResponse { customer, change_token }))
    }

    async fn suspend_customer(
        &self,
        request: Request<pb::SuspendCustomerRequest>,
    ) -> Result<Response<pb::SuspendCustomerResponse>, Status> {
        let (who, asked) = ask::<_, DecideCustomer>(request)?;
        let (customer, change_token) = self.decide(&who, asked, Decision::Suspend).await?;
        Ok(Response::new(pb::SuspendCustomerResponse { customer, change_token }))
    }

    async fn terminate_customer(
        &self,
        request: Request<pb::TerminateCustomerRequest>,
    ) -> Result<Response<pb::TerminateCustomerResponse>, Status> {
        let (who, asked) = ask::<_, DecideCustomer>(request)?;
        let (customer, change_token) = self.decide(&who, asked, Decision::Terminate).await?;
        Ok(Response::new(pb::TerminateCustomerResponse { customer, change_token }))
    }
}

fn shown(item: &Item, now: Ts) -> pb::ReviewItem {
    let customer = &item.file.customer;
    let id = customer.id.to_string();
    let (created, what) = match &item.what {
        What::Finding(finding) => {
            (finding.raised_at, Shown::Finding(pb::Finding::of(finding, id.clone())))
        }
        What::Check(check) => {
            let shown = pb::Check::of(check, id.clone(), Some(check.claim_digest), now);
            (check.at, Shown::Check(shown))
        }
        What::Proposal(proposal) => {
            (proposal.at, Shown::Proposal(pb::Proposal::of(proposal, id.clone())))
        }
        What::Customer => (customer.last_at, Shown::Customer(pb::Customer::of(&item.file, now))),
        What::Evidence(piece, _) => {
            (handed_in(piece), Shown::Evidence(pb::Evidence::of(piece, now)))
        }
    };
    let number = match &item.what {
        What::Evidence(_, tn) => tn.e164(),
        What::Finding(_) | What::Check(_) | What::Proposal(_) | What::Customer => String::new(),
    };
    pb::ReviewItem {
        customer_id: id,
        legal_name: item.file.profile.legal_name.expose().clone(),
        role: pb::CustomerRole::from(customer.role).into(),
        create_time: Some(to_timestamp(created)),
        item: Some(what),
        number,
    }
}

/// When a piece was handed in: its id bears the time.
fn handed_in(piece: &Evidence) -> Ts {
    let (seconds, nanos) = piece.id.0.get_timestamp().map_or((0, 0), |stamp| stamp.to_unix());
    Ts(i64::try_from(seconds).unwrap_or(0) * 1_000_000 + i64::from(nanos) / 1_000)
}
