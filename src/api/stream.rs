//! A stream of answers: each is given as soon as its question is read, and several that wait
//! together are answered in one go.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use tonic::{Status, Streaming};

use super::attestation::AttestationApi;
use crate::wire::pb;

/// Answers for the questions of one stream. No task and no queue stand between: a caller that does
/// not read its answers is not asked for more questions.
pub struct Answers {
    api: AttestationApi,
    questions: Streaming<pb::StreamAttestationsRequest>,
}

impl Answers {
    /// Answers for `questions`.
    pub const fn new(
        api: AttestationApi,
        questions: Streaming<pb::StreamAttestationsRequest>,
    ) -> Self {
        Self { api, questions }
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers")
    }
}

impl Stream for Answers {
    type Item = Result<pb::StreamAttestationsResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.questions).poll_next(cx).map(|question| {
            question.map(|question| {
                let question = question?;
                let call = question.call.unwrap_or_default();
                let seen = self.api.seen_now(&question.change_token);
                Ok(pb::StreamAttestationsResponse {
                    correlation_id: question.correlation_id,
                    attestation: Some(self.api.answer(&call, seen)),
                })
            })
        })
    }
}
