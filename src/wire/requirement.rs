//! Requirements on the wire.

use crate::domain::requirement::{Actor, Requirement};
use crate::wire::pb;
use crate::wire::time::to_timestamp;

super::choice::pairs! {
    Actor = Actor { Unspecified; Customer, Reviewer, Provider, System }
}

impl From<&Requirement> for pb::Requirement {
    fn from(requirement: &Requirement) -> Self {
        Self {
            code: requirement.code.to_string(),
            title: requirement.title.clone(),
            source: requirement.source.clone(),
            field: requirement.field.clone(),
            actor: pb::Actor::from(requirement.actor).into(),
            clears_with: requirement.clears_with.clone(),
            due_time: requirement.due.map(to_timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Actor>("ACTOR_"), 4);
    }
}
