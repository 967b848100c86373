//! Who speaks for the firm, asked where a register says, and what became of the registers that were
//! asked.

use tonic::{Code, Status};
use vouch::clock::Clock;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::applicant::{Applicant, list_of, profile};
use crate::registers::{COLORADO, FILER, FILERS};
use crate::sources::outside::{Party, Says};
use crate::support::cast::{Actor, Cast, fresh, refused, violations};
use crate::support::server::{Site, until};
use crate::support::stores::on_both_engines;

/// A firm that Colorado and EDGAR know.
fn firm() -> pb::Profile {
    let number = |kind: pb::IdentifierKind, value: &str, region: &str| pb::Identifier {
        kind: kind.into(),
        value: value.to_owned(),
        issuing_region: region.to_owned(),
    };
    pb::Profile {
        incorporation_jurisdiction: "US-CO".to_owned(),
        identifiers: vec![
            number(pb::IdentifierKind::StateRegistration, "20201234567", "US-CO"),
            number(pb::IdentifierKind::Ein, "94-2404110", ""),
        ],
        ..profile("Heron Lake Dental LLC")
    }
}

async fn channels(who: &Actor, id: &str) -> Result<Vec<pb::RegistryChannel>, Status> {
    let ask =
        pb::ListRegistryChannelsRequest { customer_id: id.to_owned(), change_token: String::new() };
    Ok(who.onboarding().list_registry_channels(ask).await?.into_inner().channels)
}

async fn start(
    who: &Actor,
    id: &str,
    channel_id: &str,
    channel: pb::ChallengeChannel,
) -> Result<pb::Challenge, Status> {
    let ask = pb::StartRegistryChallengeRequest {
        request_id: fresh(),
        customer_id: id.to_owned(),
        channel_id: channel_id.to_owned(),
        channel: channel.into(),
    };
    let told = who.onboarding().start_registry_challenge(ask).await?.into_inner();
    Ok(told.challenge.unwrap())
}

async fn walk(kind: EngineKind) {
    let answer = |body: &str| Says::Json(200, body.to_owned());
    let party = Party::new(&[
        ("/resource/4ykn-tg5h.json", answer(COLORADO)),
        ("/files/company_tickers.json", answer(FILERS)),
        ("/submissions/", answer(FILER)),
    ])
    .await;
    let at = format!("http://127.0.0.1:{}", party.port);
    let site = Site::with(kind, Clock::system(), |given| {
        for key in ["sources.us_co.url", "sources.sec_edgar.url"] {
            given.flag(key, Some(at.as_str()));
        }
        given.flag("sources.sec_edgar.user", Some("tester@example.com"));
    })
    .await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let firm = Applicant::draft(&site, &cast, pb::CustomerRole::EndUser, firm()).await;
    assert_eq!(channels(&cast.portal, &firm.id).await.unwrap(), []);
    let early = start(&cast.portal, &firm.id, "SEC_EDGAR.PHONE.1", pb::ChallengeChannel::Sms);
    let early = early.await.unwrap_err();
    assert_eq!(violations(&early), [("channel_id".to_owned(), "NOT_FOUND".to_owned())]);
    firm.submit().await.unwrap();
    proved_through_what_a_register_holds(&firm).await;
    sources_are_told(&cast).await;
    site.close().await;
}

on_both_engines!(who_speaks_for_the_firm, |kind| walk(kind));

async fn proved_through_what_a_register_holds(firm: &Applicant<'_>) {
    use pb::ChallengeChannel::{Email, Sms};
    let (site, cast) = (firm.site, firm.cast);
    let held = until("the registers have answered", || async {
        channels(&cast.portal, &firm.id).await.unwrap().pop()
    })
    .await;
    assert_eq!(held.channel_id, "SEC_EDGAR.PHONE.1");
    assert_eq!((held.kind(), held.masked.as_str()), (pb::RegistryChannelKind::Phone, "***11"));
    assert!(held.since_time.is_some());
    refused(channels(&cast.stranger, &firm.id).await, Code::NotFound, "NOT_FOUND");
    refused(channels(&cast.signer, &firm.id).await, Code::PermissionDenied, "ROLE_REQUIRED");
    let by_mail = start(&cast.portal, &firm.id, &held.channel_id, Email).await.unwrap_err();
    assert_eq!(violations(&by_mail), [("channel".to_owned(), "CHANNEL_MISMATCH".to_owned())]);
    let house = start(&cast.ada, &firm.id, &held.channel_id, Sms).await;
    refused(house, Code::PermissionDenied, "ROLE_REQUIRED");
    let begun = start(&cast.portal, &firm.id, &held.channel_id, Sms).await.unwrap();
    let letter = site.post.letter(&begun.challenge_id).await;
    assert_eq!((letter.channel.as_str(), letter.to.as_str()), ("SMS", "+15072842511"));
    let check = firm.answer(&begun.challenge_id, &letter.code).await.unwrap();
    assert_eq!(
        (check.kind(), check.result()),
        (pb::CheckKind::Representation, pb::CheckResult::Pass)
    );
    assert_eq!(check.method(), pb::CheckMethod::Challenge);
}

async fn sources_are_told(cast: &Cast) {
    let ask = pb::ListSourcesRequest {};
    // Each instance tells of its own questions.
    let mut asked = std::collections::BTreeSet::new();
    for _ in 0..4 {
        let told = cast.operator.admin().list_sources(ask).await.unwrap().into_inner();
        let named = |name: &str| told.sources.iter().find(|one| one.source == name).unwrap();
        assert!(named("US_CO").configured && !named("GLEIF").configured);
        for name in ["US_CO", "SEC_EDGAR"] {
            let source = named(name);
            assert_eq!(source.breaker(), pb::SourceBreaker::Closed);
            assert!(source.last_failure_time.is_none(), "{source:?}");
            if source.last_success_time.is_some() {
                asserts_counts(source);
                asked.insert(name);
            }
        }
    }
    assert_eq!(asked.len(), 2, "{asked:?}");
    let portal = cast.portal.admin().list_sources(ask).await;
    refused(portal, Code::PermissionDenied, "ROLE_REQUIRED");
}

fn asserts_counts(source: &pb::Source) {
    let counted: u64 = source.outcomes.iter().map(|outcome| outcome.count).sum();
    assert!(counted >= 1, "{source:?}");
}
