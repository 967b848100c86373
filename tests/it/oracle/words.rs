//! The fixed words of the decision, as the page and the case lines write them.

/// A closed set of words.
pub(crate) trait Word: Copy + 'static {
    /// Every member, in the order of the page.
    const ALL: &'static [Self];

    /// The member as the page writes it.
    fn word(self) -> &'static str;
}

/// Closed sets of words: every member, its text, and the way to and from JSON.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($member:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
        )]
        pub(crate) enum $name {
            $(#[serde(rename = $word)] $member,)+
        }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$member,)+];

            fn word(self) -> &'static str {
                match self { $(Self::$member => $word,)+ }
            }
        }
    )+};
}

words! {
    /// Where a call came in.
    TrunkKind {
        Customer = "CUSTOMER",
        Reseller = "RESELLER",
        ProviderIngress = "PROVIDER_INGRESS",
        GatewayIngress = "GATEWAY_INGRESS",
    }
    /// How the trunk proved who it is.
    Auth { Digest = "DIGEST", Mtls = "MTLS", IpList = "IP_LIST", None = "NONE", }
    /// Whether the answer binds.
    Mode { Enforce = "ENFORCE", Shadow = "SHADOW", }
    /// What the number gate knows.
    Category {
        Assignable = "ASSIGNABLE",
        Invalid = "INVALID",
        Unallocated = "UNALLOCATED",
        Unused = "UNUSED",
        SubscriberDno = "SUBSCRIBER_DNO",
        NotAssignable = "NOT_ASSIGNABLE",
        AllocationUnknown = "ALLOCATION_UNKNOWN",
    }
    /// The most a customer or a number may have.
    Cap { A = "A", B = "B", }
    /// Verified evidence.
    Kind {
        AssignedByUs = "ASSIGNED_BY_US",
        RangeAllocated = "RANGE_ALLOCATED",
        PortedToUs = "PORTED_TO_US",
        TollfreeResporg = "TOLLFREE_RESPORG",
        DelegateCert = "DELEGATE_CERT",
        Loa = "LOA",
        Bill = "BILL",
        Callback = "CALLBACK",
        PortedOut = "PORTED_OUT",
    }
    /// `unknown_tn` and `expired_evidence`.
    RejectOrB { Reject = "REJECT", B = "B", }
    /// `on_stale`.
    OnStale { Reject = "REJECT", SendUnsigned = "SEND_UNSIGNED", }
    /// `foreign_gateway_us_tn`.
    RejectOrC { Reject = "REJECT", C = "C", }
    /// What the provider may put its name to.
    Attest { A = "A", B = "B", C = "C", None = "NONE", }
    /// What the signer does.
    Disposition {
        Sign = "SIGN",
        Reject = "REJECT",
        PassThrough = "PASS_THROUGH",
        SendEmergency = "SEND_EMERGENCY",
        SendUnsigned = "SEND_UNSIGNED",
    }
    /// Why: every reason word the page names.
    Reason {
        Unavailable = "UNAVAILABLE",
        Stale = "STALE",
        TrunkUnknown = "TRUNK_UNKNOWN",
        TrunkUnauthenticated = "TRUNK_UNAUTHENTICATED",
        CustomerNotActive = "CUSTOMER_NOT_ACTIVE",
        SignedUpstream = "SIGNED_UPSTREAM",
        ForeignUsTn = "FOREIGN_US_TN",
        EntryPoint = "ENTRY_POINT",
        Invalid = "INVALID",
        Unallocated = "UNALLOCATED",
        Unused = "UNUSED",
        SubscriberDno = "SUBSCRIBER_DNO",
        NotAssignable = "NOT_ASSIGNABLE",
        Diverted = "DIVERTED",
        NotYours = "NOT_YOURS",
        TnUnknown = "TN_UNKNOWN",
        TnNotVerified = "TN_NOT_VERIFIED",
        HolderNotActive = "HOLDER_NOT_ACTIVE",
        FullEvidence = "FULL_EVIDENCE",
        PartialEvidence = "PARTIAL_EVIDENCE",
        EvidenceExpired = "EVIDENCE_EXPIRED",
        RiskCap = "RISK_CAP",
        ReverifyDue = "REVERIFY_DUE",
        NumberCap = "NUMBER_CAP",
        ForeignNumber = "FOREIGN_NUMBER",
        AllocationUnknown = "ALLOCATION_UNKNOWN",
        TnConflict = "TN_CONFLICT",
        NotOurNumber = "NOT_OUR_NUMBER",
    }
}
