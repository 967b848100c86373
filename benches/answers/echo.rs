//! The bare echo: the generated server, one fixed answer, nothing else.

use std::pin::Pin;

use prost::Message as _;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_server::{AttestationService, AttestationServiceServer};

/// Answers everything with the same bytes.
struct Echo {
    unary: pb::Attestation,
    stream: pb::Attestation,
}

type Replies<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl AttestationService for Echo {
    async fn get_attestation(
        &self,
        _request: Request<pb::GetAttestationRequest>,
    ) -> Result<Response<pb::GetAttestationResponse>, Status> {
        let attestation = Some(self.unary.clone());
        Ok(Response::new(pb::GetAttestationResponse { attestation }))
    }

    async fn batch_get_attestations(
        &self,
        _request: Request<pb::BatchGetAttestationsRequest>,
    ) -> Result<Response<pb::BatchGetAttestationsResponse>, Status> {
        Err(Status::unimplemented("an echo answers single calls"))
    }

    type StreamAttestationsStream = Replies<pb::StreamAttestationsResponse>;

    async fn stream_attestations(
        &self,
        request: Request<Streaming<pb::StreamAttestationsRequest>>,
    ) -> Result<Response<Self::StreamAttestationsStream>, Status> {
        let answer = self.stream.clone();
        let replies = request.into_inner().map(move |asked| {
            let correlation_id = asked?.correlation_id;
            let attestation = Some(answer.clone());
            Ok(pb::StreamAttestationsResponse { correlation_id, attestation })
        });
        Ok(Response::new(Box::pin(replies)))
    }

    type WatchChangesStream = Replies<pb::WatchChangesResponse>;

    async fn watch_changes(
        &self,
        _request: Request<pb::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        Err(Status::unimplemented("an echo has nothing to watch"))
    }

    async fn explain_attestation(
        &self,
        _request: Request<pb::ExplainAttestationRequest>,
    ) -> Result<Response<pb::ExplainAttestationResponse>, Status> {
        Err(Status::unimplemented("an echo has nothing to explain"))
    }

    async fn resolve_origid(
        &self,
        _request: Request<pb::ResolveOrigidRequest>,
    ) -> Result<Response<pb::ResolveOrigidResponse>, Status> {
        Err(Status::unimplemented("an echo knows nobody"))
    }

    async fn rotate_origid(
        &self,
        _request: Request<pb::RotateOrigidRequest>,
    ) -> Result<Response<pb::RotateOrigidResponse>, Status> {
        Err(Status::unimplemented("an echo knows nobody"))
    }
}

/// Serves until it is killed. Prints the address it listens on.
pub(super) fn serve(unary: &[u8], stream: &[u8]) -> anyhow::Result<()> {
    let echo =
        Echo { unary: pb::Attestation::decode(unary)?, stream: pb::Attestation::decode(stream)? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        super::report::say(&format!("{}", listener.local_addr()?))?;
        tonic::transport::Server::builder()
            .add_service(AttestationServiceServer::new(echo))
            .serve_with_incoming(TcpListenerStream::new(listener))
            .await?;
        Ok(())
    })
}
