//! Who plays: principals with a credential, each with a connection to every instance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use vouch::wire::pb;

use super::server::{Site, until};

/// Somebody with a credential. Calls go to the instances in turn.
#[derive(Clone)]
pub(crate) struct Actor {
    channels: Vec<Channel>,
    turn: Arc<AtomicUsize>,
    bearer: MetadataValue<Ascii>,
    token: String,
}

/// Adds the credential to every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A connection that speaks for somebody.
pub(crate) type Line = InterceptedService<Channel, Bearer>;

macro_rules! clients {
    ($($name:ident: $module:ident::$client:ident;)*) => {
        impl Actor {
            $(
                /// A client of this service, at the instance whose turn it is.
                pub(crate) fn $name(&self) -> pb::$module::$client<Line> {
                    pb::$module::$client::new(self.line())
                        .max_encoding_message_size(64 << 20)
                        .max_decoding_message_size(64 << 20)
                }
            )*
        }
    };
}

clients! {
    onboarding: onboarding_service_client::OnboardingServiceClient;
    agreements: agreement_service_client::AgreementServiceClient;
    numbers: number_service_client::NumberServiceClient;
    attestation: attestation_service_client::AttestationServiceClient;
    review: review_service_client::ReviewServiceClient;
    journal: journal_service_client::JournalServiceClient;
    policies: policy_service_client::PolicyServiceClient;
    admin: admin_service_client::AdminServiceClient;
    operations: operation_service_client::OperationServiceClient;
    sessions: session_service_client::SessionServiceClient;
}

impl Actor {
    /// An actor from a key or a session's token, known to every instance.
    pub(crate) async fn new(site: &Site, token: &str) -> Self {
        let actor = Self::unknown(site, token).await;
        for instance in 0..site.instances().len() {
            let here = actor.at(instance);
            until("the credential is known", || async {
                let asked = here.policies().list_policies(pb::ListPoliciesRequest::default()).await;
                asked.is_ok().then_some(())
            })
            .await;
        }
        actor
    }

    /// An actor whose credential may be worth nothing.
    pub(crate) async fn unknown(site: &Site, token: &str) -> Self {
        let mut channels = Vec::new();
        for instance in 0..site.instances().len() {
            channels.push(site.channel(instance).await);
        }
        let bearer = format!("Bearer {token}").parse().unwrap();
        Self { channels, turn: Arc::default(), bearer, token: token.to_owned() }
    }

    /// The same, at one instance only.
    pub(crate) fn at(&self, instance: usize) -> Self {
        Self {
            channels: vec![self.channels[instance].clone()],
            turn: Arc::default(),
            bearer: self.bearer.clone(),
            token: self.token.clone(),
        }
    }

    /// The credential.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A connection to the instance whose turn it is.
    pub(crate) fn line(&self) -> Line {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst) % self.channels.len();
        InterceptedService::new(self.channels[turn].clone(), Bearer(self.bearer.clone()))
    }
}

/// Names a write; every name is used once.
pub(crate) fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("journey-{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// Everybody who takes part, made with the bootstrap key alone.
#[derive(Clone)]
pub(crate) struct Cast {
    pub(crate) operator: Actor,
    pub(crate) portal: Actor,
    /// The portal of another client.
    pub(crate) stranger: Actor,
    pub(crate) provisioning: Actor,
    pub(crate) signer: Actor,
    pub(crate) auditor: Actor,
    /// A reviewer.
    pub(crate) ada: Actor,
    /// Another reviewer.
    pub(crate) grace: Actor,
}

impl Cast {
    /// Makes clients, keys and people.
    pub(crate) async fn assemble(site: &Site) -> Self {
        let operator = Actor::new(site, &site.bootstrap).await;
        let role = |role: pb::AccessRole| key(site, &operator, role, String::new());
        let (ours, theirs) = (client(&operator, "Portal").await, client(&operator, "Other").await);
        let portal = key(site, &operator, pb::AccessRole::Portal, ours).await;
        let stranger = key(site, &operator, pb::AccessRole::Portal, theirs).await;
        let provisioning = role(pb::AccessRole::Provisioning).await;
        let signer = role(pb::AccessRole::Signer).await;
        let auditor = role(pb::AccessRole::Auditor).await;
        let ada = person(site, &operator, "ada", pb::AccessRole::Reviewer).await;
        let grace = person(site, &operator, "grace", pb::AccessRole::Reviewer).await;
        Self { operator, portal, stranger, provisioning, signer, auditor, ada, grace }
    }
}

/// Makes a portal's client and gives its id.
pub(crate) async fn client(operator: &Actor, name: &str) -> String {
    let ask = pb::CreateClientRequest { request_id: fresh(), name: name.to_owned() };
    let made = operator.admin().create_client(ask).await.unwrap().into_inner();
    made.client.unwrap().client_id
}

/// Makes a key and gives what the call told.
pub(crate) async fn make_key(
    operator: &Actor,
    role: pb::AccessRole,
    client_id: String,
) -> pb::CreateKeyResponse {
    let ask = pb::CreateKeyRequest {
        request_id: fresh(),
        client_id,
        name: role.as_str_name().to_lowercase(),
        roles: vec![role.into()],
        expire_time: None,
    };
    operator.admin().create_key(ask).await.unwrap().into_inner()
}

async fn key(site: &Site, operator: &Actor, role: pb::AccessRole, client_id: String) -> Actor {
    let made = make_key(operator, role, client_id).await;
    Actor::new(site, &made.token).await
}

/// Makes a person and logs in.
pub(crate) async fn person(
    site: &Site,
    operator: &Actor,
    login: &str,
    role: pb::AccessRole,
) -> Actor {
    let ask = pb::CreateUserRequest {
        request_id: fresh(),
        login: login.to_owned(),
        roles: vec![role.into()],
    };
    let made = operator.admin().create_user(ask).await.unwrap().into_inner();
    let ask = pb::LoginRequest {
        login: login.to_owned(),
        password: made.password,
        new_password: String::new(),
    };
    let session = operator.sessions().login(ask).await.unwrap().into_inner();
    Actor::new(site, &session.token).await
}

/// The status of a call that had to be refused, with its code and stable reason.
pub(crate) fn refused<T: std::fmt::Debug>(
    done: Result<T, Status>,
    code: Code,
    reason: &str,
) -> Status {
    use tonic_types::StatusExt as _;
    let status = done.expect_err(reason);
    let info = status.get_details_error_info();
    let told = info.map(|info| info.reason).unwrap_or_default();
    assert_eq!((status.code(), told.as_str()), (code, reason), "{status}");
    status
}

/// The violated fields of a status, each with its stable reason.
pub(crate) fn violations(status: &Status) -> Vec<(String, String)> {
    use tonic_types::pb::{BadRequest, Status as Whole};
    let whole = <Whole as prost::Message>::decode(status.details()).unwrap();
    let wanted = "type.googleapis.com/google.rpc.BadRequest";
    let found = whole.details.iter().find(|one| one.type_url == wanted);
    let bad = found.map(|one| <BadRequest as prost::Message>::decode(one.value.as_slice()));
    let bad = bad.and_then(Result::ok).unwrap_or_default();
    bad.field_violations.into_iter().map(|one| (one.field, one.reason)).collect()
}
