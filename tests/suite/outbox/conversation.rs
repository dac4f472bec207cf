//! What mail servers answer, and what follows (bar F4).

use super::smtp::{Script, SmtpServer};
use super::*;

#[actix_web::test]
async fn a_server_that_is_busy_gets_the_message_later() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let server = SmtpServer::start(vec![Script::Reply("451 4.3.0 try again"), Script::Accept]);
    let outbox = world.outbox(world.mailer(server.backend()), |delivery| mail(delivery, Lang::ZhCn));
    assert_eq!(outbox.step().await, Ok(1));
    let found = world.only().await;
    assert_eq!((found.state, found.last_error.as_deref()), (DeliveryState::Pending, Some("smtp_451")));
    world.clock.set(found.next_at);
    assert_eq!(outbox.step().await, Ok(1));
    assert_eq!(world.only().await.state, DeliveryState::Done);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&format!("Message-ID: <{}@localhost>\r\n", found.id)), "{}", mails[0]);
    assert!(mails[0].contains("\r\nTo: applicant@gov.test\r\n"));
    assert!(mails[0].contains("Subject: =?utf-8?"), "{}", mails[0]);
}

#[actix_web::test]
async fn a_server_that_refuses_the_recipient_makes_the_message_dead_at_once_and_no_address_is_kept() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let server = SmtpServer::start(vec![Script::Reply("550 5.1.1 <applicant@gov.test> unknown")]);
    let outbox = world.outbox(world.mailer(server.backend()), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    let found = world.only().await;
    assert_eq!((found.state, found.last_error.as_deref()), (DeliveryState::Dead, Some("smtp_550")));
    assert_eq!(world.events().await, ["delivery.dead"]);
}

/// What became of a message after one conversation.
async fn after(step: Script) -> (DeliveryState, Option<String>) {
    let world = World::new();
    world.place("case.decided", 1).await;
    let server = SmtpServer::start(vec![step]);
    let outbox = world.outbox(world.mailer(server.backend()), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    let found = world.only().await;
    (found.state, found.last_error)
}

#[actix_web::test]
async fn a_refusal_that_is_not_about_the_recipient_costs_a_try_and_is_never_final() {
    for (step, code) in [
        (Script::Greet("554 no mail today"), "smtp_554"),
        (Script::Answer("EHLO", "550 who are you"), "smtp_550"),
        (Script::Answer("MAIL", "550 5.1.8 a bad sender"), "smtp_550"),
        (Script::Answer("MAIL", "553 no such sender"), "smtp_553"),
        (Script::Reply("550 5.7.1 blocked by policy"), "smtp_550"),
        (Script::Reply("554 relay access denied"), "smtp_554"),
        (Script::Answer("DATA", "554 no valid recipients"), "smtp_554"),
        (Script::AfterData("550 looks like spam"), "smtp_550"),
        (Script::AfterData("554 5.7.1 looks like spam"), "smtp_554"),
    ] {
        assert_eq!(after(step).await, (DeliveryState::Pending, Some(code.to_owned())), "{step:?}");
    }
}

#[actix_web::test]
async fn a_refusal_of_the_mailbox_is_final_wherever_it_comes() {
    for (step, code) in [
        (Script::Reply("550 no such user"), "smtp_550"),
        (Script::Reply("553 mailbox name not allowed"), "smtp_553"),
        (Script::Reply("554 5.1.1 no such user"), "smtp_554"),
        (Script::AfterData("550 5.1.1 no such user"), "smtp_550"),
    ] {
        assert_eq!(after(step).await, (DeliveryState::Dead, Some(code.to_owned())), "{step:?}");
    }
}

#[actix_web::test]
async fn a_server_that_hangs_up_after_the_message_gets_the_same_message_again() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let server = SmtpServer::start(vec![Script::HangUpAfterData, Script::Accept]);
    let outbox = world.outbox(world.mailer(server.backend()), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    let found = world.only().await;
    assert_eq!((found.state, found.last_error.as_deref()), (DeliveryState::Pending, Some("protocol")));
    world.clock.set(found.next_at);
    assert_eq!(outbox.step().await, Ok(1));
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0], mails[1]);
}

#[actix_web::test]
async fn a_server_that_does_not_answer_costs_a_try_and_no_more_than_its_timeout() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let server = SmtpServer::start(vec![Script::Silence]);
    let outbox = world.outbox(world.mailer(server.backend()), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    let found = world.only().await;
    assert_eq!((found.state, found.last_error.as_deref()), (DeliveryState::Pending, Some("timeout")));
}

#[actix_web::test]
async fn a_server_that_is_not_there_costs_a_try() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let server = SmtpServer::start(Vec::new());
    let outbox = world.outbox(world.mailer(server.backend()), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    assert_eq!(world.only().await.last_error.as_deref(), Some("connection"));
}

#[actix_web::test]
async fn a_message_whose_time_was_over_before_it_could_be_handed_over_is_not_handed_over() {
    let mut world = World::new();
    world.settings.deliveries.lease = Duration::from_millis(800);
    world.place("case.decided", 1).await;
    // Each answer in time, all together too late: the fourth comes when half the lease is over.
    let server = SmtpServer::start(vec![Script::Slow(Duration::from_millis(120))]);
    let timeout = world.settings.deliveries.lease / 4;
    let outbox = world.outbox(world.mailer(server.patient_backend(timeout)), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    let found = world.only().await;
    assert_eq!((found.state, found.last_error.as_deref()), (DeliveryState::Pending, Some("timeout")));
    assert!(server.mails().is_empty(), "the next try would be a second copy");
}

#[actix_web::test]
async fn a_server_may_take_half_the_lease_to_say_that_it_has_the_message() {
    let mut world = World::new();
    world.settings.deliveries.lease = Duration::from_secs(20);
    world.place("case.decided", 1).await;
    let server = SmtpServer::start(vec![Script::Ponder(Duration::from_millis(1500))]);
    let outbox =
        world.outbox(world.mailer(server.patient_backend(Duration::from_secs(1))), |delivery| mail(delivery, Lang::En));
    assert_eq!(outbox.step().await, Ok(1));
    assert_eq!(world.only().await.state, DeliveryState::Done);
    assert_eq!(server.mails().len(), 1);
}
