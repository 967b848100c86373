//! Operations on the wire.

use crate::domain::operation::{Operation, State};
use crate::wire::pb;
use crate::wire::time::to_timestamp;

super::choice::pairs! {
    State = OperationState { Unspecified; Running, Done, Failed, Cancelled, Held }
}

impl From<&Operation> for pb::Operation {
    fn from(operation: &Operation) -> Self {
        Self {
            operation_id: operation.id.to_string(),
            kind: operation.kind.as_str().to_owned(),
            state: pb::OperationState::from(operation.state).into(),
            percent: operation.percent(),
            done_rows: operation.done,
            total_rows: operation.total,
            eta_time: operation.eta().map(to_timestamp),
            error: operation.error.clone(),
            result: operation.result.clone(),
            create_time: Some(to_timestamp(operation.created)),
            update_time: Some(to_timestamp(operation.moved)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<State>("OPERATION_STATE_"), 5);
    }
}
