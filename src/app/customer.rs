//! Customers: created, edited, shown, listed and evaluated.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::change::{Changes, Turn};
use super::error::AppError;
use super::page::Keyset;
use super::parts::App;
use super::token::ChangeToken;
use crate::domain::access::Principal;
use crate::domain::activation::counters;
use crate::domain::command::onboarding::{CreateCustomer, OnCustomer, UpdateProfile};
use crate::domain::command::query::Page;
use crate::domain::customer::{Customer, Role, State, StateWord};
use crate::domain::customer_file::CustomerFile;
use crate::domain::digest::hex;
use crate::domain::ids::{ClientId, ContactId, CustomerId, Origid};
use crate::domain::profile::{Profile, validate};
use crate::domain::requirement::{Code, Requirement, requirements};
use crate::store::change::{CustomerChange, Fact};
use crate::store::{Meta, Tx};

/// What a write on a customer leaves behind: the resource is read afresh, so that a retry shows
/// what is true then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Which customer.
    pub customer: CustomerId,
    /// Its revision.
    pub revision: u64,
}

impl Changed {
    /// The token with which a query waits for this write.
    pub fn token(&self, app: &App) -> String {
        ChangeToken { epoch: app.store.epoch(), subject: self.customer.0, revision: self.revision }
            .to_string()
    }
}

impl Changes for Changed {
    fn changed(&self) -> Option<Changed> {
        Some(*self)
    }
}

/// Creates a customer in DRAFT; what is given must be well-formed, nothing need be complete.
pub async fn create(app: &App, who: &Principal, ask: CreateCustomer) -> Result<Changed, AppError> {
    let client = who.client.ok_or_else(|| {
        AppError::denied("NO_CLIENT", "customers belong to a client: use a key of a portal client")
    })?;
    let mut profile = ask.profile;
    check_form(&mut profile, None, app)?;
    let (id, origid) = (CustomerId(app.clock.id()), Origid(app.clock.opaque_id()));
    let policy = app.policies.at(app.clock.now())?;
    let meta = Meta::write(who, &ask.write);
    let (role, parent, who) = (ask.role, ask.parent, *who);
    app.store
        .command(meta, move |mut tx| {
            let (profile, policy, who) = (profile.clone(), Arc::clone(&policy), who);
            async move {
                if let Some(parent) = parent {
                    check_parent(&mut tx, &who, parent).await?;
                }
                let at = tx.at();
                let file = new_file(&tx, &Fresh { id, client, parent, role, origid }, profile)?;
                let claims = file.claim_rows();
                let mut customer = file.customer.clone();
                customer.policy = Some(policy.id);
                customer.last_at = at;
                tx.change_customer(CustomerChange {
                    word: "customer.created",
                    before: None,
                    counters: counters(&file, &policy.policy),
                    customer,
                    facts: vec![Fact::Profile {
                        rev: 1,
                        profile: Box::new(file.profile),
                        claims,
                        before: Vec::new(),
                    }],
                    reason: None,
                })
                .await?;
                Ok(Changed { customer: id, revision: 1 })
            }
        })
        .await
}

/// A customer that does not exist yet.
struct Fresh {
    id: CustomerId,
    client: ClientId,
    parent: Option<CustomerId>,
    role: Role,
    origid: Origid,
}

fn new_file(tx: &Tx, fresh: &Fresh, profile: Profile) -> Result<CustomerFile, AppError> {
    let now = tx.now();
    Ok(CustomerFile {
        customer: Customer {
            id: fresh.id,
            client: fresh.client,
            parent: fresh.parent,
            role: fresh.role,
            state: State::Draft,
            origid: fresh.origid,
            profile_rev: 1,
            policy: None,
            revision: 0,
            last_at: now,
            created_at: now,
        },
        profile,
        claim_key: tx.claim_digest_key(fresh.id)?,
        checks: Vec::new(),
        findings: Vec::new(),
        agreements: Vec::new(),
        primary_contact: None,
        proposals: Vec::new(),
    })
}

async fn check_parent(tx: &mut Tx, who: &Principal, parent: CustomerId) -> Result<(), AppError> {
    let row = tx.customer(parent).await?.filter(|row| who.sees(Some(row.client_id)));
    let row = row.ok_or_else(|| {
        AppError::field("parent_id", "NOT_FOUND", "name a customer of your client")
    })?;
    tx.saw_of(row.id.0, row.last_at);
    if row.role == Role::EndUser.as_str() {
        let message = "an END_USER has no customers of its own; name its reseller";
        return Err(AppError::field("parent_id", "NOT_A_RESELLER", message));
    }
    Ok(())
}

/// Names new contacts, puts tokens in the place of persons' numbers, and tells every fault of form
/// at once.
fn check_form(profile: &mut Profile, live: Option<&Profile>, app: &App) -> Result<(), AppError> {
    let mut faults = profile.name_contacts(live, || ContactId(app.clock.id()));
    faults.extend(validate(profile));
    if faults.is_empty() {
        let sealer = app.store.sealer();
        faults = profile.tokenise(live, |kind, number| {
            hex(&sealer.index(&format!("identifier {kind}"), number.as_bytes()))
        });
    }
    for fault in &mut faults {
        fault.path = format!("profile.{}", fault.path);
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}

/// Makes a new profile revision. An edit of a claim that a required check covers takes an ACTIVE
/// customer down until the new text is checked.
pub async fn update(app: &App, who: &Principal, ask: UpdateProfile) -> Result<Changed, AppError> {
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move { update_in(&mut turn, ask).await }
    })
    .await
}

async fn update_in(turn: &mut Turn, ask: UpdateProfile) -> Result<Changed, AppError> {
    let mut draft = turn.draft(ask.customer).await?;
    draft.expect_etag(ask.write.etag)?;
    if let State::Terminated { .. } = draft.file.customer.state {
        return Err(AppError::refused(
            "CUSTOMER_TERMINATED",
            "the customer is TERMINATED; create a new one",
        ));
    }
    let before = draft.file.claim_rows();
    let mut profile = draft.file.profile.clone();
    profile.take(&ask.profile, &ask.fields);
    check_form(&mut profile, Some(&draft.file.profile), &turn.app)?;
    draft.file.profile = profile.clone();
    draft.file.customer.profile_rev += 1;
    let claims = draft.file.claim_rows();
    let rev = draft.file.customer.profile_rev;
    draft.note(Fact::Profile { rev, profile: Box::new(profile), claims, before });
    // A submitted text is what jobs check: another text is checked again.
    if draft.file.customer.state.word() != StateWord::Draft {
        super::flag::keep_links(turn, &mut draft).await?;
        super::check::request(turn, &draft).await?;
    }
    draft.settle(turn.tx.now());
    turn.finish(draft, "customer.profile_changed").await
}

/// Submits the live profile; every missing field is told at once, and jobs check the rest.
pub async fn submit(app: &App, who: &Principal, ask: OnCustomer) -> Result<Changed, AppError> {
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let mut draft = turn.draft(ask.customer).await?;
            draft.expect_etag(ask.write.etag)?;
            let now = turn.tx.now();
            let unmet = requirements(&draft.file, &draft.policy.policy, now);
            let missing: Vec<Requirement> =
                unmet.into_iter().filter(|need| need.code == Code::FieldRequired).collect();
            if !missing.is_empty() {
                return Err(AppError::Unmet(missing));
            }
            let rev = draft.file.customer.profile_rev;
            let state = draft.file.customer.state.clone().submit(rev, now)?;
            draft.set_state(state);
            super::flag::keep_links(&mut turn, &mut draft).await?;
            super::check::request(&mut turn, &draft).await?;
            turn.finish(draft, "customer.submitted").await
        }
    })
    .await
}

/// A customer's file, for those who may see it.
pub async fn get(app: &App, who: &Principal, id: CustomerId) -> Result<CustomerFile, AppError> {
    let who = *who;
    let file: Option<CustomerFile> = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.file(id).await?) })
        .await?;
    file.filter(|file| who.sees(Some(file.customer.client)))
        .ok_or(AppError::NotFound { what: "customer" })
}

/// What stands between a customer and its activation, with no side effect.
#[derive(Debug)]
pub struct Evaluation {
    /// The file it was made from.
    pub file: CustomerFile,
    /// Everything unmet.
    pub requirements: Vec<Requirement>,
    /// The policy it was held against, such as `CURRENT_2026/1`.
    pub policy: String,
}

/// All requirements at once.
pub async fn evaluate(app: &App, who: &Principal, id: CustomerId) -> Result<Evaluation, AppError> {
    let file = get(app, who, id).await?;
    let policy = app.policies.at(app.clock.now())?;
    let requirements = requirements(&file, &policy.policy, app.clock.now());
    let name = format!("{}/{}", policy.policy.name, policy.policy.version);
    Ok(Evaluation { file, requirements, policy: name })
}

/// Which customers a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Only these states; empty for any.
    pub states: Vec<StateWord>,
    /// Only these roles; empty for any.
    pub roles: Vec<Role>,
}

/// A page of customers, oldest first, and the token of the next one.
pub async fn list(
    app: &App,
    who: &Principal,
    filter: ListFilter,
    page: Page,
) -> Result<(Vec<CustomerFile>, String), AppError> {
    let words = |list: Vec<&'static str>| list.join(",");
    let states = words(filter.states.iter().map(|s| s.as_str()).collect());
    let roles = words(filter.roles.iter().map(|r| r.as_str()).collect());
    let bound = format!("customers|{:?}|{states}|{roles}", who.client);
    let keyset = Keyset::open(app, &bound, &page)?;
    let (after, limit) = (keyset.after_id().map(CustomerId)?, keyset.limit());
    let client = who.client;
    let mut files = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let rows = match client {
                Some(client) => {
                    tx.customers_of_client(client, after, &states, &roles, limit).await?
                }
                None => tx.customers(after, &states, &roles, limit).await?,
            };
            let mut files = Vec::with_capacity(rows.len());
            for row in rows {
                files.extend(tx.file(row.id).await?);
            }
            Ok(files)
        })
        .await?;
    let next = keyset.next(app, &mut files, |file| file.customer.id.0)?;
    Ok((files, next))
}
