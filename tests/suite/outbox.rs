//! Deliveries: told at least once, by one worker at a time, and given up in the end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::prelude::*;
use futures_util::future::BoxFuture;
use gcrm::access::{Actor, Permission, Scope};
use gcrm::clock::{Clock, Timestamp};
use gcrm::config::{MailBackend, PublicUrl, Settings, Sources};
use gcrm::error::{Code, Failure};
use gcrm::ids::{CaseId, CustomerId, DepartmentId, EventId};
use gcrm::journal::{Audience, Fanout, Ledger, Placed};
use gcrm::localized::Lang;
use gcrm::outbox::*;
use gcrm::store::schema::journal;
use gcrm::store::{Db, Store, Tx};

use crate::world::db::{TestDb, fresh_database};

mod backlog;
mod conversation;
mod routes;
mod smtp;
mod stopping;

use smtp::{Script, SmtpServer};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Synthetic recipients: every case has one; the language and what goes wrong follow from a rule of the test.
struct People<F>(F);

impl<F> Recipients for People<F>
where
    F: Fn(&Delivery) -> Result<Resolved, Failure> + Send + Sync,
{
    fn resolve<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<Resolved, Failure>> {
        let resolved = (self.0)(delivery);
        Box::pin(async { resolved })
    }
}

fn letter(delivery: &Delivery) -> Box<Letter> {
    let content = match delivery.template {
        Template::CaseReceived => {
            Content::CaseReceived { received_on: "2026-03-05".parse().unwrap(), missing: Vec::new() }
        }
        Template::CaseDecided => Content::CaseDecided { outcome: "Test outcome".into(), appeal: true },
        other => panic!("no letter for {other}"),
    };
    Box::new(Letter {
        name: None,
        number: "TEST-1".into(),
        item: "Test item".into(),
        agency: "Test agency".into(),
        content,
    })
}

fn mail(delivery: &Delivery, lang: Lang) -> Result<Resolved, Failure> {
    Ok(Resolved::Mail { address: "applicant@gov.test".into(), lang, letter: letter(delivery) })
}

struct World {
    database: TestDb,
    clock: Clock,
    settings: Settings,
}

impl World {
    fn new() -> Self {
        let settings = Settings::load(&Sources::defaults().variable("GCRM__MAIL__BACKEND", "memory")).unwrap();
        let database = fresh_database();
        Self { database, clock: Clock::fixed(at("2026-03-05T01:00:00Z")), settings }
    }

    fn store(&self) -> &Store {
        &self.database.store
    }

    fn pass(&self, time: TimeDelta) {
        self.clock.set(self.clock.now().plus(time));
    }

    fn lease_over(&self) {
        self.pass(TimeDelta::from_std(self.settings.deliveries.lease).unwrap());
    }

    /// What the ledger does: places `count` events about one case each.
    async fn place(&self, event: &'static str, count: usize) -> Vec<Placed> {
        self.place_for(None, event, count).await
    }

    async fn place_for(&self, agency: Option<DepartmentId>, event: &'static str, count: usize) -> Vec<Placed> {
        let now = self.clock.now();
        let rows: Vec<_> = (1..=count)
            .map(|position| Placed {
                position: i64::try_from(position).unwrap(),
                id: EventId::new(),
                event: event.to_owned(),
                audience: Audience::Participants,
                case: Some(CaseId::new()),
                customer: Some(CustomerId::new()),
                agency,
                subject: None,
                actor: "system".into(),
                on_behalf_of: None,
                effective_at: now,
                recorded_at: now,
            })
            .collect();
        self.fan_out(&rows).await;
        rows
    }

    async fn fan_out(&self, rows: &[Placed]) {
        let rows = rows.to_vec();
        let work = move |tx: &mut Tx<'_>| {
            Subscriptions.deliveries(tx, &rows)?;
            Ok(tx.unrecorded("a test", ()))
        };
        self.store().write(work).await.unwrap();
    }

    fn mailer(&self, backend: MailBackend) -> Mailer {
        let mut mail = self.settings.mail.clone();
        mail.backend = backend;
        Mailer::new(&mail).unwrap()
    }

    fn outbox(
        &self,
        mailer: Mailer,
        people: impl Fn(&Delivery) -> Result<Resolved, Failure> + Send + Sync + 'static,
    ) -> Outbox {
        let letters = Letters::new(&PublicUrl::parse("https://portal.gov.test").unwrap()).unwrap();
        let people = Arc::new(People(people));
        Outbox::new(self.store().clone(), self.clock.clone(), people, letters, mailer, &self.settings.deliveries)
    }

    async fn all(&self) -> Vec<Delivery> {
        let read = |db: &mut gcrm::store::Reader<'_>| list(db, &everything(), None, None, 1_000);
        self.store().read(read).await.unwrap()
    }

    async fn only(&self) -> Delivery {
        let mut all = self.all().await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    async fn events(&self) -> Vec<String> {
        let read = |db: &mut gcrm::store::Reader<'_>| {
            Ok(journal::table.select(journal::event).order(journal::seq).load(db.conn()?)?)
        };
        self.store().read(read).await.unwrap()
    }
}

/// The scope of whoever may see all.
fn everything() -> Scope {
    Actor::system().scope(Permission::DeliveryRead)
}

fn states(all: &[Delivery]) -> BTreeSet<DeliveryState> {
    all.iter().map(|delivery| delivery.state).collect()
}

#[actix_web::test]
async fn an_event_told_twice_makes_one_delivery() {
    let world = World::new();
    let rows = world.place("case.submitted", 3).await;
    world.fan_out(&rows).await;
    assert_eq!(world.all().await.len(), 3);
}

#[actix_web::test]
async fn an_event_whose_facts_only_a_newer_version_reads_still_makes_its_message() {
    let world = World::new();
    world.database.execute(&format!(
        "INSERT INTO journal (id, ordinal, event, audience, case_id, customer_id, actor, facts, effective_at, recorded_at)
         VALUES ('{}', 0, 'case.decided', 'participants', '{}', '{}', 'system', '{{\"unheardOf\":1}}',
           '2026-03-05T01:00:00.000000Z', '2026-03-05T01:00:00.000000Z')",
        EventId::new(),
        CaseId::new(),
        CustomerId::new()
    ));
    assert_eq!(Ledger::new(Subscriptions).drain(world.store()).await, Ok(1));
    assert_eq!(world.only().await.template, Template::CaseDecided);
}

#[actix_web::test]
async fn events_that_concern_no_applicant_make_no_delivery() {
    let world = World::new();
    world.place("case.internal_note_added", 2).await;
    assert_eq!(world.all().await, []);
}

#[actix_web::test]
async fn the_applicant_reads_the_letter_in_their_own_language() {
    let world = World::new();
    let mailer = world.mailer(MailBackend::Memory);
    let sent = mailer.mailbox().unwrap();
    let turns = AtomicUsize::new(0);
    let outbox = world.outbox(mailer, move |delivery| {
        mail(delivery, if turns.fetch_add(1, Ordering::SeqCst) == 0 { Lang::ZhCn } else { Lang::En })
    });
    world.place("case.submitted", 2).await;
    assert_eq!(outbox.step().await, Ok(2));
    let subjects: BTreeSet<_> = sent.sent().into_iter().map(|mail| mail.rendered.subject).collect();
    let expected = ["We received your case TEST-1", "已收到您提交的事项（TEST-1）"].map(str::to_owned);
    assert_eq!(subjects, expected.into_iter().collect());
    assert_eq!(states(&world.all().await), BTreeSet::from([DeliveryState::Done]));
    assert_eq!(world.events().await, ["delivery.done", "delivery.done"]);
    assert_eq!(outbox.step().await, Ok(0));
}

#[actix_web::test]
async fn two_workers_never_hold_the_same_delivery() {
    let world = World::new();
    world.place("case.decided", 60).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |delivery| mail(delivery, Lang::En));
    // Batches of 8, twelve of them at once: more than there is.
    let taken = futures_util::future::join_all((0..12).map(|_| outbox.lease())).await;
    let mut held: Vec<_> = taken.into_iter().flat_map(Result::unwrap).map(|leased| leased.delivery.id).collect();
    // Whoever met a worker in its way took less; the rest takes what is left.
    while let Some(more) = Some(outbox.lease().await.unwrap()).filter(|more| !more.is_empty()) {
        held.extend(more.into_iter().map(|leased| leased.delivery.id));
    }
    assert_eq!(held.len(), 60);
    assert_eq!(held.into_iter().collect::<BTreeSet<_>>().len(), 60);
}

#[actix_web::test]
async fn a_worker_whose_lease_was_taken_over_cannot_end_the_delivery() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |delivery| mail(delivery, Lang::En));
    let slow = outbox.lease().await.unwrap().remove(0);
    assert!(outbox.lease().await.unwrap().is_empty());
    world.lease_over();
    let quick = outbox.lease().await.unwrap().remove(0);
    assert_eq!(quick.delivery.id, slow.delivery.id);
    for outcome in [Outcome::Sent, Outcome::Dead(Trouble::Smtp(550)), Outcome::Released(world.clock.now())] {
        assert_eq!(outbox.settle(&slow, outcome).await, Ok(false));
    }
    assert_eq!(world.only().await.state, DeliveryState::Leased);
    assert_eq!(outbox.settle(&quick, Outcome::Sent).await, Ok(true));
    assert_eq!(outbox.settle(&quick, Outcome::Sent).await, Ok(false));
    assert_eq!(world.events().await, ["delivery.done"]);
}

#[actix_web::test]
async fn a_message_is_dead_after_its_last_try_and_lives_again_when_replayed() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |_| Err(Failure::internal("a defect")));
    for failed in 1..=8 {
        assert_eq!(outbox.step().await, Ok(1), "try {failed}");
        let found = world.only().await;
        let state = if failed < 8 { DeliveryState::Pending } else { DeliveryState::Dead };
        assert_eq!((found.state, found.attempts), (state, failed));
        assert_eq!(found.last_error.as_deref(), Some("resolving"));
        assert_eq!(outbox.step().await, Ok(0), "not due before its time");
        world.clock.set(found.next_at);
    }
    assert_eq!(world.events().await, ["delivery.dead"]);

    let (id, now) = (world.only().await.id, world.clock.now());
    let again = move |tx: &mut Tx<'_>| {
        let found = replay(tx, &everything(), id, now)?;
        Ok(tx.unrecorded("a test", found))
    };
    assert_eq!(world.store().write(again).await.unwrap().state, DeliveryState::Pending);
    assert_eq!(world.store().write(again).await.unwrap_err().code(), Code::WrongStage);
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    assert_eq!(world.only().await.state, DeliveryState::Done);
}

#[actix_web::test]
async fn what_is_away_does_not_cost_a_try() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |_| Err(Failure::Unavailable("a test".into())));
    for _ in 0..20 {
        assert_eq!(outbox.step().await, Ok(1));
        world.clock.set(world.only().await.next_at);
    }
    assert_eq!((world.only().await.state, world.only().await.attempts), (DeliveryState::Pending, 0));
}

#[actix_web::test]
async fn nobody_to_tell_is_no_failure_and_no_fact() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |_| Ok(Resolved::Nobody(Nobody::NoAddress)));
    assert_eq!(outbox.step().await, Ok(1));
    let found = world.only().await;
    assert_eq!((found.state, found.last_error.as_deref()), (DeliveryState::Skipped, Some("no_address")));
    assert!(world.events().await.is_empty());
}

#[actix_web::test]
async fn a_letter_of_another_template_never_goes_out() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let mailer = world.mailer(MailBackend::Memory);
    let sent = mailer.mailbox().unwrap();
    let outbox = world
        .outbox(mailer, |delivery| mail(&Delivery { template: Template::CaseReceived, ..delivery.clone() }, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    assert_eq!(world.only().await.last_error.as_deref(), Some("rendering"));
    assert!(sent.sent().is_empty());
}

/// A worker killed between lease and send, or between send and mark, 200 times (bar F1).
#[actix_web::test]
async fn two_hundred_kills_lose_nothing_and_repeats_bear_the_same_id() {
    let world = World::new();
    world.place("case.decided", 200).await;
    let mailer = world.mailer(MailBackend::Memory);
    let sent = mailer.mailbox().unwrap();
    let outbox = world.outbox(mailer, |delivery| mail(delivery, Lang::En));
    let mut kills = 0;
    while kills < 200 {
        let held = outbox.lease().await.unwrap();
        for (leased, before_send) in held.iter().zip([true, false].into_iter().cycle()) {
            if !before_send {
                assert_eq!(outbox.attempt(leased).await, Outcome::Sent);
            }
            kills += 1;
        }
        if held.is_empty() {
            world.lease_over();
        }
    }
    world.lease_over();
    while outbox.step().await.unwrap() > 0 {}

    let all = world.all().await;
    assert_eq!(states(&all), BTreeSet::from([DeliveryState::Done]));
    let ids: BTreeSet<_> = sent.sent().iter().map(|mail| mail.id).collect();
    assert_eq!(ids, all.iter().map(|delivery| delivery.id).collect());
    // Those killed after sending went out twice; a receiver drops the second, since its id is the same.
    assert_eq!(sent.sent().len(), 300);
    for mail in sent.sent() {
        assert!(mail.raw.contains(&format!("Message-ID: <{}@localhost>", mail.id)), "{}", mail.raw);
    }
    assert_eq!(world.events().await.len(), 200);
}
