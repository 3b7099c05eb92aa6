//! An eBay that needs no network: application tokens, the search and the items of the Browse API, and what is
//! left of the day's calls, after eBay's own descriptions (Browse API v1.20, checked 2026-11-21), with a living
//! catalogue behind it and faults on command.
//!
//! | path | what |
//! |---|---|
//! | `POST /identity/v1/oauth2/token` | an application token for the client's id and secret |
//! | `GET /buy/browse/v1/item_summary/search` | the search |
//! | `GET /buy/browse/v1/item/{id}`, `GET /buy/browse/v1/item/?item_ids=` | one item, or up to twenty |
//! | `GET /developer/analytics/v1_beta/rate_limit/` | the calls of the day |
//! | `GET /commerce/notification/v1/public_key/{kid}` | the key that events are signed with |
//! | `/`, `/itm/{id}` | for people: the listings, and one of them with buttons that change it |
//! | `/pictures/{id}` | the pictures of the listings |
//! | `/control/…` | the same strings for programs, and the faults |
//!
//! It shares no code with the feeds. A catalogue is drawn from a seed and goes on by steps, always the same
//! ones for the same seed; or it is a recorded page; or a recorded history whose steps replay it. Events of
//! items are posted to a receiver that the control names, signed as eBay signs. It has no accounts, no bids, no
//! affiliates, and none of the calls by which a receiver subscribes.

mod bought;
mod config;
mod control;
mod control_http;
mod counters;
mod driver;
mod error;
mod events;
mod fault;
mod filter;
mod goods;
mod history;
mod item;
mod items;
mod money;
mod page;
mod picture;
mod quota;
mod rate_limit;
mod recorded;
mod running;
mod search;
mod serving;
mod shelf;
mod signing;
mod site;
mod stock;
mod tokens;
mod wanted;
mod wares;

pub use config::{Catalogue, Config, Credentials};
pub use control::{Control, ControlError, ItemInput, ItemView};
pub use counters::Counters;
pub use events::{EventFlaw, Receiver, ReceiverError};
pub use fault::{Action, Fault, FaultError, Garbage, Place};
pub use goods::GoodsError;
pub use item::Oddity;
pub use running::{EbaySimulator, Running, StartError};
pub use site::Site;
