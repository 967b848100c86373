//! Who may call what: one line for every call of the API, none for any other. A test compares it
//! with the descriptors and with `tests/rpc_roles.txt`.

use crate::domain::access::{Principal, Role, Roles};

/// Who may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without a credential.
    Open,
    /// Every person who logged in.
    Users,
    /// Everybody with a credential.
    Everybody,
    /// Those with one of these roles.
    Roles(Roles),
}

/// One call of the API.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// `/package.Service/Method`.
    pub path: &'static str,
    /// Who may make it.
    pub who: Who,
    /// One side or both send more than one message, so it has no fixed end.
    pub stream: bool,
    /// The caller sends a file, which is held in memory until it is whole.
    pub upload: bool,
}

impl Who {
    /// Whether `principal` may make the call.
    pub fn allows(self, principal: &Principal) -> bool {
        match self {
            Self::Open | Self::Everybody => true,
            Self::Users => principal.user().is_some(),
            Self::Roles(roles) => roles.meets(principal.roles),
        }
    }

    /// The roles in words, for the status of a refused call.
    pub fn words(self) -> String {
        match self {
            Self::Open | Self::Everybody => "of any kind".to_owned(),
            Self::Users => "of a user who logged in".to_owned(),
            Self::Roles(roles) => {
                let words: Vec<_> = roles.iter().map(Role::word).collect();
                words.join(", ")
            }
        }
    }
}

const fn call(path: &'static str, who: Who) -> Call {
    Call { path, who, stream: false, upload: false }
}

const fn stream(path: &'static str, who: Who) -> Call {
    Call { path, who, stream: true, upload: false }
}

const fn upload(path: &'static str, who: Who) -> Call {
    Call { path, who, stream: true, upload: true }
}

const fn roles(roles: &[Role]) -> Who {
    Who::Roles(Roles::of(roles))
}

/// Every call, sorted by path.
pub const CALLS: &[Call] = &[
    call("/grpc.health.v1.Health/Check", Who::Open),
    stream("/grpc.health.v1.Health/Watch", Who::Open),
    stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Who::Open),
    stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Who::Open),
    call("/vouch.v1.AdminService/CreateClient", roles(&[Role::Operator])),
    call("/vouch.v1.AdminService/CreateKey", roles(&[Role::Operator])),
    call("/vouch.v1.AdminService/CreateTrunk", roles(&[Role::Provisioning, Role::Operator])),
    call("/vouch.v1.AdminService/CreateUser", roles(&[Role::Operator])),
    call("/vouch.v1.AdminService/DisableUser", roles(&[Role::Operator])),
    call("/vouch.v1.AdminService/ListClients", roles(&[Role::Auditor, Role::Operator])),
    call("/vouch.v1.AdminService/ListKeys", roles(&[Role::Auditor, Role::Operator])),
    call(
        "/vouch.v1.AdminService/ListLists",
        roles(&[Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call(
        "/vouch.v1.AdminService/ListSources",
        roles(&[Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call(
        "/vouch.v1.AdminService/ListTrunks",
        roles(&[Role::Signer, Role::Provisioning, Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call("/vouch.v1.AdminService/ListUsers", roles(&[Role::Auditor, Role::Operator])),
    upload("/vouch.v1.AdminService/LoadInventory", roles(&[Role::Provisioning, Role::Operator])),
    upload("/vouch.v1.AdminService/LoadList", roles(&[Role::Operator])),
    call("/vouch.v1.AdminService/RevokeKey", roles(&[Role::Operator])),
    call("/vouch.v1.AdminService/RotateKey", roles(&[Role::Operator])),
    call("/vouch.v1.AdminService/UpdateTrunk", roles(&[Role::Provisioning, Role::Operator])),
    call("/vouch.v1.AgreementService/CountersignAgreement", roles(&[Role::Reviewer])),
    call(
        "/vouch.v1.AgreementService/GetAgreement",
        roles(&[Role::Portal, Role::Reviewer, Role::Auditor]),
    ),
    call(
        "/vouch.v1.AgreementService/ListAgreements",
        roles(&[Role::Portal, Role::Reviewer, Role::Auditor]),
    ),
    call(
        "/vouch.v1.AgreementService/ListTemplates",
        roles(&[Role::Portal, Role::Reviewer, Role::Auditor]),
    ),
    call("/vouch.v1.AgreementService/PrepareAgreement", roles(&[Role::Portal, Role::Reviewer])),
    call("/vouch.v1.AgreementService/SignAgreement", roles(&[Role::Portal])),
    call("/vouch.v1.AgreementService/TerminateAgreement", roles(&[Role::Reviewer])),
    call("/vouch.v1.AttestationService/BatchGetAttestations", roles(&[Role::Signer])),
    call(
        "/vouch.v1.AttestationService/ExplainAttestation",
        roles(&[Role::Signer, Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call("/vouch.v1.AttestationService/GetAttestation", roles(&[Role::Signer])),
    call(
        "/vouch.v1.AttestationService/ResolveOrigid",
        roles(&[Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call("/vouch.v1.AttestationService/RotateOrigid", roles(&[Role::Reviewer, Role::Operator])),
    stream("/vouch.v1.AttestationService/StreamAttestations", roles(&[Role::Signer])),
    stream("/vouch.v1.AttestationService/WatchChanges", roles(&[Role::Signer, Role::Operator])),
    call(
        "/vouch.v1.JournalService/GetCheckpoint",
        roles(&[Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call(
        "/vouch.v1.JournalService/GetConsistencyProof",
        roles(&[Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call(
        "/vouch.v1.JournalService/GetInclusionProof",
        roles(&[Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call("/vouch.v1.JournalService/ListEntries", roles(&[Role::Auditor, Role::Operator])),
    call(
        "/vouch.v1.NumberService/AddEvidence",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer]),
    ),
    call("/vouch.v1.NumberService/AnswerBlockObjection", roles(&[Role::Reviewer])),
    call(
        "/vouch.v1.NumberService/BatchCheckNumbers",
        roles(&[Role::Portal, Role::Signer, Role::Provisioning, Role::Reviewer]),
    ),
    call(
        "/vouch.v1.NumberService/CheckNumber",
        roles(&[Role::Portal, Role::Signer, Role::Provisioning, Role::Reviewer]),
    ),
    call("/vouch.v1.NumberService/ClaimNumbers", roles(&[Role::Portal, Role::Provisioning])),
    call("/vouch.v1.NumberService/DelegateNumber", roles(&[Role::Portal, Role::Provisioning])),
    stream(
        "/vouch.v1.NumberService/GetImportResult",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer, Role::Auditor]),
    ),
    upload("/vouch.v1.NumberService/ImportNumbers", roles(&[Role::Portal, Role::Provisioning])),
    call(
        "/vouch.v1.NumberService/ListBlockObjections",
        roles(&[Role::Portal, Role::Reviewer, Role::Auditor]),
    ),
    call("/vouch.v1.NumberService/ListDisputes", roles(&[Role::Reviewer, Role::Auditor])),
    call(
        "/vouch.v1.NumberService/ListLoaReviews",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer, Role::Auditor]),
    ),
    call(
        "/vouch.v1.NumberService/ListNumbers",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer, Role::Auditor]),
    ),
    upload(
        "/vouch.v1.NumberService/LoadNumberEvents",
        roles(&[Role::Provisioning, Role::Operator]),
    ),
    call("/vouch.v1.NumberService/OpenBlockObjection", roles(&[Role::Portal, Role::Reviewer])),
    call(
        "/vouch.v1.NumberService/OpenDispute",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer]),
    ),
    call("/vouch.v1.NumberService/RecordCarrier", roles(&[Role::Provisioning, Role::Reviewer])),
    call("/vouch.v1.NumberService/RecordNumberEvents", roles(&[Role::Provisioning])),
    call("/vouch.v1.NumberService/ReleaseNumbers", roles(&[Role::Portal, Role::Provisioning])),
    call(
        "/vouch.v1.NumberService/RenderLoa",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer]),
    ),
    call("/vouch.v1.NumberService/ReportKeyedCode", roles(&[Role::Provisioning])),
    call("/vouch.v1.NumberService/ResolveDispute", roles(&[Role::Reviewer])),
    call(
        "/vouch.v1.NumberService/RevokeDelegation",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer]),
    ),
    call("/vouch.v1.NumberService/RevokeEvidence", roles(&[Role::Provisioning, Role::Reviewer])),
    call(
        "/vouch.v1.NumberService/StartCertificateProof",
        roles(&[Role::Portal, Role::Provisioning]),
    ),
    call(
        "/vouch.v1.NumberService/StartNumberChallenge",
        roles(&[Role::Portal, Role::Provisioning]),
    ),
    call(
        "/vouch.v1.NumberService/SubmitCertificateProof",
        roles(&[Role::Portal, Role::Provisioning]),
    ),
    call(
        "/vouch.v1.NumberService/VerifyNumberChallenge",
        roles(&[Role::Portal, Role::Provisioning]),
    ),
    call("/vouch.v1.OnboardingService/ActivateCustomer", roles(&[Role::Portal, Role::Reviewer])),
    call("/vouch.v1.OnboardingService/CreateCustomer", roles(&[Role::Portal])),
    call(
        "/vouch.v1.OnboardingService/EvaluateCustomer",
        roles(&[Role::Portal, Role::Reviewer, Role::Auditor]),
    ),
    call(
        "/vouch.v1.OnboardingService/GetCustomer",
        roles(&[Role::Portal, Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call(
        "/vouch.v1.OnboardingService/ListCustomers",
        roles(&[Role::Portal, Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call(
        "/vouch.v1.OnboardingService/ListRegistryChannels",
        roles(&[Role::Portal, Role::Reviewer]),
    ),
    call("/vouch.v1.OnboardingService/SetTracebackContact", roles(&[Role::Portal])),
    call("/vouch.v1.OnboardingService/StartContactChallenge", roles(&[Role::Portal])),
    call("/vouch.v1.OnboardingService/StartRegistryChallenge", roles(&[Role::Portal])),
    call("/vouch.v1.OnboardingService/SubmitCustomer", roles(&[Role::Portal])),
    call("/vouch.v1.OnboardingService/UpdateProfile", roles(&[Role::Portal])),
    upload("/vouch.v1.OnboardingService/UploadDocument", roles(&[Role::Portal, Role::Reviewer])),
    call("/vouch.v1.OnboardingService/VerifyContactChallenge", roles(&[Role::Portal])),
    call("/vouch.v1.OperationService/CancelOperation", roles(&[Role::Portal, Role::Provisioning])),
    call("/vouch.v1.OperationService/ConfirmHeldLoad", roles(&[Role::Reviewer])),
    call(
        "/vouch.v1.OperationService/GetOperation",
        roles(&[Role::Portal, Role::Provisioning, Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call(
        "/vouch.v1.OperationService/ListOperations",
        roles(&[Role::Provisioning, Role::Reviewer, Role::Auditor, Role::Operator]),
    ),
    call("/vouch.v1.OperationService/RejectHeldLoad", roles(&[Role::Reviewer, Role::Operator])),
    call("/vouch.v1.PolicyService/GetPolicy", Who::Everybody),
    call("/vouch.v1.PolicyService/ListPolicies", Who::Everybody),
    call("/vouch.v1.ReviewService/ApproveCustomer", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/ConfirmProposal", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/ListReviewItems", roles(&[Role::Reviewer, Role::Auditor])),
    call("/vouch.v1.ReviewService/ProposeBundle", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/ProposeOverride", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/ProposeReinstatement", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/RecordCheck", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/RejectCustomer", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/RejectProposal", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/ResolveFinding", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/ReviewLoa", roles(&[Role::Reviewer])),
    call("/vouch.v1.ReviewService/SuspendCustomer", roles(&[Role::Reviewer, Role::Operator])),
    call("/vouch.v1.ReviewService/TerminateCustomer", roles(&[Role::Reviewer])),
    call("/vouch.v1.SessionService/Login", Who::Open),
    call("/vouch.v1.SessionService/Logout", Who::Users),
];

/// The number of the path that signers ask most, found without a search.
const HOT: &str = "/vouch.v1.AttestationService/GetAttestation";

/// The call with this path, and its number in [`CALLS`].
pub fn find(path: &str) -> Option<(usize, &'static Call)> {
    let index = match path {
        HOT => hot(),
        _ => CALLS.binary_search_by(|call| call.path.cmp(path)).ok(),
    }?;
    CALLS.get(index).map(|call| (index, call))
}

/// Whether this is the call that signers ask most.
pub fn is_hot(index: usize) -> bool {
    hot() == Some(index)
}

const fn hot() -> Option<usize> {
    const INDEX: Option<usize> = {
        let (mut index, mut found) = (0, None);
        let mut rest = CALLS;
        while let [first, tail @ ..] = rest {
            if same(first.path.as_bytes(), HOT.as_bytes()) {
                found = Some(index);
            }
            index += 1;
            rest = tail;
        }
        found
    };
    INDEX
}

const fn same(mut left: &[u8], mut right: &[u8]) -> bool {
    while let ([l, left_rest @ ..], [r, right_rest @ ..]) = (left, right) {
        if *l != *r {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.is_empty() && right.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::pb;
    use prost::Message as _;
    use std::collections::BTreeSet;

    #[test]
    fn sorted_and_found() {
        assert!(CALLS.is_sorted_by(|a, b| a.path < b.path));
        for (index, call) in CALLS.iter().enumerate() {
            assert_eq!(find(call.path).map(|(found, _call)| found), Some(index));
        }
        assert!(find("/vouch.v1.AttestationService/GetAttestatiom").is_none());
        assert!(hot().is_some());
    }

    #[test]
    fn every_call_of_the_descriptors_has_its_line() {
        let set = prost_types::FileDescriptorSet::decode(pb::FILE_DESCRIPTOR_SET).expect("a set");
        let mut described = BTreeSet::new();
        for file in set.file {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    let streams = method.client_streaming() || method.server_streaming();
                    let (_index, call) = find(&path).unwrap_or_else(|| panic!("no line: {path}"));
                    assert_eq!(call.stream, streams, "{path}");
                    described.insert(path);
                }
            }
        }
        let ours = CALLS.iter().filter(|call| call.path.starts_with("/vouch."));
        assert_eq!(ours.count(), described.len());
    }

    #[test]
    fn the_written_roles_are_these() {
        let text = include_str!("../../tests/rpc_roles.txt");
        let lines: Vec<&str> =
            text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        let ours: Vec<String> = CALLS
            .iter()
            .map(|call| {
                let who = match call.who {
                    Who::Open => "OPEN".to_owned(),
                    Who::Users => "USERS".to_owned(),
                    Who::Everybody => "EVERYBODY".to_owned(),
                    Who::Roles(_) => call.who.words().replace(',', ""),
                };
                format!("{} {who}", call.path)
            })
            .collect();
        assert_eq!(lines, ours);
    }
}
