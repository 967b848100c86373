//! The one map from errors to status. It has no catch-all arm, so that a new error is a compile
//! fault here before it is a leak.

use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::pb;

use crate::app::AppError;
use crate::domain::fault::FieldFault;
use crate::domain::requirement::Requirement;
use crate::domain::time::Span;
use crate::wire::pb as ours;
use crate::wire::validate::Faults;

/// Domain of every `google.rpc.ErrorInfo` of Vouch.
pub const DOMAIN: &str = "vouch";

/// Most bytes of details: many clients take no more than 8 KiB of trailers, in base64.
const MAX_DETAILS: usize = 5 * 1_024;

/// The status of a use case's error.
pub fn of(error: AppError) -> Status {
    let message = error.to_string();
    match error {
        AppError::Invalid(faults) => invalid(&faults, message),
        AppError::NotFound { what } => {
            build(Code::NotFound, message, vec![info("NOT_FOUND", &[("what", what)])])
        }
        AppError::Unauthenticated { reason, message: _ } => {
            build(Code::Unauthenticated, message, vec![info(reason, &[])])
        }
        AppError::Denied { reason, message: _ } => {
            build(Code::PermissionDenied, message, vec![info(reason, &[])])
        }
        AppError::Refused { reason, message: _ } => {
            build(Code::FailedPrecondition, message, vec![info(reason, &[])])
        }
        AppError::Unmet(requirements) => unmet(&requirements, message),
        AppError::Conflict { etag } => {
            build(Code::Aborted, message, vec![info("ETAG_MISMATCH", &[("etag", &etag)])])
        }
        AppError::RequestReused => {
            let fault = FieldFault::new("request_id", "REQUEST_ID_REUSED", message.clone());
            let details = vec![info("REQUEST_ID_REUSED", &[]), bad_request(&[fault])];
            build(Code::InvalidArgument, message, details)
        }
        AppError::Busy { retry } => {
            build(Code::Unavailable, message, vec![info("BUSY", &[]), retry_info(retry)])
        }
        AppError::Exhausted { reason, message: _, retry } => {
            build(Code::ResourceExhausted, message, vec![info(reason, &[]), retry_info(retry)])
        }
        AppError::Unavailable { reason, message: _ } => {
            let details = vec![info(reason, &[]), retry_info(Span::secs(1))];
            build(Code::Unavailable, message, details)
        }
        AppError::NotBuilt { reason, message: _ } => {
            build(Code::Unimplemented, message, vec![info(reason, &[])])
        }
        AppError::Internal { bug } => {
            build(Code::Internal, message, vec![info("BUG", &[("bug", &bug.to_string())])])
        }
    }
}

/// The status of a message that could not be read.
pub fn of_faults(faults: &Faults) -> Status {
    invalid(faults.as_slice(), faults.to_string())
}

/// No usable credential came with the call.
pub fn unauthenticated(reason: &'static str, message: &'static str) -> Status {
    build(Code::Unauthenticated, message.to_owned(), vec![info(reason, &[])])
}

/// The caller's roles do not allow this call.
pub fn wrong_role(allowed: &str) -> Status {
    let message = format!("this call needs one of the roles {allowed}");
    build(Code::PermissionDenied, message, vec![info("ROLE_REQUIRED", &[("roles", allowed)])])
}

/// A path that is no call of the API.
pub fn unknown_call() -> Status {
    let message = "no such call; list the services by reflection".to_owned();
    build(Code::Unimplemented, message, vec![info("UNKNOWN_CALL", &[])])
}

/// The call took longer than it may.
pub fn deadline() -> Status {
    let message = "the call took longer than its deadline; a write may still complete: repeat it \
                   with the same request_id"
        .to_owned();
    build(Code::DeadlineExceeded, message, vec![info("DEADLINE", &[])])
}

fn invalid(faults: &[FieldFault], message: String) -> Status {
    build(Code::InvalidArgument, message, vec![info("INVALID_REQUEST", &[]), bad_request(faults)])
}

/// One violation for each requirement, and the requirements themselves as far as they fit; all of
/// them are in the answer of `EvaluateCustomer`.
fn unmet(requirements: &[Requirement], message: String) -> Status {
    let violations = |words: bool| {
        let violations = requirements
            .iter()
            .map(|requirement| pb::precondition_failure::Violation {
                r#type: requirement.code.to_string(),
                subject: requirement.field.clone(),
                description: if words { requirement.title.clone() } else { String::new() },
            })
            .collect();
        any("google.rpc.PreconditionFailure", &pb::PreconditionFailure { violations })
    };
    let mut failure = violations(true);
    if failure.value.len() > MAX_DETAILS {
        failure = violations(false);
    }
    let mut details = vec![info("REQUIREMENTS_UNMET", &[]), failure];
    details.extend(
        requirements
            .iter()
            .map(|requirement| any("vouch.v1.Requirement", &ours::Requirement::from(requirement))),
    );
    build(Code::FailedPrecondition, message, details)
}

/// A status with its details: the first two always, the others as far as they fit.
fn build(code: Code, message: String, details: Vec<prost_types::Any>) -> Status {
    let mut kept: Vec<prost_types::Any> = Vec::with_capacity(details.len());
    let mut size = message.len();
    for detail in details {
        size += detail.value.len() + detail.type_url.len() + 8;
        if size > MAX_DETAILS && kept.len() >= 2 {
            break;
        }
        kept.push(detail);
    }
    let status = pb::Status { code: i32::from(code), message: message.clone(), details: kept };
    Status::with_details(code, message, status.encode_to_vec().into())
}

fn any(name: &str, message: &impl prost::Message) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("type.googleapis.com/{name}"),
        value: message.encode_to_vec(),
    }
}

fn info(reason: &str, metadata: &[(&str, &str)]) -> prost_types::Any {
    let metadata = metadata.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let info = pb::ErrorInfo { reason: reason.to_owned(), domain: DOMAIN.to_owned(), metadata };
    any("google.rpc.ErrorInfo", &info)
}

fn bad_request(faults: &[FieldFault]) -> prost_types::Any {
    let field_violations = faults
        .iter()
        .map(|fault| pb::bad_request::FieldViolation {
            field: fault.path.clone(),
            description: fault.message.to_string(),
            reason: fault.reason.to_string(),
            localized_message: None,
        })
        .collect();
    any("google.rpc.BadRequest", &pb::BadRequest { field_violations })
}

fn retry_info(after: Span) -> prost_types::Any {
    let micros = after.0.max(0);
    let retry_delay = Some(prost_types::Duration {
        seconds: micros / 1_000_000,
        nanos: i32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0),
    });
    any("google.rpc.RetryInfo", &pb::RetryInfo { retry_delay })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::requirement::{Actor, Code as Needed};
    use tonic_types::StatusExt as _;

    fn need(nth: usize) -> Requirement {
        Requirement {
            code: Needed::FieldRequired,
            field: format!("profile.contacts[{nth}].email"),
            title: "The e-mail address of the contact is missing".to_owned(),
            source: "47 CFR 64.1200(n)(4)".to_owned(),
            actor: Actor::Customer,
            clears_with: "Give the address with UpdateProfile".to_owned(),
            due: None,
        }
    }

    #[test]
    fn every_field_is_told_with_its_reason() {
        let status = of(AppError::Invalid(vec![
            FieldFault::new("profile.ein", "EIN_ZEROS", "give the EIN of the letter CP-575"),
            FieldFault::new("request_id", "REQUIRED", "name the write"),
        ]));
        assert_eq!(status.code(), Code::InvalidArgument);
        let told = status.get_details_bad_request().expect("details").field_violations;
        let told: Vec<_> = told.iter().map(|v| (v.field.as_str(), v.reason.as_str())).collect();
        assert_eq!(told, [("profile.ein", "EIN_ZEROS"), ("request_id", "REQUIRED")]);
        let info = status.get_details_error_info().expect("details");
        assert_eq!((info.domain.as_str(), info.reason.as_str()), ("vouch", "INVALID_REQUEST"));
    }

    #[test]
    fn every_requirement_is_told_however_many() {
        for count in [1, 12, 90] {
            let status = of(AppError::Unmet((0..count).map(need).collect()));
            let told = status.get_details_precondition_failure().expect("details").violations;
            assert_eq!(told.len(), count);
            assert!(status.details().len() < 6 * 1_024, "{count}");
            let whole = pb::Status::decode(status.details()).expect("a status");
            let attached = |d: &&prost_types::Any| d.type_url.ends_with("vouch.v1.Requirement");
            assert!(count > 12 || whole.details.iter().filter(attached).count() == count);
        }
    }

    #[test]
    fn a_retry_says_when() {
        let status = of(AppError::Busy { retry: Span::millis(1_500) });
        let delay = status.get_details_retry_info().and_then(|info| info.retry_delay);
        assert_eq!(delay, Some(std::time::Duration::from_millis(1_500)));
    }
}
