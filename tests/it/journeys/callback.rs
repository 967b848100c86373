//! A number is reached through the provider's switch: what the call says and dials, the same code again,
//! the try after the last one, a code that is keyed into the call, and caps with the time to come back.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::applicant::{Applicant, profile};
use crate::support::cast::{Actor, Cast, fresh, refused, violations};
use crate::support::post::wrong;
use crate::support::server::Site;
use crate::support::stores::on_both_engines;

const NUMBER: &str = "+12317236300";
const DESK: &str = "+12317236301";
const NAME: &str = "Cedar Point Instruments LLC";

fn ask(customer: &str, number: &str) -> pb::StartNumberChallengeRequest {
    pb::StartNumberChallengeRequest {
        request_id: fresh(),
        customer_id: customer.to_owned(),
        number: number.to_owned(),
        channel: pb::ChallengeChannel::Voice.into(),
        ..Default::default()
    }
}

async fn start(
    who: &Actor,
    ask: pb::StartNumberChallengeRequest,
) -> Result<pb::StartNumberChallengeResponse, Status> {
    Ok(who.numbers().start_number_challenge(ask).await?.into_inner())
}

async fn verify(who: &Actor, challenge: &str, code: &str) -> Result<pb::Number, Status> {
    let ask = pb::VerifyNumberChallengeRequest {
        request_id: fresh(),
        challenge_id: challenge.to_owned(),
        code: code.to_owned(),
    };
    let done = who.numbers().verify_number_challenge(ask).await?.into_inner();
    Ok(done.number.unwrap())
}

async fn keyed(who: &Actor, challenge: &str, keyed: &str) -> Result<(), Status> {
    let ask = pb::ReportKeyedCodeRequest {
        request_id: fresh(),
        challenge_id: challenge.to_owned(),
        keyed: keyed.to_owned(),
    };
    who.numbers().report_keyed_code(ask).await.map(drop)
}

async fn walk(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let role = pb::CustomerRole::EndUser;
    let owner = Applicant::draft(&site, &cast, role, profile(NAME)).await;
    owner.claim(&[NUMBER, DESK]).await;
    refusals(&cast, &owner.id).await;
    read_out(&site, &cast, &owner.id).await;
    keyed_in(&site, &cast, &owner.id).await;
    site.close().await;
}

on_both_engines!(a_number_is_reached_through_the_switch, |kind| walk(kind));

async fn refusals(cast: &Cast, customer: &str) {
    let cases = [
        (pb::ChallengeChannel::Voice, "12x", false, "BAD_EXTENSION"),
        (pb::ChallengeChannel::Sms, "12", false, "NOT_ALLOWED"),
        (pb::ChallengeChannel::Sms, "", true, "NOT_ALLOWED"),
        (pb::ChallengeChannel::Email, "", false, "CHANNEL_MISMATCH"),
    ];
    for (channel, extension, keyed, reason) in cases {
        let channel = channel.into();
        let asked = pb::StartNumberChallengeRequest {
            channel,
            extension: extension.to_owned(),
            keyed,
            ..ask(customer, NUMBER)
        };
        let status =
            refused(start(&cast.portal, asked).await, Code::InvalidArgument, "INVALID_REQUEST");
        assert_eq!(violations(&status)[0].1, reason);
    }
    let unclaimed = start(&cast.portal, ask(customer, "+12317236399")).await;
    let status = refused(unclaimed, Code::InvalidArgument, "INVALID_REQUEST");
    assert_eq!(violations(&status)[0].1, "NOT_CLAIMED");
}

async fn read_out(site: &Site, cast: &Cast, customer: &str) {
    let asked =
        pb::StartNumberChallengeRequest { extension: ",204#".to_owned(), ..ask(customer, NUMBER) };
    let made = start(&cast.portal, asked).await.unwrap();
    assert_eq!(made.keyed_code, "", "a code that is sent is in no answer");
    let challenge = made.challenge.unwrap();
    assert_eq!(challenge.attempts_left, 3);
    let id = challenge.challenge_id;
    let first = site.post.letter(&id).await;
    assert_eq!((first.to.as_str(), first.extension.as_str()), (NUMBER, ",204#"));
    for word in ["Lakeside Telephone Company", NAME, "for its outgoing calls", "hang up"] {
        assert!(first.text.contains(word), "{word}: {}", first.text);
    }
    let told = verify(&cast.portal, &id, &wrong(&first.code, 1)).await;
    refused(told, Code::FailedPrecondition, "CODE_WRONG");
    let again = start(&cast.portal, ask(customer, NUMBER)).await.unwrap().challenge.unwrap();
    assert_eq!((again.challenge_id.as_str(), again.attempts_left), (id.as_str(), 2));
    assert_eq!(again.expire_time, challenge.expire_time);
    let both = site.post.messages(&id, 2).await;
    assert_eq!(both[0].code, both[1].code, "the same code again");
    assert_ne!(both[0].id, both[1].id, "as a message of its own");
    for nth in 2..=3 {
        let told = verify(&cast.portal, &id, &wrong(&first.code, nth)).await;
        refused(told, Code::FailedPrecondition, "CODE_WRONG");
    }
    let fourth = verify(&cast.portal, &id, &first.code).await;
    refused(fourth, Code::FailedPrecondition, "TRIES_USED");
    let fresh_one = start(&cast.portal, ask(customer, NUMBER)).await.unwrap().challenge.unwrap();
    assert_ne!(fresh_one.challenge_id, id);
    let code = site.post.letter(&fresh_one.challenge_id).await.code;
    let full = refused(
        start(&cast.portal, ask(customer, NUMBER)).await,
        Code::ResourceExhausted,
        "TOO_MANY_CODES",
    );
    let wait = full.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(wait.as_secs() > 3_000 && wait.as_secs() <= 3_600, "{wait:?}");
    let number = verify(&cast.portal, &fresh_one.challenge_id, &code).await.unwrap();
    assert_eq!(number.evidence[0].kind(), pb::EvidenceKind::Callback);
    assert!(number.partial_until.is_some() && number.full_until.is_none());
}

async fn keyed_in(site: &Site, cast: &Cast, customer: &str) {
    let asked = pb::StartNumberChallengeRequest { keyed: true, ..ask(customer, DESK) };
    let made = start(&cast.portal, asked.clone()).await.unwrap();
    let (id, code) = (made.challenge.unwrap().challenge_id, made.keyed_code);
    assert_eq!(code.len(), 6);
    refused(start(&cast.portal, asked).await, Code::FailedPrecondition, "SECRET_SHOWN");
    let heard = site.post.letter(&id).await;
    assert_eq!((heard.code.as_str(), heard.collects), ("", 6));
    assert!(!heard.text.contains(&code) && heard.text.contains(NAME));
    refused(verify(&cast.portal, &id, &code).await, Code::NotFound, "NOT_FOUND");
    refused(keyed(&cast.portal, &id, &code).await, Code::PermissionDenied, "ROLE_REQUIRED");
    let other = keyed(&cast.provisioning, &id, &wrong(&code, 1)).await;
    refused(other, Code::FailedPrecondition, "CODE_WRONG");
    keyed(&cast.provisioning, &heard.challenge, &code).await.unwrap();
    let again = keyed(&cast.provisioning, &id, &code).await;
    refused(again, Code::FailedPrecondition, "CHALLENGE_CLOSED");
}
