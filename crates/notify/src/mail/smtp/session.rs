//! One connection to a mail server, logged in where we log in. It serves one mail at a time.

use tokio::time::Instant;

use super::failure::{Cause, Failure, Stage};
use super::greeting::Abilities;
use super::patience::{COURTESY, Patience};
use super::reply::{Class, Reply};
use super::wire::Wire;
use crate::mail::letter::Letter;
use crate::mail::metric::OpenConnection;

/// A connection that is ready for a mail.
#[derive(Debug)]
pub(super) struct Session {
    wire: Wire,
    abilities: Abilities,
    patience: Patience,
    usable: bool,
    /// Counts it for as long as it is open.
    _open: OpenConnection,
}

impl Session {
    pub(super) fn new(wire: Wire, abilities: Abilities, patience: Patience) -> Self {
        Self { wire, abilities, patience, usable: true, _open: OpenConnection::new() }
    }

    /// Whether it may serve another mail.
    pub(super) fn is_usable(&self) -> bool {
        self.usable
    }

    /// How it is protected, for people to read.
    pub(super) fn protection(&self) -> String {
        self.wire.protection()
    }

    /// Sends a mail and returns the server's answer to it.
    pub(super) async fn send(&mut self, letter: &Letter) -> Result<Reply, Failure> {
        // Until it is known to be in order: a caller may drop this halfway.
        self.usable = false;
        let sent = self.transact(letter).await;
        self.usable = match &sent {
            Ok(_) => true,
            Err(failure) => failure.leaves_connection_usable() && self.reset().await,
        };
        sent
    }

    /// Takes leave of the server.
    pub(super) async fn quit(mut self) {
        let by = Instant::now() + COURTESY;
        if self.wire.write(b"QUIT\r\n", by).await.is_ok() {
            // Whatever it answers, the connection ends here.
            let _ = self.wire.reply(by).await;
        }
    }

    async fn transact(&mut self, letter: &Letter) -> Result<Reply, Failure> {
        let sender = sender_command(letter, self.abilities)?;
        let recipient = format!("RCPT TO:<{}>\r\n", letter.to);
        let by = Instant::now() + self.patience.open;
        if self.abilities.pipelining {
            self.open_at_once(&sender, &recipient, by).await?;
        } else {
            self.open_in_steps(&sender, &recipient, by).await?;
        }
        let by = Instant::now() + self.patience.content;
        self.write(&content(&letter.bytes), by, Stage::Content).await?;
        let by = Instant::now() + self.patience.verdict;
        self.answer(Class::Done, by, Stage::Content).await
    }

    async fn open_in_steps(&mut self, sender: &str, recipient: &str, by: Instant) -> Result<(), Failure> {
        for (command, class, stage) in [
            (sender, Class::Done, Stage::Sender),
            (recipient, Class::Done, Stage::Recipient),
            ("DATA\r\n", Class::GoOn, Stage::Data),
        ] {
            self.write(command.as_bytes(), by, stage).await?;
            self.answer(class, by, stage).await?;
        }
        Ok(())
    }

    /// The same in one write (RFC 2920): three answers are owed then, whatever the first one is.
    async fn open_at_once(&mut self, sender: &str, recipient: &str, by: Instant) -> Result<(), Failure> {
        let commands = format!("{sender}{recipient}DATA\r\n");
        self.write(commands.as_bytes(), by, Stage::Sender).await?;
        let sender = alive(self.answer(Class::Done, by, Stage::Sender).await)?;
        let recipient = alive(self.answer(Class::Done, by, Stage::Recipient).await)?;
        let data = alive(self.answer(Class::GoOn, by, Stage::Data).await)?;
        match (sender.and(recipient), data) {
            (Ok(_), data) => data.map(drop),
            (Err(refused), Ok(_)) => {
                // It waits for a mail that has nowhere to go. An empty one ends that; the refusal is
                // what counts, and RSET follows.
                self.write(b".\r\n", by, Stage::Data).await?;
                alive(self.answer(Class::Done, by, Stage::Data).await)?.ok();
                Err(refused)
            }
            (Err(refused), Err(_)) => Err(refused),
        }
    }

    /// Forgets a mail that was refused. Says whether the server did.
    async fn reset(&mut self) -> bool {
        let by = Instant::now() + COURTESY;
        self.wire.write(b"RSET\r\n", by).await.is_ok()
            && matches!(self.wire.reply(by).await, Ok(reply) if reply.class == Class::Done)
    }

    async fn write(&mut self, bytes: &[u8], by: Instant, stage: Stage) -> Result<(), Failure> {
        stage.of(self.wire.write(bytes, by).await)
    }

    async fn answer(&mut self, wanted: Class, by: Instant, stage: Stage) -> Result<Reply, Failure> {
        stage.of(expect(self.wire.reply(by).await, wanted))
    }
}

/// A reply of the class that was wanted; a refusal otherwise.
pub(super) fn expect(reply: Result<Reply, Cause>, wanted: Class) -> Result<Reply, Cause> {
    match reply? {
        reply if reply.class == wanted => Ok(reply),
        reply if matches!(reply.class, Class::NotNow | Class::No) => Err(Cause::Refused(reply)),
        _ => Err(Cause::Nonsense("out of turn")),
    }
}

/// The server's answer, whichever it is, as long as it goes on talking.
fn alive(answer: Result<Reply, Failure>) -> Result<Result<Reply, Failure>, Failure> {
    match answer {
        Err(failure) if !failure.leaves_connection_usable() => Err(failure),
        answer => Ok(answer),
    }
}

fn sender_command(letter: &Letter, abilities: Abilities) -> Result<String, Failure> {
    let from = &letter.from;
    match letter.is_international() {
        false => Ok(format!("MAIL FROM:<{from}>\r\n")),
        true if abilities.smtputf8 => Ok(format!("MAIL FROM:<{from}> SMTPUTF8\r\n")),
        true => {
            let lacks = "SMTPUTF8, which this address needs";
            Stage::Recipient.of(Err(Cause::Lacks(lacks)))
        }
    }
}

/// The mail as it is sent: leading dots doubled (RFC 5321, 4.5.2), and the final dot.
fn content(mail: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b".") {
            content.push(b'.');
        }
        content.extend_from_slice(line);
    }
    if !content.ends_with(b"\r\n") {
        content.extend_from_slice(b"\r\n");
    }
    content.extend_from_slice(b".\r\n");
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_dots_are_doubled_and_a_dot_ends_the_mail() {
        let check = |mail: &str, sent: &str| {
            assert_eq!(String::from_utf8(content(mail.as_bytes())).unwrap(), sent);
        };
        check("a\r\nb\r\n", "a\r\nb\r\n.\r\n");
        check("a", "a\r\n.\r\n");
        check(".\r\n..\r\na.b\r\n.c", "..\r\n...\r\na.b\r\n..c\r\n.\r\n");
        check("a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n.\r\n");
        check("", "\r\n.\r\n");
    }
}
