//! The signer's library against a server that fails in every way: an answer always, in time, and
//! an emergency call out always (rule 13).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};
use vouch::client::{Change, Client, Seen, Settings, Silence, Told, Transport};
use vouch::clock::Clock;
use vouch::domain::attestation::{Attest, Disposition, OnStale, Reason};
use vouch::domain::pii::{Pii, Secret};
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_server::{AttestationService, AttestationServiceServer};

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Hangs,
    Empty,
    Refuses(tonic::Code),
    /// Streams end after two answers.
    Breaks,
}

#[derive(Debug)]
struct Scripted {
    mood: Mood,
    watches: AtomicU32,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    async fn mood(&self) -> Result<(), Status> {
        match self.mood {
            Mood::Hangs => std::future::pending().await,
            Mood::Refuses(code) => Err(Status::new(code, "as scripted")),
            Mood::Well | Mood::Empty | Mood::Breaks => Ok(()),
        }
    }

    fn answer(&self) -> pb::Attestation {
        if self.mood == Mood::Empty {
            return pb::Attestation::default();
        }
        pb::Attestation {
            attest: pb::AttestLevel::A.into(),
            disposition: pb::Disposition::Sign.into(),
            reasons: vec![pb::Reason::FullEvidence.into()],
            origid: "018f3f7e-0000-7000-8000-000000000001".to_owned(),
            orig_tn: "12126647665".to_owned(),
            valid_until: 5,
            evidence_until: 6,
            enforced: true,
            decision_id: "d".to_owned(),
            policy: "P/1".to_owned(),
        }
    }
}

type Out<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl AttestationService for Scripted {
    type StreamAttestationsStream = Out<pb::StreamAttestationsResponse>;
    type WatchChangesStream = Out<pb::WatchChangesResponse>;

    async fn get_attestation(
        &self,
        request: Request<pb::GetAttestationRequest>,
    ) -> Result<Response<pb::GetAttestationResponse>, Status> {
        assert_eq!(request.metadata().get("authorization").unwrap(), "Bearer vk_test_key");
        self.mood().await?;
        Ok(Response::new(pb::GetAttestationResponse { attestation: Some(self.answer()) }))
    }

    async fn batch_get_attestations(
        &self,
        request: Request<pb::BatchGetAttestationsRequest>,
    ) -> Result<Response<pb::BatchGetAttestationsResponse>, Status> {
        self.mood().await?;
        let attestations = request.into_inner().calls.iter().map(|_| self.answer()).collect();
        Ok(Response::new(pb::BatchGetAttestationsResponse { attestations }))
    }

    async fn stream_attestations(
        &self,
        request: Request<Streaming<pb::StreamAttestationsRequest>>,
    ) -> Result<Response<Self::StreamAttestationsStream>, Status> {
        let answer = self.answer();
        let hangs = self.mood == Mood::Hangs;
        let limit = if self.mood == Mood::Breaks { 2 } else { usize::MAX };
        let answers = request
            .into_inner()
            .filter(move |_| !hangs)
            .map(move |question| {
                let correlation_id = question?.correlation_id;
                let attestation = Some(answer.clone());
                Ok(pb::StreamAttestationsResponse { correlation_id, attestation })
            })
            .take(limit);
        Ok(Response::new(Box::pin(answers)))
    }

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        self.tokens.lock().await.push(request.into_inner().resume_token);
        let n = self.watches.fetch_add(1, Ordering::SeqCst);
        if self.mood == Mood::Breaks && n == 0 {
            return Ok(Response::new(Box::pin(tokio_stream::empty())));
        }
        if n == 1 {
            return Err(Status::unavailable("restarting"));
        }
        let event = match n {
            0 => pb::watch_changes_response::Event::CustomerChanged(pb::CustomerChanged {
                customer_id: "c".to_owned(),
                active: false,
            }),
            _ => pb::watch_changes_response::Event::Beat(pb::Beat { age: 7 }),
        };
        let message = pb::WatchChangesResponse {
            resume_token: format!("t{n}"),
            position: 1,
            event: Some(event),
        };
        let messages = tokio_stream::iter([Ok(message)]);
        Ok(Response::new(match n {
            0 => Box::pin(messages),
            _ => Box::pin(messages.chain(tokio_stream::pending())),
        }))
    }

    async fn explain_attestation(
        &self,
        _request: Request<pb::ExplainAttestationRequest>,
    ) -> Result<Response<pb::ExplainAttestationResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn resolve_origid(
        &self,
        _request: Request<pb::ResolveOrigidRequest>,
    ) -> Result<Response<pb::ResolveOrigidResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn rotate_origid(
        &self,
        _request: Request<pb::RotateOrigidRequest>,
    ) -> Result<Response<pb::RotateOrigidResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }
}

async fn server(mood: Mood) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let service = Scripted { mood, watches: AtomicU32::new(0), tokens: Arc::clone(&tokens) };
    tokio::spawn(
        Server::builder()
            .add_service(AttestationServiceServer::new(service))
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    (endpoint, tokens)
}

fn client(endpoint: &str) -> Client {
    let key = Secret::new(b"vk_test_key".to_vec());
    let settings = Settings::new(endpoint.to_owned(), Transport::Loopback, key);
    Client::new(&settings, Clock::system()).unwrap()
}

fn call(dest: &str) -> Seen {
    Seen {
        trunk: "trunk-1".to_owned(),
        orig: Pii::new("+12126647665".to_owned()),
        dest: Pii::new(dest.to_owned()),
        ..Seen::default()
    }
}

/// NONE, for the reason that Vouch did not answer, and out only if it is an emergency.
fn assert_silent(told: &Told, dest: &str, why: Silence) {
    let out = if dest == "911" { Disposition::SendEmergency } else { Disposition::Reject };
    assert_eq!(told.answer.attest, Attest::None);
    assert_eq!(told.answer.disposition, out);
    assert_eq!(told.answer.reasons.as_slice(), [Reason::Unavailable]);
    assert_eq!(told.answer.valid_until.0, 0);
    assert_eq!(told.silence, Some(why));
}

#[tokio::test]
async fn an_answer_is_handed_on_whole() {
    let (endpoint, _) = server(Mood::Well).await;
    let client = client(&endpoint);
    let told = client.ask(&call("+13125551212")).await;
    assert_eq!((told.answer.attest, told.answer.disposition), (Attest::A, Disposition::Sign));
    assert_eq!(told.answer.reasons.as_slice(), [Reason::FullEvidence]);
    assert_eq!(told.orig_tn.as_str(), "12126647665");
    assert_eq!((told.decision_id.as_str(), told.policy.as_str()), ("d", "P/1"));
    assert_eq!((told.answer.valid_until.0, told.silence), (5, None));
    let both = client.ask_all(&[call("1"), call("911")]).await;
    assert_eq!(both[0].answer.disposition, Disposition::Sign);
    assert_eq!(both[1].answer.disposition, Disposition::SendEmergency);
    assert_eq!(both[1].answer.attest, Attest::A, "an emergency call is signed where it can be");
}

#[tokio::test]
async fn rule_13_a_dead_or_late_vouch_stops_no_emergency_call() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let deaf_endpoint = format!("http://{}", deaf.local_addr().unwrap());
    let mut cases = vec![(closed, Silence::Unreachable), (deaf_endpoint, Silence::Late)];
    let moods = [
        (Mood::Hangs, Silence::Late),
        (Mood::Empty, Silence::Malformed),
        (Mood::Refuses(tonic::Code::Unauthenticated), Silence::NotAllowed),
        (Mood::Refuses(tonic::Code::PermissionDenied), Silence::NotAllowed),
        (Mood::Refuses(tonic::Code::Unavailable), Silence::Unreachable),
        (Mood::Refuses(tonic::Code::Internal), Silence::Refused),
        (Mood::Refuses(tonic::Code::ResourceExhausted), Silence::Refused),
    ];
    for (mood, why) in moods {
        cases.push((server(mood).await.0, why));
    }
    for (endpoint, why) in cases {
        let client = client(&endpoint);
        for dest in ["911", "+13125551212"] {
            let began = Instant::now();
            let told = client.ask(&call(dest)).await;
            assert_silent(&told, dest, why);
            let both = client.ask_all(&[call(dest), call(dest)]).await;
            assert_eq!(both.len(), 2);
            for told in &both {
                assert_silent(told, dest, why);
            }
            assert!(began.elapsed() < Duration::from_millis(900), "{endpoint} {why:?}");
        }
    }
}

#[tokio::test]
async fn policy_may_send_unsigned_while_nothing_is_known() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let key = Secret::new(b"vk_test_key".to_vec());
    let settings = Settings {
        on_stale: OnStale::SendUnsigned,
        ..Settings::new(endpoint, Transport::Loopback, key)
    };
    let told = Client::new(&settings, Clock::system()).unwrap().ask(&call("1")).await;
    assert_eq!(told.answer.disposition, Disposition::SendUnsigned);
}

async fn up(stream: &vouch::client::AnswerStream) {
    for _ in 0..200 {
        if stream.is_up() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the stream did not open");
}

#[tokio::test]
async fn a_stream_answers_many_at_once_and_opens_again() {
    let (endpoint, _) = server(Mood::Well).await;
    let stream = Arc::new(client(&endpoint).stream());
    up(&stream).await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..500 {
        let stream = Arc::clone(&stream);
        asked.spawn(async move { stream.ask(&call("1")).await });
    }
    while let Some(told) = asked.join_next().await {
        let told = told.unwrap();
        assert_eq!((told.answer.attest, told.silence), (Attest::A, None));
    }

    let (endpoint, _) = server(Mood::Breaks).await;
    let stream = client(&endpoint).stream();
    up(&stream).await;
    for n in 0..20 {
        // In the instant of a break an answer may be missing; it is then NONE, never made up.
        let told = stream.ask(&call("911")).await;
        assert_eq!(told.answer.disposition, Disposition::SendEmergency, "{n}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    up(&stream).await;

    let (endpoint, _) = server(Mood::Hangs).await;
    let stream = client(&endpoint).stream();
    let began = Instant::now();
    for dest in ["911", "1"] {
        assert_silent(&stream.ask(&call(dest)).await, dest, Silence::Late);
    }
    assert!(began.elapsed() < Duration::from_millis(900));
}

#[tokio::test]
async fn a_follower_goes_on_where_it_was() {
    let (endpoint, tokens) = server(Mood::Well).await;
    let mut watch = client(&endpoint).watch(vec!["trunk-1".to_owned()]);
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.push(tokio::time::timeout(Duration::from_secs(10), watch.next()).await.unwrap());
    }
    let suspended = Change::Customer { id: "c".to_owned(), active: false };
    assert_eq!(heard[0], suspended);
    assert!(matches!(heard[1], Change::Lost(_)), "{heard:?}");
    assert!(matches!(heard[2], Change::Beat { .. }), "{heard:?}");
    assert_eq!(*tokens.lock().await, ["", "t0", "t0"], "one outage, one word, no change lost");
    // No beat comes any more: the stream is taken for dead although nobody closed it.
    let next = tokio::time::timeout(Duration::from_secs(10), watch.next()).await.unwrap();
    assert_eq!(next, Change::Lost(Silence::Late));
}

#[tokio::test]
async fn a_follower_that_has_no_place_to_go_on_from_says_so() {
    let (endpoint, tokens) = server(Mood::Breaks).await;
    let mut watch = client(&endpoint).watch(Vec::new());
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.push(tokio::time::timeout(Duration::from_secs(10), watch.next()).await.unwrap());
    }
    assert_eq!(heard[0], Change::Lost(Silence::Unreachable));
    assert_eq!(heard[1], Change::Reset { reason: "NO_TOKEN".to_owned() });
    assert_eq!(*tokens.lock().await, ["", "", ""]);
}
