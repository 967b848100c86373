//! The connection, and one question at a time on it.

use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::settings::{BadSettings, Settings};
use super::stream::AnswerStream;
use super::told::{Seen, Silence, Told};
use super::watch::Watch;
use crate::clock::Clock;
use crate::domain::attestation::OnStale;
use crate::wire::pb;
use crate::wire::pb::attestation_service_client::AttestationServiceClient;

/// Adds the key to every call.
#[derive(Clone, Debug)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A connection that carries the key; what the generated clients are made from.
pub type Service = InterceptedService<Channel, Bearer>;

/// A connection to Vouch. Cloning is cheap; clones share the connection.
#[derive(Clone, Debug)]
pub struct Client {
    service: Service,
    clock: Clock,
    pub(super) deadline: Duration,
    pub(super) on_stale: OnStale,
}

impl Client {
    /// Checks the settings. The connection is made by the first call, and made again whenever it
    /// breaks. Needs a tokio runtime.
    pub fn new(settings: &Settings, clock: Clock) -> Result<Self, BadSettings> {
        let channel = settings.endpoint()?.connect_lazy();
        let service = InterceptedService::new(channel, Bearer(settings.authorization()?));
        Ok(Self { service, clock, deadline: settings.deadline, on_stale: settings.on_stale })
    }

    /// The connection, for the generated client of any service.
    pub fn service(&self) -> Service {
        self.service.clone()
    }

    /// Asks for one call, and is back by the deadline with an answer.
    pub async fn ask(&self, seen: &Seen) -> Told {
        let mut request = Request::new(pb::GetAttestationRequest {
            call: Some(seen.into()),
            change_token: String::new(),
            wait: false,
        });
        request.set_timeout(self.deadline);
        let mut client = self.attestation();
        match tokio::time::timeout(self.deadline, client.get_attestation(request)).await {
            Ok(Ok(response)) => Told::heard(seen, self.on_stale, response.into_inner().attestation),
            Ok(Err(status)) => self.silent(seen, Silence::of(&status)),
            Err(_elapsed) => self.silent(seen, Silence::Late),
        }
    }

    /// Asks for up to 1,000 calls at once; the answers are in the order of the calls.
    pub async fn ask_all(&self, seen: &[Seen]) -> Vec<Told> {
        let mut request = Request::new(pb::BatchGetAttestationsRequest {
            calls: seen.iter().map(Into::into).collect(),
            change_token: String::new(),
            wait: false,
        });
        request.set_timeout(self.deadline);
        let mut client = self.attestation();
        let why = match tokio::time::timeout(self.deadline, client.batch_get_attestations(request))
            .await
        {
            Ok(Ok(response)) => {
                let said = response.into_inner().attestations;
                if said.len() == seen.len() {
                    let both = seen.iter().zip(said);
                    return both.map(|(c, a)| Told::heard(c, self.on_stale, Some(a))).collect();
                }
                Silence::Malformed
            }
            Ok(Err(status)) => Silence::of(&status),
            Err(_elapsed) => Silence::Late,
        };
        seen.iter().map(|call| self.silent(call, why)).collect()
    }

    /// Opens a stream for many calls.
    pub fn stream(&self) -> AnswerStream {
        AnswerStream::open(self.clone())
    }

    /// Follows what changes, on these trunks or, with none named, on all the key may see.
    pub fn watch(&self, trunks: Vec<String>) -> Watch {
        Watch::start(self.attestation(), trunks, self.clock.clone())
    }

    pub(super) fn attestation(&self) -> AttestationServiceClient<Service> {
        AttestationServiceClient::new(self.service.clone())
    }

    pub(super) fn silent(&self, seen: &Seen, why: Silence) -> Told {
        Told::silent(seen, self.on_stale, why)
    }
}
