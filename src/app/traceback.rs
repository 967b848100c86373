//! The one person who answers tracebacks for a customer.

use super::customer::Changed;
use super::error::AppError;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::onboarding::SetTracebackContact;
use crate::store::Meta;
use crate::store::change::Fact;

/// Makes a contact of the live profile the one primary traceback contact.
pub async fn set_contact(
    app: &App,
    who: &Principal,
    ask: SetTracebackContact,
) -> Result<Changed, AppError> {
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let mut draft = turn.draft(ask.customer).await?;
            draft.expect_etag(ask.write.etag)?;
            if draft.file.profile.contact(ask.contact).is_none() {
                let message = "name a contact of the live profile";
                return Err(AppError::field("contact_id", "NOT_FOUND", message));
            }
            let moves = draft.file.primary_contact.is_some();
            draft.file.primary_contact = Some(ask.contact);
            draft.note(Fact::TracebackContact { contact: ask.contact, moves });
            draft.settle(turn.tx.now());
            turn.finish(draft, "customer.traceback_contact_set").await
        }
    })
    .await
}
