//! A piece of work on the database, handed to whoever holds the connection.

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::sql::Db;

/// What a piece of work comes to.
pub(crate) type Working<'c, T> = BoxFuture<'c, Result<T, StoreError>>;

/// A piece of work whose caller waits for its answer.
pub(crate) trait Work: Send {
    /// Does the work, within the transaction that is open on the connection.
    fn run<'c>(self: Box<Self>, db: &'c mut Db<'_>) -> BoxFuture<'c, Box<dyn Outcome>>;
    /// Gives the answer of work that was never begun.
    fn refuse(self: Box<Self>, error: StoreError);
}

/// What became of a piece of work, kept back until its transaction is committed.
pub(crate) trait Outcome: Send {
    /// What it failed with, if it failed.
    fn error(&self) -> Option<&StoreError>;
    /// Gives the caller the answer.
    fn answer(self: Box<Self>);
    /// Gives the caller this error in the place of a success; a failure of its own it keeps.
    fn revoke(self: Box<Self>, error: StoreError);
}

/// Work and where its answer goes.
pub(crate) fn order<T, F>(work: F) -> (Box<dyn Work>, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    (Box::new(Order { work, answer }), answered)
}

struct Order<F, T> {
    work: F,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

struct Done<T> {
    result: Result<T, StoreError>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Work for Order<F, T>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
{
    fn run<'c>(self: Box<Self>, db: &'c mut Db<'_>) -> BoxFuture<'c, Box<dyn Outcome>> {
        let Order { work, answer } = *self;
        let working = work(db);
        Box::pin(async move { Box::new(Done { result: working.await, answer }) as Box<dyn Outcome> })
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        // A caller that no longer waits needs no answer.
        let _ = self.answer.send(Err(error));
    }
}

impl<T: Send> Outcome for Done<T> {
    fn error(&self) -> Option<&StoreError> {
        self.result.as_ref().err()
    }

    fn answer(self: Box<Self>) {
        let _ = self.answer.send(self.result);
    }

    fn revoke(self: Box<Self>, error: StoreError) {
        let _ = self.answer.send(self.result.and(Err(error)));
    }
}
