//! `bellwether doctor`: whether everything that the service needs is in order, and what to do where it is not.
//!
//! It looks and changes nothing: no database, schema or key is made by it, and no mail is sent. A configuration
//! that makes no sense is told before, as with every command.

mod disk;
mod finding;
mod follower;
mod keys;
mod mail;
mod owner;
mod store;
mod venues;

use anyhow::bail;

use self::finding::{Finding, State};
use crate::cli::print_line;
use crate::config::Config;

/// Looks at everything and prints what was found.
///
/// # Errors
/// Where something is out of order.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let mut found = vec![Finding::good("configuration", "makes sense")];
    found.extend(keys::look(&config));
    found.extend(store::look(&config).await);
    found.extend(owner::look(&config).await);
    found.extend(disk::look(&config));
    let (venues, mail) = tokio::join!(venues::look(&config), mail::look(&config));
    found.extend(venues);
    found.push(mail);
    found.iter().flat_map(Finding::lines).for_each(|line| print_line(&line));
    let count = |state| found.iter().filter(|finding| finding.state == state).count();
    match (count(State::Bad), count(State::Odd)) {
        (0, 0) => print_line("Everything is in order."),
        (0, odd) => print_line(&format!("The service can run; {} worth a look.", things(odd))),
        (bad, _) => bail!("{} out of order", things(bad)),
    }
    Ok(())
}

fn things(count: usize) -> String {
    match count {
        1 => "one thing is".to_owned(),
        count => format!("{count} things are"),
    }
}
