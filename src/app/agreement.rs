//! Agreements: prepared from clauses, signed over the exact bytes shown, countersigned.

use serde::{Deserialize, Serialize};

use super::change::{Changes, Turn};
use super::customer::Changed;
use super::draft::Draft;
use super::error::AppError;
use super::page::Keyset;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::agreement::{
    Agreement, AgreementState, Copy as AgreementCopy, Offer, Parties, Template, render,
};
use crate::domain::command::agreement::{
    CountersignAgreement, PrepareAgreement, SignAgreement, TerminateAgreement,
};
use crate::domain::command::query::Page;
use crate::domain::customer::Role;
use crate::domain::customer_file::CustomerFile;
use crate::domain::digest::Digest;
use crate::domain::ids::{AgreementId, CustomerId};
use crate::domain::pii::Pii;
use crate::domain::time::{Span, Ts};
use crate::store::Meta;
use crate::store::change::Fact;

/// An agreement that was made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnAgreement {
    /// Which agreement.
    pub agreement: AgreementId,
    /// The customer's change.
    pub changed: Changed,
}

impl Changes for OnAgreement {
    fn changed(&self) -> Option<Changed> {
        Some(self.changed)
    }
}

/// The templates for a role.
pub fn templates(app: &App, role: Role) -> Vec<Template> {
    app.clauses.templates_for(role).cloned().collect()
}

/// Renders the copy that is shown to the signer, and keeps exactly its bytes.
pub async fn prepare(
    app: &App,
    who: &Principal,
    ask: PrepareAgreement,
) -> Result<OnAgreement, AppError> {
    let id = AgreementId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let mut draft = turn.draft(ask.customer).await?;
            let role = draft.file.customer.role;
            let app = turn.app.clone();
            let template = app.clauses.template(&ask.template);
            let template = template.filter(|t| t.roles.contains(&role)).ok_or_else(|| {
                let message = "name a template that ListTemplates gives for this role";
                AppError::field("template_id", "NOT_FOUND", message)
            })?;
            let at = turn.tx.at();
            let copy = copy_of(&app, &draft, template, id, at)?;
            let days = i64::from(draft.policy.policy.agreements.signing_days);
            let agreement = Agreement {
                id,
                template: template.id.clone(),
                clauses: template.clauses.clone(),
                sha256: copy.sha256,
                prepared_at: at,
                state: AgreementState::Prepared { at, expires: at.plus(Span::days(days)) },
            };
            draft.file.agreements.push(agreement.clone());
            draft.note(Fact::Prepared { agreement, copy: copy.bytes.into_inner() });
            let changed = turn.finish(draft, "agreement.prepared").await?;
            Ok(OnAgreement { agreement: id, changed })
        }
    })
    .await
}

fn copy_of(
    app: &App,
    draft: &Draft,
    template: &Template,
    id: AgreementId,
    at: Ts,
) -> Result<AgreementCopy, AppError> {
    let profile = &draft.file.profile;
    let parties = Parties { provider: &app.provider, profile, agreement: id, at };
    Ok(render(&app.clauses, template, &parties)?)
}

/// Signs as the authorised signer, over the digest of what the signer saw.
pub async fn sign(app: &App, who: &Principal, ask: SignAgreement) -> Result<OnAgreement, AppError> {
    let owner = owner(app, who, ask.agreement).await?;
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let actor = turn.who.actor;
            let step = |agreement: Agreement, file: &CustomerFile, now: Ts| {
                let offer = Offer {
                    contact: ask.contact,
                    seen: Digest(ask.sha256),
                    name: ask.name,
                    ip: Pii::new(ask.ip.expose().to_string()),
                };
                Ok(agreement.sign(&file.profile, offer, actor, now)?)
            };
            advance(&mut turn, owner, ask.agreement, "agreement.signed", step).await
        }
    })
    .await
}

/// Countersigns for the provider: another person than the signer.
pub async fn countersign(
    app: &App,
    who: &Principal,
    ask: CountersignAgreement,
) -> Result<OnAgreement, AppError> {
    let owner = owner(app, who, ask.agreement).await?;
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let now = turn.tx.now();
            let days = turn.app.policies.at(now)?.policy.agreements.executed_days;
            let until = now.plus(Span::days(i64::from(days)));
            let actor = turn.who.actor;
            let step = |agreement: Agreement, _file: &CustomerFile, now: Ts| {
                Ok(agreement.countersign(ask.name, actor, until, now)?)
            };
            advance(&mut turn, owner, ask.agreement, "agreement.executed", step).await
        }
    })
    .await
}

/// Ends an agreement; an ACTIVE customer whose clauses it carried goes down with it.
pub async fn terminate(
    app: &App,
    who: &Principal,
    ask: TerminateAgreement,
) -> Result<OnAgreement, AppError> {
    let owner = owner(app, who, ask.agreement).await?;
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let actor = turn.who.actor;
            let step = |agreement: Agreement, _file: &CustomerFile, now: Ts| {
                Ok(agreement.terminate(actor, now)?)
            };
            advance(&mut turn, owner, ask.agreement, "agreement.terminated", step).await
        }
    })
    .await
}

/// Takes an agreement one step on, inside a command.
async fn advance(
    turn: &mut Turn,
    owner: CustomerId,
    id: AgreementId,
    word: &'static str,
    step: impl FnOnce(Agreement, &CustomerFile, Ts) -> Result<Agreement, AppError>,
) -> Result<OnAgreement, AppError> {
    let mut draft = turn.draft(owner).await?;
    let found = draft.file.agreements.iter().find(|a| a.id == id).cloned();
    let agreement = found.ok_or(AppError::NotFound { what: "agreement" })?;
    let now = turn.tx.now();
    let next = step(agreement, &draft.file, now)?;
    draft.file.agreements.retain(|a| a.id != id);
    draft.file.agreements.push(next.clone());
    draft.note(Fact::Agreement(next));
    draft.settle(now);
    Ok(OnAgreement { agreement: id, changed: turn.finish(draft, word).await? })
}

async fn owner(app: &App, who: &Principal, id: AgreementId) -> Result<CustomerId, AppError> {
    let who = *who;
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let missing = AppError::NotFound { what: "agreement" };
            let Some(row) = tx.agreement(id).await? else { return Err(missing) };
            let customer = tx.customer(row.customer_id).await?;
            match customer.filter(|customer| who.sees(Some(customer.client_id))) {
                Some(customer) => Ok(customer.id),
                None => Err(missing),
            }
        })
        .await
}

/// An agreement with the exact bytes that were shown.
#[derive(Debug)]
pub struct Copy {
    /// The agreement.
    pub agreement: Agreement,
    /// Whose.
    pub customer: CustomerId,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// An agreement and its copy, for those who may see its customer.
pub async fn get(app: &App, who: &Principal, id: AgreementId) -> Result<Copy, AppError> {
    let customer = owner(app, who, id).await?;
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let missing = || AppError::NotFound { what: "agreement" };
            let file = tx.file(customer).await?.ok_or_else(missing)?;
            let agreement = file.agreements.into_iter().find(|a| a.id == id).ok_or_else(missing)?;
            let bytes = tx.agreement_copy(customer, id).await?;
            Ok(Copy { agreement, customer, bytes })
        })
        .await
}

/// A page of a customer's agreements, oldest first.
pub fn page(
    app: &App,
    file: &CustomerFile,
    page: &Page,
) -> Result<(Vec<Agreement>, String), AppError> {
    let keyset = Keyset::open(app, &format!("agreements|{}", file.customer.id), page)?;
    let after = keyset.after_id()?;
    let limit = usize::try_from(keyset.limit()).unwrap_or(usize::MAX);
    let later = file.agreements.iter().filter(|a| a.id.0 > after);
    let mut rows: Vec<Agreement> = later.take(limit).cloned().collect();
    let next = keyset.next(app, &mut rows, |a| a.id.0)?;
    Ok((rows, next))
}
