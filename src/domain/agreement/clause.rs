//! Clauses, and the templates made of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::customer::Role;
use crate::domain::fault::FieldFault;
use crate::domain::words::words;

words! {
    /// A clause by its number (`regulations` section 5).
    pub enum ClauseId as "clause" {
        /// Traceback requests are answered in time.
        TracebackCooperation = "C-01",
        /// The upstream, or the actual caller, is named.
        IdentifyUpstream = "C-02",
        /// One named contact for tracebacks, and a backup.
        PointOfContact = "C-03",
        /// Call records and identity records are kept.
        Retention = "C-04",
        /// The same clauses bind every reseller below.
        FlowDown = "C-05",
        /// Only caller IDs the customer may use.
        NoSpoofing = "C-06",
        /// The filing in the Robocall Mitigation Database is kept.
        RmdMaintained = "C-07",
        /// Service may be withheld without notice.
        Suspension = "C-08",
        /// Identity and records may be given to authorities.
        Disclosure = "C-09",
        /// Calls follow the law and the declared use.
        LegalUse = "C-10",
        /// What the customer says of itself stays true.
        Accuracy = "C-11",
        /// The provider decides levels, its certificate signs.
        ThirdPartySigning = "C-12",
        /// No level is promised.
        Attestation = "C-13",
        /// Fines and traced calls are paid for.
        CostRecovery = "C-14",
        /// Records may be inspected, downstream too.
        Audit = "C-15",
        /// Process agent, law, and no US caller ID without proof.
        ForeignCustomer = "C-16",
        /// Limits of rate and volume.
        VolumeLimits = "C-17",
        /// No unassigned numbers; disconnects are reported.
        NumberRules = "C-18",
        /// Identity records are protected.
        DataProtection = "C-19",
        /// What outlives the agreement.
        Survival = "C-20",
    }
}

/// One clause in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Which.
    pub id: ClauseId,
    /// Its version, from 1.
    pub version: u32,
    /// Its heading.
    pub title: String,
    /// The rule it carries out.
    pub source: String,
    /// Its words.
    pub text: String,
}

/// What agreements of a role are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Which, such as `end-user-2026`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// For which roles.
    pub roles: Vec<Role>,
    /// Its clauses with their versions, in order.
    pub clauses: Vec<(ClauseId, u32)>,
}

/// Every clause in every version, and every template: `policies/clauses_2026.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseBook {
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// The templates.
    pub templates: Vec<Template>,
}

impl ClauseBook {
    /// A clause in one version.
    pub fn clause(&self, id: ClauseId, version: u32) -> Option<&Clause> {
        self.clauses.iter().find(|c| c.id == id && c.version == version)
    }

    /// A template.
    pub fn template(&self, id: &str) -> Option<&Template> {
        self.templates.iter().find(|t| t.id == id)
    }

    /// The templates for a role.
    pub fn templates_for(&self, role: Role) -> impl Iterator<Item = &Template> {
        self.templates.iter().filter(move |t| t.roles.contains(&role))
    }

    /// Everything that is wrong with the book.
    pub fn check(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        let mut seen = BTreeMap::new();
        for (index, clause) in self.clauses.iter().enumerate() {
            let mut fault = |field: &str, reason: &'static str, message: &'static str| {
                faults.push(FieldFault::new(format!("clauses[{index}].{field}"), reason, message));
            };
            if clause.version == 0 {
                fault("version", "OUT_OF_RANGE", "versions start at 1");
            }
            if seen.insert((clause.id, clause.version), index).is_some() {
                fault("version", "DUPLICATE", "this version of the clause stands twice");
            }
            let texts =
                [("title", &clause.title), ("source", &clause.source), ("text", &clause.text)];
            for (field, text) in texts {
                if text.trim().is_empty() {
                    fault(field, "REQUIRED", "a clause has a title, a source and a text");
                }
            }
        }
        for (index, template) in self.templates.iter().enumerate() {
            let mut fault = |field: &str, reason: &'static str, message: &'static str| {
                let path = format!("templates[{index}].{field}");
                faults.push(FieldFault::new(path, reason, message));
            };
            if template.id.is_empty() || template.title.is_empty() {
                fault("id", "REQUIRED", "a template has an id and a title");
            }
            if template.roles.is_empty() {
                fault("roles", "REQUIRED", "say for which roles the template is");
            }
            if self.templates.iter().filter(|t| t.id == template.id).count() > 1 {
                fault("id", "DUPLICATE", "another template has this id");
            }
            if template.clauses.iter().any(|(id, version)| self.clause(*id, *version).is_none()) {
                fault("clauses", "UNKNOWN_CLAUSE", "a clause or its version is not in the book");
            }
            let mut ids: Vec<ClauseId> = template.clauses.iter().map(|(id, _)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            if ids.len() != template.clauses.len() {
                fault("clauses", "DUPLICATE", "a clause stands in a template once");
            }
        }
        faults
    }
}
