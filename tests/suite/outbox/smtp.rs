//! A tiny SMTP server that follows a script, one step a connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use gcrm::config::{MailBackend, Smtp, SmtpTls};

/// What the server does with one connection.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    /// Takes the message.
    Accept,
    /// Greets with this line and hangs up.
    Greet(&'static str),
    /// Answers this command with this line.
    Answer(&'static str, &'static str),
    /// Answers RCPT with this line.
    Reply(&'static str),
    /// Takes the message and answers it with this line.
    AfterData(&'static str),
    /// Takes the message and hangs up instead of saying so.
    HangUpAfterData,
    /// Says nothing until the client has gone.
    Silence,
    /// Takes the message, and this long for each answer.
    Slow(Duration),
    /// Takes the message, and this long to say so.
    Ponder(Duration),
}

/// A server on a port of its own; after its script it is gone.
pub struct SmtpServer {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl SmtpServer {
    pub fn start(script: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = mails.clone();
        let thread = (!script.is_empty()).then(|| {
            std::thread::spawn(move || {
                for step in script {
                    let (stream, _) = listener.accept().unwrap();
                    // A client that hangs up in the middle ends the conversation, not the server.
                    let _ = converse(stream, step, &kept);
                }
            })
        });
        Self { port, mails, thread }
    }

    /// How to reach it; it has 300 ms to answer.
    pub fn backend(&self) -> MailBackend {
        self.patient_backend(Duration::from_millis(300))
    }

    /// How to reach it, and how long it has to answer.
    pub fn patient_backend(&self, timeout: Duration) -> MailBackend {
        MailBackend::Smtp(Smtp { host: "127.0.0.1".into(), port: self.port, tls: SmtpTls::Plain, login: None, timeout })
    }

    /// The messages it took, after its script has ended.
    pub fn mails(mut self) -> Vec<String> {
        self.thread.take().unwrap().join().unwrap();
        self.mails.lock().unwrap().clone()
    }
}

fn converse(stream: TcpStream, step: Script, mails: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let say = |line: &str| {
        if let Script::Slow(pause) = step {
            std::thread::sleep(pause);
        }
        (&stream).write_all(format!("{line}\r\n").as_bytes())
    };
    let mut line = String::new();
    if let Script::Silence = step {
        lines.read_line(&mut line)?;
        return Ok(());
    }
    if let Script::Greet(line) = step {
        return say(line);
    }
    say("220 test")?;
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match (line.get(..4).unwrap_or_default(), step) {
            (command, Script::Answer(to, line)) if command == to => say(line)?,
            ("EHLO", _) => say("250 test")?,
            ("RCPT", Script::Reply(reply)) => say(reply)?,
            ("DATA", _) => {
                say("354 go on")?;
                mails.lock().unwrap().push(message(&mut lines)?);
                match step {
                    Script::HangUpAfterData => return Ok(()),
                    Script::AfterData(line) => say(line)?,
                    Script::Ponder(pause) => {
                        std::thread::sleep(pause);
                        say("250 taken")?;
                    }
                    _ => say("250 taken")?,
                }
            }
            ("QUIT", _) => return say("221 bye"),
            _ => say("250 fine")?,
        }
    }
}

fn message(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line == ".\r\n" {
            return Ok(message);
        }
        message.push_str(&line);
    }
}
