//! Red flags of a customer's file: what its profile shows, beside what address databases, lists and
//! registers say, and what it shares with other customers. Nothing of another customer reaches a
//! portal: evidence is for reviewers and auditors.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::change::Turn;
use super::draft::Draft;
use super::error::AppError;
use super::parts::App;
use super::register;
use crate::domain::check::{Check, Kind};
use crate::domain::customer::State;
use crate::domain::finding::{Code, Raise, Resolution, subject_of};
use crate::domain::flag::{self, Flag, FlagRules, Outside, RegistryFacts, corroborated};
use crate::domain::ids::{CustomerId, FindingId};
use crate::domain::link::{Link, LinkKind, LinkToken, is_tainted, links};
use crate::domain::pii::Pii;
use crate::domain::profile::Profile;
use crate::domain::time::Ts;
use crate::sources::domain_name::registrable;
use crate::store::StoreError;
use crate::store::change::Fact;
use crate::store::link::LinkedRow;

/// Others that are looked at for one token.
const OTHERS: i64 = 20;

/// What the profile gives that another customer may have too.
fn given(profile: &Profile, rules: &FlagRules) -> Vec<Link> {
    links(profile, |host| registrable(host).filter(|domain| !rules.free_mail.contains(domain)))
}

fn tokens(turn: &Turn, draft: &Draft) -> Result<Vec<LinkToken>, StoreError> {
    let given = given(&draft.file.profile, &draft.policy.policy.flags);
    given.iter().map(|link| turn.tx.link_token(link)).collect()
}

/// Keeps the tokens of the live profile, where they are not kept already.
pub(super) async fn keep_links(turn: &mut Turn, draft: &mut Draft) -> Result<(), AppError> {
    let live = tokens(turn, draft)?;
    let known = turn.tx.links_of(draft.file.customer.id).await?;
    let known = known.iter().filter(|row| row.to_entry.is_none());
    let known: BTreeSet<(&str, &[u8])> =
        known.map(|row| (row.kind.as_str(), row.token.as_slice())).collect();
    let same = live.len() == known.len()
        && live.iter().all(|l| known.contains(&(l.kind.as_str(), l.token.as_bytes().as_slice())));
    if !same {
        draft.note(Fact::Links { live });
    }
    Ok(())
}

/// Raises every red flag that is not known of the live profile; `looked` says what of it was looked at
/// before.
pub(super) async fn raise_all(
    turn: &mut Turn,
    draft: &mut Draft,
    looked: &BTreeSet<Code>,
) -> Result<(), AppError> {
    let (app, now) = (turn.app.clone(), turn.tx.now());
    let rules = draft.policy.policy.flags.clone();
    let file = &draft.file;
    let mut known = outside(&app, &file.profile);
    known.disposable = register::disposable(&app, &mut turn.tx, known.registrable.keys()).await?;
    let mut found = flag::flags(&file.profile, &known, &rules);
    if file.customer.state.active().is_some() {
        found.retain(|flag| !flag.is_guess() || !looked.contains(&flag.code));
    }
    let claims = file.claim_rows();
    let live: Vec<&Check> = claims.iter().filter_map(|claim| file.live_check(claim)).collect();
    for check in live.iter().filter(|check| check.kind == Kind::Existence) {
        found.extend(RegistryFacts::of(check.evidence.expose()).flags(check, &rules, now));
    }
    if !corroborated(live, now) {
        found.push(Flag::uncorroborated(&file.profile));
    }
    let key = file.claim_key.clone();
    let mut raises: Vec<Raise> = found.into_iter().map(|flag| flag.raise(&key)).collect();
    raises.extend(linked(turn, draft).await?);
    for new in raises {
        draft.raise(new, None, FindingId(app.clock.id()), now);
    }
    Ok(())
}

/// What is known from outside about the profile.
fn outside(app: &App, profile: &Profile) -> Outside {
    let signup = profile.signup.as_ref();
    let ip = signup.and_then(|it| it.ip.expose().trim().parse::<IpAddr>().ok());
    let site = flag::host_of(profile.website.expose());
    let mails = profile.contacts.iter().filter_map(|c| flag::host_of(c.email.expose()));
    let hosts: BTreeSet<String> = mails.chain(site).collect();
    let known = hosts.into_iter().filter_map(|host| Some((host.clone(), registrable(&host)?)));
    Outside {
        signup_country: ip.and_then(|ip| app.geo.country(ip)),
        registrable: known.collect(),
        disposable: BTreeSet::new(),
    }
}

/// Once a source or a document supports who the customer is, the flag that nothing does is over.
pub(super) fn support(draft: &mut Draft, by: &str, now: Ts) {
    let claims = draft.file.claim_rows();
    let live = claims.iter().filter_map(|claim| draft.file.live_check(claim));
    if !corroborated(live, now) {
        return;
    }
    let open = draft.file.findings.iter().filter(|f| f.code == Code::UncorroboratedId);
    let open: Vec<_> = open.filter(|f| f.is_open()).cloned().collect();
    for finding in open {
        let reason = Pii::new("a check of who the customer is has passed".to_owned());
        if let Ok(resolved) = finding.resolve(Resolution::Mitigated, by, reason, now) {
            draft.put_resolved(resolved);
        }
    }
}

/// What one other customer shares with this one.
#[derive(Debug, Default)]
struct Shared {
    state: String,
    links: BTreeSet<(LinkKind, String)>,
}

/// The findings of what is shared with other customers. That two share something is told of the one
/// that came to give it later: nobody is lowered by what somebody else writes into a profile.
async fn linked(turn: &mut Turn, draft: &Draft) -> Result<Vec<Raise>, AppError> {
    let live = tokens(turn, draft)?;
    let tainted = tainted(turn, draft, &live).await?;
    let me = draft.file.customer.id;
    let given = turn.tx.links_given(me).await?;
    let mut same: BTreeMap<(Code, String), BTreeSet<CustomerId>> = BTreeMap::new();
    let mut alike: BTreeMap<String, BTreeSet<CustomerId>> = BTreeMap::new();
    for link in &live {
        let code = match link.kind {
            LinkKind::Address => Code::AddrShared,
            LinkKind::Identifier => Code::IdentifierShared,
            LinkKind::NameShape => Code::SpoofName,
            LinkKind::Phone
            | LinkKind::Mailbox
            | LinkKind::MailDomain
            | LinkKind::Person
            | LinkKind::IpRange
            | LinkKind::Payment
            | LinkKind::Name => continue,
        };
        let (kind, token) = (link.kind.as_str(), link.token.as_bytes());
        // What is given only now is not written yet.
        let mine = given.iter().find(|row| row.kind == kind && row.token == token);
        let since = mine.map_or(turn.tx.now(), |row| row.given_at);
        for row in turn.tx.linked(kind, token, me, since, OTHERS).await? {
            turn.tx.saw_of(row.customer_id.0, row.last_at);
            if code == Code::SpoofName {
                alike.entry(link.field.clone()).or_default().insert(row.customer_id);
            } else {
                same.entry((code, link.field.clone())).or_default().insert(row.customer_id);
            }
        }
    }
    for (field, others) in alike {
        for other in spelled_otherwise(turn, &live, &field, others).await? {
            same.entry((Code::SpoofName, field.clone())).or_default().insert(other);
        }
    }
    Ok(raises(draft, tainted, same))
}

/// Those that nobody should be linked to, and what is shared with each.
async fn tainted(
    turn: &mut Turn,
    draft: &Draft,
    live: &[LinkToken],
) -> Result<BTreeMap<CustomerId, Shared>, AppError> {
    let me = draft.file.customer.id;
    let mut tainted: BTreeMap<CustomerId, Shared> = BTreeMap::new();
    for link in live.iter().filter(|link| link.kind.links()) {
        let (kind, token) = (link.kind.as_str(), link.token.as_bytes());
        for row in turn.tx.linked_stopped(kind, token, me, OTHERS).await? {
            let (other, state) = (row.customer_id, state_of(&row)?);
            turn.tx.saw_of(other.0, row.last_at);
            if is_tainted(&state) {
                let shared = tainted.entry(other).or_default();
                state.word().as_str().clone_into(&mut shared.state);
                shared.links.insert((link.kind, link.field.clone()));
            }
        }
    }
    Ok(tainted)
}

fn state_of(row: &LinkedRow) -> Result<State, AppError> {
    let state = serde_json::from_value(row.state_data.0.clone());
    state.map_err(|_shape| AppError::from(StoreError::Corrupt("customer")))
}

/// Those of `others` that have a name which looks the same and is written otherwise.
async fn spelled_otherwise(
    turn: &mut Turn,
    live: &[LinkToken],
    field: &str,
    others: BTreeSet<CustomerId>,
) -> Result<Vec<CustomerId>, AppError> {
    let mut out = Vec::new();
    let spelled = live.iter().find(|l| l.kind == LinkKind::Name && l.field == field);
    let Some(spelled) = spelled else { return Ok(out) };
    for other in others {
        let (kind, token) = (LinkKind::Name.as_str(), spelled.token.as_bytes());
        let (held,) = turn.tx.link_held(kind, token, other).await?;
        if held == 0 {
            out.push(other);
        }
    }
    Ok(out)
}

fn raises(
    draft: &Draft,
    tainted: BTreeMap<CustomerId, Shared>,
    same: BTreeMap<(Code, String), BTreeSet<CustomerId>>,
) -> Vec<Raise> {
    let key = &draft.file.claim_key;
    let mut out = Vec::new();
    for ((code, field), others) in same {
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        // Another customer that comes to share the same is another finding.
        let digest = key.digest(code.as_str(), &others.join(","));
        let evidence = BTreeMap::from([
            ("field".to_owned(), format!("profile.{field}")),
            ("customers".to_owned(), others.join(", ")),
        ]);
        let subject = subject_of(&field, digest, "SHARED");
        out.push(Raise { code, subject, evidence: Pii::new(evidence) });
    }
    // Who is ACTIVE is not taken down by what somebody else wrote into a profile later.
    if draft.file.customer.state.active().is_some() {
        return out;
    }
    for (other, shared) in tainted {
        let told: Vec<String> =
            shared.links.iter().map(|(kind, field)| format!("{kind} (profile.{field})")).collect();
        let digest = key.digest(Code::LinkedToTerminated.as_str(), &told.join(","));
        let evidence = BTreeMap::from([
            ("customer".to_owned(), other.to_string()),
            ("state".to_owned(), shared.state),
            ("links".to_owned(), told.join("; ")),
        ]);
        let subject = subject_of("links", digest, &other.to_string());
        let code = Code::LinkedToTerminated;
        out.push(Raise { code, subject, evidence: Pii::new(evidence) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_mailbox_links_nobody_by_its_domain() {
        let mut p = Profile::default();
        let contact = |mail: &str| crate::domain::profile::Contact {
            email: Pii::new(mail.to_owned()),
            ..crate::domain::profile::Contact::default()
        };
        p.contacts = vec![contact("a@gmail.com"), contact("a@mail.heron.example.com")];
        let rules =
            FlagRules { free_mail: ["gmail.com".to_owned()].into(), ..FlagRules::default() };
        let domains: Vec<String> = given(&p, &rules)
            .into_iter()
            .filter(|link| link.kind == LinkKind::MailDomain)
            .map(|link| link.text.expose().clone())
            .collect();
        assert_eq!(domains, ["example.com"]);
    }
}
