//! One conversation with a client.

use std::sync::Arc;

use super::Office;
use super::auth;
use super::command::Command;
use super::wire::{Data, Silence, Wire};
use crate::inbox::config::Credentials;
use crate::inbox::fault::{Instead, Stage};
use crate::inbox::mail::Arrival;

/// Mistakes that one session may make.
const MISTAKES: u32 = 20;

/// The conversation goes no further.
enum End {
    /// Nothing is said any more.
    Gone,
    /// What was said last is still sent.
    Goodbye,
}

impl From<Silence> for End {
    fn from(_: Silence) -> Self {
        Self::Gone
    }
}

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

/// A mail on its way.
#[derive(Default)]
struct Envelope {
    from: String,
    to: Vec<String>,
}

/// The state of one conversation.
pub(super) struct Session {
    /// `None` only while it is being encrypted.
    wire: Option<Wire>,
    office: Arc<Office>,
    greeted: bool,
    user: Option<String>,
    envelope: Option<Envelope>,
    mistakes: u32,
}

impl Session {
    pub(super) const fn new(wire: Wire, office: Arc<Office>) -> Self {
        Self { wire: Some(wire), office, greeted: false, user: None, envelope: None, mistakes: 0 }
    }

    /// Talks until one side has had enough.
    pub(super) async fn run(mut self) {
        if let Err(End::Goodbye) = self.talk().await {
            let _ = self.wire().flush().await;
        }
    }

    async fn talk(&mut self) -> Result<(), End> {
        let greeting = format!("{} ESMTP, nothing leaves this machine", self.office.config.host_name);
        if self.goes_on(Stage::Greeting).await? {
            self.wire().reply(220, &greeting);
        } else {
            return Err(End::Goodbye);
        }
        loop {
            let line = self.line().await?;
            match Command::parse(&line) {
                Ok(command) => self.perform(command).await?,
                Err((code, text)) => self.complain(code, text)?,
            }
        }
    }

    async fn perform(&mut self, command: Command) -> Result<(), End> {
        match command {
            Command::Hello(_, extended) => self.hello(extended).await,
            Command::Mail(from, size) => self.mail(from, size).await,
            Command::Recipient(to) => self.recipient(to).await,
            Command::Data => self.data().await,
            Command::StartTls => self.start_tls().await,
            Command::Auth(mechanism, initial) => self.auth(&mechanism, initial).await,
            Command::Reset => {
                self.envelope = None;
                self.say(250, "2.0.0 forgotten")
            }
            Command::Noop => self.say(250, "2.0.0 ok"),
            Command::Verify => self.say(252, "2.5.2 send it and see"),
            Command::Help => self.say(214, "2.0.0 RFC 5321 helps"),
            Command::Quit => {
                self.wire().reply(221, "2.0.0 goodbye");
                Err(End::Goodbye)
            }
        }
    }

    async fn hello(&mut self, extended: bool) -> Result<(), End> {
        if !self.goes_on(Stage::Hello).await? {
            return Ok(());
        }
        self.greeted = true;
        self.envelope = None;
        let name = self.office.config.host_name.clone();
        if !extended {
            return self.say(250, &name);
        }
        let mut lines = vec![name, "PIPELINING".to_owned(), "8BITMIME".to_owned(), "SMTPUTF8".to_owned()];
        lines.push(format!("SIZE {}", self.office.config.largest_mail));
        lines.push("ENHANCEDSTATUSCODES".to_owned());
        if !self.wire().is_encrypted() {
            lines.push("STARTTLS".to_owned());
        }
        if self.offers_auth() {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        self.wire().reply_lines(250, &lines);
        Ok(())
    }

    async fn start_tls(&mut self) -> Result<(), End> {
        if self.wire().is_encrypted() {
            return self.complain(503, "5.5.1 encrypted already");
        }
        if !self.goes_on(Stage::StartTls).await? {
            return Ok(());
        }
        self.wire().reply(220, "2.0.0 go ahead");
        self.wire().flush().await?;
        let wire = self.wire.take().ok_or(End::Gone)?;
        self.wire = Some(wire.encrypt(&self.office.acceptor()).await?);
        // What was said in the clear does not count (RFC 3207, section 4.2).
        (self.greeted, self.user, self.envelope) = (false, None, None);
        Ok(())
    }

    async fn auth(&mut self, mechanism: &str, initial: Option<String>) -> Result<(), End> {
        if !self.greeted || self.user.is_some() || self.envelope.is_some() {
            return self.complain(503, "5.5.1 not now");
        }
        if !self.offers_auth() {
            return self.complain(538, "5.7.11 encrypt first, or nobody needs to log in here");
        }
        let given = match mechanism {
            "PLAIN" => auth::plain(&self.answer(initial, "").await?),
            "LOGIN" => {
                let user = self.answer(initial, "Username:").await?;
                let password = self.answer(None, "Password:").await?;
                let pair = auth::decode(&user).zip(auth::decode(&password));
                pair.map(|(user, password)| Credentials { user, password })
            }
            _ => return self.complain(504, "5.5.4 PLAIN or LOGIN"),
        };
        if !self.goes_on(Stage::Auth).await? {
            return Ok(());
        }
        match given {
            None => self.complain(501, "5.5.2 that is not what was asked for"),
            Some(given) if Some(&given) == self.office.config.credentials.as_ref() => {
                self.user = Some(given.user);
                self.say(235, "2.7.0 welcome")
            }
            Some(_) => self.complain(535, "5.7.8 wrong user or password"),
        }
    }

    /// The client's answer to a challenge, unless it came along already.
    async fn answer(&mut self, initial: Option<String>, question: &str) -> Result<String, End> {
        if let Some(initial) = initial {
            return Ok(initial);
        }
        self.wire().reply(334, &auth::encode(question));
        self.line().await
    }

    async fn mail(&mut self, from: String, size: Option<usize>) -> Result<(), End> {
        if !self.greeted || self.envelope.is_some() {
            return self.complain(503, "5.5.1 EHLO, then MAIL, once");
        }
        if self.office.config.credentials.is_some() && self.user.is_none() {
            return self.complain(530, "5.7.0 log in first");
        }
        if size.is_some_and(|size| size > self.office.config.largest_mail) {
            return self.complain(552, "5.3.4 too large");
        }
        if self.goes_on(Stage::Mail).await? {
            self.envelope = Some(Envelope { from, to: Vec::new() });
            self.say(250, "2.1.0 ok")?;
        }
        Ok(())
    }

    async fn recipient(&mut self, to: String) -> Result<(), End> {
        let Some(envelope) = &self.envelope else { return self.complain(503, "5.5.1 MAIL first") };
        if envelope.to.len() >= self.office.config.most_recipients {
            return self.complain(452, "4.5.3 too many recipients");
        }
        if self.goes_on_for(Stage::Recipient, std::slice::from_ref(&to)).await? {
            self.envelope.get_or_insert_default().to.push(to);
            self.say(250, "2.1.5 ok")?;
        }
        Ok(())
    }

    async fn data(&mut self) -> Result<(), End> {
        let Some(envelope) = self.envelope.take_if(|envelope| !envelope.to.is_empty()) else {
            return self.complain(503, "5.5.1 RCPT first");
        };
        if !self.goes_on_for(Stage::Data, &envelope.to).await? {
            return Ok(());
        }
        self.wire().reply(354, "end with a dot on a line of its own");
        let (most, idle) = (self.office.config.largest_mail, self.office.config.idle);
        match self.wire().data(most, idle).await? {
            Data::TooLarge => self.complain(552, "5.3.4 too large"),
            Data::Whole(raw) => self.accept(envelope, raw).await,
        }
    }

    async fn accept(&mut self, envelope: Envelope, raw: Vec<u8>) -> Result<(), End> {
        let verdict = self.office.faults.judge(Stage::Accept, &envelope.to);
        let keep = matches!(verdict.instead, None | Some(Instead::KeepAndDrop));
        // A sleep of nothing would still last until the timer's next millisecond.
        if !verdict.delay.is_zero() {
            tokio::time::sleep(verdict.delay).await;
        }
        let Envelope { from, to } = envelope;
        let id = keep.then(|| {
            self.office.accept(Arrival {
                received_us: self.office.config.clock.now_us(),
                envelope_from: from,
                envelope_to: to,
                encrypted: self.wire.as_ref().is_some_and(Wire::is_encrypted),
                user: self.user.clone(),
                raw,
            })
        });
        match verdict.instead {
            None => self.say(250, &format!("2.0.0 kept as {}", id.unwrap_or_default())),
            Some(Instead::KeepAndDrop | Instead::Drop) => Err(End::Gone),
            Some(Instead::Reply(code, text)) => self.refuse(code, &text),
        }
    }

    async fn goes_on(&mut self, stage: Stage) -> Result<bool, End> {
        self.goes_on_for(stage, &[]).await
    }

    /// Lets the faults of a stage happen. False where one has answered already.
    async fn goes_on_for(&mut self, stage: Stage, recipients: &[String]) -> Result<bool, End> {
        let verdict = self.office.faults.judge(stage, recipients);
        if !verdict.delay.is_zero() {
            // Only this answer is late; those before it go out.
            self.wire().flush().await?;
            tokio::time::sleep(verdict.delay).await;
        }
        match verdict.instead {
            None => Ok(true),
            Some(Instead::Reply(code, text)) => self.refuse(code, &text).map(|()| false),
            Some(Instead::Drop | Instead::KeepAndDrop) => {
                self.wire().flush().await?;
                Err(End::Gone)
            }
        }
    }

    /// A refusal that was ordered. 421 says that the server is leaving, so it does.
    fn refuse(&mut self, code: u16, text: &str) -> Result<(), End> {
        self.wire().reply(code, text);
        if code == 421 { Err(End::Goodbye) } else { Ok(()) }
    }

    async fn line(&mut self) -> Result<String, End> {
        let idle = self.office.config.idle;
        match self.wire().line(idle).await {
            Ok(line) => Ok(line),
            Err(Silence::Gone) => Err(End::Gone),
            Err(Silence::Idle) => self.leave("4.4.2 nothing was said for too long"),
            Err(Silence::TooLong) => self.leave("4.7.0 that line has no end"),
        }
    }

    fn leave<T>(&mut self, text: &str) -> Result<T, End> {
        self.wire().reply(421, text);
        Err(End::Goodbye)
    }

    #[expect(clippy::unnecessary_wraps, reason = "reads as the other ways to answer do")]
    fn say(&mut self, code: u16, text: &str) -> Result<(), End> {
        self.wire().reply(code, text);
        Ok(())
    }

    fn complain(&mut self, code: u16, text: &str) -> Result<(), End> {
        self.mistakes += 1;
        if self.mistakes > MISTAKES {
            return self.leave("4.7.0 too many mistakes");
        }
        self.say(code, text)
    }

    fn offers_auth(&self) -> bool {
        let encrypted = self.wire.as_ref().is_some_and(Wire::is_encrypted);
        self.office.config.credentials.is_some() && (encrypted || !self.office.config.auth_needs_tls)
    }

    fn wire(&mut self) -> &mut Wire {
        self.wire.as_mut().expect("a session whose handshake failed has ended")
    }
}
