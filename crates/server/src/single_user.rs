//! Whose machine it is, where nobody logs in (`accounts.single_user`).
//!
//! The mode is for a machine of one's own: the API takes whoever shows no token for the one owner. What makes that
//! safe stands in the configuration, which listens on the loopback interface alone then, and in the API, which
//! refuses whatever does not come from this machine itself or from its own pages (`http/here.rs`).

use anyhow::{Context as _, bail};
use bellwether_model::UserId;
use bellwether_store::Store;
use bellwether_store::page::Page;
use bellwether_store::user::{NewUser, Role};
use uuid::Uuid;

use crate::accounts::{self, Passwords};
use crate::clock::Clock;
use crate::config::Config;

/// The address of an owner of whom none is known.
const NO_ADDRESS: &str = "owner@localhost";

/// Who the owner is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This one's.
    Known(UserId),
    /// This one's, which the first start made when no address was known, and which gets the one that is known now.
    Nameless(UserId),
    /// Nobody's: the owner's is made by the first start.
    None,
    /// Several people's, and the configuration does not say which of them is the owner; or it names none of them.
    Unclear {
        /// What is to be done.
        advice: String,
    },
}

/// Who the owner is: the account that the configuration names, or the only one.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn look(config: &Config, store: &Store) -> anyhow::Result<Owner> {
    let named = &config.accounts.owner;
    if let Some(email) = named
        && let Some((user, _)) = store.credentials(email.as_str()).await?
    {
        return Ok(Owner::Known(user.id));
    }
    let accounts = store.list_users(None, Page { number: 1, size: 1 }).await?;
    Ok(match (named, accounts.total, accounts.items.first()) {
        (_, 0, _) => Owner::None,
        (None, 1, Some(only)) => Owner::Known(only.user.id),
        (Some(_), 1, Some(only)) if only.user.email == NO_ADDRESS => Owner::Nameless(only.user.id),
        (None, ..) => Owner::Unclear {
            advice: "there are several accounts: set accounts.owner to the address of the one that this machine's \
                     owner has"
                .to_owned(),
        },
        (Some(_), ..) => Owner::Unclear {
            advice: "nobody has the address that accounts.owner names: name one that has an account, or make it with \
                     bellwether users add"
                .to_owned(),
        },
    })
}

/// The owner, whose account is made where there is no account at all; `None` where people log in.
///
/// # Errors
/// Where it is not clear who the owner is, or the store does not answer.
pub async fn owner(config: &Config, store: &Store, clock: &Clock) -> anyhow::Result<Option<UserId>> {
    if !config.accounts.single_user {
        return Ok(None);
    }
    match look(config, store).await.context("who owns this machine cannot be read")? {
        Owner::Known(owner) => Ok(Some(owner)),
        Owner::Nameless(owner) => {
            let email = config.accounts.owner.as_ref().map(ToString::to_string).unwrap_or_default();
            let known = store.readdress_user(owner, email, clock.now()).await;
            known.context("the owner's address cannot be kept")?;
            tracing::info!("single-user mode: the owner's address is known now");
            Ok(Some(owner))
        }
        Owner::None => make(config, store, clock).await.map(Some),
        Owner::Unclear { advice } => bail!("single-user mode: {advice}"),
    }
}

/// Nobody knows its password. Who wants to log in one day asks for a link that replaces it.
async fn make(config: &Config, store: &Store, clock: &Clock) -> anyhow::Result<UserId> {
    let id = UserId(Uuid::now_v7());
    let new = NewUser {
        id,
        email: config.accounts.owner.as_ref().map_or_else(|| NO_ADDRESS.to_owned(), ToString::to_string),
        username: None,
        password_hash: Passwords::new(&config.accounts).hash(accounts::generate()).await?,
        verified: true,
        time_zone: "UTC".to_owned(),
        role: Role::Administrator,
    };
    let made = store.create_user(new, clock.now()).await.context("the owner's account cannot be made")?;
    made.map_err(|_| anyhow::anyhow!("the owner's account was made by another process: start again"))?;
    tracing::info!("single-user mode: the owner's account was made");
    Ok(id)
}
