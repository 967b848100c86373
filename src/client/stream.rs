//! Many questions on one stream: cheaper for both sides than one call each. A stream that breaks
//! is opened again; meanwhile questions go one by one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Request;

use super::connection::Client;
use super::told::{Seen, Silence, Told};
use crate::wire::pb;

/// Questions under way at once; more wait their turn within their deadline.
const WINDOW: usize = 1_024;
const REOPEN: Duration = Duration::from_millis(100);

type Question = pb::StreamAttestationsRequest;
type Lines = Arc<Mutex<Switchboard>>;

/// Who waits for which answer, and where questions go while the stream is up.
#[derive(Debug, Default)]
struct Switchboard {
    next: u64,
    waiting: BTreeMap<u64, oneshot::Sender<Option<pb::Attestation>>>,
    up: Option<mpsc::Sender<Question>>,
}

/// A stream of questions and answers; ends when dropped.
#[derive(Debug)]
pub struct AnswerStream {
    client: Client,
    lines: Lines,
    task: JoinHandle<()>,
}

impl AnswerStream {
    pub(super) fn open(client: Client) -> Self {
        let lines = Lines::default();
        let task = tokio::spawn(keep_open(client.clone(), Arc::clone(&lines)));
        Self { client, lines, task }
    }

    /// Asks for one call, and is back by the deadline with an answer. Many may ask at once.
    pub async fn ask(&self, seen: &Seen) -> Told {
        let Some((sender, line)) = Line::take(&self.lines) else {
            return self.client.ask(seen).await;
        };
        let question = Question {
            correlation_id: line.id,
            call: Some(seen.into()),
            change_token: String::new(),
        };
        let exchange = async {
            sender.send(question).await.map_err(|_closed| Silence::Unreachable)?;
            line.answer().await.map_err(|_gone| Silence::Unreachable)
        };
        match tokio::time::timeout(self.client.deadline, exchange).await {
            Ok(Ok(said)) => Told::heard(seen, self.client.on_stale, said),
            Ok(Err(why)) => self.client.silent(seen, why),
            Err(_elapsed) => self.client.silent(seen, Silence::Late),
        }
    }

    /// Whether the stream is up. Questions are answered either way.
    pub fn is_up(&self) -> bool {
        locked(&self.lines).up.is_some()
    }
}

impl Drop for AnswerStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A question's place among the waiting; given up when dropped, so that an asker who goes away
/// leaves nothing behind.
struct Line {
    id: u64,
    lines: Lines,
    answer: oneshot::Receiver<Option<pb::Attestation>>,
}

impl Line {
    fn take(lines: &Lines) -> Option<(mpsc::Sender<Question>, Self)> {
        let mut board = locked(lines);
        let sender = board.up.clone()?;
        let id = board.next;
        board.next = board.next.wrapping_add(1);
        let (tell, answer) = oneshot::channel();
        board.waiting.insert(id, tell);
        drop(board);
        Some((sender, Self { id, lines: Arc::clone(lines), answer }))
    }

    async fn answer(mut self) -> Result<Option<pb::Attestation>, oneshot::error::RecvError> {
        (&mut self.answer).await
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        locked(&self.lines).waiting.remove(&self.id);
    }
}

fn locked(lines: &Lines) -> std::sync::MutexGuard<'_, Switchboard> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn keep_open(client: Client, lines: Lines) {
    loop {
        run(&client, &lines).await;
        hang_up(&lines);
        tokio::time::sleep(REOPEN).await;
    }
}

/// Dropping the senders tells every waiting question that its answer will not come.
fn hang_up(lines: &Lines) {
    let mut board = locked(lines);
    board.up = None;
    board.waiting.clear();
}

async fn run(client: &Client, lines: &Lines) {
    let (sender, receiver) = mpsc::channel(WINDOW);
    let request = Request::new(ReceiverStream::new(receiver));
    let mut attestation = client.attestation();
    let Ok(response) = attestation.stream_attestations(request).await else { return };
    let mut answers = response.into_inner();
    locked(lines).up = Some(sender);
    while let Ok(Some(message)) = answers.message().await {
        let waiting = locked(lines).waiting.remove(&message.correlation_id);
        if let Some(tell) = waiting {
            // An asker past its deadline is gone; its answer counts for nothing.
            drop(tell.send(message.attestation));
        }
    }
}
