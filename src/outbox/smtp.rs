//! One conversation with a mail server, command by command: only so is it known what a refusal is about. Blocks, under
//! the timeout of each command, and hands nothing over once its time is up.

use std::fmt::Display;
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use secrecy::ExposeSecret;

use super::trouble::Trouble;
use crate::config::{Smtp, SmtpTls};
use crate::error::Failure;

/// How long a server that has the message may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// A mail server, and how to talk to it.
#[derive(Clone)]
pub(super) struct SmtpServer {
    settings: Smtp,
    tls: TlsParameters,
    name: ClientId,
}

impl SmtpServer {
    /// `name` is what this side calls itself.
    pub(super) fn new(settings: &Smtp, name: &str) -> Result<Self, Failure> {
        let tls = TlsParameters::new(settings.host.clone()).map_err(|_| Failure::internal("mail.host: no TLS name"))?;
        Ok(Self { settings: settings.clone(), tls, name: ClientId::Domain(name.to_owned()) })
    }

    /// Hands a message over; when this returns without trouble, the server has it. After `until` it is not handed over
    /// any more: whoever asked may have given up and try again. The answer to it may come one timeout later.
    pub(super) fn send(&self, envelope: &Envelope, message: &[u8], until: Instant) -> Result<(), Trouble> {
        let time = Time { each: self.settings.timeout, until };
        let mut talk = Talk { connection: self.connect(time)?, time };
        self.introduce(&mut talk)?;
        let sent = talk.hand_over(envelope, message);
        // Says goodbye where the server still listens; what it answers changes nothing, so nobody waits long for it.
        let _ = talk.connection.set_timeout(Some(GOODBYE));
        talk.connection.abort();
        sent
    }

    fn connect(&self, time: Time) -> Result<SmtpConnection, Trouble> {
        let Smtp { host, port, tls, .. } = &self.settings;
        let wrapped = (*tls == SmtpTls::Tls).then_some(&self.tls);
        SmtpConnection::connect((host.as_str(), *port), Some(time.left()?), &self.name, wrapped, None)
            .map_err(|error| Trouble::from(&error))
    }

    fn introduce(&self, talk: &mut Talk) -> Result<(), Trouble> {
        if self.settings.tls == SmtpTls::StartTls {
            talk.wait(talk.time.left()?)?;
            talk.connection.starttls(&self.tls, &self.name).map_err(|error| Trouble::from(&error))?;
        }
        if let Some(login) = &self.settings.login {
            talk.wait(talk.time.left()?)?;
            let password = login.password.expose_secret().to_owned();
            let credentials = Credentials::new(login.username.clone(), password);
            talk.connection.auth(DEFAULT_MECHANISMS, &credentials).map_err(|error| Trouble::from(&error))?;
        }
        Ok(())
    }
}

/// How long a conversation may take.
#[derive(Clone, Copy)]
struct Time {
    /// For an answer.
    each: Duration,
    /// For all of them.
    until: Instant,
}

impl Time {
    /// How long to wait for the next answer; trouble when the time is up.
    fn left(self) -> Result<Duration, Trouble> {
        Ok(self.whole()?.min(self.each))
    }

    /// How long to wait for the answer to the message itself: as long as can be, since whoever stops listening before it
    /// has to send the message again.
    fn last(self) -> Result<Duration, Trouble> {
        Ok(self.whole()?.max(self.each))
    }

    fn whole(self) -> Result<Duration, Trouble> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Trouble::Timeout) } else { Ok(left) }
    }
}

/// A conversation under way.
struct Talk {
    connection: SmtpConnection,
    time: Time,
}

impl Talk {
    fn hand_over(&mut self, envelope: &Envelope, message: &[u8]) -> Result<(), Trouble> {
        let parameters = parameters(&self.connection, envelope, message)?;
        self.say(Mail::new(envelope.from().cloned(), parameters), |error| Trouble::from(error))?;
        for recipient in envelope.to() {
            self.say(Rcpt::new(recipient.clone(), Vec::new()), Trouble::of_recipient)?;
        }
        self.say(Data, |error| Trouble::from(error))?;
        self.wait(self.time.last()?)?;
        // Some servers look the mailbox up only now.
        self.connection.message(message).map(drop).map_err(|error| Trouble::of_message(&error))
    }

    fn say(&mut self, command: impl Display, refused: fn(&Error) -> Trouble) -> Result<(), Trouble> {
        self.wait(self.time.left()?)?;
        self.connection.command(command).map(drop).map_err(|error| refused(&error))
    }

    /// From now on each answer has this long.
    fn wait(&mut self, time: Duration) -> Result<(), Trouble> {
        self.connection.set_timeout(Some(time)).map_err(|_| Trouble::Connection)
    }
}

/// What MAIL has to announce (RFC 6152, RFC 6531); a server that cannot take it may learn to.
fn parameters(connection: &SmtpConnection, envelope: &Envelope, message: &[u8]) -> Result<Vec<MailParameter>, Trouble> {
    let wide_address = envelope.to().iter().chain(envelope.from()).any(|address| !address.to_string().is_ascii());
    let utf8 = (wide_address, Extension::SmtpUtfEight, MailParameter::SmtpUtfEight);
    let wide = (!message.is_ascii(), Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime));
    let mut parameters = Vec::new();
    for (needed, extension, parameter) in [utf8, wide] {
        if needed && !connection.server_info().supports_feature(extension) {
            return Err(Trouble::Protocol);
        }
        if needed {
            parameters.push(parameter);
        }
    }
    Ok(parameters)
}
