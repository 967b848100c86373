//! Numbering lists and what follows from them, on both stores: answers at once, stored categories
//! by the job, and objections.

use vouch::answer::receipt::Receipt;
use vouch::answer::replay::Replayed;
use vouch::app::number_event::Came;
use vouch::app::{AppError, dispute, list_age, number_check, objection, recategorise};
use vouch::clock::Clock;
use vouch::domain::attestation::{Attest, Reason};
use vouch::domain::command::dispute::OpenDispute;
use vouch::domain::command::numbering::{AnswerObjection, ListObjections, OpenObjection};
use vouch::domain::command::query::Page;
use vouch::domain::ids::{ListVersionId, ObjectionId};
use vouch::domain::list::List;
use vouch::domain::number::{Category, Tn};
use vouch::domain::number_event::{Kind, NumberEvent};
use vouch::domain::objection::{Objection, ObjectionAnswer, ObjectionState, Plea};
use vouch::domain::time::Span;

use super::number_events::{event, tell};
use super::support::apps::TestApp;
use super::support::server::until;
use super::support::stores::{TestStore, on_both_stores, on_both_stores_in_time};
use super::support::walk::{OURS, a_call, text, with_a_number};

const DEST: &str = "+12126647665";
const DNO: &str = "prefix_or_tn,category,requester,added_on,source\n";

fn tn(text: &str) -> Tn {
    Tn::parse(text).unwrap()
}

fn shown(app: &TestApp, orig: &str) -> (Attest, Reason) {
    let answer = app.ask("t1", orig, DEST);
    (answer.attest, answer.reasons.first())
}

/// The category that is stored of a number.
fn stored(app: &TestApp, number: &str) -> Category {
    let tn = tn(number);
    app.app.live.table().stored(tn).map(|(category, _)| category).unwrap()
}

/// Runs the job of the load in force of a list, as a worker would.
async fn judged_anew(app: &TestApp, test: &TestStore, list: List) {
    app.caught_up(test).await;
    let version = app.app.store.read::<_, AppError, _, _>(move |mut tx| async move {
        Ok(tx.list_live(list.as_str()).await?.map(|row| row.id))
    });
    let version: Option<ListVersionId> = version.await.unwrap();
    assert!(recategorise::run(&app.app, version.unwrap()).await.unwrap());
    app.caught_up(test).await;
}

/// The answer that is derived again from the journal is the answer that was given.
async fn derived_again(app: &TestApp, orig: &str) {
    let (now, mono) = (app.app.clock.now(), app.app.clock.mono());
    let call = a_call("t1", orig, DEST);
    let told = app.app.live.table().ask_exact(&call, now, mono);
    let receipt = Receipt::of(&call, &told, now);
    let again = Replayed::of(&app.app.store, receipt).await.unwrap();
    assert_eq!(again.answer, told.answer, "{orig}");
}

on_both_stores!(a_listing_takes_the_level_at_once_and_its_end_gives_it_back, |test| async {
    let (app, _) = with_a_number(&test, &Clock::system()).await;
    assert_eq!(shown(&app, OURS).0, Attest::A);
    let listed = format!(
        "{DNO}{OURS},SUBSCRIBER_REQUESTED,A bank,2026-01-02,operator\n800222,Subscriber,A bank,,registry\n"
    );
    app.load_file(List::Dno, "dno.csv", &listed).await;
    app.caught_up(&test).await;
    assert_eq!(shown(&app, OURS), (Attest::None, Reason::SubscriberDno));
    assert_eq!(shown(&app, "+18002221234"), (Attest::None, Reason::SubscriberDno));
    assert_eq!(stored(&app, OURS), Category::Assignable);
    derived_again(&app, OURS).await;
    derived_again(&app, "+18002221234").await;
    let told = number_check::check(&app.app, tn(OURS));
    assert!(told.blocked());
    assert_eq!(
        (told.source.as_str(), told.list.map(|(list, _)| list)),
        ("operator", Some(List::Dno))
    );
    judged_anew(&app, &test, List::Dno).await;
    assert_eq!(stored(&app, OURS), Category::SubscriberDno);
    assert_eq!(shown(&app, OURS), (Attest::None, Reason::SubscriberDno));
    let off = format!("{DNO}800222,Subscriber,A bank,,registry\n+18002225678,UNUSED,,,registry\n");
    app.load_file(List::Dno, "dno.csv", &off).await;
    judged_anew(&app, &test, List::Dno).await;
    assert_eq!(stored(&app, OURS), Category::Assignable);
    assert_eq!(shown(&app, OURS).0, Attest::A);
    derived_again(&app, OURS).await;
});

on_both_stores_in_time!(allocation_refuses_what_is_not_ours_and_grows_old, |test, clock| async {
    let (app, heron) = with_a_number(&test, &clock).await;
    app.claim(heron, DEST).await;
    let codes = "State\tNPA-NXX\tOCN\tCompany\tUse\nMN\t507-333\t1234\tA provider\tAS\n";
    app.load_file(List::CoCodes, "CoCodeAssignment_Utilized_AllStates.txt", codes).await;
    judged_anew(&app, &test, List::CoCodes).await;
    assert_eq!(stored(&app, DEST), Category::Unallocated);
    assert_eq!(stored(&app, OURS), Category::Assignable, "it is in our inventory");
    assert_eq!(shown(&app, DEST), (Attest::None, Reason::Unallocated));
    assert_eq!(shown(&app, "+15073331234").1, Reason::TnUnknown);
    derived_again(&app, "+12126647666").await;
    clock.advance(Span::days(44));
    list_age::step(&app.app).await.unwrap();
    app.caught_up(&test).await;
    assert_eq!(stored(&app, DEST), Category::Unallocated, "it is not too old yet");
    clock.advance(Span::days(1));
    list_age::step(&app.app).await.unwrap();
    list_age::step(&app.app).await.unwrap();
    judged_anew(&app, &test, List::CoCodes).await;
    assert_eq!(stored(&app, DEST), Category::AllocationUnknown);
    assert_eq!(stored(&app, OURS), Category::Assignable);
    let aged = "SELECT count(*) FROM journal WHERE kind = 'list.aged'";
    assert_eq!(test.number(aged).await, 1, "it is said once");
    derived_again(&app, "+12126647666").await;
});

on_both_stores!(what_is_told_of_a_number_opens_no_gate, |test| async {
    let (app, heron) = with_a_number(&test, &Clock::system()).await;
    let (bare, ported, other) = ("+15072847300", "+15072847301", "+15072847302");
    let listed = format!(
        "{DNO}{bare},UNUSED,,,operator\n{OURS},UNUSED,,,operator\n{ported},UNUSED,,,operator\n"
    );
    app.load_file(List::Dno, "dno.csv", &listed).await;
    let codes = "State\tNPA-NXX\tOCN\tCompany\tUse\nMN\t507-333\t1234\tA provider\tAS\n";
    app.load_file(List::CoCodes, "CoCodeAssignment_Utilized_AllStates.txt", codes).await;
    app.caught_up(&test).await;
    assert_eq!(shown(&app, OURS).0, Attest::A, "what is ours is in use");
    // A stranger's word gives the number a row, and that the category of the lists.
    let ask = OpenDispute {
        write: app.write("OpenDispute"),
        number: tn(bare),
        disputant: None,
        name: text("Somebody"),
        contact: text("somebody@example.com"),
        against: None,
        reason: text("the number is mine"),
    };
    dispute::open(&app.app, &app.portal(), ask).await.unwrap();
    let now = app.app.clock.now();
    let to = |kind, number: &str, reference: &str| NumberEvent {
        customer: Some(heron),
        ..event(kind, number, now, reference)
    };
    let events = vec![
        event(Kind::PortedOut, OURS, now, "P-1"),
        to(Kind::PortedIn, ported, "P-2"),
        to(Kind::RangeAllocated, other, "R-1"),
    ];
    assert_eq!(tell(&app, events).await.results, vec![Came::Done; 3]);
    app.caught_up(&test).await;
    assert_eq!((stored(&app, bare), stored(&app, OURS)), (UNUSED, UNUSED));
    assert_eq!(shown(&app, bare), (Attest::None, Reason::Unused));
    assert_eq!(shown(&app, OURS), (Attest::None, Reason::Unused), "it is ours no more");
    // What came to us by a port or a range is ours as well: nobody else's file refuses it.
    for number in [ported, other] {
        assert_eq!(shown(&app, number), (Attest::A, Reason::FullEvidence), "{number}");
        let told = number_check::check(&app.app, tn(number)).judged;
        assert_eq!(told.category, stored(&app, number), "{number}");
    }
    judged_anew(&app, &test, List::Dno).await;
    assert_eq!(shown(&app, other).0, Attest::A);
    tell(&app, vec![event(Kind::PortedOut, ported, now, "P-3")]).await;
    app.caught_up(&test).await;
    assert_eq!(shown(&app, ported), (Attest::None, Reason::Unused));
    derived_again(&app, ported).await;
});

const UNUSED: Category = Category::Unused;

on_both_stores!(an_area_code_is_abroad_by_the_list_in_force, |test| async {
    let (app, heron) = with_a_number(&test, &Clock::system()).await;
    let areas = |country: &str| {
        let columns = "NPA_ID,type_of_code,ASSIGNABLE,EXPLANATION,RESERVED,ASSIGNED,ASSIGNMENT_DT,USE,LOCATION,COUNTRY,IN_SERVICE,IN_SERVICE_DT,SERVICE\n";
        let row =
            |npa, country: &str| format!("{npa},General Purpose Code,Y,,N,Y,,G,X,{country},Y,,\n");
        format!("A report\n{columns}{}{}", row(507, country), row(212, "US"))
    };
    app.load_file(List::Npa, "npa_report.csv", &areas("CANADA")).await;
    judged_anew(&app, &test, List::Npa).await;
    assert_eq!(shown(&app, OURS), (Attest::B, Reason::ForeignNumber));
    let new = "+15072847303";
    let now = app.app.clock.now();
    let given = NumberEvent { customer: Some(heron), ..event(Kind::Assigned, new, now, "A-1") };
    assert_eq!(tell(&app, vec![given]).await.results, [Came::Done]);
    app.caught_up(&test).await;
    assert_eq!(shown(&app, new), (Attest::B, Reason::ForeignNumber));
    derived_again(&app, new).await;
    app.load_file(List::Npa, "npa_report.csv", &areas("US")).await;
    judged_anew(&app, &test, List::Npa).await;
    for number in [OURS, new] {
        assert_eq!(shown(&app, number), (Attest::A, Reason::FullEvidence), "{number}");
        derived_again(&app, number).await;
    }
});

fn plea() -> Plea {
    Plea {
        disputant: text("Prairie Bank"),
        contact: text("numbers@prairie.example"),
        evidence: text("Our bill of October for this number, handed in with the account"),
    }
}

async fn object(app: &TestApp, number: &str) -> Result<ObjectionId, AppError> {
    let write = app.write("OpenBlockObjection");
    let ask = OpenObjection { write, number: tn(number), plea: plea() };
    objection::open(&app.app, &app.portal(), ask).await
}

async fn say(
    app: &TestApp,
    second: bool,
    id: ObjectionId,
    answer: ObjectionAnswer,
) -> Result<Objection, AppError> {
    let who = if second { app.second() } else { app.reviewer() };
    let write = app.write("AnswerBlockObjection");
    let ask = AnswerObjection { write, objection: id, answer, note: text("looked at") };
    let id = objection::answer(&app.app, &who, ask).await?;
    objection::get(&app.app, &who, id).await
}

async fn waiting(app: &TestApp, overdue: bool) -> Vec<ObjectionId> {
    let page = Page { size: 50, token: None };
    let ask = ListObjections { page, states: vec![ObjectionState::Open], overdue };
    let (found, next) = objection::list(&app.app, &app.portal(), ask).await.unwrap();
    assert!(next.is_empty());
    found.iter().map(|objection| objection.id).collect()
}

on_both_stores_in_time!(
    an_objection_has_its_clock_and_two_people_end_a_block,
    |test, clock| async {
        let (app, _) = with_a_number(&test, &clock).await;
        let reason = object(&app, OURS).await.map_err(|why| why.to_string());
        assert!(reason.is_err(), "nothing blocks it");
        let listed = format!("{DNO}5072847,SUBSCRIBER,A bank,2026-01-02,operator\n");
        app.load_file(List::Dno, "dno.csv", &listed).await;
        judged_anew(&app, &test, List::Dno).await;
        assert_eq!(shown(&app, OURS), (Attest::None, Reason::SubscriberDno));
        let id = object(&app, OURS).await.unwrap();
        assert_eq!((waiting(&app, false).await, waiting(&app, true).await), (vec![id], vec![]));
        clock.advance(Span::hours(24));
        assert_eq!(waiting(&app, true).await, [id], "a status is overdue");
        let counted = app.app.store.read::<_, AppError, _, _>({
            let now = clock.now();
            move |mut tx| async move { Ok(tx.objections_waiting(now).await?) }
        });
        assert_eq!(counted.await.unwrap(), (1, 1));
        let told = say(&app, false, id, ObjectionAnswer::UnderReview).await.unwrap();
        assert_eq!((told.state, told.plea), (ObjectionState::UnderReview, plea()));
        let told = say(&app, false, id, ObjectionAnswer::Removed).await.unwrap();
        assert_eq!(told.state, ObjectionState::UnderReview, "one person is not enough");
        assert!(say(&app, false, id, ObjectionAnswer::Removed).await.is_err());
        let told = say(&app, true, id, ObjectionAnswer::Removed).await.unwrap();
        assert_eq!(told.state, ObjectionState::Removed);
        judged_anew(&app, &test, List::DnoExceptions).await;
        until("the level is back", || async { (shown(&app, OURS).0 == Attest::A).then_some(()) })
            .await;
        assert!(number_check::check(&app.app, tn("+15072847101")).blocked(), "the block stays");
        derived_again(&app, OURS).await;
        derived_again(&app, "+15072847101").await;
        assert!(say(&app, true, id, ObjectionAnswer::Upheld).await.is_err(), "it is decided");
        // The next subscriber asks for the number itself: nobody has decided on that.
        let later = format!("{listed}{OURS},SUBSCRIBER,Another bank,2026-06-01,operator\n");
        app.load_file(List::Dno, "dno.csv", &later).await;
        judged_anew(&app, &test, List::Dno).await;
        assert_eq!(shown(&app, OURS), (Attest::None, Reason::SubscriberDno));
        derived_again(&app, OURS).await;
        let id = object(&app, OURS).await.unwrap();
        say(&app, false, id, ObjectionAnswer::Removed).await.unwrap();
        say(&app, true, id, ObjectionAnswer::Removed).await.unwrap();
        judged_anew(&app, &test, List::DnoExceptions).await;
        assert_eq!(shown(&app, OURS).0, Attest::A, "both listings are lifted now");
        derived_again(&app, OURS).await;
    }
);
