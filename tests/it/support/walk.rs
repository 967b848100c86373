//! One customer on its way from a profile to ACTIVE, through the use cases.

use std::collections::BTreeMap;
use std::time::Duration;

use vouch::app::customer::Changed;
use vouch::app::gate::{self, Decision};
use vouch::app::{
    AppError, agreement, challenge, check, customer, deliver, document, inventory, list_load,
    number, number_challenge, operation, traceback, trunk,
};
use vouch::clock::Clock;
use vouch::domain::attestation::{Answer, Call, Shown, TrunkAuth, TrunkKind, TrunkMode};
use vouch::domain::check::Kind;
use vouch::domain::command::admin::{InventorySource, LoadInventory, LoadList};
use vouch::domain::command::agreement::{CountersignAgreement, PrepareAgreement, SignAgreement};
use vouch::domain::command::challenge::{
    Channel, StartContactChallenge, StartNumberChallenge, Target, VerifyChallenge,
};
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::command::onboarding::{
    CreateCustomer, OnCustomer, SetTracebackContact, UploadDocument,
};
use vouch::domain::command::review::{Basis, DecideCustomer, RecordCheck};
use vouch::domain::command::trunk::CreateTrunk;
use vouch::domain::customer::Role;
use vouch::domain::customer_file::CustomerFile;
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::ids::{AgreementId, ChallengeId, ContactId, CustomerId, DocumentId};
use vouch::domain::list::List;
use vouch::domain::number::{Category, Tn};
use vouch::domain::operation::State as OperationState;
use vouch::domain::pii::{Pii, Secret};
use vouch::domain::profile::{
    Address, AddressKind, BeneficialOwner, Contact, DeclaredVolume, Identifier, IdentifierKind,
    Profile, ProviderInfo, RmdRole,
};

use super::apps::TestApp;
use super::stores::TestStore;

/// Two made-up lines in the shape of the published list.
const SDN: &str = "101,\"EXAMPLE, Ivan Petrovich\",\"individual\",\"RUSSIA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\
102,\"NORTHERN ICE SHIPPING LLC\",-0- ,\"DPRK\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n";

/// A file of central office codes that are allocated: those of the numbers that earn their level by
/// letters, certificates and call-backs.
pub(crate) const CODES: &str = "State\tNPA-NXX\tOCN\tCompany\tUse\n\
MN\t507-284\t1234\tA provider\tAS\nNY\t212-664\t1234\tA provider\tAS\n\
MI\t231-723\t1234\tA provider\tAS\n";

/// The smallest file that is a PDF to whoever sniffs it.
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// How long a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The number of [`with_a_number`].
pub(crate) const OURS: &str = "+15072847100";

/// An ACTIVE customer with the trunk `t1`, to which [`OURS`] is assigned, and a table that knows.
pub(crate) async fn with_a_number(test: &TestStore, clock: &Clock) -> (TestApp, CustomerId) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let heron = app.active("Heron Lake Supply Company", 1).await;
    app.trunk(heron, "t1").await;
    app.claim(heron, OURS).await;
    app.assign(&format!("{OURS},{heron},PO-1\n")).await;
    app.caught_up(test).await;
    (app, heron)
}

/// Text that names or reaches somebody.
pub(crate) fn text(text: &str) -> Pii<String> {
    Pii::new(text.to_owned())
}

/// A sound profile of a firm; `nth` keeps what may link it to others apart from theirs.
pub(crate) fn sound_profile(name: &str, nth: u32) -> Profile {
    let sign = |digit: char| char::from(b'a' + u8::try_from(digit.to_digit(10).unwrap()).unwrap());
    let sign: String = nth.to_string().chars().map(sign).collect();
    let person = text(&format!("Maria Lindqvist{sign}"));
    Profile {
        legal_name: text(name),
        incorporation_jurisdiction: "US-MN".to_owned(),
        physical_address: Some(Address {
            lines: vec![text(&format!("{} Lakeshore Avenue", 1_000 + nth))],
            city: text("Heron Lake"),
            region: text("MN"),
            postal_code: text("56137"),
            country: "US".to_owned(),
            kind: Some(AddressKind::DedicatedPremises),
        }),
        identifiers: vec![Identifier {
            kind: IdentifierKind::Ein,
            value: text(&format!("41-{:07}", 2_345_000 + nth)),
            issuing_region: String::new(),
            token: Pii::default(),
        }],
        nature_of_business: text("Wholesale of garden supplies to shops"),
        contacts: vec![Contact {
            id: None,
            name: person.clone(),
            role_title: text("Managing director"),
            email: text(&format!("maria{nth}@heronlake{sign}.example")),
            phone: text(&format!("+1507284{:04}", 1_000 + nth)),
            authorized_signer: true,
            ..Contact::default()
        }],
        alternate_phone: text(&format!("+1507284{:04}", 2_000 + nth)),
        intended_use: text("Order confirmations to our own customers"),
        declared_volume: Some(DeclaredVolume {
            peak_cps: 1,
            concurrent_paths: 10,
            calls_per_day: 200,
            ..DeclaredVolume::default()
        }),
        beneficial_owners: vec![BeneficialOwner {
            name: person,
            share_percent: 100,
            ..BeneficialOwner::default()
        }],
        ..Profile::default()
    }
}

/// What a customer that is a provider says beside that.
pub(crate) fn as_provider(mut profile: Profile) -> Profile {
    let numbers = [
        (IdentifierKind::Frn, "0018570812"),
        (IdentifierKind::Rmd, "RMD0001410"),
        (IdentifierKind::Filer499, "831234"),
        (IdentifierKind::Ocn, "123A"),
    ];
    profile.identifiers.extend(numbers.map(|(kind, value)| Identifier {
        kind,
        value: text(value),
        issuing_region: String::new(),
        token: Pii::default(),
    }));
    profile.provider = Some(ProviderInfo {
        rmd_roles: vec![RmdRole::VoiceServiceProvider],
        resale_depth: 1,
        binds_resellers: true,
        process_agent: text("Corporate Agents Inc, Dover"),
        ..ProviderInfo::default()
    });
    profile.originating_ips = vec![text("198.51.100.16/28")];
    profile
}

impl TestApp {
    /// Loads the small sanctions list, dated now.
    pub(crate) async fn load_list(&self) {
        self.load_file(List::OfacSdn, "SDN.CSV", SDN).await;
    }

    /// Loads the allocated codes, dated now, until the table follows them.
    pub(crate) async fn load_codes(&self) {
        self.load_file(List::CoCodes, "CoCodeAssignment_Utilized_AllStates.txt", CODES).await;
        let tn = Tn::parse(OURS).unwrap();
        let followed = async {
            while self.app.live.book().unstored(tn).category != Category::Assignable {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, followed).await.expect("a table that follows");
    }

    /// Loads a list of one file, dated now.
    pub(crate) async fn load_file(&self, list: List, name: &str, text: &str) {
        let ask =
            LoadList { write: self.write("LoadList"), list, as_of: Some(self.app.clock.now()) };
        let files = BTreeMap::from([(name.to_owned(), text.as_bytes().to_vec())]);
        let begun = list_load::start(&self.app, &self.operator(), ask, files).await.unwrap();
        self.finished(begun).await;
    }

    async fn finished(&self, begun: operation::Begun) {
        let ended = async {
            loop {
                let seen = operation::get(&self.app, &self.operator(), begun.operation).await;
                match seen.unwrap() {
                    seen if seen.state == OperationState::Done => return,
                    seen if seen.state == OperationState::Running => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    seen => panic!("the operation failed: {}", seen.error),
                }
            }
        };
        tokio::time::timeout(PATIENCE * 30, ended).await.expect("an operation that ends");
    }

    /// A customer's facts.
    pub(crate) async fn file(&self, id: CustomerId) -> CustomerFile {
        customer::get(&self.app, &self.reviewer(), id).await.unwrap()
    }

    /// The id of the first contact of the live profile.
    pub(crate) async fn contact(&self, id: CustomerId) -> ContactId {
        self.file(id).await.profile.contacts[0].id.unwrap()
    }

    /// Creates a customer with that profile, and submits and checks it.
    pub(crate) async fn apply(&self, role: Role, profile: Profile) -> CustomerId {
        let write = self.write("CreateCustomer");
        let ask = CreateCustomer { write, role, parent: None, profile };
        let id = customer::create(&self.app, &self.portal(), ask).await.unwrap().customer;
        let ask = OnCustomer { write: self.write("SubmitCustomer"), customer: id };
        customer::submit(&self.app, &self.portal(), ask).await.unwrap();
        check::run(&self.app, id).await.unwrap();
        id
    }

    /// Starts a challenge and delivers its code.
    pub(crate) async fn challenge(&self, id: CustomerId, target: Target) -> ChallengeId {
        let channel =
            if let Target::ContactEmail(_) = target { Channel::Email } else { Channel::Voice };
        let write = self.write("StartContactChallenge");
        let ask = StartContactChallenge { write, customer: id, target, channel };
        let started = challenge::start(&self.app, &self.portal(), ask).await.unwrap();
        deliver::deliver(&self.app, started.challenge.0).await.unwrap().unwrap();
        started.challenge
    }

    /// The code that was delivered.
    pub(crate) fn code(&self, challenge: ChallengeId) -> String {
        let sent = std::fs::read_to_string(self.outbox.place(challenge.0)).unwrap();
        let message: serde_json::Value = serde_json::from_str(&sent).unwrap();
        message["code"].as_str().unwrap().to_owned()
    }

    /// Proves one channel with its code.
    pub(crate) async fn prove(&self, id: CustomerId, target: Target) {
        let challenge = self.challenge(id, target).await;
        let code = Secret::new(self.code(challenge).into_bytes());
        let ask = VerifyChallenge { write: self.write("VerifyContactChallenge"), challenge, code };
        let tried = challenge::verify(&self.app, &self.portal(), ask).await.unwrap();
        assert!(matches!(tried, challenge::Tried::Passed { .. }), "{tried:?}");
    }

    /// Uploads a document.
    pub(crate) async fn upload(&self, id: CustomerId, kind: DocumentKind) -> DocumentId {
        let ask = UploadDocument {
            write: self.write("UploadDocument"),
            customer: id,
            kind,
            media_type: "application/pdf",
            file_name: text("formation.pdf"),
        };
        let mut intake = document::Intake::default();
        intake.push(PDF).unwrap();
        document::keep(&self.app, &self.portal(), ask, intake).await.unwrap().document
    }

    /// A reviewer's check of the live profile.
    pub(crate) async fn record(
        &self,
        id: CustomerId,
        kind: Kind,
        basis: Basis,
        passed: bool,
    ) -> Result<Changed, AppError> {
        let ask = RecordCheck {
            write: self.write("RecordCheck"),
            customer: id,
            kind,
            passed,
            profile_revision: self.file(id).await.customer.profile_rev,
            basis,
            reason: text("seen"),
        };
        check::record(&self.app, &self.reviewer(), ask).await.map(|(_, changed)| changed)
    }

    /// A call-back through a channel that is not the customer's word.
    pub(crate) fn callback(&self) -> Basis {
        Basis::Callback {
            channel_source: "state register, filing of 2014".to_owned(),
            reached_at: text("+15072840009"),
            spoken_to: text("Maria Lindqvist"),
            at: self.app.clock.now(),
        }
    }

    /// Its contact is reached on every channel of the profile, and answers tracebacks.
    pub(crate) async fn reach(&self, id: CustomerId) {
        let contact = self.contact(id).await;
        for target in
            [Target::ContactEmail(contact), Target::ContactPhone(contact), Target::AlternatePhone]
        {
            self.prove(id, target).await;
        }
        let write = self.write("SetTracebackContact");
        let ask = SetTracebackContact { write, customer: id, contact };
        traceback::set_contact(&self.app, &self.portal(), ask).await.unwrap();
    }

    /// Everything that proves who the customer is; its contact answers tracebacks.
    pub(crate) async fn identify(&self, id: CustomerId) {
        self.reach(id).await;
        let formation = self.upload(id, DocumentKind::FormationRecord).await;
        let letter = self.upload(id, DocumentKind::TaxIdLetter).await;
        let checks = [
            (Kind::Existence, Basis::Document(formation)),
            (Kind::TaxIdToName, Basis::Document(letter)),
            (Kind::Representation, self.callback()),
        ];
        for (kind, basis) in checks {
            self.record(id, kind, basis, true).await.unwrap();
        }
    }

    /// A decision of the reviewer.
    pub(crate) async fn decide(
        &self,
        id: CustomerId,
        decision: Decision,
    ) -> Result<Changed, AppError> {
        let write = self.write("DecideCustomer");
        let ask = DecideCustomer { write, customer: id, reason: text("looked at") };
        gate::decide(&self.app, &self.reviewer(), ask, decision).await
    }

    /// The agreement with every clause, signed by both.
    pub(crate) async fn agree(&self, id: CustomerId) -> AgreementId {
        let (app, portal) = (&self.app, self.portal());
        let role = self.file(id).await.customer.role;
        let ask = PrepareAgreement {
            write: self.write("PrepareAgreement"),
            customer: id,
            template: agreement::templates(app, role)[0].id.clone(),
        };
        let agreement = agreement::prepare(app, &portal, ask).await.unwrap().agreement;
        let copy = agreement::get(app, &portal, agreement).await.unwrap();
        let name = self.file(id).await.profile.contacts[0].name.clone();
        let ask = SignAgreement {
            write: self.write("SignAgreement"),
            agreement,
            contact: self.contact(id).await,
            sha256: copy.agreement.sha256.0,
            name,
            ip: Pii::new("203.0.113.20".parse().unwrap()),
        };
        agreement::sign(app, &portal, ask).await.unwrap();
        let write = self.write("CountersignAgreement");
        let ask = CountersignAgreement { write, agreement, name: text("Grace Okafor") };
        agreement::countersign(app, &self.second(), ask).await.unwrap();
        agreement
    }

    /// Asks the gate.
    pub(crate) async fn activate(&self, id: CustomerId) -> Result<Changed, AppError> {
        let ask = OnCustomer { write: self.write("ActivateCustomer"), customer: id };
        gate::activate_customer(&self.app, &self.portal(), ask).await
    }

    /// A customer with every fact that the gate asks for, in VERIFIED.
    pub(crate) async fn ready(&self, name: &str, nth: u32) -> CustomerId {
        let id = self.apply(Role::EndUser, sound_profile(name, nth)).await;
        self.identify(id).await;
        self.decide(id, Decision::Approve).await.unwrap();
        self.agree(id).await;
        id
    }

    /// An ACTIVE customer; the list must be loaded.
    pub(crate) async fn active(&self, name: &str, nth: u32) -> CustomerId {
        let id = self.ready(name, nth).await;
        self.activate(id).await.unwrap();
        id
    }

    /// A trunk of the customer's own.
    pub(crate) async fn trunk(&self, owner: CustomerId, name: &str) {
        let ask = CreateTrunk {
            write: self.write("CreateTrunk"),
            trunk: name.parse().unwrap(),
            kind: TrunkKind::Customer,
            auth: TrunkAuth::Digest,
            owner,
            foreign: false,
            mode: TrunkMode::Enforce,
        };
        trunk::create(&self.app, &self.operator(), ask).await.unwrap();
    }

    /// A claim, which proves nothing.
    pub(crate) async fn claim(&self, customer: CustomerId, tn: &str) {
        let given = GivenNumber { given: text(tn), tn: Tn::parse(tn) };
        let ask = Numbers { write: self.write("ClaimNumbers"), customer, numbers: vec![given] };
        let done = number::claim(&self.app, &self.portal(), ask).await.unwrap();
        assert_eq!(done.results, [number::Outcome::Done]);
    }

    /// A code that is said at the number and comes back; the challenge that it was of.
    pub(crate) async fn called_back(&self, customer: CustomerId, tn: &str) -> ChallengeId {
        let ask = StartNumberChallenge {
            write: self.write("StartNumberChallenge"),
            customer,
            number: Tn::parse(tn).unwrap(),
            channel: Channel::Voice,
            extension: None,
            keyed: false,
        };
        let begun = number_challenge::start(&self.app, &self.portal(), ask).await.unwrap();
        let challenge = begun.started.challenge;
        deliver::deliver(&self.app, challenge.0).await.unwrap().unwrap();
        let code = Secret::new(self.code(challenge).into_bytes());
        let ask = VerifyChallenge { write: self.write("VerifyNumberChallenge"), challenge, code };
        let tried = number_challenge::verify(&self.app, &self.portal(), ask).await.unwrap();
        assert!(matches!(tried, number_challenge::NumberTried::Passed(_)), "{tried:?}");
        challenge
    }

    /// Loads rows `tn,customer_id,order_ref` as the provider's own inventory.
    pub(crate) async fn assign(&self, rows: &str) {
        let ask = LoadInventory {
            write: self.write("LoadInventory"),
            source: InventorySource::OwnOcn,
            carrier: String::new(),
            as_of: self.app.clock.now(),
            complete: false,
        };
        let file = format!("tn,customer_id,order_ref\n{rows}").into_bytes();
        let begun = inventory::start(&self.app, &self.operator(), ask, file).await.unwrap();
        self.finished(begun).await;
    }

    /// Waits until the table has everything that was committed.
    pub(crate) async fn caught_up(&self, test: &TestStore) {
        self.caught_up_within(test, PATIENCE).await;
    }

    /// The same after much was written.
    pub(crate) async fn caught_up_within(&self, test: &TestStore, patience: Duration) {
        let seen = async {
            loop {
                let waiting = test.number("SELECT count(*) FROM journal_pending").await;
                let head = self.app.store.head().await.unwrap();
                let table = self.app.live.table();
                let fresh = table.freshness(self.app.clock.mono());
                if waiting == 0 && table.position() == head.seq && fresh.loaded {
                    return;
                }
                drop(table);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(patience, seen).await.expect("a table that follows");
    }

    /// What the live table answers.
    pub(crate) fn ask(&self, trunk: &str, orig: &str, dest: &str) -> Answer {
        let call = a_call(trunk, orig, dest);
        let (now, mono) = (self.app.clock.now(), self.app.clock.mono());
        self.app.live.table().ask(&call, now, mono).answer
    }
}

/// A call that is neither signed nor diverted.
pub(crate) fn a_call<'a>(trunk: &'a str, orig: &str, dest: &'a str) -> Call<'a> {
    Call { trunk, orig: Shown::read(orig), dest, diverting: None, signed: false }
}
