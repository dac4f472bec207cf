//! Mail on its way: to an SMTP server, into a folder, or into memory. Everything here blocks, under timeouts.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use super::smtp::SmtpServer;
use super::template::Rendered;
use super::trouble::Trouble;
use crate::clock::Timestamp;
use crate::config::{self, MailBackend};
use crate::error::Failure;
use crate::ids::DeliveryId;
use crate::localized::Lang;

/// One message to one address. A repeat is the same message, down to its Message-ID, which is the delivery's id.
#[derive(Clone, Debug)]
pub struct Mail {
    id: DeliveryId,
    to: Address,
    lang: Lang,
    date: Timestamp,
    rendered: Rendered,
}

impl Mail {
    /// A message.
    ///
    /// # Errors
    /// [`Trouble::Address`] for what is no address or holds control characters; [`Trouble::Rendering`] for a subject
    /// that does.
    pub fn new(id: DeliveryId, to: &str, lang: Lang, date: Timestamp, rendered: Rendered) -> Result<Self, Trouble> {
        if to.chars().any(char::is_control) {
            return Err(Trouble::Address);
        }
        if rendered.subject.chars().any(char::is_control) {
            return Err(Trouble::Rendering);
        }
        let to = to.parse().map_err(|_| Trouble::Address)?;
        Ok(Self { id, to, lang, date, rendered })
    }

    fn message(&self, from: &Mailbox) -> Result<Message, Trouble> {
        let parts = MultiPart::alternative()
            .boundary(self.id.to_string())
            .singlepart(SinglePart::plain(self.rendered.text.clone()))
            .singlepart(SinglePart::html(self.rendered.html.clone()));
        Message::builder()
            .message_id(Some(format!("<{}@{}>", self.id, from.email.domain())))
            .date(SystemTime::from(self.date.utc()))
            .from(from.clone())
            .to(Mailbox::new(None, self.to.clone()))
            .subject(self.rendered.subject.as_str())
            .raw_header(header("Content-Language", self.lang.tag()))
            // RFC 3834: no holiday notices in return, please.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .multipart(parts)
            .map_err(|_| Trouble::Address)
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A message that was sent, as tests read it.
#[derive(Clone, Debug)]
pub struct SentMail {
    /// The delivery.
    pub id: DeliveryId,
    /// The address.
    pub to: String,
    /// The language.
    pub lang: Lang,
    /// Subject and bodies.
    pub rendered: Rendered,
    /// The whole message as it would go over the wire.
    pub raw: String,
}

/// A mailbox in memory, for tests. Cheap to clone; all clones are the same mailbox.
#[derive(Clone, Debug, Default)]
pub struct MemoryMailbox(Arc<Mutex<Vec<SentMail>>>);

impl MemoryMailbox {
    /// Everything sent so far, in order.
    pub fn sent(&self) -> Vec<SentMail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, mail: SentMail) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
    }
}

#[derive(Clone)]
enum Way {
    Smtp(SmtpServer),
    File(PathBuf),
    Memory(MemoryMailbox),
}

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    way: Way,
    from: Mailbox,
}

impl Mailer {
    /// The way out that the settings name.
    ///
    /// # Errors
    /// TLS that cannot be set up; a folder that cannot be made.
    pub fn new(settings: &config::Mail) -> Result<Self, Failure> {
        let way = match &settings.backend {
            MailBackend::Smtp(smtp) => Way::Smtp(SmtpServer::new(smtp, settings.from.email.domain())?),
            MailBackend::File(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| Failure::internal(format!("mail.directory {}: {error}", folder.display())))?;
                Way::File(folder.clone())
            }
            MailBackend::Memory => Way::Memory(MemoryMailbox::default()),
        };
        Ok(Self { way, from: settings.from.clone() })
    }

    /// The mailbox in memory, where there is one.
    pub fn mailbox(&self) -> Option<MemoryMailbox> {
        match &self.way {
            Way::Memory(mailbox) => Some(mailbox.clone()),
            _ => None,
        }
    }

    /// Sends a message; blocks until the other side has it. A mail server is not given it any more after `until`, and may
    /// take one `mail.timeout_s` longer to say that it has it.
    ///
    /// # Errors
    /// What stood in the way. Even then the message may have got through, when the answer was lost.
    pub fn send(&self, mail: &Mail, until: Instant) -> Result<(), Trouble> {
        let message = mail.message(&self.from)?;
        match &self.way {
            Way::Smtp(server) => server.send(message.envelope(), &message.formatted(), until),
            Way::File(folder) => write(folder, mail.id, &message.formatted()).map_err(|error| {
                tracing::warn!(%error, "a message could not be written to its folder");
                Trouble::File
            }),
            Way::Memory(mailbox) => {
                mailbox.keep(SentMail {
                    id: mail.id,
                    to: mail.to.to_string(),
                    lang: mail.lang,
                    rendered: mail.rendered.clone(),
                    raw: String::from_utf8_lossy(&message.formatted()).into_owned(),
                });
                Ok(())
            }
        }
    }
}

/// A whole message or none: written beside its place, then moved; a repeat replaces it.
fn write(folder: &Path, id: DeliveryId, message: &[u8]) -> std::io::Result<()> {
    let beside = folder.join(format!("{id}.part"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(message)?;
    file.sync_all()?;
    std::fs::rename(beside, folder.join(format!("{id}.eml")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mail(to: &str, subject: &str) -> Result<Mail, Trouble> {
        let rendered = Rendered { subject: subject.into(), text: "一\nline\n".into(), html: "<p>一</p>\n".into() };
        Mail::new(DeliveryId::new(), to, Lang::ZhCn, Timestamp::from_micros(0).unwrap(), rendered)
    }

    #[test]
    fn control_characters_in_an_address_or_a_subject_are_refused() {
        assert_eq!(mail("a@gov.test\r\nBcc: b@gov.test", "x").unwrap_err(), Trouble::Address);
        assert_eq!(mail("a\u{0}@gov.test", "x").unwrap_err(), Trouble::Address);
        assert_eq!(mail("no address", "x").unwrap_err(), Trouble::Address);
        assert_eq!(mail("a@gov.test", "x\r\nBcc: b@gov.test").unwrap_err(), Trouble::Rendering);
    }

    #[test]
    fn a_repeat_is_the_same_message_byte_for_byte() {
        let from = "Service <noreply@gov.test>".parse().unwrap();
        let mail = mail("a@gov.test", "收到").unwrap();
        let once = mail.message(&from).unwrap().formatted();
        assert_eq!(once, mail.message(&from).unwrap().formatted());
        let text = String::from_utf8(once).unwrap();
        assert!(text.contains(&format!("Message-ID: <{}@gov.test>\r\n", mail.id)), "{text}");
        assert!(text.contains("multipart/alternative") && text.contains("Auto-Submitted: auto-generated"));
        assert!(text.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000"), "{text}");
    }

    #[test]
    fn the_folder_holds_one_file_a_message_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let settings = config::Mail {
            backend: MailBackend::File(folder.path().join("mail")),
            from: "noreply@gov.test".parse().unwrap(),
            portal: config::PublicUrl::parse("https://gov.test").unwrap(),
        };
        let mailer = Mailer::new(&settings).unwrap();
        let mail = mail("a@gov.test", "x").unwrap();
        mailer.send(&mail, Instant::now()).unwrap();
        mailer.send(&mail, Instant::now()).unwrap();
        let names: Vec<_> =
            std::fs::read_dir(folder.path().join("mail")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, [std::ffi::OsString::from(format!("{}.eml", mail.id))]);
    }
}
