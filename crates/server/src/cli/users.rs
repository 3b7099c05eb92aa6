//! `bellwether users`: accounts without the API.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{Node, UserId};
use bellwether_store::user::{NewUser, Role, Taken};
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::print_line;
use crate::accounts::{self, Email, Passwords};
use crate::config::{Config, Secret};

#[derive(Debug, Subcommand)]
pub(super) enum UsersCommand {
    /// Makes an account whose address counts as verified
    Add(AddArgs),
    /// Makes an account's owner an administrator
    Promote(RoleArgs),
    /// Makes an administrator an ordinary user again
    Demote(RoleArgs),
}

#[derive(Debug, Args)]
pub(super) struct RoleArgs {
    /// The address, or the name to log in with
    login: String,
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// The address
    email: Email,
    /// A name to log in with besides the address
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// The IANA name of a time zone
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Reads the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
    /// Makes its owner an administrator
    #[arg(long)]
    admin: bool,
}

/// Does what was asked.
pub(super) async fn run(config: Config, command: UsersCommand) -> anyhow::Result<()> {
    match command {
        UsersCommand::Add(args) => add(config, args).await,
        UsersCommand::Promote(args) => set_role(config, args, Role::Administrator).await,
        UsersCommand::Demote(args) => set_role(config, args, Role::User).await,
    }
}

async fn set_role(config: Config, args: RoleArgs, role: Role) -> anyhow::Result<()> {
    super::expect_database(&config)?;
    let store = crate::run::open_store(&config).await?;
    let changed = store.set_role(&args.login, role, crate::clock::system().now()).await;
    store.close().await;
    match changed.context("the role cannot be changed")? {
        Some(user) => print_line(&format!("{} is {} now.", user.email, with_article(role))),
        None => bail!("nobody has this address or name"),
    }
    Ok(())
}

fn with_article(role: Role) -> &'static str {
    match role {
        Role::User => "an ordinary user",
        Role::Administrator => "an administrator",
    }
}

async fn add(config: Config, args: AddArgs) -> anyhow::Result<()> {
    let given = args.password_stdin.then(read_password).transpose()?;
    let password = given.clone().unwrap_or_else(accounts::generate);
    check(&args, &password)?;
    let store = crate::run::open_store(&config).await?;
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        email: args.email.to_string(),
        username: args.username,
        password_hash: Passwords::new(&config.accounts).hash(password.clone()).await?,
        verified: true,
        time_zone: args.time_zone,
        role: if args.admin { Role::Administrator } else { Role::User },
    };
    let created = store.create_user(new, crate::clock::system().now()).await;
    store.close().await;
    match created.context("the account cannot be made")? {
        Ok(user) => print_line(&format!("Made the account of {}.", user.email)),
        Err(Taken::Email) => bail!("this address has an account"),
        Err(Taken::Username) => bail!("this user name is taken"),
    }
    if given.is_none() {
        print_line(&format!("Its password, shown this once: {}", password.reveal()));
    }
    Ok(())
}

fn read_password() -> anyhow::Result<Secret> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text).context("standard input cannot be read")?;
    Ok(Secret::new(text.trim_end_matches(['\n', '\r'])))
}

/// The same rules as for those who sign up themselves.
fn check(args: &AddArgs, password: &Secret) -> anyhow::Result<()> {
    let text = |name: &str, text: &str| (name.to_owned(), Node::Text(text.to_owned()));
    let mut entries = vec![text("password", password.reveal()), text("time_zone", &args.time_zone)];
    entries.extend(args.username.as_deref().map(|name| text("username", name)));
    let node = Node::Object(entries);
    let mut faults = Faults::new();
    let read = |fields: &mut Fields<'_>, faults: &mut Faults| {
        accounts::read_new_password(fields, faults, "password");
        accounts::read_time_zone(fields, faults);
        accounts::read_username(fields, faults);
    };
    if let Some(mut fields) = faults.object(&node) {
        read(&mut fields, &mut faults);
    }
    faults.finish(Some(())).map_err(|found| {
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", told.join("; "))
    })
}
