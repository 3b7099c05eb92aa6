//! Who carries messages to their receivers.

use bellwether_model::Timestamp;
use bellwether_notify::{Message, Outcome, Sender, Target};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Carries messages to their receivers, over whatever lies between.
pub trait Carrier: Send + Sync {
    /// Carries a message, once, and says what came of it. `now` is the time of sending.
    fn carry<'a>(&'a self, to: &'a Target, message: &'a Message, now: Timestamp) -> BoxFuture<'a, Outcome>;

    /// Mails that can be on their way at once; `None` where that is not bounded here.
    fn mail_connections(&self) -> Option<usize>;
}

impl Carrier for Sender {
    fn carry<'a>(&'a self, to: &'a Target, message: &'a Message, now: Timestamp) -> BoxFuture<'a, Outcome> {
        self.send(to, message, now).boxed()
    }

    fn mail_connections(&self) -> Option<usize> {
        self.mailer().connections()
    }
}
