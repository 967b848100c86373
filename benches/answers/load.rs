//! The load: 64 calls in flight, one at a time on 64 tasks or as a window on one stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Status};
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_client::AttestationServiceClient;

/// Calls in flight, unary and stream alike.
pub(super) const IN_FLIGHT: u64 = 64;

/// A server to be asked, and how.
#[derive(Clone)]
pub(super) struct Target {
    client: AttestationServiceClient<Channel>,
    bearer: MetadataValue<Ascii>,
    call: pb::Call,
}

impl Target {
    pub(super) async fn connect(
        address: &str,
        token: &str,
        call: pb::Call,
    ) -> anyhow::Result<Self> {
        let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
        let client = AttestationServiceClient::new(channel);
        Ok(Self { client, bearer: format!("Bearer {token}").parse()?, call })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }

    pub(super) async fn ask(&mut self) -> Result<pb::Attestation, Status> {
        let message = pb::GetAttestationRequest {
            call: Some(self.call.clone()),
            change_token: String::new(),
            wait: false,
        };
        let request = self.request(message);
        let answer = self.client.get_attestation(request).await?.into_inner();
        Ok(answer.attestation.unwrap_or_default())
    }

    /// The answer as it comes on a stream.
    pub(super) async fn ask_on_stream(&self) -> anyhow::Result<pb::Attestation> {
        let (answers, last) = self.window(1).await?;
        ensure!(answers == 1, "one question, {answers} answers");
        Ok(last)
    }

    /// Asks for `span` with 64 calls in flight; how many answers came.
    pub(super) async fn unary(&self, span: Duration) -> anyhow::Result<u64> {
        let began = tokio::time::Instant::now();
        let count = Arc::new(AtomicU64::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for _task in 0..IN_FLIGHT {
            let (mut target, count) = (self.clone(), Arc::clone(&count));
            tasks.spawn(async move {
                // Never by dropping calls: many resets at once look like an attack, and the server
                // would hang up.
                while began.elapsed() < span {
                    target.ask().await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), Status>(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(count.load(Ordering::Relaxed))
    }

    /// Asks for about `span` on one stream with a window of 64; how many answers came.
    pub(super) async fn stream(&self, span: Duration, pace: u64) -> anyhow::Result<u64> {
        let began = tokio::time::Instant::now();
        let mut answers = 0;
        while began.elapsed() < span {
            answers += self.window(pace).await?.0;
        }
        Ok(answers)
    }

    /// One stream of `questions`, never more than 64 of them open.
    async fn window(&self, questions: u64) -> anyhow::Result<(u64, pb::Attestation)> {
        let (ask, asked) = tokio::sync::mpsc::channel(usize::try_from(IN_FLIGHT)?);
        let question = |correlation_id| pb::StreamAttestationsRequest {
            correlation_id,
            call: Some(self.call.clone()),
            change_token: String::new(),
        };
        for number in 0..IN_FLIGHT.min(questions) {
            ask.send(question(number)).await?;
        }
        let asked = tokio_stream::wrappers::ReceiverStream::new(asked);
        let mut client = self.client.clone();
        let mut replies = client.stream_attestations(self.request(asked)).await?.into_inner();
        let mut next = IN_FLIGHT.min(questions);
        let mut answers = 0;
        let mut last = pb::Attestation::default();
        while answers < questions {
            let reply = replies.message().await?.context("the stream ended early")?;
            last = reply.attestation.unwrap_or_default();
            answers += 1;
            if next < questions {
                ask.send(question(next)).await?;
                next += 1;
            }
        }
        Ok((answers, last))
    }
}
