//! Who plays: one authenticated connection a role.

use std::str::FromStr as _;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::fault::DemoError;
use super::server::Server;
use crate::wire::pb;

/// A connection and the token that speaks for one principal.
#[derive(Clone)]
pub(super) struct Actor {
    channel: Channel,
    bearer: MetadataValue<Ascii>,
    token: String,
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Actor")
    }
}

type With = tonic::service::interceptor::InterceptedService<Channel, Bearer>;

/// Adds the actor's token to every call.
#[derive(Clone)]
pub(super) struct Bearer(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

macro_rules! clients {
    ($($name:ident: $module:ident::$client:ident;)*) => {
        impl Actor {
            $(
                /// A client of this service that speaks for the actor.
                pub(super) fn $name(&self) -> pb::$module::$client<With> {
                    pb::$module::$client::with_interceptor(
                        self.channel.clone(),
                        Bearer(self.bearer.clone()),
                    )
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
    admin: admin_service_client::AdminServiceClient;
    operations: operation_service_client::OperationServiceClient;
    sessions: session_service_client::SessionServiceClient;
}

impl Actor {
    /// An actor from a key or session token.
    pub(super) async fn new(server: &Server, token: &str) -> Result<Self, DemoError> {
        let bearer = MetadataValue::from_str(&format!("Bearer {token}"))
            .map_err(|e| DemoError::Server(e.to_string()))?;
        Ok(Self { channel: server.channel().await?, bearer, token: token.to_owned() })
    }

    /// The token, for the HTTP look-up and the calls to try.
    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

/// Everybody who takes part.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) operator: Actor,
    pub(super) portal: Actor,
    pub(super) provisioning: Actor,
    pub(super) signer: Actor,
    pub(super) auditor: Actor,
    pub(super) first_reviewer: Actor,
    pub(super) second_reviewer: Actor,
}

impl Cast {
    /// Makes the client, the keys and the two reviewers with the bootstrap key alone.
    pub(super) async fn assemble(server: &Server) -> Result<Self, DemoError> {
        let operator = Actor::new(server, server.bootstrap()).await?;
        let client = operator
            .admin()
            .create_client(pb::CreateClientRequest {
                request_id: "demo-client".to_owned(),
                name: "Signup portal of the demonstration".to_owned(),
            })
            .await
            .map_err(DemoError::call("CreateClient"))?
            .into_inner()
            .client
            .unwrap_or_default();
        let client_id = client.client_id;
        let portal = key(server, &operator, "portal", pb::AccessRole::Portal, &client_id).await?;
        let provisioning =
            key(server, &operator, "provisioning", pb::AccessRole::Provisioning, "").await?;
        let signer = key(server, &operator, "signer", pb::AccessRole::Signer, "").await?;
        let auditor = key(server, &operator, "auditor", pb::AccessRole::Auditor, "").await?;
        let first_reviewer = reviewer(server, &operator, "ada").await?;
        let second_reviewer = reviewer(server, &operator, "grace").await?;
        Ok(Self {
            operator,
            portal,
            provisioning,
            signer,
            auditor,
            first_reviewer,
            second_reviewer,
        })
    }
}

async fn key(
    server: &Server,
    operator: &Actor,
    name: &str,
    role: pb::AccessRole,
    client_id: &str,
) -> Result<Actor, DemoError> {
    let made = operator
        .admin()
        .create_key(pb::CreateKeyRequest {
            request_id: format!("demo-key-{name}"),
            client_id: client_id.to_owned(),
            name: name.to_owned(),
            roles: vec![role.into()],
            expire_time: None,
        })
        .await
        .map_err(DemoError::call("CreateKey"))?
        .into_inner();
    Actor::new(server, &made.token).await
}

async fn reviewer(server: &Server, operator: &Actor, login: &str) -> Result<Actor, DemoError> {
    let made = operator
        .admin()
        .create_user(pb::CreateUserRequest {
            request_id: format!("demo-user-{login}"),
            login: login.to_owned(),
            roles: vec![pb::AccessRole::Reviewer.into()],
        })
        .await
        .map_err(DemoError::call("CreateUser"))?
        .into_inner();
    let session = operator
        .sessions()
        .login(pb::LoginRequest {
            login: login.to_owned(),
            password: made.password,
            new_password: String::new(),
        })
        .await
        .map_err(DemoError::call("Login"))?
        .into_inner();
    Actor::new(server, &session.token).await
}
