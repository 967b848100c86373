//! One applicant on its way from an empty profile to an active customer, step by step. Each step is
//! what the portal or a reviewer does through gRPC.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tonic::{Code, Status};
use vouch::wire::pb;

use crate::support::cast::{Actor, Cast, fresh};
use crate::support::server::{Site, until, within};

/// The smallest file that is a PDF to whoever looks at its bytes.
pub(super) const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Names of people.
const NAMES: [&str; 16] = [
    "Okafor",
    "Bergstrom",
    "Delacroix",
    "Whitcomb",
    "Nakamura",
    "Castellano",
    "Thorvald",
    "Kowalczyk",
    "Aldridge",
    "Montclair",
    "Petersen",
    "Vandermeer",
    "Ashworth",
    "Lindholm",
    "Fairbanks",
    "Eastman",
];

/// A number that tells one legal name from another.
pub(super) fn nth(legal_name: &str) -> u32 {
    let [a, b, ..] = sha256(legal_name.as_bytes());
    u32::from(u16::from_be_bytes([a, b]))
}

/// A profile without a fault. Its names are on no list, and nothing in it links it to one of another
/// legal name.
pub(super) fn profile(legal_name: &str) -> pb::Profile {
    let nth = nth(legal_name);
    let name = |shift: u32| NAMES[usize::try_from(nth >> shift & 15).unwrap()];
    let person = format!("Ruth {} {}", name(0), name(4));
    let domain =
        format!("cedarpoint-{}.example", char::from(b'a' + u8::try_from(nth % 26).unwrap()));
    let domain = format!("{}{domain}", name(8).to_lowercase());
    let exchange = 720 + nth % 80;
    pb::Profile {
        legal_name: legal_name.to_owned(),
        trade_names: vec!["Cedar Point".to_owned()],
        incorporation_jurisdiction: "US-MI".to_owned(),
        physical_address: Some(pb::Address {
            lines: vec![format!("{} Harbor Street", 88 + nth)],
            city: "Manistee".to_owned(),
            region: "MI".to_owned(),
            postal_code: "49660".to_owned(),
            country: "US".to_owned(),
            kind: pb::AddressKind::DedicatedPremises.into(),
        }),
        identifiers: vec![pb::Identifier {
            kind: pb::IdentifierKind::Ein.into(),
            value: format!("38-23{nth:05}"),
            issuing_region: String::new(),
        }],
        nature_of_business: "Repairs measuring instruments".to_owned(),
        naics: "811210".to_owned(),
        website: format!("https://{domain}"),
        contacts: vec![pb::Contact {
            contact_id: String::new(),
            name: person.clone(),
            role_title: "Owner".to_owned(),
            email: format!("ruth@{domain}"),
            phone: format!("+1231{exchange}0001"),
            is_authorized_signer: true,
            ..pb::Contact::default()
        }],
        alternate_phone: format!("+1231{exchange}0002"),
        intended_use: "Tells customers that a repair is done".to_owned(),
        declared_volume: Some(pb::DeclaredVolume {
            peak_cps: 1,
            concurrent_paths: 5,
            calls_per_day: 100,
            ..pb::DeclaredVolume::default()
        }),
        originating_ips: vec![format!("198.51.{}.16/28", nth % 250)],
        caller_name: "CEDAR POINT".to_owned(),
        beneficial_owners: vec![pb::BeneficialOwner {
            name: person,
            share_percent: 100,
            ..pb::BeneficialOwner::default()
        }],
        billing_model: pb::BillingModel::Postpaid.into(),
        ..pb::Profile::default()
    }
}

/// What a customer that is a provider says beside that.
pub(super) fn as_provider(mut profile: pb::Profile) -> pb::Profile {
    use pb::IdentifierKind::{Filer499, Frn, Ocn, Rmd};
    let numbers = [(Frn, "0018570812"), (Rmd, "RMD0001410"), (Filer499, "831234"), (Ocn, "123A")];
    profile.identifiers.extend(numbers.map(|(kind, value)| pb::Identifier {
        kind: kind.into(),
        value: value.to_owned(),
        issuing_region: String::new(),
    }));
    profile.provider = Some(pb::ProviderInfo {
        rmd_roles: vec![pb::RmdRole::VoiceServiceProvider.into()],
        implementation: pb::ShakenImplementation::Complete.into(),
        last_recertified: "2026-02-20".to_owned(),
        resale_depth: 1,
        binds_resellers: true,
        process_agent: "Corporate Agents Inc, Dover".to_owned(),
        ..pb::ProviderInfo::default()
    });
    profile
}

/// An applicant as the portal and the reviewers see it.
pub(super) struct Applicant<'a> {
    pub(super) site: &'a Site,
    pub(super) cast: &'a Cast,
    pub(super) id: String,
}

/// What a challenge goes to, and how.
pub(super) type Target = (pb::ChallengeTarget, pb::ChallengeChannel);

pub(super) const MAILBOX: Target = (pb::ChallengeTarget::ContactEmail, pb::ChallengeChannel::Email);
pub(super) const PHONE: Target = (pb::ChallengeTarget::ContactPhone, pb::ChallengeChannel::Voice);
pub(super) const ALTERNATE: Target =
    (pb::ChallengeTarget::AlternatePhone, pb::ChallengeChannel::Sms);

impl<'a> Applicant<'a> {
    /// A customer in DRAFT.
    pub(super) async fn draft(
        site: &'a Site,
        cast: &'a Cast,
        role: pb::CustomerRole,
        profile: pb::Profile,
    ) -> Self {
        let ask = pb::CreateCustomerRequest {
            request_id: fresh(),
            role: role.into(),
            parent_id: String::new(),
            profile: Some(profile),
            validate_only: false,
        };
        let made = cast.portal.onboarding().create_customer(ask).await.unwrap().into_inner();
        Self { site, cast, id: made.customer.unwrap().customer_id }
    }

    /// An `END_USER` that went the whole way.
    pub(super) async fn active(site: &'a Site, cast: &'a Cast, profile: pb::Profile) -> Self {
        let role = pb::CustomerRole::EndUser;
        let applicant = Self::draft(site, cast, role, profile).await;
        applicant.submit().await.unwrap();
        applicant.checked().await;
        for target in [MAILBOX, PHONE, ALTERNATE] {
            applicant.prove(target).await.unwrap();
        }
        applicant.designate().await.unwrap();
        for kind in REVIEWED {
            applicant.record(kind).await.unwrap();
        }
        applicant.approve().await.unwrap();
        let agreement = applicant.prepare().await.unwrap().agreement.unwrap();
        applicant.sign(&agreement).await.unwrap();
        applicant.countersign(&agreement).await.unwrap();
        let customer = applicant.activate().await.unwrap();
        assert_eq!(customer.state(), pb::CustomerState::Active);
        applicant
    }

    /// The customer as it stands.
    pub(super) async fn customer(&self) -> pb::Customer {
        let ask =
            pb::GetCustomerRequest { customer_id: self.id.clone(), change_token: String::new() };
        let told = self.cast.portal.onboarding().get_customer(ask).await.unwrap();
        told.into_inner().customer.unwrap()
    }

    /// The contact who signs and answers tracebacks.
    pub(super) async fn contact(&self) -> pb::Contact {
        self.customer().await.profile.unwrap().contacts.remove(0)
    }

    /// Everything that is missing, and every check.
    pub(super) async fn evaluate(&self) -> pb::EvaluateCustomerResponse {
        let ask = pb::EvaluateCustomerRequest {
            customer_id: self.id.clone(),
            change_token: String::new(),
        };
        self.cast.portal.onboarding().evaluate_customer(ask).await.unwrap().into_inner()
    }

    /// The codes of everything that is missing, sorted.
    pub(super) async fn missing(&self) -> Vec<String> {
        let mut codes: Vec<_> =
            self.evaluate().await.requirements.into_iter().map(|need| need.code).collect();
        codes.sort_unstable();
        codes
    }

    /// Changes the profile.
    pub(super) async fn edit(
        &self,
        paths: &[&str],
        change: impl FnOnce(&mut pb::Profile),
    ) -> Result<pb::UpdateProfileResponse, Status> {
        let mut profile = self.customer().await.profile.unwrap();
        change(&mut profile);
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let ask = pb::UpdateProfileRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            profile: Some(profile),
            update_mask: Some(prost_types::FieldMask { paths }),
            etag: String::new(),
            validate_only: false,
        };
        Ok(self.cast.portal.onboarding().update_profile(ask).await?.into_inner())
    }

    /// Hands the profile in.
    pub(super) async fn submit(&self) -> Result<pb::SubmitCustomerResponse, Status> {
        let ask = pb::SubmitCustomerRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            etag: String::new(),
            validate_only: false,
        };
        Ok(self.cast.portal.onboarding().submit_customer(ask).await?.into_inner())
    }

    /// Waits until jobs have checked the whole live profile, and shows what stands then.
    pub(super) async fn checked(&self) -> pb::EvaluateCustomerResponse {
        until("the profile is checked", || async {
            let told = self.evaluate().await;
            let profile = told.customer.as_ref().and_then(|one| one.profile.clone()).unwrap();
            let signers = profile.contacts.iter().filter(|one| one.is_authorized_signer).count();
            let names = 1
                + profile.trade_names.len()
                + profile.previous_names.len()
                + profile.beneficial_owners.len()
                + signers;
            let forms = profile.identifiers.len()
                + usize::from(profile.physical_address.is_some())
                + usize::from(!profile.caller_name.is_empty());
            let by = |methods: &[pb::CheckMethod]| {
                let live = |check: &&pb::Check| {
                    check.standing() == pb::CheckStanding::Live && methods.contains(&check.method())
                };
                told.checks.iter().filter(live).count()
            };
            let done =
                by(&[pb::CheckMethod::List]) >= names && by(&[pb::CheckMethod::Form]) >= forms;
            done.then_some(told)
        })
        .await
    }

    /// Starts a challenge.
    pub(super) async fn challenge(&self, target: Target) -> Result<pb::Challenge, Status> {
        let contact_id = match target.0 {
            pb::ChallengeTarget::AlternatePhone => String::new(),
            _ => self.contact().await.contact_id,
        };
        let ask = pb::StartContactChallengeRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            target: target.0.into(),
            contact_id,
            channel: target.1.into(),
        };
        let made = self.cast.portal.onboarding().start_contact_challenge(ask).await?;
        Ok(made.into_inner().challenge.unwrap())
    }

    /// Gives a code back.
    pub(super) async fn answer(&self, challenge: &str, code: &str) -> Result<pb::Check, Status> {
        let ask = pb::VerifyContactChallengeRequest {
            request_id: fresh(),
            challenge_id: challenge.to_owned(),
            code: code.to_owned(),
        };
        let told = self.cast.portal.onboarding().verify_contact_challenge(ask).await?;
        Ok(told.into_inner().check.unwrap())
    }

    /// Proves a mailbox or a phone with the code that arrives there.
    pub(super) async fn prove(&self, target: Target) -> Result<pb::Check, Status> {
        let challenge = self.challenge(target).await?;
        let letter = self.site.post.letter(&challenge.challenge_id).await;
        self.answer(&challenge.challenge_id, &letter.code).await
    }

    /// Names the traceback contact.
    pub(super) async fn designate(&self) -> Result<pb::Customer, Status> {
        let ask = pb::SetTracebackContactRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            contact_id: self.contact().await.contact_id,
            etag: String::new(),
        };
        let told = self.cast.portal.onboarding().set_traceback_contact(ask).await?;
        Ok(told.into_inner().customer.unwrap())
    }

    /// Uploads a document.
    pub(super) async fn upload(&self, kind: pb::DocumentKind) -> Result<pb::Document, Status> {
        use pb::upload_document_request::Part;
        let header = pb::DocumentHeader {
            request_id: fresh(),
            customer_id: self.id.clone(),
            kind: kind.into(),
            media_type: "application/pdf".to_owned(),
            file_name: "paper.pdf".to_owned(),
        };
        let parts = [Part::Header(header), Part::Chunk(PDF.into())]
            .map(|part| pb::UploadDocumentRequest { part: Some(part) });
        let sent = tokio_stream::iter(parts);
        let kept = self.cast.portal.onboarding().upload_document(sent).await?.into_inner();
        let document = kept.document.unwrap();
        assert_eq!(document.sha256.as_ref(), sha256(PDF));
        Ok(document)
    }

    /// A reviewer passes a check on a document, or on a call that went past the profile.
    pub(super) async fn record(&self, kind: pb::CheckKind) -> Result<pb::Check, Status> {
        use pb::record_check_request::Evidence;
        let evidence = match kind {
            pb::CheckKind::Existence => {
                let paper = self.upload(pb::DocumentKind::FormationRecord).await?;
                Evidence::DocumentId(paper.document_id)
            }
            pb::CheckKind::TaxIdToName => {
                let paper = self.upload(pb::DocumentKind::TaxIdLetter).await?;
                Evidence::DocumentId(paper.document_id)
            }
            _ => Evidence::Callback(self.callback("+12317239000")),
        };
        self.record_on(kind, evidence).await
    }

    /// A call-back that reached `number`.
    pub(super) fn callback(&self, number: &str) -> pb::Callback {
        pb::Callback {
            channel_source: "the state's register of companies".to_owned(),
            reached_at: number.to_owned(),
            spoken_to: "Ruth Okafor".to_owned(),
            call_time: Some(now(self.site)),
        }
    }

    /// Records a check that passed on this evidence.
    pub(super) async fn record_on(
        &self,
        kind: pb::CheckKind,
        evidence: pb::record_check_request::Evidence,
    ) -> Result<pb::Check, Status> {
        let ask = pb::RecordCheckRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            kind: kind.into(),
            result: pb::CheckResult::Pass.into(),
            profile_revision: self.customer().await.profile_revision,
            evidence: Some(evidence),
            reason: "It agrees with the profile".to_owned(),
        };
        let told = self.cast.ada.review().record_check(ask).await?;
        Ok(told.into_inner().check.unwrap())
    }

    /// A reviewer approves what it has just read; where a job has changed it meanwhile, the reviewer
    /// reads again.
    pub(super) async fn approve(&self) -> Result<pb::Customer, Status> {
        until("nothing changes between reading and approval", || async {
            let done = self.approve_once().await;
            let moved = |status: &Status| status.code() == Code::Aborted;
            (!done.as_ref().is_err_and(moved)).then_some(done)
        })
        .await
    }

    async fn approve_once(&self) -> Result<pb::Customer, Status> {
        let ask = pb::ApproveCustomerRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            reason: "Every check passed".to_owned(),
            etag: self.customer().await.etag,
        };
        let told = self.cast.ada.review().approve_customer(ask).await?;
        Ok(told.into_inner().customer.unwrap())
    }

    /// Prepares the agreement of the customer's role.
    pub(super) async fn prepare(&self) -> Result<pb::PrepareAgreementResponse, Status> {
        let role = self.customer().await.role;
        let ask = pb::ListTemplatesRequest { role };
        let listed = self.cast.portal.agreements().list_templates(ask).await?.into_inner();
        let ask = pb::PrepareAgreementRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            template_id: listed.templates[0].template_id.clone(),
        };
        Ok(self.cast.portal.agreements().prepare_agreement(ask).await?.into_inner())
    }

    /// The authorised signer signs what was shown.
    pub(super) async fn sign(&self, agreement: &pb::Agreement) -> Result<pb::Agreement, Status> {
        let contact = self.contact().await;
        let ask = pb::SignAgreementRequest {
            request_id: fresh(),
            agreement_id: agreement.agreement_id.clone(),
            contact_id: contact.contact_id,
            sha256: agreement.sha256.clone(),
            name: contact.name,
            ip: "203.0.113.7".to_owned(),
            etag: String::new(),
        };
        let told = self.cast.portal.agreements().sign_agreement(ask).await?;
        Ok(told.into_inner().agreement.unwrap())
    }

    /// The provider signs too.
    pub(super) async fn countersign(
        &self,
        agreement: &pb::Agreement,
    ) -> Result<pb::Agreement, Status> {
        let ask = pb::CountersignAgreementRequest {
            request_id: fresh(),
            agreement_id: agreement.agreement_id.clone(),
            name: "Grace Lee".to_owned(),
            etag: String::new(),
        };
        let told = self.cast.grace.agreements().countersign_agreement(ask).await?;
        Ok(told.into_inner().agreement.unwrap())
    }

    /// Asks the gate.
    pub(super) async fn activate(&self) -> Result<pb::Customer, Status> {
        let ask = pb::ActivateCustomerRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            etag: String::new(),
            validate_only: false,
        };
        let told = self.cast.portal.onboarding().activate_customer(ask).await?;
        Ok(told.into_inner().customer.unwrap())
    }

    /// A trunk of the customer's own.
    pub(super) async fn trunk(&self, name: &str) -> pb::CreateTrunkResponse {
        let ask = pb::CreateTrunkRequest {
            request_id: fresh(),
            trunk_id: name.to_owned(),
            kind: pb::TrunkKind::Customer.into(),
            auth: pb::TrunkAuth::Digest.into(),
            owner_id: self.id.clone(),
            foreign: false,
            mode: pb::TrunkMode::Enforce.into(),
        };
        self.cast.provisioning.admin().create_trunk(ask).await.unwrap().into_inner()
    }

    /// Claims numbers.
    pub(super) async fn claim(&self, numbers: &[&str]) -> pb::ClaimNumbersResponse {
        let ask = pb::ClaimNumbersRequest {
            request_id: fresh(),
            customer_id: self.id.clone(),
            numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
            validate_only: false,
            ..pb::ClaimNumbersRequest::default()
        };
        self.cast.portal.numbers().claim_numbers(ask).await.unwrap().into_inner()
    }
}

/// The checks that only a reviewer makes.
pub(super) const REVIEWED: [pb::CheckKind; 3] =
    [pb::CheckKind::Existence, pb::CheckKind::TaxIdToName, pb::CheckKind::Representation];

/// The time of the deployment.
pub(super) fn now(site: &Site) -> prost_types::Timestamp {
    let micros = site.clock.now().0;
    prost_types::Timestamp {
        seconds: micros / 1_000_000,
        nanos: i32::try_from(micros % 1_000_000 * 1_000).unwrap(),
    }
}

/// Follows long work to its end.
pub(super) async fn finished(actor: &Actor, begun: pb::Operation) -> pb::Operation {
    // A whole list is thousands of rows, on a machine that has other things to do.
    within(Duration::from_mins(3), "the operation ends", || async {
        let ask = pb::GetOperationRequest { operation_id: begun.operation_id.clone() };
        let told = actor.operations().get_operation(ask).await.unwrap().into_inner();
        told.operation.filter(|one| one.state() != pb::OperationState::Running)
    })
    .await
}

/// Sends OFAC's list, with its files, as of `at`.
pub(super) async fn load_list(
    cast: &Cast,
    at: prost_types::Timestamp,
    files: &[(&str, &[u8])],
) -> Result<pb::Operation, Status> {
    load_named(cast, "ofac_sdn", at, files).await
}

/// Sends a list by its name, with its files, as of `at`.
pub(super) async fn load_named(
    cast: &Cast,
    list: &str,
    at: prost_types::Timestamp,
    files: &[(&str, &[u8])],
) -> Result<pb::Operation, Status> {
    use pb::load_list_request::Part;
    let header =
        pb::ListHeader { request_id: fresh(), list: list.to_owned(), as_of_time: Some(at) };
    let mut parts = vec![Part::Header(header)];
    for (name, bytes) in files {
        parts.extend(bytes.chunks(200_000).map(|chunk| {
            let (file_name, data) = ((*name).to_owned(), chunk.to_vec().into());
            Part::Chunk(pb::FileChunk { file_name, data })
        }));
    }
    let parts = parts.into_iter().map(|part| pb::LoadListRequest { part: Some(part) });
    let begun = cast.operator.admin().load_list(tokio_stream::iter(parts)).await?;
    Ok(finished(&cast.operator, begun.into_inner().operation.unwrap()).await)
}

/// A list in the shape of SDN.CSV that holds these firms.
pub(super) fn sdn(names: &[&str]) -> Vec<u8> {
    let rows = names.iter().enumerate().map(|(nth, name)| {
        let empty = "-0- ,".repeat(8);
        format!("{},\"{name}\",-0- ,\"CUBA\",{}\r\n", 100 + nth, empty.trim_end_matches(','))
    });
    rows.collect::<String>().into_bytes()
}

/// Loads a list that holds these firms, as of now.
pub(super) async fn list_of(site: &Site, cast: &Cast, names: &[&str]) {
    let done = load_list(cast, now(site), &[("SDN.CSV", &sdn(names))]).await.unwrap();
    assert_eq!(done.state(), pb::OperationState::Done, "{done:?}");
}

/// Loads an inventory that assigns each number to a customer.
pub(super) async fn assign(site: &Site, cast: &Cast, rows: &[(&str, &str)]) -> pb::Operation {
    use pb::load_inventory_request::Part;
    let header = pb::InventoryHeader {
        request_id: fresh(),
        source: pb::InventorySource::OwnOcn.into(),
        carrier: String::new(),
        as_of_time: Some(now(site)),
        complete: false,
    };
    let lines = rows.iter().map(|(tn, customer)| format!("{tn},{customer},ORD-1\n"));
    let csv = format!("tn,customer_id,order_ref\n{}", lines.collect::<String>());
    let parts = [Part::Header(header), Part::Chunk(csv.into())]
        .map(|part| pb::LoadInventoryRequest { part: Some(part) });
    let sent = tokio_stream::iter(parts);
    let begun = cast.provisioning.admin().load_inventory(sent).await.unwrap().into_inner();
    let done = finished(&cast.provisioning, begun.operation.unwrap()).await;
    assert_eq!(done.state(), pb::OperationState::Done, "{done:?}");
    done
}
