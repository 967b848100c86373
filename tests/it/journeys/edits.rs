//! An edit of the profile between any two steps: what was checked on the old text counts for nothing
//! until it is checked again.

use std::collections::BTreeSet;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::answers::{self, Numbers, TRUNK};
use super::applicant::{ALTERNATE, Applicant, MAILBOX, PHONE, Target, assign, list_of, profile};
use crate::support::cast::{Cast, refused};
use crate::support::server::Site;

/// The steps between a draft and the gate, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Submit,
    Checked,
    Mailbox,
    Phone,
    Alternate,
    Designate,
    Existence,
    TaxId,
    Representation,
    Approve,
    Agreement,
}

const STEPS: [Step; 11] = [
    Step::Submit,
    Step::Checked,
    Step::Mailbox,
    Step::Phone,
    Step::Alternate,
    Step::Designate,
    Step::Existence,
    Step::TaxId,
    Step::Representation,
    Step::Approve,
    Step::Agreement,
];

impl Step {
    /// The check that the step makes, as the gate names it when it is missing.
    const fn check(self) -> Option<&'static str> {
        match self {
            Self::Mailbox => Some("CHECK_CONTACT_EMAIL"),
            Self::Phone => Some("CHECK_CONTACT_PHONE"),
            Self::Alternate => Some("CHECK_ALTERNATE_PHONE"),
            Self::Existence => Some("CHECK_EXISTENCE"),
            Self::TaxId => Some("CHECK_TAX_ID_TO_NAME"),
            Self::Representation => Some("CHECK_REPRESENTATION"),
            Self::Submit | Self::Checked | Self::Designate | Self::Approve | Self::Agreement => {
                None
            }
        }
    }

    async fn take(self, applicant: &Applicant<'_>) -> Result<(), Status> {
        match self {
            Self::Submit => applicant.submit().await.map(drop),
            Self::Checked => {
                applicant.checked().await;
                Ok(())
            }
            Self::Mailbox => proved(applicant, MAILBOX).await,
            Self::Phone => proved(applicant, PHONE).await,
            Self::Alternate => proved(applicant, ALTERNATE).await,
            Self::Designate => applicant.designate().await.map(drop),
            Self::Existence => applicant.record(pb::CheckKind::Existence).await.map(drop),
            Self::TaxId => applicant.record(pb::CheckKind::TaxIdToName).await.map(drop),
            Self::Representation => applicant.record(pb::CheckKind::Representation).await.map(drop),
            Self::Approve => applicant.approve().await.map(drop),
            Self::Agreement => {
                let agreement = applicant.prepare().await?.agreement.unwrap();
                applicant.sign(&agreement).await?;
                applicant.countersign(&agreement).await.map(drop)
            }
        }
    }
}

async fn proved(applicant: &Applicant<'_>, target: Target) -> Result<(), Status> {
    let check = applicant.prove(target).await?;
    assert_eq!(check.result(), pb::CheckResult::Pass);
    Ok(())
}

/// An edit, and the steps whose checks rest on the text it changes.
struct Edit {
    path: &'static str,
    change: fn(&mut pb::Profile),
    voids: &'static [Step],
}

const EDITS: [Edit; 5] = [
    Edit {
        path: "legal_name",
        change: |profile| profile.legal_name = "Cedar Point Gauges LLC".to_owned(),
        voids: &[Step::Existence, Step::TaxId, Step::Representation],
    },
    Edit {
        path: "identifiers",
        change: |profile| profile.identifiers[0].value = "38-7654321".to_owned(),
        voids: &[Step::TaxId],
    },
    Edit {
        path: "contacts",
        change: |profile| profile.contacts[0].email = "ruth@gauges.example".to_owned(),
        voids: &[Step::Mailbox],
    },
    Edit {
        path: "contacts",
        change: |profile| {
            profile.contacts[0].phone = "+12317230011".to_owned();
            profile.contacts[0].role_title = "Director".to_owned();
        },
        voids: &[Step::Phone, Step::Representation],
    },
    Edit {
        path: "alternate_phone",
        change: |profile| profile.alternate_phone = "+12317230022".to_owned(),
        voids: &[Step::Alternate],
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_between_any_two_steps_voids_what_it_touches_on_sqlite() {
    edit_everywhere(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_between_any_two_steps_voids_what_it_touches_on_postgresql() {
    edit_everywhere(EngineKind::Postgres).await;
}

/// Every place with every edit where `VOUCH_JOURNEY_EDITS` says `all`; else every place once and every
/// edit twice at least.
async fn edit_everywhere(kind: EngineKind) {
    #[expect(clippy::disallowed_methods, reason = "campaigns ask for the long form")]
    let all = std::env::var("VOUCH_JOURNEY_EDITS").is_ok_and(|word| word == "all");
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let mut walked = 0;
    for place in 1..=STEPS.len() {
        for (nth, edit) in EDITS.iter().enumerate() {
            if all || place % EDITS.len() == nth {
                walk(&site, &cast, place, edit).await;
                walked += 1;
            }
        }
    }
    println!("{walked} edits were made between two steps");
    assert!(walked >= STEPS.len());
    site.close().await;
}

/// Walks the whole way with one edit after `place` steps, and again what the edit made void.
async fn walk(site: &Site, cast: &Cast, place: usize, edit: &Edit) {
    let name = format!("{} after {:?}", edit.path, STEPS[place - 1]);
    let role = pb::CustomerRole::EndUser;
    let applicant = Applicant::draft(site, cast, role, profile("Cedar Point LLC")).await;
    let (before, after) = STEPS.split_at(place);
    for step in before {
        step.take(&applicant).await.unwrap_or_else(|why| panic!("{name}: {step:?}: {why}"));
    }
    applicant.edit(&[edit.path], edit.change).await.unwrap();
    let void: BTreeSet<Step> =
        edit.voids.iter().copied().filter(|step| before.contains(step)).collect();
    let (mut approved, submitted) =
        (before.contains(&Step::Approve), before.contains(&Step::Submit));
    assert!(submitted);
    for step in after {
        match (step.take(&applicant).await, step) {
            (Ok(()), Step::Approve) => {
                assert!(void.is_empty(), "{name}: approved on a text that nobody checked");
                approved = true;
            }
            (Ok(()), _) => {}
            (Err(status), Step::Approve) => {
                assert!(!void.is_empty(), "{name}: {status}");
                assert_eq!(status.code(), Code::FailedPrecondition, "{name}: {status}");
            }
            (Err(status), _) => panic!("{name}: {step:?}: {status}"),
        }
    }
    // Jobs screen the new name by themselves; what people and codes have proved, they cannot.
    applicant.checked().await;
    let mut expected: BTreeSet<&str> = void.iter().filter_map(|step| step.check()).collect();
    if !expected.is_empty() {
        expected.insert("APPROVAL");
        if void.contains(&Step::Mailbox) || void.contains(&Step::Phone) {
            expected.insert("TRACEBACK_CONTACT");
        }
        let status =
            refused(applicant.activate().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
        let told = status.get_details_precondition_failure().unwrap().violations;
        let told: BTreeSet<_> = told.iter().map(|one| one.r#type.as_str()).collect();
        assert_eq!(told, expected, "{name}");
        for step in &void {
            step.take(&applicant).await.unwrap_or_else(|why| panic!("{name}: {step:?}: {why}"));
        }
        approved = false;
    }
    if !approved {
        applicant.approve().await.unwrap_or_else(|why| panic!("{name}: {why}"));
    }
    let active = applicant.activate().await.unwrap_or_else(|why| panic!("{name}: {why}"));
    assert_eq!(active.state(), pb::CustomerState::Active, "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_an_active_customer_takes_its_level_until_it_is_checked_again() {
    let site = Site::open(EngineKind::Postgres).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let applicant = Applicant::active(&site, &cast, profile("Cedar Point LLC")).await;
    applicant.trunk(TRUNK).await;
    applicant.claim(&[Numbers::OURS]).await;
    assign(&site, &cast, &[(Numbers::OURS, &applicant.id)]).await;
    answers::settled(&cast.signer, Numbers::OURS, pb::AttestLevel::A).await;
    for edit in &EDITS {
        applicant.edit(&[edit.path], edit.change).await.unwrap();
        let state = applicant.customer().await.state();
        assert_eq!(state, pb::CustomerState::Suspended, "{}", edit.path);
        for instance in [0, 1] {
            let signer = cast.signer.at(instance);
            answers::settled(&signer, Numbers::OURS, pb::AttestLevel::None).await;
        }
        refused(applicant.activate().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
        applicant.checked().await;
        for step in edit.voids {
            step.take(&applicant).await.unwrap();
        }
        let active = applicant.activate().await.unwrap();
        assert_eq!(active.state(), pb::CustomerState::Active, "{}", edit.path);
        answers::settled(&cast.signer, Numbers::OURS, pb::AttestLevel::A).await;
    }
    site.close().await;
}
