//! The provider's people: the operator's lists and trunk, the reviewers' decisions, the agreement.

use std::time::{Duration, SystemTime};

use super::cast::{Actor, Cast};
use super::fault::DemoError;
use super::portal::{self, Applicant};
use super::stage::Stage;
use crate::domain::digest::hex;
use crate::wire::pb;

/// Three made-up lines in the shape of OFAC's SDN.CSV; one carries the applicant's trade name.
const SDN: &str = "101,\"BLUE HERON TRADING\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\
102,\"EXAMPLE, Ivan Petrovich\",\"individual\",\"RUSSIA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\
103,\"NORTHERN ICE SHIPPING LLC\",-0- ,\"DPRK\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n";

fn now() -> prost_types::Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the demonstration plays people with a watch")]
    let now = SystemTime::now();
    prost_types::Timestamp::from(now)
}

/// Loads the sanctions list that screening needs.
pub(super) async fn load_list(stage: &mut Stage, operator: &Actor) -> Result<(), DemoError> {
    use pb::load_list_request::Part;
    stage.step("The operator loads a sanctions list (three made-up lines here)");
    let parts = [
        Part::Header(pb::ListHeader {
            request_id: "demo-list".to_owned(),
            list: "ofac_sdn".to_owned(),
            as_of_time: Some(now()),
        }),
        Part::Chunk(pb::FileChunk { file_name: "SDN.CSV".to_owned(), data: SDN.into() }),
    ];
    let asks = parts.map(|part| pb::LoadListRequest { part: Some(part) });
    let started = operator
        .admin()
        .load_list(tokio_stream::iter(asks))
        .await
        .map_err(DemoError::call("LoadList"))?
        .into_inner();
    let done = finish(operator, started.operation.unwrap_or_default()).await?;
    stage.good(&format!("{} rows", done.done_rows));
    Ok(())
}

/// Follows an operation to its end.
async fn finish(operator: &Actor, started: pb::Operation) -> Result<pb::Operation, DemoError> {
    let mut operation = started;
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    for _look in 0..1_200 {
        match operation.state() {
            pb::OperationState::Done => return Ok(operation),
            pb::OperationState::Failed
            | pb::OperationState::Cancelled
            | pb::OperationState::Held => break,
            pb::OperationState::Unspecified | pb::OperationState::Running => {}
        }
        pace.tick().await;
        let ask = pb::GetOperationRequest { operation_id: operation.operation_id.clone() };
        let got = operator.operations().get_operation(ask).await;
        operation = got
            .map_err(DemoError::call("GetOperation"))?
            .into_inner()
            .operation
            .unwrap_or_default();
    }
    Err(DemoError::unexpected("an operation that succeeds", operation.error))
}

/// The screening hit reaches a reviewer, who looks and decides.
pub(super) async fn resolve_hit(
    stage: &mut Stage,
    cast: &Cast,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    stage.step("Screening found a listed name; a reviewer looks and decides");
    let finding = wait_for_finding(&cast.first_reviewer, &applicant.id(), "SANCTIONS_HIT").await?;
    stage.note(&format!("{} ({:?}): {}", finding.code, finding.severity(), finding.title));
    for (name, value) in &finding.evidence {
        stage.note(&format!("  {name}: {value}"));
    }
    cast.first_reviewer
        .review()
        .resolve_finding(pb::ResolveFindingRequest {
            request_id: "demo-resolve".to_owned(),
            finding_id: finding.finding_id,
            resolution: pb::Resolution::FalsePositive.into(),
            reason: "The listed firm is Cuban and was dissolved in 1998; ours is from Minnesota"
                .to_owned(),
        })
        .await
        .map_err(DemoError::call("ResolveFinding"))?;
    stage.good("resolved as a false positive, with the reason in the journal");
    Ok(())
}

async fn wait_for_finding(
    reviewer: &Actor,
    customer_id: &str,
    code: &str,
) -> Result<pb::Finding, DemoError> {
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    for _look in 0..400 {
        pace.tick().await;
        let items = reviewer
            .review()
            .list_review_items(pb::ListReviewItemsRequest {
                page_size: 50,
                page_token: String::new(),
                kinds: vec![pb::ReviewItemKind::Finding.into()],
                customer_id: customer_id.to_owned(),
            })
            .await
            .map_err(DemoError::call("ListReviewItems"))?
            .into_inner()
            .items;
        for item in items {
            if let Some(pb::review_item::Item::Finding(finding)) = item.item
                && finding.code == code
            {
                return Ok(finding);
            }
        }
    }
    Err(DemoError::unexpected(code, "no such finding within 20 seconds"))
}

/// A reviewer passes what only documents and a call-back can prove, and approves.
pub(super) async fn verify(
    stage: &mut Stage,
    cast: &Cast,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    use pb::record_check_request::Evidence;
    stage.step("Documents and a call-back prove existence, tax id and representation");
    let formation =
        portal::upload(&cast.portal, applicant, pb::DocumentKind::FormationRecord, "formation")
            .await?;
    let letter =
        portal::upload(&cast.portal, applicant, pb::DocumentKind::TaxIdLetter, "cp575").await?;
    let callback = pb::Callback {
        channel_source: "state business register, filing of 2014".to_owned(),
        reached_at: "+15072840000".to_owned(),
        spoken_to: "Maria Lindqvist".to_owned(),
        call_time: Some(now()),
    };
    let checks = [
        (pb::CheckKind::Existence, Evidence::DocumentId(formation), "formation record"),
        (pb::CheckKind::TaxIdToName, Evidence::DocumentId(letter), "CP-575 letter"),
        (pb::CheckKind::Representation, Evidence::Callback(callback), "call-back"),
    ];
    for (kind, evidence, words) in checks {
        cast.first_reviewer
            .review()
            .record_check(pb::RecordCheckRequest {
                request_id: format!("demo-check-{kind:?}"),
                customer_id: applicant.id(),
                kind: kind.into(),
                result: pb::CheckResult::Pass.into(),
                profile_revision: applicant.customer.profile_revision,
                evidence: Some(evidence),
                reason: format!("{words} agrees with the profile"),
            })
            .await
            .map_err(DemoError::call("RecordCheck"))?;
        stage.good(&format!("{kind:?} by {words}"));
    }
    let seen = cast
        .first_reviewer
        .onboarding()
        .get_customer(pb::GetCustomerRequest {
            customer_id: applicant.id(),
            change_token: String::new(),
        })
        .await
        .map_err(DemoError::call("GetCustomer"))?
        .into_inner()
        .customer
        .unwrap_or_default();
    cast.first_reviewer
        .review()
        .approve_customer(pb::ApproveCustomerRequest {
            request_id: "demo-approve".to_owned(),
            customer_id: applicant.id(),
            reason: "All required checks passed".to_owned(),
            etag: seen.etag,
        })
        .await
        .map_err(DemoError::call("ApproveCustomer"))?;
    stage.good("VERIFIED");
    Ok(())
}

/// The traceback clauses are shown, signed by the authorised signer, and countersigned.
pub(super) async fn sign_agreement(
    stage: &mut Stage,
    cast: &Cast,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    stage.step("The agreement with the traceback clauses is signed and countersigned");
    let ask = pb::ListTemplatesRequest { role: pb::CustomerRole::EndUser.into() };
    let templates = cast.portal.agreements().list_templates(ask).await;
    let templates = templates.map_err(DemoError::call("ListTemplates"))?.into_inner().templates;
    let template_id = templates.into_iter().next().unwrap_or_default().template_id;
    let prepared = cast
        .portal
        .agreements()
        .prepare_agreement(pb::PrepareAgreementRequest {
            request_id: "demo-agreement".to_owned(),
            customer_id: applicant.id(),
            template_id,
        })
        .await
        .map_err(DemoError::call("PrepareAgreement"))?
        .into_inner();
    let agreement = prepared.agreement.unwrap_or_default();
    let digest = hex(&agreement.sha256);
    stage.note(&format!(
        "{} clauses, {} bytes shown",
        agreement.clauses.len(),
        prepared.copy.len()
    ));
    stage.note(&format!("sha256 {digest}"));
    let signed = cast
        .portal
        .agreements()
        .sign_agreement(pb::SignAgreementRequest {
            request_id: "demo-sign".to_owned(),
            agreement_id: agreement.agreement_id.clone(),
            contact_id: applicant.contact().contact_id,
            sha256: agreement.sha256,
            name: "Maria Lindqvist".to_owned(),
            ip: "203.0.113.20".to_owned(),
            etag: String::new(),
        })
        .await
        .map_err(DemoError::call("SignAgreement"))?
        .into_inner();
    stage.good("signed over exactly these bytes by the authorised signer");
    cast.second_reviewer
        .agreements()
        .countersign_agreement(pb::CountersignAgreementRequest {
            request_id: "demo-countersign".to_owned(),
            agreement_id: signed.agreement.unwrap_or_default().agreement_id,
            name: "Grace Okafor".to_owned(),
            etag: String::new(),
        })
        .await
        .map_err(DemoError::call("CountersignAgreement"))?;
    stage.good("countersigned: EXECUTED");
    Ok(())
}

/// The numbers of the demonstration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers;

impl Numbers {
    /// Assigned to the customer by the provider: A.
    pub(super) const OURS: &'static str = "+15072847100";
    /// Brought from elsewhere with a letter of authorisation: B.
    pub(super) const BROUGHT: &'static str = "+15072847200";
    /// Claimed, and nothing proves it: NONE.
    pub(super) const BARE: &'static str = "+15072847300";
    /// Never a caller's number: NONE.
    pub(super) const FICTIONAL: &'static str = "+15075550123";
}

/// Trunk, claims and evidence.
pub(super) async fn provision(
    stage: &mut Stage,
    cast: &Cast,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    stage.step("A trunk, claimed numbers, and the evidence that earns a level");
    cast.operator
        .admin()
        .create_trunk(pb::CreateTrunkRequest {
            request_id: "demo-trunk".to_owned(),
            trunk_id: "heron-lake-1".to_owned(),
            kind: pb::TrunkKind::Customer.into(),
            auth: pb::TrunkAuth::Digest.into(),
            owner_id: applicant.id(),
            foreign: false,
            mode: pb::TrunkMode::Enforce.into(),
        })
        .await
        .map_err(DemoError::call("CreateTrunk"))?;
    stage.good("trunk heron-lake-1, digest authentication, ENFORCE");
    let claimed = cast
        .provisioning
        .numbers()
        .claim_numbers(pb::ClaimNumbersRequest {
            request_id: "demo-claim".to_owned(),
            customer_id: applicant.id(),
            numbers: [Numbers::OURS, Numbers::BROUGHT, Numbers::BARE, Numbers::FICTIONAL]
                .map(str::to_owned)
                .to_vec(),
            validate_only: false,
            ..pb::ClaimNumbersRequest::default()
        })
        .await
        .map_err(DemoError::call("ClaimNumbers"))?
        .into_inner();
    for row in claimed.results {
        stage.note(&format!("{:<14} {:?} {}", row.given, row.outcome(), row.reason));
    }
    load_inventory(stage, cast, applicant).await?;
    let loa = pb::DocumentKind::LetterOfAuthorization;
    let document_id = portal::upload(&cast.portal, applicant, loa, "loa").await?;
    cast.first_reviewer
        .numbers()
        .add_evidence(pb::AddEvidenceRequest {
            request_id: "demo-loa".to_owned(),
            customer_id: applicant.id(),
            number: Numbers::BROUGHT.to_owned(),
            kind: pb::EvidenceKind::Loa.into(),
            document_id,
            reference: String::new(),
            sign_time: Some(now()),
            party: "Prairie Telephone Cooperative".to_owned(),
            carrier: "Prairie Telephone Cooperative".to_owned(),
            account: String::new(),
        })
        .await
        .map_err(DemoError::call("AddEvidence"))?;
    stage.good("letter of authorisation for the second: partial evidence");
    Ok(())
}

async fn load_inventory(
    stage: &Stage,
    cast: &Cast,
    applicant: &Applicant,
) -> Result<(), DemoError> {
    use pb::load_inventory_request::Part;
    let csv = format!("tn,customer_id,order_ref\n{},{},ORD-1\n", Numbers::OURS, applicant.id());
    let parts = [
        Part::Header(pb::InventoryHeader {
            request_id: "demo-inventory".to_owned(),
            source: pb::InventorySource::OwnOcn.into(),
            carrier: String::new(),
            as_of_time: Some(now()),
            complete: false,
        }),
        Part::Chunk(csv.into()),
    ];
    let asks = parts.map(|part| pb::LoadInventoryRequest { part: Some(part) });
    let started = cast
        .operator
        .admin()
        .load_inventory(tokio_stream::iter(asks))
        .await
        .map_err(DemoError::call("LoadInventory"))?
        .into_inner();
    finish(&cast.operator, started.operation.unwrap_or_default()).await?;
    stage.good("the inventory says the first number is assigned to this customer: full evidence");
    Ok(())
}

/// Suspends the customer.
pub(super) async fn suspend(cast: &Cast, applicant: &Applicant) -> Result<(), DemoError> {
    cast.first_reviewer
        .review()
        .suspend_customer(pb::SuspendCustomerRequest {
            request_id: "demo-suspend".to_owned(),
            customer_id: applicant.id(),
            reason: "Traffic looks like a robocall campaign".to_owned(),
        })
        .await
        .map_err(DemoError::call("SuspendCustomer"))?;
    Ok(())
}
