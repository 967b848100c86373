//! The signup portal's part: a profile with faults, its repair, challenges, documents, the gate.

use tonic::Code;
use tonic_types::StatusExt as _;

use super::cast::Actor;
use super::fault::DemoError;
use super::server::Server;
use super::stage::Stage;
use crate::wire::pb;

/// A trade name that a sanctions list entry of the demonstration also carries.
pub(super) const TRADE_NAME: &str = "Blue Heron Trading";

/// The smallest file that is a PDF to whoever sniffs it.
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// The customer as the portal knows it.
#[derive(Debug)]
pub(super) struct Applicant {
    pub(super) customer: pb::Customer,
}

impl Applicant {
    pub(super) fn id(&self) -> String {
        self.customer.customer_id.clone()
    }

    /// The contact who signs and answers tracebacks.
    pub(super) fn contact(&self) -> pb::Contact {
        self.customer
            .profile
            .as_ref()
            .and_then(|profile| profile.contacts.first().cloned())
            .unwrap_or_default()
    }
}

fn sound_profile() -> pb::Profile {
    pb::Profile {
        legal_name: "Heron Lake Supply Company".to_owned(),
        trade_names: vec![TRADE_NAME.to_owned()],
        incorporation_jurisdiction: "US-MN".to_owned(),
        physical_address: Some(pb::Address {
            lines: vec!["1420 Lakeshore Avenue".to_owned(), "Suite 3".to_owned()],
            city: "Heron Lake".to_owned(),
            region: "MN".to_owned(),
            postal_code: "56137".to_owned(),
            country: "US".to_owned(),
            kind: pb::AddressKind::DedicatedPremises.into(),
        }),
        identifiers: vec![pb::Identifier {
            kind: pb::IdentifierKind::Ein.into(),
            value: "41-2345678".to_owned(),
            issuing_region: String::new(),
        }],
        nature_of_business: "Wholesale of garden and lake supplies to shops".to_owned(),
        naics: "423910".to_owned(),
        website: "https://heronlake.example".to_owned(),
        contacts: vec![pb::Contact {
            contact_id: String::new(),
            name: "Maria Lindqvist".to_owned(),
            role_title: "Managing director".to_owned(),
            email: "maria@heronlake.example".to_owned(),
            phone: "+15072847001".to_owned(),
            is_authorized_signer: true,
            ..pb::Contact::default()
        }],
        alternate_phone: "+15072847002".to_owned(),
        intended_use: "Order confirmations and delivery notices to our own customers".to_owned(),
        declared_volume: Some(pb::DeclaredVolume {
            peak_cps: 1,
            concurrent_paths: 10,
            calls_per_day: 200,
            ..pb::DeclaredVolume::default()
        }),
        originating_ips: vec!["203.0.113.16/28".to_owned()],
        caller_name: "HERON LAKE".to_owned(),
        beneficial_owners: vec![pb::BeneficialOwner {
            name: "Maria Lindqvist".to_owned(),
            share_percent: 100,
            ..pb::BeneficialOwner::default()
        }],
        billing_model: pb::BillingModel::Postpaid.into(),
        ..pb::Profile::default()
    }
}

fn faulty_profile() -> pb::Profile {
    let sound = sound_profile();
    let address = sound.physical_address.clone().unwrap_or_default();
    let contact = sound.contacts.first().cloned().unwrap_or_default();
    pb::Profile {
        incorporation_jurisdiction: "Minnesota".to_owned(),
        physical_address: Some(pb::Address {
            postal_code: "5613".to_owned(),
            country: "USA".to_owned(),
            ..address
        }),
        contacts: vec![pb::Contact {
            email: "maria at heronlake".to_owned(),
            phone: "507-284".to_owned(),
            ..contact
        }],
        originating_ips: vec!["10.0.0.0/8".to_owned()],
        ..sound
    }
}

/// Sends a profile with faults: all of them must come back at once.
pub(super) async fn show_faults(stage: &mut Stage, portal: &Actor) -> Result<(), DemoError> {
    stage.step("The portal sends a profile with faults");
    let sent = portal.onboarding().create_customer(request("demo-faulty", faulty_profile())).await;
    let Err(status) = sent else {
        return Err(DemoError::unexpected("a refusal of the faulty profile", "a customer"));
    };
    let details = status.get_error_details();
    let faults = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    if status.code() != Code::InvalidArgument || faults.len() < 5 {
        let got = format!("{:?} with {} faults", status.code(), faults.len());
        return Err(DemoError::unexpected("INVALID_ARGUMENT with every fault", got));
    }
    stage.refused(&format!("{} faults, all at once:", faults.len()));
    for fault in faults {
        stage.note(&format!("{:<34} {}", fault.field, fault.description));
    }
    Ok(())
}

/// Creates the customer and says what is still missing.
pub(super) async fn apply(stage: &mut Stage, portal: &Actor) -> Result<Applicant, DemoError> {
    stage.step("The portal repairs it");
    let ask = request("demo-customer", sound_profile());
    let first = create(portal, ask.clone()).await?;
    let again = create(portal, ask).await?;
    if first.customer_id != again.customer_id {
        return Err(DemoError::unexpected("the same customer for a retry", "another customer"));
    }
    stage.good(&format!("customer {}, and the retry is the same one", first.customer_id));
    Ok(Applicant { customer: first })
}

async fn create(portal: &Actor, ask: pb::CreateCustomerRequest) -> Result<pb::Customer, DemoError> {
    let made = portal.onboarding().create_customer(ask).await;
    Ok(made.map_err(DemoError::call("CreateCustomer"))?.into_inner().customer.unwrap_or_default())
}

fn request(request_id: &str, profile: pb::Profile) -> pb::CreateCustomerRequest {
    pb::CreateCustomerRequest {
        request_id: request_id.to_owned(),
        role: pb::CustomerRole::EndUser.into(),
        parent_id: String::new(),
        profile: Some(profile),
        validate_only: false,
    }
}

/// Submits the profile: from here on jobs check it.
pub(super) async fn submit(
    stage: &mut Stage,
    portal: &Actor,
    applicant: &mut Applicant,
) -> Result<(), DemoError> {
    stage.step("It submits the profile, and jobs check it");
    let submitted = portal
        .onboarding()
        .submit_customer(pb::SubmitCustomerRequest {
            request_id: "demo-submit".to_owned(),
            customer_id: applicant.id(),
            etag: String::new(),
            validate_only: false,
        })
        .await
        .map_err(DemoError::call("SubmitCustomer"))?
        .into_inner();
    applicant.customer = submitted.customer.unwrap_or_default();
    stage.good("submitted; screening, address and identifier checks are queued");
    Ok(())
}

/// Proves the contact's mailbox and phone and the alternate phone with codes that only the delivery
/// channel carries.
pub(super) async fn prove_contacts(
    stage: &mut Stage,
    server: &Server,
    portal: &Actor,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    use pb::{ChallengeChannel as Channel, ChallengeTarget as Target};
    stage.step("Codes prove the mailbox and both phones; they are never in an answer");
    let rounds = [
        (Target::ContactEmail, Channel::Email, "mailbox of the contact"),
        (Target::ContactPhone, Channel::Voice, "phone of the contact"),
        (Target::AlternatePhone, Channel::Sms, "alternate phone"),
    ];
    for (number, (target, channel, words)) in rounds.into_iter().enumerate() {
        let challenge = portal
            .onboarding()
            .start_contact_challenge(pb::StartContactChallengeRequest {
                request_id: format!("demo-challenge-{number}"),
                customer_id: applicant.id(),
                target: target.into(),
                contact_id: match target {
                    Target::AlternatePhone => String::new(),
                    _ => applicant.contact().contact_id,
                },
                channel: channel.into(),
            })
            .await
            .map_err(DemoError::call("StartContactChallenge"))?
            .into_inner()
            .challenge
            .unwrap_or_default();
        let code = delivered_code(server, &challenge.challenge_id).await?;
        let check = portal
            .onboarding()
            .verify_contact_challenge(pb::VerifyContactChallengeRequest {
                request_id: format!("demo-verify-{number}"),
                challenge_id: challenge.challenge_id,
                code,
            })
            .await
            .map_err(DemoError::call("VerifyContactChallenge"))?
            .into_inner()
            .check
            .unwrap_or_default();
        if check.result() != pb::CheckResult::Pass {
            return Err(DemoError::unexpected("PASS", format!("{:?}", check.result())));
        }
        stage.good(words);
    }
    portal
        .onboarding()
        .set_traceback_contact(pb::SetTracebackContactRequest {
            request_id: "demo-traceback".to_owned(),
            customer_id: applicant.id(),
            contact_id: applicant.contact().contact_id,
            etag: String::new(),
        })
        .await
        .map_err(DemoError::call("SetTracebackContact"))?;
    stage.good("she is the one traceback contact");
    Ok(())
}

/// Reads the code from the file that stands for the mail or the call.
async fn delivered_code(server: &Server, challenge_id: &str) -> Result<String, DemoError> {
    let outbox = server.folder().join("outbox");
    let look = async {
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(50));
        loop {
            pace.tick().await;
            if let Some(code) = code_in(&outbox, challenge_id) {
                return code;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), look)
        .await
        .map_err(|_late| DemoError::unexpected("a delivered code", "none within 20 seconds"))
}

fn code_in(outbox: &std::path::Path, challenge_id: &str) -> Option<String> {
    let text = std::fs::read_to_string(outbox.join(format!("{challenge_id}.json"))).ok()?;
    let message: serde_json::Value = serde_json::from_str(&text).ok()?;
    message.get("code")?.as_str().map(str::to_owned)
}

/// Uploads one document and returns its id.
pub(super) async fn upload(
    portal: &Actor,
    applicant: &Applicant,
    kind: pb::DocumentKind,
    name: &str,
) -> Result<String, DemoError> {
    use pb::upload_document_request::Part;
    let header = pb::DocumentHeader {
        request_id: format!("demo-{name}"),
        customer_id: applicant.id(),
        kind: kind.into(),
        media_type: "application/pdf".to_owned(),
        file_name: format!("{name}.pdf"),
    };
    let parts = [
        pb::UploadDocumentRequest { part: Some(Part::Header(header)) },
        pb::UploadDocumentRequest { part: Some(Part::Chunk(PDF.into())) },
    ];
    let stored = portal
        .onboarding()
        .upload_document(tokio_stream::iter(parts))
        .await
        .map_err(DemoError::call("UploadDocument"))?
        .into_inner();
    Ok(stored.document.unwrap_or_default().document_id)
}

/// Asks for activation too early: the whole list of what is missing must come back.
pub(super) async fn refused_at_the_gate(
    stage: &mut Stage,
    portal: &Actor,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    stage.step("It asks for activation too early");
    let asked = portal.onboarding().activate_customer(activation("demo-early", applicant)).await;
    let Err(status) = asked else {
        return Err(DemoError::unexpected("a refusal at the gate", "an active customer"));
    };
    let details = status.get_error_details();
    let missing = details.precondition_failure().map(|f| f.violations.clone()).unwrap_or_default();
    if status.code() != Code::FailedPrecondition || missing.is_empty() {
        return Err(DemoError::unexpected("FAILED_PRECONDITION", format!("{:?}", status.code())));
    }
    stage.refused(&format!("{} requirements are unmet:", missing.len()));
    for one in missing {
        stage.note(&format!("{:<26} {}", one.r#type, one.description));
    }
    Ok(())
}

/// Passes the gate.
pub(super) async fn activate(
    stage: &mut Stage,
    portal: &Actor,
    applicant: &mut Applicant,
) -> Result<(), DemoError> {
    stage.step("Everything holds: the one gate opens");
    let done = portal
        .onboarding()
        .activate_customer(activation("demo-activate", applicant))
        .await
        .map_err(DemoError::call("ActivateCustomer"))?
        .into_inner();
    applicant.customer = done.customer.unwrap_or_default();
    if applicant.customer.state() != pb::CustomerState::Active {
        let got = format!("{:?}", applicant.customer.state());
        return Err(DemoError::unexpected("ACTIVE", got));
    }
    stage.good("ACTIVE");
    Ok(())
}

fn activation(request_id: &str, applicant: &Applicant) -> pb::ActivateCustomerRequest {
    pb::ActivateCustomerRequest {
        request_id: request_id.to_owned(),
        customer_id: applicant.id(),
        etag: String::new(),
        validate_only: false,
    }
}
