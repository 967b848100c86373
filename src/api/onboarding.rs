//! The portal's way from an empty profile to an active customer.

use tonic::{Request, Response, Status, Streaming};

use super::caller::{after, ask, caller, read};
use super::status;
use super::upload::next;
use crate::app::challenge::{Started, Tried};
use crate::app::customer::{Changed, ListFilter};
use crate::app::document::Intake;
use crate::app::{App, AppError, challenge, customer, document, gate, representation, traceback};
use crate::domain::access::Principal;
use crate::domain::command::challenge::{
    StartContactChallenge, StartRegistryChallenge, VerifyChallenge,
};
use crate::domain::command::onboarding::{
    CreateCustomer, OnCustomer, SetTracebackContact, UpdateProfile, UploadDocument,
};
use crate::domain::command::query::{ListCustomers, OneCustomer};
use crate::domain::ids::CustomerId;
use crate::wire::pb;
use crate::wire::pb::onboarding_service_server::OnboardingService;
use crate::wire::pb::upload_document_request::Part;
use crate::wire::time::to_timestamp;

/// Serves `vouch.v1.OnboardingService`.
#[derive(Clone, Debug)]
pub struct OnboardingApi(pub App);

impl OnboardingApi {
    async fn shown(&self, who: &Principal, id: CustomerId) -> Result<pb::Customer, Status> {
        let file = customer::get(&self.0, who, id).await.map_err(status::of)?;
        Ok(pb::Customer::of(&file, self.0.clock.now()))
    }

    /// The customer after a write. A write that was only validated leaves nothing to show.
    async fn written(
        &self,
        who: &Principal,
        changed: Changed,
        validated: bool,
    ) -> Result<(Option<pb::Customer>, String), Status> {
        if validated {
            return Ok((None, String::new()));
        }
        let shown = self.shown(who, changed.customer).await?;
        Ok((Some(shown), changed.token(&self.0)))
    }
}

#[tonic::async_trait]
impl OnboardingService for OnboardingApi {
    async fn create_customer(
        &self,
        request: Request<pb::CreateCustomerRequest>,
    ) -> Result<Response<pb::CreateCustomerResponse>, Status> {
        let (who, asked) = ask::<_, CreateCustomer>(request)?;
        let validated = asked.write.validate_only;
        let changed = customer::create(&self.0, &who, asked).await.map_err(status::of)?;
        let (customer, change_token) = self.written(&who, changed, validated).await?;
        Ok(Response::new(pb::CreateCustomerResponse { customer, change_token }))
    }

    async fn update_profile(
        &self,
        request: Request<pb::UpdateProfileRequest>,
    ) -> Result<Response<pb::UpdateProfileResponse>, Status> {
        let (who, asked) = ask::<_, UpdateProfile>(request)?;
        let validated = asked.write.validate_only;
        let changed = customer::update(&self.0, &who, asked).await.map_err(status::of)?;
        let (customer, change_token) = self.written(&who, changed, validated).await?;
        Ok(Response::new(pb::UpdateProfileResponse { customer, change_token }))
    }

    async fn get_customer(
        &self,
        request: Request<pb::GetCustomerRequest>,
    ) -> Result<Response<pb::GetCustomerResponse>, Status> {
        let (who, asked) = ask::<_, OneCustomer>(request)?;
        after(&self.0, asked.change_token.as_deref()).await?;
        let customer = Some(self.shown(&who, asked.customer).await?);
        Ok(Response::new(pb::GetCustomerResponse { customer }))
    }

    async fn list_customers(
        &self,
        request: Request<pb::ListCustomersRequest>,
    ) -> Result<Response<pb::ListCustomersResponse>, Status> {
        let (who, asked) = ask::<_, ListCustomers>(request)?;
        let filter = ListFilter { states: asked.states, roles: asked.roles };
        let listed = customer::list(&self.0, &who, filter, asked.page).await;
        let (files, next_page_token) = listed.map_err(status::of)?;
        let now = self.0.clock.now();
        let customers = files.iter().map(|file| pb::Customer::of(file, now)).collect();
        Ok(Response::new(pb::ListCustomersResponse { customers, next_page_token }))
    }

    async fn evaluate_customer(
        &self,
        request: Request<pb::EvaluateCustomerRequest>,
    ) -> Result<Response<pb::EvaluateCustomerResponse>, Status> {
        let (who, asked) = ask::<_, OneCustomer>(request)?;
        after(&self.0, asked.change_token.as_deref()).await?;
        let found = customer::evaluate(&self.0, &who, asked.customer).await.map_err(status::of)?;
        Ok(Response::new(pb::EvaluateCustomerResponse::of(
            &found.file,
            &found.requirements,
            found.policy,
            self.0.clock.now(),
        )))
    }

    async fn submit_customer(
        &self,
        request: Request<pb::SubmitCustomerRequest>,
    ) -> Result<Response<pb::SubmitCustomerResponse>, Status> {
        let (who, asked) = ask::<_, OnCustomer>(request)?;
        let (id, validated) = (asked.customer, asked.write.validate_only);
        let changed = customer::submit(&self.0, &who, asked).await.map_err(status::of)?;
        let (customer, change_token) = self.written(&who, changed, validated).await?;
        let left = customer::evaluate(&self.0, &who, id).await.map_err(status::of)?;
        let requirements = left.requirements.iter().map(Into::into).collect();
        Ok(Response::new(pb::SubmitCustomerResponse { customer, requirements, change_token }))
    }

    async fn upload_document(
        &self,
        request: Request<Streaming<pb::UploadDocumentRequest>>,
    ) -> Result<Response<pb::UploadDocumentResponse>, Status> {
        let who = caller(&request)?;
        let mut parts = request.into_inner();
        let Some(Part::Header(header)) = next(&mut parts).await?.and_then(|first| first.part)
        else {
            let fault = AppError::field("header", "REQUIRED", "send the header first");
            return Err(status::of(fault));
        };
        let asked: UploadDocument = read(header)?;
        document::may_upload(&self.0, &who, asked.customer).await.map_err(status::of)?;
        let intake = receive(&mut parts).await?;
        let kept = document::keep(&self.0, &who, asked, intake).await.map_err(status::of)?;
        let (record, name) =
            document::get(&self.0, &who, kept.document).await.map_err(status::of)?;
        Ok(Response::new(pb::UploadDocumentResponse {
            document: Some(pb::Document::of(&record, name.into_inner())),
            change_token: kept.token(&self.0),
        }))
    }

    async fn start_contact_challenge(
        &self,
        request: Request<pb::StartContactChallengeRequest>,
    ) -> Result<Response<pb::StartContactChallengeResponse>, Status> {
        let (who, asked) = ask::<_, StartContactChallenge>(request)?;
        let channel = pb::ChallengeChannel::from(asked.channel);
        let started = challenge::start(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::StartContactChallengeResponse {
            challenge: Some(shown_challenge(&started, channel)),
            change_token: started.token(&self.0),
        }))
    }

    async fn list_registry_channels(
        &self,
        request: Request<pb::ListRegistryChannelsRequest>,
    ) -> Result<Response<pb::ListRegistryChannelsResponse>, Status> {
        let (who, asked) = ask::<_, OneCustomer>(request)?;
        after(&self.0, asked.change_token.as_deref()).await?;
        let held = representation::channels(&self.0, &who, asked.customer).await;
        let channels = held.map_err(status::of)?.iter().map(Into::into).collect();
        Ok(Response::new(pb::ListRegistryChannelsResponse { channels }))
    }

    async fn start_registry_challenge(
        &self,
        request: Request<pb::StartRegistryChallengeRequest>,
    ) -> Result<Response<pb::StartRegistryChallengeResponse>, Status> {
        let (who, asked) = ask::<_, StartRegistryChallenge>(request)?;
        let channel = pb::ChallengeChannel::from(asked.channel);
        let started = representation::start(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::StartRegistryChallengeResponse {
            challenge: Some(shown_challenge(&started, channel)),
            change_token: started.token(&self.0),
        }))
    }

    async fn verify_contact_challenge(
        &self,
        request: Request<pb::VerifyContactChallengeRequest>,
    ) -> Result<Response<pb::VerifyContactChallengeResponse>, Status> {
        let (who, asked) = ask::<_, VerifyChallenge>(request)?;
        let tried = challenge::verify(&self.0, &who, asked).await.map_err(status::of)?;
        let (check, customer) = passed(&tried)?;
        let file = customer::get(&self.0, &who, customer).await.map_err(status::of)?;
        let found = file.checks.iter().find(|one| one.id == check);
        let now = self.0.clock.now();
        let shown = found.map(|check| {
            let live = file.claim_rows().into_iter();
            let live = live.filter(|c| c.kind == check.kind && c.subject == check.subject);
            let digest = live.map(|claim| claim.digest).next();
            pb::Check::of(check, customer.to_string(), digest, now)
        });
        let change_token = tried.token(&self.0);
        Ok(Response::new(pb::VerifyContactChallengeResponse { check: shown, change_token }))
    }

    async fn set_traceback_contact(
        &self,
        request: Request<pb::SetTracebackContactRequest>,
    ) -> Result<Response<pb::SetTracebackContactResponse>, Status> {
        let (who, asked) = ask::<_, SetTracebackContact>(request)?;
        let validated = asked.write.validate_only;
        let changed = traceback::set_contact(&self.0, &who, asked).await.map_err(status::of)?;
        let (customer, change_token) = self.written(&who, changed, validated).await?;
        Ok(Response::new(pb::SetTracebackContactResponse { customer, change_token }))
    }

    async fn activate_customer(
        &self,
        request: Request<pb::ActivateCustomerRequest>,
    ) -> Result<Response<pb::ActivateCustomerResponse>, Status> {
        let (who, asked) = ask::<_, OnCustomer>(request)?;
        let validated = asked.write.validate_only;
        let changed = gate::activate_customer(&self.0, &who, asked).await.map_err(status::of)?;
        let (customer, change_token) = self.written(&who, changed, validated).await?;
        Ok(Response::new(pb::ActivateCustomerResponse { customer, change_token }))
    }
}

/// A challenge as its owner may see it.
pub(super) fn shown_challenge(started: &Started, channel: pb::ChallengeChannel) -> pb::Challenge {
    pb::Challenge {
        challenge_id: started.challenge.to_string(),
        channel: channel.into(),
        expire_time: Some(to_timestamp(started.expires)),
        attempts_left: started.tries_left,
    }
}

/// The check that a right code proved; a wrong code is told with the tries that are left.
fn passed(tried: &Tried) -> Result<(crate::domain::ids::CheckId, CustomerId), Status> {
    match *tried {
        Tried::Passed { check, customer, .. } => Ok((check, customer)),
        Tried::Wrong { left } => Err(status::of(AppError::field(
            "code",
            "WRONG_CODE",
            format!("the code is wrong; {left} tries are left"),
        ))),
        Tried::Closed => Err(status::of(AppError::refused(
            "CHALLENGE_CLOSED",
            "no code passes any more; start a new challenge",
        ))),
    }
}

async fn receive(parts: &mut Streaming<pb::UploadDocumentRequest>) -> Result<Intake, Status> {
    let mut intake = Intake::default();
    while let Some(message) = next(parts).await? {
        let Some(Part::Chunk(chunk)) = message.part else {
            let fault = AppError::field("chunk", "REQUIRED", "send chunks after the header");
            return Err(status::of(fault));
        };
        intake.push(&chunk).map_err(status::of)?;
    }
    Ok(intake)
}
