//! The form of what a profile says of the organisation, of a provider, and of the sign-up.

use std::net::IpAddr;

use super::form::{Faults, ITEMS, NAME, is_public};
use super::record::Profile;
use crate::domain::identifier::{Kind, normal};

/// The most levels of resellers that anybody is believed to have.
const DEPTH: u32 = 10;

pub(super) fn organised(p: &Profile, f: &mut Faults) {
    f.names("trademarks", &p.trademarks);
}

pub(super) fn provider(p: &Profile, f: &mut Faults) {
    let Some(it) = &p.provider else { return };
    f.count("provider.rmd_roles", it.rmd_roles.len());
    f.date("provider.last_recertified", &it.last_recertified);
    f.count("provider.upstreams", it.upstreams.len());
    for (i, upstream) in it.upstreams.iter().enumerate().take(ITEMS) {
        let path = |field: &str| format!("provider.upstreams[{i}].{field}");
        f.line(&path("name"), upstream.name.expose(), NAME);
        if upstream.name.expose().trim().is_empty() {
            f.add(path("name"), "REQUIRED", "an upstream provider has a name");
        }
        let frn = upstream.frn.expose();
        if !frn.is_empty()
            && let Err(bad) = normal(Kind::Frn, frn)
        {
            f.add(path("frn"), bad.reason, bad.message);
        }
        f.country(&path("country"), &upstream.country);
    }
    f.names("provider.affiliates", &it.affiliates);
    f.paragraph("provider.prior_actions", it.prior_actions.expose(), 1_000);
    if it.resale_depth > DEPTH {
        f.add("provider.resale_depth", "OUT_OF_RANGE", "at most 10 levels");
    }
    f.line("provider.process_agent", it.process_agent.expose(), 300);
}

pub(super) fn signup(p: &Profile, f: &mut Faults) {
    let Some(it) = &p.signup else { return };
    let ip = it.ip.expose();
    if !ip.is_empty() && !ip.parse::<IpAddr>().is_ok_and(is_public) {
        f.add("signup.ip", "BAD_ADDRESS", "the public IP address that the portal saw");
    }
    f.line("signup.payment_token", it.payment_token.expose(), 200);
}
