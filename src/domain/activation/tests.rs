//! The gate, taken apart fact by fact and then at random.

use proptest::prelude::*;

use super::*;
use crate::domain::agreement::AgreementWord;
use crate::domain::attestation::Cap;
use crate::domain::check::{Kind, Override, Verdict};
use crate::domain::customer::{Condition, Refusal, Role, State, StateWord, SuspendReason};
use crate::domain::customer_file::CustomerFile;
use crate::domain::digest::Digest;
use crate::domain::finding::{Code, Finding, FindingState, Resolution, Severity};
use crate::domain::fixture::{START, check_mut, id, pass_all, person, policy, portal, ready, text};
use crate::domain::ids::{FindingId, ProposalId};
use crate::domain::pii::Pii;
use crate::domain::policy::Policy;
use crate::domain::proposal::{Proposal, ProposalState, Proposed};
use crate::domain::requirement::{Code as Need, requirements};
use crate::domain::time::{Span, Ts};

fn needs(file: &CustomerFile, policy: &Policy, now: Ts) -> Vec<String> {
    let list = requirements(file, policy, now);
    list.iter().map(|r| r.code.to_string()).collect()
}

fn finding(code: Code, severity: Severity) -> Finding {
    Finding {
        id: FindingId(id(0xF1)),
        code,
        subject: "legal_name#1#2".to_owned(),
        severity,
        state: FindingState::Open,
        evidence: Pii::default(),
        raised_at: START,
        check: None,
    }
}

fn active(file: &CustomerFile, policy: &Policy) -> CustomerFile {
    let mut file = file.clone();
    file.customer.state = activate(&file, policy, START).unwrap().state;
    file
}

#[test]
fn nothing_missing_passes() {
    let policy = policy();
    let file = ready(Role::EndUser, &policy);
    assert_eq!(needs(&file, &policy, START), Vec::<String>::new());
    let passed = activate(&file, &policy, START).unwrap();
    assert!(passed.counters.is_clear());
    let State::Active(active) = passed.state else { panic!("not active") };
    assert_eq!(active.cap, Cap::A);
    // The screening ends first, and A with it; service ends with what a person has to prove anew.
    assert_eq!(active.active_until, START.plus(Span::days(365 + 30)));
    assert_eq!(active.uncapped_until, START.plus(Span::days(30)));
    assert!(active.conditions.is_empty());
}

#[test]
fn each_required_check_is_needed_and_only_on_the_live_claim() {
    let policy = policy();
    let whole = ready(Role::EndUser, &policy);
    let required = &policy.role(Role::EndUser).unwrap().checks;
    for rule in required {
        let code = format!("CHECK_{}", rule.kind);
        let spoil = |how: &dyn Fn(&mut CustomerFile)| {
            let mut file = whole.clone();
            how(&mut file);
            assert!(needs(&file, &policy, START).contains(&code), "{code}");
            assert!(!counters(&file, &policy).is_clear(), "{code}");
            assert!(activate(&file, &policy, START).is_err());
        };
        spoil(&|f| f.checks.retain(|c| c.kind != rule.kind));
        for bad in [Verdict::Fail, Verdict::Review, Verdict::Unavailable, Verdict::Superseded] {
            spoil(&|f| check_mut(f, rule.kind).result = bad);
        }
        spoil(&|f| check_mut(f, rule.kind).claim_digest = Digest([0; 32]));
        let mut late = whole.clone();
        check_mut(&mut late, rule.kind).expires_at = START;
        assert!(needs(&late, &policy, START).contains(&code), "{code} expired");
    }
}

#[test]
fn form_checks_satisfy_nothing_and_spoil_nothing() {
    let policy = policy();
    let mut file = ready(Role::EndUser, &policy);
    file.checks.retain(|c| !c.kind.is_form());
    assert!(activate(&file, &policy, START).is_ok());
    file.checks.clear();
    let forms = ready(Role::EndUser, &policy).checks.into_iter().filter(|c| c.kind.is_form());
    file.checks.extend(forms);
    assert!(activate(&file, &policy, START).is_err());
}

#[test]
fn an_edit_voids_the_checks_of_what_was_edited_and_no_other() {
    let policy = policy();
    let whole = ready(Role::EndUser, &policy);
    let after = |edit: &dyn Fn(&mut CustomerFile)| {
        let mut file = whole.clone();
        edit(&mut file);
        needs(&file, &policy, START)
    };
    assert!(after(&|f| f.profile.intended_use = text("Something else")).is_empty());
    assert!(
        after(&|f| f.profile.legal_name = text(" Hudson  Valley Dental Supply, Inc.")).is_empty()
    );
    assert_eq!(
        after(&|f| f.profile.legal_name = text("Hudson Valley Dental Supplies, Inc.")),
        ["CHECK_SANCTIONS", "CHECK_EXISTENCE", "CHECK_TAX_ID_TO_NAME", "CHECK_REPRESENTATION"]
    );
    assert_eq!(
        after(&|f| f.profile.contacts[0].email = text("other@hvdental.example.com")),
        ["CHECK_CONTACT_EMAIL", "TRACEBACK_CONTACT"]
    );
    assert_eq!(after(&|f| f.profile.trade_names.push(text("HVD"))), ["CHECK_SANCTIONS"]);
}

#[test]
fn an_override_counts_where_it_may_until_it_ends() {
    let policy = policy();
    let mut file = ready(Role::EndUser, &policy);
    let until = START.plus(Span::days(3));
    let stand_in = Some(Override { until, proposal: ProposalId(id(5)) });
    let check = check_mut(&mut file, Kind::Existence);
    check.result = Verdict::Unavailable;
    check.overridden = stand_in;
    let state = activate(&file, &policy, START).unwrap().state;
    assert_eq!(state.active().unwrap().active_until, until, "no grace after an override");
    assert_eq!(needs(&file, &policy, until), ["CHECK_EXISTENCE"]);
    for kind in [Kind::Sanctions, Kind::ContactEmail, Kind::ContactPhone] {
        let mut file = ready(Role::EndUser, &policy);
        let check = check_mut(&mut file, kind);
        check.result = Verdict::Unavailable;
        check.overridden = stand_in;
        assert!(activate(&file, &policy, START).is_err(), "{kind}");
    }
}

#[test]
fn findings_agreement_and_contact_bar() {
    let policy = policy();
    let whole = ready(Role::EndUser, &policy);
    let after = |edit: &dyn Fn(&mut CustomerFile)| {
        let mut file = whole.clone();
        edit(&mut file);
        assert!(!counters(&file, &policy).is_clear());
        needs(&file, &policy, START)
    };
    let hit = || finding(Code::SanctionsHit, Severity::High);
    assert_eq!(after(&|f| f.findings.push(hit())), ["FINDING_OPEN"]);
    let confirm = |resolution| hit().resolve(resolution, "user:1", text("seen"), START).unwrap();
    let confirmed = confirm(Resolution::Confirmed);
    assert_eq!(after(&|f| f.findings.push(confirmed.clone())), ["FINDING_CONFIRMED"]);
    let mut cleared = whole.clone();
    cleared.findings.push(confirm(Resolution::FalsePositive));
    assert!(activate(&cleared, &policy, START).is_ok());

    assert_eq!(after(&|f| f.primary_contact = None), ["TRACEBACK_CONTACT"]);
    let gone = after(&|f| f.agreements.clear());
    assert_eq!(gone.len(), 16, "the agreement and its fifteen clauses: {gone:?}");
    for n in 0..15 {
        let short = after(&|f| {
            f.agreements[0].clauses.remove(n);
        });
        assert!(short.len() == 1 && short[0].starts_with("CLAUSE_C-"), "{short:?}");
        let old = after(&|f| f.agreements[0].clauses[n].1 = 0);
        assert_eq!(old, short);
    }
    let ended = |f: &mut CustomerFile| {
        let agreement = f.agreements.remove(0).terminate(person(7), START).unwrap();
        f.agreements.push(agreement);
    };
    assert_eq!(after(&ended), gone);
}

#[test]
fn everything_is_told_at_once() {
    let policy = policy();
    let mut file = ready(Role::EndUser, &policy);
    file.customer.state = State::Draft;
    file.profile = crate::domain::profile::Profile::default();
    file.checks.clear();
    file.agreements.clear();
    file.primary_contact = None;
    let list = requirements(&file, &policy, START);
    let count = |want: fn(&Need) -> bool| list.iter().filter(|r| want(&r.code)).count();
    assert_eq!(count(|c| *c == Need::FieldRequired), 13);
    assert_eq!(count(|c| matches!(c, Need::Check(_))), 7);
    assert_eq!(count(|c| matches!(c, Need::Clause(_))), 15);
    assert_eq!(count(|c| *c == Need::Submission), 1);
    assert_eq!(count(|c| *c == Need::Approval), 1);
    assert!(list.is_sorted());
    let sourced = |r: &&crate::domain::requirement::Requirement| {
        !matches!(r.code, Need::Submission | Need::Approval)
    };
    assert!(list.iter().filter(sourced).all(|r| !r.source.is_empty()), "every rule has a source");
}

#[test]
fn provider_roles_wait_for_rmd_record_and_flow_down() {
    let policy = policy();
    for role in Role::ALL.iter().copied().filter(|r| *r != Role::EndUser) {
        let mut file = ready(role, &policy);
        file.profile.originating_ips = vec![text("203.0.113.0/28")];
        file.checks.retain(|c| !matches!(c.kind, Kind::RmdRecord | Kind::FlowDown));
        assert_eq!(needs(&file, &policy, START), ["RMD_RECORD", "FLOW_DOWN"], "{role}");
    }
}

#[test]
fn facts_that_turn_bad_take_active_away() {
    let policy = policy();
    let whole = active(&ready(Role::EndUser, &policy), &policy);
    let becomes = |edit: &dyn Fn(&mut CustomerFile)| {
        let mut file = whole.clone();
        edit(&mut file);
        let state = on_fact_change(&file, &policy, START);
        if let State::Suspended { reason, was, .. } = state {
            assert!(was.is_some());
            return Some(reason);
        }
        assert_eq!(state.word(), StateWord::Active);
        None
    };
    assert_eq!(becomes(&|_| ()), None);
    let hit = || finding(Code::SanctionsHit, Severity::High);
    assert_eq!(becomes(&|f| f.findings.push(hit())), Some(SuspendReason::Finding));
    let confirmed = hit().resolve(Resolution::Confirmed, "user:1", text("seen"), START).unwrap();
    let sanctioned = becomes(&|f| f.findings.push(confirmed.clone()));
    assert_eq!(sanctioned, Some(SuspendReason::SanctionsConfirmed));
    let fail = |f: &mut CustomerFile| check_mut(f, Kind::Existence).result = Verdict::Fail;
    assert_eq!(becomes(&fail), Some(SuspendReason::CheckFailed));
    let edit = |f: &mut CustomerFile| f.profile.legal_name = text("Another, Inc.");
    assert_eq!(becomes(&edit), Some(SuspendReason::ProfileChanged));
    assert_eq!(becomes(&|f| f.primary_contact = None), Some(SuspendReason::ContactLost));
    assert_eq!(becomes(&|f| f.agreements.clear()), Some(SuspendReason::AgreementEnded));

    let mut approved = ready(Role::EndUser, &policy);
    assert_eq!(on_fact_change(&approved, &policy, START).word(), StateWord::Verified);
    edit(&mut approved);
    assert_eq!(on_fact_change(&approved, &policy, START).word(), StateWord::InReview);

    let mut capped = whole.clone();
    capped.findings.push(finding(Code::CnamMismatch, Severity::Medium));
    let state = on_fact_change(&capped, &policy, START);
    let held = state.active().unwrap();
    assert_eq!((held.cap, held.conditions.as_slice()), (Cap::B, &[Condition::Restricted][..]));

    let end = whole.customer.state.active().unwrap().active_until;
    let late = on_fact_change(&whole, &policy, end);
    let State::Suspended { reason: SuspendReason::CheckExpired, .. } = late else {
        panic!("still {late:?}")
    };
}

#[test]
fn a_suspension_ends_by_facts_or_by_two_people() {
    let policy = policy();
    let mut file = active(&ready(Role::EndUser, &policy), &policy);
    let suspend = |file: &CustomerFile, why| file.customer.state.clone().suspend(why, START);
    file.customer.state = suspend(&file, SuspendReason::ProfileChanged).unwrap();
    assert!(activate(&file, &policy, START).is_ok());
    file.customer.state = suspend(&file, SuspendReason::Reviewer).unwrap();
    assert_eq!(needs(&file, &policy, START), ["REINSTATEMENT"]);
    assert!(reinstate(&file, &policy, START).is_err());

    let proposal = Proposal {
        id: ProposalId(id(9)),
        proposed: Proposed::Reinstatement,
        reason: text("cleared"),
        by: person(1).to_string(),
        at: START,
        expires: START.plus(Span::hours(1)),
        state: ProposalState::Open,
    };
    file.proposals = vec![proposal.clone()];
    assert!(reinstate(&file, &policy, START).is_err(), "one person is not enough");
    assert!(proposal.clone().confirm(person(1), START).is_err(), "the proposer is not another");
    assert!(proposal.clone().confirm(portal(), START).is_err(), "a program is nobody");
    assert!(proposal.clone().confirm(person(2), START.plus(Span::hours(1))).is_err(), "too late");
    file.proposals = vec![proposal.confirm(person(2), START).unwrap()];
    assert!(reinstate(&file, &policy, START).is_ok());

    let mut later = file.clone();
    later.customer.state =
        State::Suspended { since: START.plus(Span(1)), reason: SuspendReason::Reviewer, was: None };
    assert!(reinstate(&later, &policy, START).is_err(), "agreed about another suspension");
    file.customer.state = suspend(&file, SuspendReason::FccOrder).unwrap();
    let refused = reinstate(&file, &policy, START);
    let why = Refusal::NotOverridable { reason: SuspendReason::FccOrder };
    assert_eq!(refused, Err(ReinstateRefusal::Step(why)));
}

#[test]
fn approval_rests_on_identity() {
    let policy = policy();
    let mut file = ready(Role::EndUser, &policy);
    file.customer.state = State::InReview { since: START };
    file.agreements.clear();
    let state = approve(&file, &policy, START).unwrap();
    assert_eq!(state.word(), StateWord::Verified);
    assert_eq!(activate(&file, &policy, START).unwrap_err().len(), 17);
    check_mut(&mut file, Kind::Existence).result = Verdict::Fail;
    assert!(approve(&file, &policy, START).is_err());
}

#[test]
fn an_announced_clause_ends_the_older_one_on_its_day() {
    let mut policy = policy();
    let file = active(&ready(Role::EndUser, &policy), &policy);
    let day = START.plus(Span::days(9));
    let clauses = &mut policy.roles.get_mut(&Role::EndUser).unwrap().clauses;
    clauses[0].next = Some((2, day));
    let State::Active(held) = on_fact_change(&file, &policy, START) else { panic!("lost") };
    assert_eq!((held.active_until, held.conditions), (day, vec![Condition::RepaperDue]));
    assert_eq!(needs(&file, &policy, day), ["CLAUSE_C-01"]);
    assert!(needs(&file, &policy, day.minus(Span(1))).is_empty());
}

/// The counters as SQL counts them, clause by clause of the view `gate_facts`.
fn as_sql_counts(file: &CustomerFile, policy: &Policy) -> Counters {
    let rules = policy.role(file.customer.role).unwrap();
    let claims = file.claim_rows();
    let good = |kind: Kind, subject: &str, overridable: bool| {
        claims.iter().any(|k| {
            k.kind == kind
                && k.subject == subject
                && file.checks.iter().any(|r| {
                    r.kind == kind
                        && r.subject == subject
                        && r.claim_digest == k.digest
                        && r.result != Verdict::Superseded
                        && (r.result == Verdict::Pass || overridable && r.overridden.is_some())
                })
        })
    };
    let mut missing = 0;
    for p in &rules.checks {
        let of_kind = claims.iter().filter(|k| k.kind == p.kind);
        let bad = of_kind.clone().filter(|k| !good(k.kind, &k.subject, p.overridable)).count();
        let all = of_kind.count();
        missing += match (all, p.every_claim) {
            (0, _) => 1,
            (_, true) => bad,
            (_, false) => usize::from(bad == all),
        };
    }
    let lacking = rules.clauses.iter().filter(|p| {
        !file.agreements.iter().any(|a| {
            a.state.word() == AgreementWord::Executed
                && a.clauses.iter().any(|(c, v)| *c == p.clause && *v >= p.min_version)
        })
    });
    let contact = file.primary_contact.map(|c| c.to_string()).unwrap_or_default();
    let reached =
        good(Kind::ContactEmail, &contact, false) && good(Kind::ContactPhone, &contact, false);
    let high = |f: &&Finding| {
        let resolved = match &f.state {
            FindingState::Open => None,
            FindingState::Resolved { resolution, .. } => Some(*resolution),
        };
        f.severity == Severity::High && resolved.is_none_or(|r| r == Resolution::Confirmed)
    };
    Counters {
        checks_missing: missing as u64,
        high_open: file.findings.iter().filter(high).count() as u64,
        clauses_missing: lacking.count() as u64,
        primary_contacts: u64::from(reached),
    }
}

/// One thing that may be wrong with a customer.
#[derive(Clone, Debug)]
enum Spoil {
    Check(usize, Verdict, bool),
    Expiry(usize, i64),
    Override(usize, i64),
    Finding(usize, usize, Option<Resolution>),
    Clause(usize),
    Agreement(i64),
    Contact,
    Name,
}

fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let verdict = prop::sample::select(Verdict::ALL);
    let resolution = prop::option::of(prop::sample::select(Resolution::ALL));
    let one = prop_oneof![
        3 => (0..16_usize, verdict, any::<bool>()).prop_map(|(n, v, d)| Spoil::Check(n, v, d)),
        4 => (0..16_usize, 0..90_i64).prop_map(|(n, d)| Spoil::Expiry(n, d)),
        3 => (0..16_usize, 0..90_i64).prop_map(|(n, d)| Spoil::Override(n, d)),
        2 => (0..11_usize, 0..3_usize, resolution).prop_map(|(c, s, r)| Spoil::Finding(c, s, r)),
        1 => (0..15_usize).prop_map(Spoil::Clause),
        2 => (0..90_i64).prop_map(Spoil::Agreement),
        1 => Just(Spoil::Contact),
        1 => Just(Spoil::Name),
    ];
    prop::collection::vec(one, 0..4)
}

fn spoil(file: &mut CustomerFile, how: &Spoil) {
    let day = |n: i64| START.plus(Span::days(n));
    match *how {
        Spoil::Check(n, verdict, digest) => {
            let len = file.checks.len();
            let check = &mut file.checks[n % len];
            check.result = verdict;
            if digest {
                check.claim_digest = Digest([1; 32]);
            }
        }
        Spoil::Expiry(n, days) => {
            let len = file.checks.len();
            file.checks[n % len].expires_at = day(days);
        }
        Spoil::Override(n, days) => {
            let len = file.checks.len();
            let check = &mut file.checks[n % len];
            check.result = Verdict::Unavailable;
            check.overridden = Some(Override { until: day(days), proposal: ProposalId(id(5)) });
        }
        Spoil::Finding(code, severity, resolution) => {
            let found = finding(Code::ALL[code], Severity::ALL[severity]);
            let found = match resolution {
                Some(how) => found.resolve(how, "user:1", text("seen"), START).unwrap(),
                None => found,
            };
            file.findings.push(found);
        }
        Spoil::Clause(n) => {
            if let Some(clause) = file.agreements[0].clauses.get_mut(n) {
                clause.1 = 0;
            }
        }
        Spoil::Agreement(days) => {
            let until = day(days);
            file.agreements[0] =
                crate::domain::fixture::executed(Role::EndUser, &file.profile, until);
        }
        Spoil::Contact => file.primary_contact = None,
        Spoil::Name => file.profile.legal_name = text("Another, Inc."),
    }
}

/// The level that a state may carry at an instant: 2 is A, 1 is B.
fn height(state: &State, now: Ts) -> u8 {
    state
        .active()
        .filter(|a| now < a.active_until)
        .map_or(0, |a| if a.cap == Cap::A && now < a.uncapped_until { 2 } else { 1 })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_gate_opens_exactly_on_the_facts(how in spoils(), days in 0..100_i64) {
        let policy = policy();
        let mut file = ready(Role::EndUser, &policy);
        for one in &how {
            spoil(&mut file, one);
        }
        let now = START.plus(Span::days(days));
        let counted = counters(&file, &policy);
        prop_assert_eq!(counted, as_sql_counts(&file, &policy));
        if let Ok(passed) = activate(&file, &policy, now) {
            prop_assert!(counted.is_clear());
            prop_assert_eq!(passed.counters, counted);
            prop_assert!(height(&passed.state, now) > 0);
        }
        let end = horizon(&file, &policy);
        prop_assert!(counted.is_clear() || counted.high_open > 0 || end.active_until == Ts::NEVER);
        if counted.is_clear() && now < end.uncapped_until && now < end.active_until {
            prop_assert!(activate(&file, &policy, now).is_ok());
        }
    }

    #[test]
    fn time_alone_only_lowers(how in spoils(), a in 0..100_i64, b in 0..100_i64) {
        let policy = policy();
        let mut file = ready(Role::EndUser, &policy);
        for one in &how {
            spoil(&mut file, one);
        }
        let (early, late) = (START.plus(Span::days(a.min(b))), START.plus(Span::days(a.max(b))));
        let then = needs(&file, &policy, late);
        for need in needs(&file, &policy, early) {
            prop_assert!(then.contains(&need), "{} went away", need);
        }
        file.customer.state =
            activate(&ready(Role::EndUser, &policy), &policy, START).unwrap().state;
        let first = on_fact_change(&file, &policy, early);
        let second = on_fact_change(&file, &policy, late);
        prop_assert!(height(&second, late) <= height(&first, early));
        prop_assert!(height(&first, late) <= height(&first, early));
    }
}

#[test]
fn renewed_checks_raise_by_themselves() {
    let policy = policy();
    let mut file = active(&ready(Role::EndUser, &policy), &policy);
    let later = START.plus(Span::days(20));
    pass_all(&mut file, &policy, later);
    let state = on_fact_change(&file, &policy, later);
    assert_eq!(state.active().unwrap().uncapped_until, later.plus(Span::days(30)));
}
