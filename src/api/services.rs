//! Every gRPC service behind one door.

use std::sync::Arc;

use tonic::service::Routes;

use super::admin::AdminApi;
use super::agreement::AgreementApi;
use super::attestation::AttestationApi;
use super::health::Health;
use super::journal::JournalApi;
use super::number::NumberApi;
use super::onboarding::OnboardingApi;
use super::operation::OperationApi;
use super::policy::PolicyApi;
use super::review::ReviewApi;
use super::session::SessionApi;
use crate::app::App;
use crate::telemetry::metrics::Metrics;
use crate::wire::pb;
use crate::wire::pb::admin_service_server::AdminServiceServer;
use crate::wire::pb::agreement_service_server::AgreementServiceServer;
use crate::wire::pb::attestation_service_server::AttestationServiceServer;
use crate::wire::pb::journal_service_server::JournalServiceServer;
use crate::wire::pb::number_service_server::NumberServiceServer;
use crate::wire::pb::onboarding_service_server::OnboardingServiceServer;
use crate::wire::pb::operation_service_server::OperationServiceServer;
use crate::wire::pb::policy_service_server::PolicyServiceServer;
use crate::wire::pb::review_service_server::ReviewServiceServer;
use crate::wire::pb::session_service_server::SessionServiceServer;

/// The names of the services, as health knows them.
pub const NAMES: &[&str] = &[
    "vouch.v1.AdminService",
    "vouch.v1.AgreementService",
    "vouch.v1.AttestationService",
    "vouch.v1.JournalService",
    "vouch.v1.NumberService",
    "vouch.v1.OnboardingService",
    "vouch.v1.OperationService",
    "vouch.v1.PolicyService",
    "vouch.v1.ReviewService",
    "vouch.v1.SessionService",
];

/// The API's own description cannot be read: a defect of the build.
#[derive(Debug, thiserror::Error)]
#[error("the API's own description cannot be read: {0}")]
pub struct ApiFault(#[from] tonic_reflection::server::Error);

/// The services, the one that is asked most by itself.
#[derive(Clone, Debug)]
pub struct Services {
    /// Answers signers.
    pub signers: AttestationServiceServer<AttestationApi>,
    /// All others.
    pub rest: Routes,
}

/// Every service: their messages end at `max` bytes.
pub fn routes(
    app: &App,
    health: &Health,
    metrics: &Arc<Metrics>,
    max: usize,
) -> Result<Services, ApiFault> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let routes = Routes::default()
        .add_service(health.service())
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(
            OnboardingServiceServer::new(OnboardingApi(app.clone())).max_decoding_message_size(max),
        )
        .add_service(
            AgreementServiceServer::new(AgreementApi(app.clone())).max_decoding_message_size(max),
        )
        .add_service(
            NumberServiceServer::new(NumberApi(app.clone())).max_decoding_message_size(max),
        )
        .add_service(
            ReviewServiceServer::new(ReviewApi(app.clone())).max_decoding_message_size(max),
        )
        .add_service(
            JournalServiceServer::new(JournalApi(app.clone())).max_decoding_message_size(max),
        )
        .add_service(
            PolicyServiceServer::new(PolicyApi(app.clone())).max_decoding_message_size(max),
        )
        .add_service(AdminServiceServer::new(AdminApi(app.clone())).max_decoding_message_size(max))
        .add_service(
            OperationServiceServer::new(OperationApi(app.clone())).max_decoding_message_size(max),
        )
        .add_service(
            SessionServiceServer::new(SessionApi(app.clone())).max_decoding_message_size(max),
        );
    let api = AttestationApi { app: app.clone(), metrics: Arc::clone(metrics) };
    let signers = AttestationServiceServer::new(api).max_decoding_message_size(max);
    Ok(Services { signers, rest: routes.prepare() })
}
