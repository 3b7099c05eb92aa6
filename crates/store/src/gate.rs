//! Where every call passes on its way to the database and back. Open, but where a test has put somebody there.

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::error::StoreError;

/// Somebody who stands between the store's callers and its database, and decides what each call meets: it may be kept
/// waiting, fail before anything was done, or have its answer lost on the way back. For tests.
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub, reason = "only `testing` shows it"))]
pub trait Gatekeeper: fmt::Debug + Send + Sync {
    /// A call, named as its method is, wants to pass. It waits for as long as this does; a number for its way back.
    ///
    /// # Errors
    /// What the caller is told in the place of an answer. The database never hears of the call.
    fn enter(&self, call: &'static str) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// The call that entered under this number was answered.
    ///
    /// # Errors
    /// What the caller is told in the place of that answer. What was done stays done.
    fn leave(&self, number: u64) -> Result<(), StoreError>;
}

/// The way to a database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Option<Arc<dyn Gatekeeper>>);

impl Gate {
    /// With somebody who stands there.
    #[cfg(feature = "testing")]
    pub(crate) fn kept_by(keeper: Arc<dyn Gatekeeper>) -> Self {
        Self(Some(keeper))
    }

    /// Enters for the work that the closure `F` does, in the method that it stands for.
    pub(crate) async fn enter<F>(&self) -> Result<Pass<'_>, StoreError> {
        let Some(keeper) = &self.0 else { return Ok(Pass(None)) };
        let number = keeper.enter(method(type_name::<F>())).await?;
        Ok(Pass(Some((&**keeper, number))))
    }
}

/// A call on its way. It is no wrapper around the work, whose future would grow by it.
#[derive(Debug)]
pub(crate) struct Pass<'a>(Option<(&'a dyn Gatekeeper, u64)>);

impl Pass<'_> {
    /// Takes an answer back through the gate.
    pub(crate) fn leave<T>(self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Some((keeper, number)) = self.0 {
            keeper.leave(number)?;
        }
        answer
    }
}

/// The method that a closure stands in.
fn method(closure: &'static str) -> &'static str {
    let outer = closure.split("::{{closure}}").next().unwrap_or(closure);
    outer.rsplit("::").next().unwrap_or(outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_the_name_of_its_method() {
        let of_a_method = "a::tables::evaluation::<impl a::store::Store>::commit::{{closure}}::{{closure}}";
        assert_eq!(method(of_a_method), "commit");
        assert_eq!(method("a::creations::create_together::{{closure}}::{{closure}}"), "create_together");
        assert_eq!(method("a::plain"), "plain");
    }
}
