//! The signer's side: claimed numbers, what becomes of them, and every way of asking for a level.

use tokio_stream::StreamExt as _;
use tonic::Streaming;
use vouch::wire::pb;
use vouch::wire::pb::watch_changes_response::Event;

use super::applicant::{Applicant, assign, load_named, now, profile};
use crate::support::cast::{Actor, Cast, fresh};
use crate::support::server::{Site, until};
use crate::support::walk::CODES;

/// Loads the codes that are allocated: what is brought from elsewhere can earn an A from then on.
pub(super) async fn codes(site: &Site, cast: &Cast) {
    let file = ("CoCodeAssignment_Utilized_AllStates.txt", CODES.as_bytes());
    let done = load_named(cast, "nanpa_co_codes", now(site), &[file]).await.unwrap();
    assert_eq!(done.state(), pb::OperationState::Done, "{done:?}");
}

/// The numbers of the journey.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers;

impl Numbers {
    /// Assigned to the customer by the provider: A.
    pub(super) const OURS: &'static str = "+12317236100";
    /// Brought from elsewhere with a letter: B.
    pub(super) const LETTER: &'static str = "+12317236200";
    /// Brought from elsewhere and reached with a code: B.
    pub(super) const REACHED: &'static str = "+12317236300";
    /// Claimed, and nothing proves it.
    pub(super) const BARE: &'static str = "+12317236400";
    /// Assigned to somebody else.
    pub(super) const THEIRS: &'static str = "+12317236500";
    /// Nobody knows it.
    pub(super) const UNKNOWN: &'static str = "+12317236600";
    /// In a book of fiction.
    pub(super) const FICTION: &'static str = "+12315550123";
}

/// The trunk of the journey's customer, and of who borrows from it.
pub(super) const TRUNK: &str = "cedar-1";
const BORROWED: &str = "dune-1";
const CALLED: &str = "+13126647665";

/// A call from the journey's trunk.
pub(super) fn call(orig: &str) -> pb::Call {
    pb::Call {
        trunk: TRUNK.to_owned(),
        orig: orig.to_owned(),
        dest: CALLED.to_owned(),
        diverting: String::new(),
        signed: false,
    }
}

/// One answer.
pub(super) async fn ask(signer: &Actor, orig: &str) -> pb::Attestation {
    ask_for(signer, call(orig)).await
}

pub(super) async fn ask_for(signer: &Actor, call: pb::Call) -> pb::Attestation {
    let ask = pb::GetAttestationRequest { call: Some(call), ..Default::default() };
    signer.attestation().get_attestation(ask).await.unwrap().into_inner().attestation.unwrap()
}

/// Asks until the level is there.
pub(super) async fn settled(signer: &Actor, orig: &str, level: pb::AttestLevel) -> pb::Attestation {
    settled_on(signer, call(orig), level).await
}

async fn settled_on(signer: &Actor, call: pb::Call, level: pb::AttestLevel) -> pb::Attestation {
    until(level.as_str_name(), || async {
        Some(ask_for(signer, call.clone()).await).filter(|one| one.attest() == level)
    })
    .await
}

/// Numbers are claimed one by one; those that nobody can have are refused by their reason, and the
/// others are claimed all the same.
pub(super) async fn numbers_claimed(applicant: &Applicant<'_>) {
    applicant.trunk(TRUNK).await;
    let given = [
        ("+1 (231) 723-6100", pb::NumberOutcome::Done, ""),
        (Numbers::LETTER, pb::NumberOutcome::Done, ""),
        (Numbers::REACHED, pb::NumberOutcome::Done, ""),
        (Numbers::BARE, pb::NumberOutcome::Done, ""),
        (Numbers::FICTION, pb::NumberOutcome::Refused, "NOT_ASSIGNABLE"),
        ("+12119116100", pb::NumberOutcome::Refused, "INVALID"),
        ("+12319116100", pb::NumberOutcome::Refused, "NOT_ASSIGNABLE"),
        ("911", pb::NumberOutcome::Refused, "TN_TOO_SHORT"),
        ("+1231723\u{0666}100", pb::NumberOutcome::Refused, "TN_BAD_CHARACTER"),
        ("12317236100", pb::NumberOutcome::Unchanged, ""),
    ];
    let told = applicant.claim(&given.map(|(number, ..)| number)).await;
    assert_eq!(told.results.len(), given.len());
    for ((number, outcome, reason), result) in given.iter().zip(&told.results) {
        assert_eq!((result.outcome(), result.reason.as_str()), (*outcome, *reason), "{number}");
        assert_eq!(result.given, *number);
    }
    assert_eq!(told.results[0].number, Numbers::OURS);
}

/// Evidence makes the level: A from the provider's own inventory, B from a letter or a code, nothing
/// from a claim alone.
pub(super) async fn levels(applicant: &Applicant<'_>) {
    let (site, cast) = (applicant.site, applicant.cast);
    let role = pb::CustomerRole::EndUser;
    let neighbour = Applicant::draft(site, cast, role, profile("Far Shore Boats LLC")).await;
    let rows = [(Numbers::OURS, applicant.id.as_str()), (Numbers::THEIRS, neighbour.id.as_str())];
    let loaded = assign(site, cast, &rows).await;
    assert_eq!(loaded.result["assigned"], "2", "{loaded:?}");
    letter(applicant).await;
    let token = reached(applicant, Numbers::REACHED).await;
    let none = pb::AttestLevel::None;
    let rows = [
        (Numbers::OURS, pb::AttestLevel::A, pb::Reason::FullEvidence),
        (Numbers::LETTER, pb::AttestLevel::B, pb::Reason::PartialEvidence),
        (Numbers::REACHED, pb::AttestLevel::B, pb::Reason::PartialEvidence),
        (Numbers::BARE, none, pb::Reason::TnUnknown),
        (Numbers::UNKNOWN, none, pb::Reason::TnUnknown),
        (Numbers::THEIRS, none, pb::Reason::NotYours),
        (Numbers::FICTION, none, pb::Reason::NotAssignable),
        ("anonymous", none, pb::Reason::Invalid),
    ];
    let origid = applicant.customer().await.origid;
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        // The last write is seen by its token; what was written before it is seen with it.
        until("the write is applied", || async {
            let ask = pb::GetAttestationRequest {
                call: Some(call(Numbers::REACHED)),
                change_token: token.clone(),
                wait: true,
            };
            let told = signer.attestation().get_attestation(ask).await.unwrap().into_inner();
            let told = told.attestation.unwrap();
            (told.reasons[0] != i32::from(pb::Reason::Stale)).then_some(())
        })
        .await;
        for (number, level, reason) in rows {
            let told = ask(&signer, number).await;
            assert_eq!((told.attest(), told.reasons[0]), (level, reason.into()), "{number}");
            assert_eq!(told.origid == origid, level != none, "{number}");
            assert_eq!(told.valid_until == 0, level == none, "{number}");
            let expected =
                if level == none { pb::Disposition::Reject } else { pb::Disposition::Sign };
            assert_eq!(told.disposition(), expected, "{number}");
            assert!(told.enforced && !told.decision_id.is_empty());
        }
        let emergency = pb::Call { dest: "911".to_owned(), ..call(Numbers::UNKNOWN) };
        let told = ask_for(&signer, emergency).await;
        assert_eq!(told.disposition(), pb::Disposition::SendEmergency);
    }
}

/// A letter of authorisation: what the portal hands in waits, what a reviewer adds counts.
async fn letter(applicant: &Applicant<'_>) {
    let paper = applicant.upload(pb::DocumentKind::LetterOfAuthorization).await.unwrap();
    let ask = pb::AddEvidenceRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        number: Numbers::LETTER.to_owned(),
        kind: pb::EvidenceKind::Loa.into(),
        document_id: paper.document_id,
        reference: String::new(),
        sign_time: Some(now(applicant.site)),
        party: "Great Lakes Telephone Cooperative".to_owned(),
        carrier: "Great Lakes Telephone Cooperative".to_owned(),
        account: String::new(),
    };
    let waits = applicant.cast.portal.numbers().add_evidence(ask.clone()).await.unwrap();
    let number = waits.into_inner().number.unwrap();
    assert_eq!(number.evidence[0].state(), pb::EvidenceState::Pending);
    assert_eq!(number.partial_until, None);
    let ask = pb::AddEvidenceRequest { request_id: fresh(), ..ask };
    let done = applicant.cast.ada.numbers().add_evidence(ask).await.unwrap().into_inner();
    let number = done.number.unwrap();
    assert_eq!(number.evidence.len(), 1, "the piece that waited makes room");
    assert_eq!(number.evidence[0].state(), pb::EvidenceState::Live);
    assert!(number.partial_until.is_some() && number.full_until.is_none());
}

/// A code that went to a claimed number and came back: CALLBACK evidence. Gives the write's token.
pub(super) async fn reached(applicant: &Applicant<'_>, number: &str) -> String {
    let portal = &applicant.cast.portal;
    let ask = pb::StartNumberChallengeRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        number: number.to_owned(),
        channel: pb::ChallengeChannel::Voice.into(),
        ..Default::default()
    };
    let made = portal.numbers().start_number_challenge(ask).await.unwrap().into_inner();
    let challenge_id = made.challenge.unwrap().challenge_id;
    let letter = applicant.site.post.letter(&challenge_id).await;
    assert_eq!(letter.to, number);
    let ask =
        pb::VerifyNumberChallengeRequest { request_id: fresh(), challenge_id, code: letter.code };
    let done = portal.numbers().verify_number_challenge(ask).await.unwrap().into_inner();
    let number = done.number.unwrap();
    let kinds: Vec<_> = number.evidence.iter().map(pb::Evidence::kind).collect();
    assert!(kinds.contains(&pb::EvidenceKind::Callback), "{kinds:?}");
    done.change_token
}

/// A number is lent along a recorded loan: the borrower's trunk gets the holder's level and origid,
/// until the loan ends.
pub(super) async fn delegation(holder: &Applicant<'_>, borrower: &Applicant<'_>) {
    let (site, cast) = (holder.site, holder.cast);
    borrower.trunk(BORROWED).await;
    let theirs = pb::Call { trunk: BORROWED.to_owned(), ..call(Numbers::OURS) };
    let before = until("the trunk is known", || async {
        let told = ask_for(&cast.signer, theirs.clone()).await;
        (told.reasons[0] != i32::from(pb::Reason::TrunkUnknown)).then_some(told)
    })
    .await;
    assert_eq!(before.reasons, [i32::from(pb::Reason::NotYours)]);
    let ask = pb::DelegateNumberRequest {
        request_id: fresh(),
        customer_id: holder.id.clone(),
        number: Numbers::BARE.to_owned(),
        delegate_id: borrower.id.clone(),
    };
    let nothing = cast.portal.numbers().delegate_number(ask.clone()).await;
    assert!(nothing.is_err(), "a bare claim cannot be lent");
    let number = Numbers::OURS.to_owned();
    let ask = pb::DelegateNumberRequest { request_id: fresh(), number, ..ask };
    let lent = cast.portal.numbers().delegate_number(ask).await.unwrap().into_inner();
    let delegation_id = lent.delegation.unwrap().delegation_id;
    let origid = holder.customer().await.origid;
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        let told = settled_on(&signer, theirs.clone(), pb::AttestLevel::A).await;
        assert_eq!(told.origid, origid);
    }
    let ask = pb::RevokeDelegationRequest { request_id: fresh(), delegation_id };
    cast.portal.numbers().revoke_delegation(ask).await.unwrap();
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        let told = settled_on(&signer, theirs.clone(), pb::AttestLevel::None).await;
        assert_eq!(told.reasons, [i32::from(pb::Reason::NotYours)]);
        settled(&signer, Numbers::OURS, pb::AttestLevel::A).await;
    }
}

/// One call, many at once, a stream of them, and the look-up by HTTP say the same, and what was said
/// can be explained later.
pub(super) async fn every_way_of_asking_agrees(applicant: &Applicant<'_>) {
    let (site, cast) = (applicant.site, applicant.cast);
    let numbers = [Numbers::OURS, Numbers::LETTER, Numbers::BARE, Numbers::THEIRS];
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        let mut singles = Vec::new();
        for number in numbers {
            singles.push(ask(&signer, number).await);
        }
        let short = |one: &pb::Attestation| (one.attest, one.reasons.clone(), one.origid.clone());
        let expected: Vec<_> = singles.iter().map(short).collect();
        let calls = numbers.map(call).to_vec();
        let batch = pb::BatchGetAttestationsRequest { calls: calls.clone(), ..Default::default() };
        let many = signer.attestation().batch_get_attestations(batch).await.unwrap();
        let many: Vec<_> = many.into_inner().attestations.iter().map(short).collect();
        assert_eq!(many, expected);
        let asks = (0_u64..).zip(calls).map(|(correlation_id, call)| {
            pb::StreamAttestationsRequest { correlation_id, call: Some(call), ..Default::default() }
        });
        let asks: Vec<_> = asks.collect();
        let told = signer.attestation().stream_attestations(tokio_stream::iter(asks)).await;
        let mut told: Vec<_> =
            told.unwrap().into_inner().map(|one| one.unwrap()).collect::<Vec<_>>().await;
        told.sort_by_key(|one| one.correlation_id);
        let stream: Vec<_> =
            told.iter().map(|one| short(one.attestation.as_ref().unwrap())).collect();
        assert_eq!(stream, expected);
        for (number, single) in numbers.iter().zip(&singles) {
            looked_up(applicant, instance, number, single).await;
        }
        explained(applicant, &singles[0]).await;
    }
}

/// The look-up as SIP servers make it: one line, the level in plain letters, seconds, digits.
async fn looked_up(
    applicant: &Applicant<'_>,
    instance: usize,
    number: &str,
    single: &pb::Attestation,
) {
    let digits = number.trim_start_matches('+');
    let level = single.attest().as_str_name().replace("ATTEST_LEVEL_", "");
    let what = single.disposition().as_str_name().replace("DISPOSITION_", "");
    let reasons: Vec<_> =
        single.reasons().map(|one| one.as_str_name().replace("REASON_", "")).collect();
    for written in [format!("%2B{digits}"), digits.to_owned(), format!("+{digits}")] {
        let url = format!(
            "http://{}/v1/attestation?trunk={TRUNK}&tn={written}&dest=13126647665&diverting=&signed=0",
            applicant.site.address(instance),
        );
        let asked = reqwest::Client::new().get(&url).bearer_auth(applicant.cast.signer.token());
        let reply = asked.send().await.unwrap();
        assert_eq!(reply.status(), 200, "{written}");
        let body = reply.text().await.unwrap();
        assert_eq!(body.lines().count(), 1, "{body}");
        let told: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(told["attest"], level.as_str(), "{body}");
        assert_eq!(told["disposition"], what.as_str());
        assert_eq!(told["origid"], single.origid.as_str());
        assert_eq!(told["orig_tn"], digits);
        assert_eq!(told["reasons"], serde_json::json!(reasons));
        assert!(told["valid_until"].as_i64().unwrap() <= single.valid_until / 1_000_000 + 10);
        assert!(!told["decision_id"].as_str().unwrap().is_empty());
    }
}

/// A decision's id gives the same answer again, wherever it is asked.
async fn explained(applicant: &Applicant<'_>, single: &pb::Attestation) {
    use pb::explain_attestation_request::Subject;
    let subject = Some(Subject::DecisionId(single.decision_id.clone()));
    let ask = pb::ExplainAttestationRequest { subject, as_of_time: None };
    let told = applicant.cast.auditor.attestation().explain_attestation(ask).await.unwrap();
    assert_eq!(told.into_inner().attestation.as_ref(), Some(single));
}

/// What a table has not applied yet is NONE, at once; a token that was never given is refused.
pub(super) async fn tokens(applicant: &Applicant<'_>) {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let (site, cast) = (applicant.site, applicant.cast);
    let claimed = applicant.claim(&["+12317236700"]).await;
    let mut token = URL_SAFE_NO_PAD.decode(&claimed.change_token).unwrap();
    let last = token.len() - 1;
    token[last] += 1;
    let future = URL_SAFE_NO_PAD.encode(&token);
    token[0] ^= 1;
    let elsewhere = URL_SAFE_NO_PAD.encode(&token);
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        for (change_token, wait) in [(&future, false), (&future, true), (&elsewhere, true)] {
            let ask = pb::GetAttestationRequest {
                call: Some(call(Numbers::OURS)),
                change_token: change_token.clone(),
                wait,
            };
            let told = signer.attestation().get_attestation(ask).await.unwrap().into_inner();
            let told = told.attestation.unwrap();
            assert_eq!(told.attest(), pb::AttestLevel::None);
            assert_eq!(told.reasons, [i32::from(pb::Reason::Stale)]);
        }
        let ask = pb::GetAttestationRequest {
            call: Some(call(Numbers::OURS)),
            change_token: "never given".to_owned(),
            wait: false,
        };
        let refused = signer.attestation().get_attestation(ask).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        settled(&signer, Numbers::OURS, pb::AttestLevel::A).await;
    }
}

/// A watcher of changes.
pub(super) struct Watcher(Streaming<pb::WatchChangesResponse>);

impl Watcher {
    /// Begins to watch; the first message shows that it stands.
    pub(super) async fn open(signer: &Actor) -> Self {
        let ask = pb::WatchChangesRequest::default();
        let told = signer.attestation().watch_changes(ask).await.unwrap();
        let mut stream = told.into_inner();
        stream.message().await.unwrap().unwrap();
        Self(stream)
    }

    /// Reads on until the customer is told to be active, or not to be.
    pub(super) async fn until_active(&mut self, customer: &str, active: bool) {
        let told = async {
            while let Some(message) = self.0.message().await.unwrap() {
                if let Some(Event::CustomerChanged(change)) = message.event
                    && change.customer_id == customer
                    && change.active == active
                {
                    return;
                }
            }
            panic!("the stream ended");
        };
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, told).await.expect("the watcher is told");
    }
}
