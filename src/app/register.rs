//! Looks into registers that are loaded as lists: in the database, by key.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::json;

use super::error::AppError;
use super::parts::App;
use crate::domain::check::{Answer, Compared, Evidence, Likeness, Told, fit};
use crate::domain::digest::Digest;
use crate::domain::list::List;
use crate::domain::pii::Pii;
use crate::domain::profile::{IdentifierKind, Profile};
use crate::domain::provider::{Presence, Record, RecordFacts};
use crate::domain::register::{
    EinNames, Filers, Looked, RmdFilings, RmdRemovals, domain_and_parents,
};
use crate::domain::register_told::{filing, of_ein};
use crate::domain::time::Ts;
use crate::store::list::ListVersionRow;
use crate::store::{StoreError, Tx};

/// The version of the code that reads registers, as evidence.
const ADAPTER: u32 = 1;

/// A look and the load that it was made in.
struct Look<T> {
    looked: Looked<T>,
    load: Option<ListVersionRow>,
}

/// Looks up a key; tells a row that was there before from one that never was.
async fn look<T: DeserializeOwned + Send + 'static>(
    app: &App,
    list: List,
    key: String,
) -> Result<Look<T>, AppError> {
    let (load, now_there, before) = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| {
            let key = key.clone();
            async move {
                let word = list.as_str();
                let load = tx.list_live(word).await?;
                let row = tx.list_entry(word, &key).await?;
                let before =
                    if row.is_none() { tx.list_entry_before(word, &key).await? } else { None };
                Ok((load, row, before))
            }
        })
        .await?;
    let read = |row: crate::store::list::ListEntryRow| {
        serde_json::from_value(row.body.0).map_err(|_shape| StoreError::Corrupt("list entry"))
    };
    let now = app.clock.now();
    let looked = match (&load, now_there, before) {
        (None, ..) => Looked::NotLoaded,
        (Some(load), ..) if app.lists.max_ages().stale(list.as_str(), load.as_of, now) => {
            Looked::Stale
        }
        (Some(_), Some(row), _) => Looked::Found(read(row)?),
        (Some(_), None, Some(row)) => Looked::Gone(read(row)?),
        (Some(_), None, None) => Looked::Nothing,
    };
    Ok(Look { looked, load })
}

impl<T> Look<T> {
    /// The answer with what it rests on.
    fn answer(&self, app: &App, list: List, told: Told, asked: (&str, &str)) -> Answer {
        let (key, name) = asked;
        let now = app.clock.now();
        let pii = |text: &str| Pii::new(text.to_owned());
        let mut compared = Vec::new();
        if let Told::Found(found) = &told
            && let Some(bears) = &found.name
        {
            // Names are judged by the result table; what is told here is that they were compared.
            let likeness =
                app.policies.at(now).map_or_else(|_| Likeness::default(), |p| p.policy.names);
            let agrees = matches!(fit(name, found, likeness), crate::domain::check::Fit::Agrees);
            compared.push(Compared {
                field: "name".to_owned(),
                asked: pii(name),
                told: bears.clone(),
                agrees,
            });
        }
        let as_of = self.load.as_ref().map(|load| load.as_of);
        let sha256 =
            self.load.as_ref().and_then(|load| Digest::try_from(load.sha256.as_slice()).ok());
        let evidence = Evidence {
            source: list.as_str().to_owned(),
            adapter: ADAPTER,
            request: pii(key),
            retrieved_at: now,
            source_as_of: as_of,
            response_sha256: sha256,
            record: pii(key),
            compared,
            expires_at: as_of.map_or(Ts::NEVER, |at| at.plus(app.lists.max_ages().get(list))),
            raw: None,
        };
        Answer {
            told,
            evidence,
            remarks: Vec::new(),
            channels: Vec::new(),
            since: None,
            changed: None,
        }
    }
}

/// What the registers of names under employer numbers say: one answer each.
pub async fn tax_id(app: &App, ein: &str, name: &str) -> Result<Vec<Answer>, AppError> {
    let key: String = ein.chars().filter(char::is_ascii_digit).collect();
    let mut answers = Vec::new();
    for list in [List::Sec, List::EoBmf, List::Form5500] {
        let look = look::<EinNames>(app, list, key.clone()).await?;
        let told = of_ein(&look.looked, name);
        answers.push(look.answer(app, list, told, (&key, name)));
    }
    Ok(answers)
}

/// What the FCC's lists say of a provider, and what that rests on.
#[derive(Clone, Debug)]
pub struct Records {
    /// The facts.
    pub facts: RecordFacts,
    /// Whether the filing was there in an earlier load and is not there now.
    pub gone: bool,
    /// Up to when the database's list may be rested on.
    pub until: Ts,
    /// What was asked.
    pub asked: serde_json::Value,
}

/// Asks the FCC's lists about the numbers that a profile gives.
pub async fn records(app: &App, profile: &Profile) -> Result<Records, AppError> {
    let value = |kind: IdentifierKind| {
        let mut given = profile.identifiers.iter().filter(|id| id.kind == kind);
        given.next().map(|id| id.value.expose().clone())
    };
    let mut others = BTreeMap::new();
    if let Some(filer) = value(IdentifierKind::Filer499) {
        let key = format!("filer:{}", filer.trim());
        let filed = look::<Filers>(app, List::Form499, key).await?;
        others.insert(Record::Filer499, filed.looked.presence());
    }
    let frn = value(IdentifierKind::Frn).map(|frn| super::rescreen::frn(&frn));
    let Some(frn) = frn else {
        let facts = RecordFacts { filing: Err(Presence::Unknown), removed: false, others };
        return Ok(Records { facts, gone: false, until: Ts::NEVER, asked: json!({}) });
    };
    let names = [&profile.legal_name].into_iter().chain(&profile.trade_names);
    let names: Vec<&str> = names.map(|name| name.expose().as_str()).collect();
    let now = app.clock.now();
    let filings = look::<RmdFilings>(app, List::Rmd, frn.clone()).await?;
    let removals = look::<RmdRemovals>(app, List::RmdRemovals, frn.clone()).await?;
    let filed = look::<Filers>(app, List::Form499, format!("frn:{frn}")).await?;
    // Neither register holds every FRN: only that one is there can be said.
    let seen = [filings.looked.presence(), filed.looked.presence()].contains(&Presence::Present);
    others.insert(Record::Frn, if seen { Presence::Present } else { Presence::Unknown });
    let likeness = app.policies.at(now)?.policy.names;
    let as_of = filings.load.as_ref().map(|load| load.as_of);
    let sha256 =
        filings.load.as_ref().and_then(|load| Digest::try_from(load.sha256.as_slice()).ok());
    Ok(Records {
        facts: RecordFacts {
            filing: filing(&filings.looked, &names, likeness),
            removed: matches!(&removals.looked, Looked::Found(all) if all.in_effect(now).is_some()),
            others,
        },
        gone: matches!(filings.looked, Looked::Gone(_)),
        until: as_of.map_or(Ts::NEVER, |at| at.plus(app.lists.max_ages().get(List::Rmd))),
        asked: json!({ "list": List::Rmd, "as_of": as_of, "sha256": sha256, "key": frn }),
    })
}

/// Which of these hosts, or a domain above one, hand out throw-away mail addresses. A list that was
/// never loaded, or is too old, says nothing of any.
pub(super) async fn disposable<'h>(
    app: &App,
    tx: &mut Tx,
    hosts: impl Iterator<Item = &'h String>,
) -> Result<BTreeSet<String>, AppError> {
    let list = List::Disposable.as_str();
    let mut found = BTreeSet::new();
    let Some(load) = tx.list_live(list).await? else { return Ok(found) };
    if app.lists.max_ages().stale(list, load.as_of, app.clock.now()) {
        return Ok(found);
    }
    for host in hosts {
        for name in domain_and_parents(host) {
            if tx.list_entry(list, &name).await?.is_some() {
                found.insert(host.clone());
                break;
            }
        }
    }
    Ok(found)
}

/// Whether a mail domain, or one above it, is one of throw-away addresses.
pub async fn is_disposable(app: &App, domain: &str) -> Result<Presence, AppError> {
    let mut answer = Presence::Unknown;
    for name in domain_and_parents(domain) {
        match look::<serde_json::Value>(app, List::Disposable, name).await?.looked.presence() {
            Presence::Present => return Ok(Presence::Present),
            Presence::Absent => answer = Presence::Absent,
            Presence::Unknown => return Ok(Presence::Unknown),
        }
    }
    Ok(answer)
}
