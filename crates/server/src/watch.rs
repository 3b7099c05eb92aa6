//! `bellwether watch`: alerts on the terminal, for somebody who wants to be told that a price moved and
//! nothing else.
//!
//! It is the service itself with only the named venues and a database of its own, also where several run at once.
//! What it watches for are ordinary alerts of a user of its own, `change` in either direction, so what each is
//! compared with survives a restart, a kill too.

mod alerts;
mod fires;
mod place;
mod wish;

use bellwether_model::{FireId, Instrument, Percent, Span, UserId, Venue};
use bellwether_store::page::Stretch;
use clap::Args;

use self::fires::Fires;
use self::wish::{Named, WATCHED};
use crate::cli::{print_note, try_print_line};
use crate::config::Config;
use crate::evaluate::Watching;
use crate::run::{Service, open_store, told_to_stop};

/// How often the store and the feeds are looked at.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(200);

/// What `bellwether watch` is told.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// What to watch, each with numbers of its own where they differ, such as
    /// uphold:BTC-USD,percent=0.5,interval=10s
    #[arg(value_name = "INSTRUMENT", default_value = "uphold:BTC-USD")]
    named: Vec<Named>,
    /// How far a price must move, in percent, in either direction
    #[arg(long, default_value = "0.01")]
    percent: Percent,
    /// How often a venue that must be asked is asked; others tell each trade
    #[arg(long, default_value = "5s")]
    interval: Span,
    /// Compares with the first price for ever, instead of with that of the last alert
    #[arg(long)]
    from_first: bool,
    /// Prints each alert as a line of JSON
    #[arg(long)]
    json: bool,
}

/// One instrument and its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wish {
    instrument: Instrument,
    percent: Percent,
    interval: Span,
    from_first: bool,
}

impl WatchArgs {
    fn wishes(&self) -> Vec<Wish> {
        let wish = |named: &Named| Wish {
            instrument: named.instrument.clone(),
            percent: named.percent.unwrap_or(self.percent),
            interval: named.interval.unwrap_or(self.interval),
            from_first: self.from_first,
        };
        self.named.iter().map(wish).collect()
    }

    /// The configuration that goes with it, by variables: those of the environment come after them, and flags.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let wishes = self.wishes();
        let mut settings = vec![
            ("LOG__LEVEL".to_owned(), "warn".to_owned()),
            // Where none is named: not that of the service, which may run beside it.
            ("STORE__URL".to_owned(), format!("sqlite:{}", place::FIRST)),
            ("SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("SERVER__METRICS_LISTEN".to_owned(), String::new()),
            ("VENUES__UPHOLD__INTERVALS".to_owned(), intervals(&wishes, Venue::Uphold)),
            ("VENUES__COINGECKO__INTERVALS".to_owned(), intervals(&wishes, Venue::Coingecko)),
        ];
        for venue in WATCHED {
            let is_named = wishes.iter().any(|wish| wish.instrument.venue() == venue);
            settings
                .push((format!("VENUES__{}__ENABLED", venue.name().to_uppercase()), is_named.to_string()));
        }
        settings.into_iter().map(|(name, value)| (format!("BELLWETHER_{name}"), value)).collect()
    }
}

/// The intervals of a venue's polled symbols. The sides of a pair come with one answer: the shortest counts.
fn intervals(wishes: &[Wish], venue: Venue) -> String {
    let mut by_pair = std::collections::BTreeMap::<&str, Span>::new();
    for wish in wishes.iter().filter(|wish| wish.instrument.venue() == venue) {
        let pair = wish.instrument.symbol().split('@').next().unwrap_or_default();
        let shortest = by_pair.entry(pair).or_insert(wish.interval);
        *shortest = wish.interval.min(*shortest);
    }
    by_pair.iter().map(|(pair, interval)| format!("{pair}={interval}")).collect::<Vec<_>>().join(",")
}

/// Watches until the process is told to stop.
///
/// # Errors
/// Where the service does not start, or an alert cannot be made.
pub async fn run(config: Config, args: WatchArgs) -> anyhow::Result<()> {
    let wishes = args.wishes();
    let (service, user, newest) = start(&config, &wishes).await?;
    alerts::make(&service, user, &wishes).await?;
    for wish in &wishes {
        let against = if wish.from_first { "the first price" } else { "the price of the last alert" };
        print_note(&format!("{} by {} % from {against}", wish.instrument, wish.percent));
    }
    let fires = Fires::after(newest, user, args.json);
    tokio::select! {
        () = told_to_stop() => {}
        fallen = service.fallen() => {
            service.stop().await;
            return Err(fallen.into());
        }
        looked = look(&service, &wishes, fires) => looked?,
    }
    service.stop().await;
    Ok(())
}

/// Starts it on the first database that no other process has. Says whose the alerts are, and which fire was the newest
/// before it began.
async fn start(config: &Config, wishes: &[Wish]) -> anyhow::Result<(Service, UserId, Option<FireId>)> {
    let mut refused = None;
    for config in place::candidates(config, wishes).await {
        // Read before anything is evaluated: what a process that died had only kept may fire at once.
        let store = open_store(&config).await?;
        let user = alerts::user(&config, &store).await?;
        let newest = store.list_fires(user, &Default::default(), Stretch { after: None, limit: 1 }).await?;
        store.close().await;
        match Service::start(&config, crate::clock::system()).await {
            Ok(service) => return Ok((service, user, newest.items.first().map(|fire| fire.id))),
            Err(error) if place::is_in_use(&error) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or_else(|| anyhow::anyhow!("there is no database to watch with")))
}

/// Prints what fires, and how the feeds fare, for as long as somebody reads it.
async fn look(service: &Service, wishes: &[Wish], mut fires: Fires) -> anyhow::Result<()> {
    let mut said: Vec<Option<Watching>> = vec![None; wishes.len()];
    loop {
        for line in fires.new_lines(service.store()).await? {
            if try_print_line(&line).is_err() {
                return Ok(());
            }
        }
        for (wish, said) in wishes.iter().zip(&mut said) {
            let now = service.positions().watching(&wish.instrument);
            if now.as_ref().map(|now| &now.coverage) != said.as_ref().map(|said| &said.coverage) {
                if let Some(Watching { coverage, .. }) = &now {
                    print_note(&format!("{}: {}", wish.instrument, fires::in_words(coverage)));
                }
                *said = now;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
