//! One conversation with a mail server, command by command: only so is it known what a refusal is about. Blocks, under
//! the timeout of each command.

use std::time::Duration;

use lettre::Address;
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

    /// Hands a message over; when this returns without trouble, the server has it.
    pub(super) fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), Trouble> {
        let mut connection = self.connect().map_err(|error| Trouble::from(&error))?;
        let sent = hand_over(&mut connection, envelope, message);
        // Says goodbye where the server still listens; what it answers changes nothing, so nobody waits long for it.
        let _ = connection.set_timeout(Some(GOODBYE));
        connection.abort();
        sent
    }

    fn connect(&self) -> Result<SmtpConnection, Error> {
        let Smtp { host, port, tls, login, timeout } = &self.settings;
        let wrapped = (*tls == SmtpTls::Tls).then_some(&self.tls);
        let mut connection =
            SmtpConnection::connect((host.as_str(), *port), Some(*timeout), &self.name, wrapped, None)?;
        if *tls == SmtpTls::StartTls {
            connection.starttls(&self.tls, &self.name)?;
        }
        if let Some(login) = login {
            let password = login.password.expose_secret().to_owned();
            connection.auth(DEFAULT_MECHANISMS, &Credentials::new(login.username.clone(), password))?;
        }
        Ok(connection)
    }
}

fn hand_over(connection: &mut SmtpConnection, envelope: &Envelope, message: &[u8]) -> Result<(), Trouble> {
    let mail = Mail::new(envelope.from().cloned(), parameters(connection, envelope, message)?);
    connection.command(mail).map_err(|error| Trouble::from(&error))?;
    for recipient in envelope.to() {
        rcpt(connection, recipient)?;
    }
    connection.command(Data).map_err(|error| Trouble::from(&error))?;
    // Some servers look the mailbox up only now.
    connection.message(message).map(drop).map_err(|error| Trouble::of_message(&error))
}

fn rcpt(connection: &mut SmtpConnection, recipient: &Address) -> Result<(), Trouble> {
    let sent = connection.command(Rcpt::new(recipient.clone(), Vec::new()));
    sent.map(drop).map_err(|error| Trouble::of_recipient(&error))
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
