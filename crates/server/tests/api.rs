//! The API, driven through its router with a real store: what is done, what is refused, and that a
//! refusal changes nothing. No socket, no wall clock.

#![expect(clippy::unwrap_used, reason = "a test ends where anything fails")]

#[path = "api/rig.rs"]
mod rig;

#[path = "api/accounts.rs"]
mod accounts;
#[path = "api/administration.rs"]
mod administration;
#[path = "api/aliases.rs"]
mod aliases;
#[path = "api/applying.rs"]
mod applying;
#[path = "api/bulk.rs"]
mod bulk;
#[path = "api/changes.rs"]
mod changes;
#[path = "api/channels.rs"]
mod channels;
#[path = "api/commanding.rs"]
mod commanding;
#[path = "api/creation.rs"]
mod creation;
#[path = "api/deliveries.rs"]
mod deliveries;
#[path = "api/document.rs"]
mod document;
#[path = "api/explaining.rs"]
mod explaining;
#[path = "api/exports.rs"]
mod exports;
#[path = "api/feed.rs"]
mod feed;
#[path = "api/feed_states.rs"]
mod feed_states;
#[path = "api/figures.rs"]
mod figures;
#[path = "api/fires.rs"]
mod fires;
#[path = "api/history.rs"]
mod history;
#[path = "api/hostile.rs"]
mod hostile;
#[path = "api/importing.rs"]
mod importing;
#[path = "api/instruments.rs"]
mod instruments;
#[path = "api/keys.rs"]
mod keys;
#[path = "api/links.rs"]
mod links;
#[path = "api/lists.rs"]
mod lists;
#[path = "api/live.rs"]
mod live;
#[path = "api/messages.rs"]
mod messages;
#[path = "api/notices.rs"]
mod notices;
#[path = "api/ownership.rs"]
mod ownership;
#[path = "api/pages.rs"]
mod pages;
#[path = "api/passwords.rs"]
mod passwords;
#[path = "api/pictures.rs"]
mod pictures;
#[path = "api/previewing.rs"]
mod previewing;
#[path = "api/problems.rs"]
mod problems;
#[path = "api/products.rs"]
mod products;
#[path = "api/quarantine.rs"]
mod quarantine;
#[path = "api/rates.rs"]
mod rates;
#[path = "api/repeating.rs"]
mod repeating;
#[path = "api/returns.rs"]
mod returns;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/single_user.rs"]
mod single_user;
#[path = "api/switches.rs"]
mod switches;
#[path = "api/ticks.rs"]
mod ticks;
#[path = "api/tokens.rs"]
mod tokens;
