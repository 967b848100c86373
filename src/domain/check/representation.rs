//! Who speaks for the firm (REPRESENTATION): proved only through a mailbox or a telephone that a
//! register holds for the firm since before it applied here. A channel that only the applicant
//! named proves nothing.

use super::asked::RegistryEvidence;
use super::party::{Answer, ChannelKind};
use super::record::{Check, Kind, Verdict};
use crate::domain::customer_file::CustomerFile;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// A channel through which representation can be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usable {
    /// Names it, without saying where it leads: `SEC_EDGAR.PHONE.1`.
    pub id: String,
    /// What it is.
    pub kind: ChannelKind,
    /// Where it leads.
    pub value: Pii<String>,
    /// Since when the register is known to hold it.
    pub since: Ts,
}

impl Usable {
    /// Where it leads, with most of it hidden: enough for the firm to know it, too little for others.
    pub fn masked(&self) -> String {
        let text = self.value.expose();
        let (head, end) = if let Some((name, domain)) = text.split_once('@') {
            (name.chars().take(1).collect::<String>(), format!("@{domain}"))
        } else {
            let count = text.chars().count();
            (String::new(), text.chars().skip(count.saturating_sub(2)).collect())
        };
        format!("{head}***{end}")
    }
}

/// The channels that live, passed checks of the firm found in registers, and that were there before
/// the firm applied. Post is held too, but nobody is asked by it; a domain alone leads to nobody.
pub fn usable(file: &CustomerFile, now: Ts) -> Vec<Usable> {
    let claims = file.claim_rows();
    let live = |check: &&Check| {
        let firm = matches!(check.kind, Kind::Existence | Kind::TaxIdToName | Kind::RmdRecord);
        firm && check.result == Verdict::Pass
            && now < check.expires_at
            && claims.iter().any(|claim| file.live_check(claim) == Some(*check))
    };
    let mut out = Vec::new();
    for check in file.checks.iter().filter(live) {
        let told = RegistryEvidence::of(check.evidence.expose());
        let passed = told.asked.into_iter().filter(|item| item.result == Verdict::Pass);
        for answer in passed.filter_map(|item| item.answer) {
            out.extend(of_answer(&answer, file.customer.created_at));
        }
    }
    out.sort_by(|a, b| a.id.cmp(&b.id));
    out.dedup_by(|a, b| a.id == b.id);
    out
}

fn of_answer(answer: &Answer, applied: Ts) -> Vec<Usable> {
    let mut out = Vec::new();
    for (nth, channel) in answer.channels.iter().enumerate() {
        let reaches = matches!(channel.kind, ChannelKind::Mail | ChannelKind::Phone);
        // A register that does not say since when it holds a channel may have it from the applicant.
        let Some(since) = channel.since.filter(|since| reaches && *since < applied) else {
            continue;
        };
        let id = format!("{}.{}.{}", answer.evidence.source, channel.kind, nth + 1);
        out.push(Usable { id, kind: channel.kind, value: channel.value.clone(), since });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::{Evidence, Failure, HeldChannel, Told};
    use crate::domain::customer::Role;
    use crate::domain::fixture::{START, check_mut, policy, ready, text};
    use crate::domain::time::Span;

    fn answer(channels: Vec<HeldChannel>) -> Answer {
        let evidence = Evidence {
            source: "SEC_EDGAR".to_owned(),
            adapter: 1,
            request: text("GET /"),
            retrieved_at: START,
            source_as_of: None,
            response_sha256: None,
            record: text("CIK0000320193"),
            compared: Vec::new(),
            expires_at: START,
            raw: None,
        };
        let told = Told::Failed(Failure::LATER);
        Answer { told, evidence, remarks: Vec::new(), channels, since: None, changed: None }
    }

    fn channel(kind: ChannelKind, value: &str, since: Option<Ts>) -> HeldChannel {
        HeldChannel { kind, value: text(value), since }
    }

    fn found(result: Verdict, kind: Kind, channels: Vec<HeldChannel>) -> Vec<String> {
        let mut file = ready(Role::EndUser, &policy());
        let check = check_mut(&mut file, kind);
        check.evidence = Pii::new(serde_json::json!({
            "asked": [{ "result": result, "reason": "MATCHED", "answer": answer(channels) }]
        }));
        usable(&file, START).into_iter().map(|usable| usable.id).collect()
    }

    #[test]
    fn only_what_a_register_held_before_counts() {
        let mut file = ready(Role::EndUser, &policy());
        let applied = file.customer.created_at;
        file.checks.clear();
        assert!(usable(&file, START).is_empty());
        let before = Some(applied.minus(Span::days(30)));
        let phone = || channel(ChannelKind::Phone, "+14089961010", before);
        let held = vec![
            phone(),
            channel(ChannelKind::Phone, "+14089961011", None),
            channel(ChannelKind::Phone, "+14089961012", Some(applied)),
            channel(ChannelKind::Post, "One Apple Park Way", before),
            channel(ChannelKind::Domain, "apple.com", before),
            channel(ChannelKind::Mail, "desk@apple.com", before),
        ];
        let ids = found(Verdict::Pass, Kind::Existence, held);
        assert_eq!(ids, ["SEC_EDGAR.MAIL.6", "SEC_EDGAR.PHONE.1"]);
        assert!(found(Verdict::Review, Kind::Existence, vec![phone()]).is_empty());
        // What the applicant's own mailbox proved is no register's word.
        assert!(found(Verdict::Pass, Kind::ContactEmail, vec![phone()]).is_empty());
    }

    #[test]
    fn a_channel_that_is_shown_is_not_told() {
        let shown = |kind, value: &str| {
            let value = text(value);
            Usable { id: String::new(), kind, value, since: START }.masked()
        };
        assert_eq!(shown(ChannelKind::Phone, "+14089961010"), "***10");
        assert_eq!(shown(ChannelKind::Mail, "desk@apple.com"), "d***@apple.com");
    }
}
