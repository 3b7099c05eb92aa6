//! A mail server that hangs: posts go their way, and no more mails are taken from the others than there are places.

use bellwether_model::Channel;
use bellwether_notify::WebhookSecret;
use bellwether_simulators::inbox::{self, Stage};
use bellwether_store::delivery::DeliveryStatus;

use super::trial::{AT_ONCE, Trial};
use crate::channels::Address;

/// Readers of each medium, and fires of each of them.
const READERS: usize = 40;
const FIRES: usize = 4;

/// Longer than a mailer waits for an answer.
const NEVER_MS: u64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_hangs_holds_up_no_post() {
    let trial = Trial::start().await;
    let hangs = inbox::Action::Delay { ms: NEVER_MS };
    let fault = inbox::Fault { stage: Stage::Accept, action: hangs, recipient: None, times: None };
    trial.inbox.faults().add(fault).unwrap();
    let (mut mails, mut posts) = (Vec::new(), Vec::new());
    for number in 0..READERS {
        let user = trial.user(&format!("mail-{number}")).await;
        mails.extend((0..FIRES).map(|fire| (user, Channel::Email, format!("{fire}"))));
        let user = trial.user(&format!("post-{number}")).await;
        let url = format!("{}/hooks/{number}", trial.receivers.url());
        let secret = WebhookSecret::draw(&mut rand::rng()).reveal();
        let hook = trial.channel(user, &Address::Webhook { url, secret, former: Vec::new() }).await;
        posts.extend((0..FIRES).map(|fire| (user, hook, format!("{fire}"))));
    }
    trial.fire(&mails).await;
    trial.depth(DeliveryStatus::Sending, AT_ONCE).await;
    trial.fire(&posts).await;
    // Each of them, and not one mail: those that have a place keep it, and the others were left to whoever can.
    trial.depth(DeliveryStatus::Pending, mails.len() - AT_ONCE).await;
    trial.depth(DeliveryStatus::Sending, AT_ONCE).await;
    assert_eq!(trial.receivers.postbox().posts().len(), posts.len());
    assert_eq!(trial.inbox.mailbox().total(), 0);
    trial.stop().await;
}
