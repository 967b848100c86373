//! The signer's part: levels by gRPC and HTTP, a `PASSporT`, a watcher, and the auditor's proof.

use std::time::{Duration, Instant};

use super::cast::{Actor, Cast};
use super::desk::{self, Numbers};
use super::fault::DemoError;
use super::passport::{Signing, sign_and_verify};
use super::portal::Applicant;
use super::server::Server;
use super::stage::Stage;
use crate::domain::journal;
use crate::wire::journal::read_hashes;
use crate::wire::pb;

const TRUNK: &str = "heron-lake-1";
const CALLED: &str = "+12126647665";

async fn ask(signer: &Actor, orig: &str, dest: &str) -> Result<pb::Attestation, DemoError> {
    let call = pb::Call {
        trunk: TRUNK.to_owned(),
        orig: orig.to_owned(),
        dest: dest.to_owned(),
        diverting: String::new(),
        signed: false,
    };
    let answer = signer
        .attestation()
        .get_attestation(pb::GetAttestationRequest {
            call: Some(call),
            change_token: String::new(),
            wait: false,
        })
        .await
        .map_err(DemoError::call("GetAttestation"))?;
    Ok(answer.into_inner().attestation.unwrap_or_default())
}

fn words(answer: &pb::Attestation) -> String {
    let reasons: Vec<_> =
        answer.reasons().map(|r| r.as_str_name().replace("REASON_", "")).collect();
    let level = answer.attest().as_str_name().replace("ATTEST_LEVEL_", "");
    let what = answer.disposition().as_str_name().replace("DISPOSITION_", "");
    format!("{level:<5} {what:<15} {}", reasons.join(", "))
}

/// Asks until the level is there: the table follows the journal within a moment.
async fn settled(
    signer: &Actor,
    orig: &str,
    level: pb::AttestLevel,
) -> Result<pb::Attestation, DemoError> {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let mut last = pb::Attestation::default();
    for _look in 0..250 {
        pace.tick().await;
        last = ask(signer, orig, CALLED).await?;
        if last.attest() == level {
            return Ok(last);
        }
    }
    Err(DemoError::unexpected(format!("{level:?}"), words(&last)))
}

/// Four numbers, three levels, one of them as a `PASSporT`.
pub(super) async fn levels(
    stage: &mut Stage,
    server: &Server,
    cast: &Cast,
) -> Result<(), DemoError> {
    stage.step("The signer asks: one level a number, with its reasons");
    let best = settled(&cast.signer, Numbers::OURS, pb::AttestLevel::A).await?;
    stage.good(&format!("{} {}", Numbers::OURS, words(&best)));
    let rows = [
        (Numbers::BROUGHT, pb::AttestLevel::B),
        (Numbers::BARE, pb::AttestLevel::None),
        (Numbers::FICTIONAL, pb::AttestLevel::None),
    ];
    for (number, level) in rows {
        let answer = settled(&cast.signer, number, level).await?;
        stage.good(&format!("{number} {}", words(&answer)));
    }
    stage.step("The same by HTTP, as a SIP server asks");
    let url = format!(
        "http://{}/v1/attestation?trunk={TRUNK}&tn={}&dest={CALLED}",
        server.address(),
        Numbers::OURS.trim_start_matches('+')
    );
    let body = reqwest::Client::new()
        .get(&url)
        .bearer_auth(cast.signer.token())
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|e| DemoError::Http(e.without_url().to_string()))?
        .text()
        .await
        .map_err(|e| DemoError::Http(e.without_url().to_string()))?;
    stage.note(body.trim());
    if !body.contains(r#""attest":"A""#) {
        return Err(DemoError::unexpected(r#""attest":"A""#, body));
    }
    stage.step("A PASSporT is made from the answer, and a JWT library verifies it");
    let token = sign_and_verify(&Signing {
        attest: "A",
        origid: &best.origid,
        orig_tn: &best.orig_tn,
        dest_tn: CALLED.trim_start_matches('+'),
        iat: best.valid_until / 1_000_000,
    })?;
    stage.good(&format!("{}...", token.chars().take(72).collect::<String>()));
    Ok(())
}

/// A watcher sees the suspension; the level is gone; an emergency call still goes through.
pub(super) async fn suspension(
    stage: &mut Stage,
    cast: &Cast,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    stage.step("A watcher sees a suspension");
    let ask_watch =
        pb::WatchChangesRequest { resume_token: String::new(), trunks: vec![TRUNK.to_owned()] };
    let watch = cast.signer.attestation().watch_changes(ask_watch).await;
    let mut events = watch.map_err(DemoError::call("WatchChanges"))?.into_inner();
    // The first event proves that the watch stands before the suspension is sent.
    events.message().await.map_err(DemoError::call("WatchChanges"))?;
    #[expect(clippy::disallowed_methods, reason = "the demonstration plays people with a watch")]
    let sent = Instant::now();
    let seen = tokio::spawn(async move {
        while let Some(event) = events.message().await? {
            if let Some(pb::watch_changes_response::Event::CustomerChanged(change)) = event.event
                && !change.active
            {
                return Ok::<_, tonic::Status>(Some(sent.elapsed()));
            }
        }
        Ok(None)
    });
    desk::suspend(cast, applicant).await?;
    let acknowledged = sent.elapsed();
    let after = ask(&cast.signer, Numbers::OURS, CALLED).await?;
    if after.attest() != pb::AttestLevel::None {
        return Err(DemoError::unexpected("NONE after the suspension", words(&after)));
    }
    let seen = tokio::time::timeout(Duration::from_secs(5), seen)
        .await
        .map_err(|_late| DemoError::unexpected("the event", "nothing within 5 seconds"))?
        .map_err(|e| DemoError::Server(e.to_string()))?
        .map_err(DemoError::call("WatchChanges"))?;
    let Some(seen) = seen else {
        return Err(DemoError::unexpected("the event", "the end of the watch"));
    };
    stage.good(&format!(
        "seen {} after it was sent, acknowledged after {}",
        millis(seen),
        millis(acknowledged)
    ));
    stage.good(&format!("{} {}", Numbers::OURS, words(&after)));
    stage.step("An emergency call is let through all the same");
    let emergency = ask(&cast.signer, Numbers::OURS, "911").await?;
    if emergency.disposition() != pb::Disposition::SendEmergency {
        return Err(DemoError::unexpected("SEND_EMERGENCY", words(&emergency)));
    }
    stage.good(&format!("911            {}", words(&emergency)));
    Ok(())
}

fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1_000.0)
}

/// The auditor checks that the suspension is in the log.
pub(super) async fn proof(
    stage: &mut Stage,
    cast: &Cast,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    stage.step("The auditor checks a proof that the suspension is in the journal");
    let entries = cast
        .auditor
        .journal()
        .list_entries(pb::ListEntriesRequest {
            page_size: 200,
            page_token: String::new(),
            subject_kind: pb::SubjectKind::Customer.into(),
            subject_id: applicant.id(),
            from_position: 0,
        })
        .await
        .map_err(DemoError::call("ListEntries"))?
        .into_inner()
        .entries;
    let last = entries.into_iter().last().unwrap_or_default();
    stage.note(&format!("entry {} at position {}: {}", last.entry_id, last.position, last.kind));
    let proof = cast
        .auditor
        .journal()
        .get_inclusion_proof(pb::GetInclusionProofRequest {
            entry: Some(pb::get_inclusion_proof_request::Entry::Position(last.position)),
            size: 0,
        })
        .await
        .map_err(DemoError::call("GetInclusionProof"))?
        .into_inner();
    let checkpoint = proof.checkpoint.unwrap_or_default();
    let unsound = || DemoError::unexpected("a proof that verifies", "one that does not");
    let signed = journal::Checkpoint::verify(&checkpoint.note, &checkpoint.verifier_key);
    let signed = signed.map_err(|_bad| unsound())?;
    let hashes = read_hashes(&proof.hashes).ok_or_else(unsound)?;
    let leaf = journal::Hash::of_leaf(&last.leaf_input);
    journal::check_inclusion(&hashes, signed.size, signed.root, proof.leaf_index, leaf)
        .map_err(|_bad| unsound())?;
    stage.good(&format!("included under the signed root of {} entries", checkpoint.size));
    Ok(())
}
