//! Why an alert has not fired is known to the process that evaluates it: it is asked over the bus.

use std::collections::BTreeMap;

use bellwether_bus::Bus;
use bellwether_engine::Outlook;
use bellwether_model::{AlertId, Timestamp};
use bellwether_store::Store;
use bellwether_store::evaluation::Watched as Row;
use bellwether_store::share::Share;
use serde::{Deserialize, Serialize};

use crate::evaluate::{Ask, Inquiries};

/// What is asked: of alerts of one share.
#[derive(Serialize, Deserialize)]
struct Question {
    alerts: Vec<AlertId>,
    now: i64,
}

/// Asks whichever process evaluates an alert.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) bus: Bus,
    pub(crate) partitions: u16,
}

impl Ask for Asking {
    fn outlooks(
        &self,
        rows: Vec<Row>,
        now: Timestamp,
    ) -> std::pin::Pin<Box<dyn Future<Output = Vec<Option<Outlook>>> + Send + '_>> {
        Box::pin(async move {
            let mut told = vec![None; rows.len()];
            let mut by_share: BTreeMap<Share, Vec<usize>> = BTreeMap::new();
            for (at, row) in rows.iter().enumerate() {
                let share = Share::every(self.partitions).find(|share| share.holds(&row.spec));
                by_share.entry(share.unwrap_or_default()).or_default().push(at);
            }
            for (share, places) in by_share {
                let alerts = places.iter().map(|at| rows[*at].id).collect();
                let answer = self.ask(share, &Question { alerts, now: now.micros() }).await;
                for (at, outlook) in places.into_iter().zip(answer) {
                    told[at] = outlook;
                }
            }
            told
        })
    }
}

impl Asking {
    async fn ask(&self, share: Share, question: &Question) -> Vec<Option<Outlook>> {
        let bytes = serde_json::to_vec(question).unwrap_or_default();
        match self.bus.ask(&subject(share), bytes.into()).await {
            Ok(answer) => serde_json::from_slice(&answer).unwrap_or_default(),
            Err(error) => {
                tracing::debug!(%share, %error, "an engine did not answer");
                Vec::new()
            }
        }
    }
}

/// Answers what is asked of a share's alerts until it is dropped.
pub(super) async fn answer(bus: &Bus, share: Share, store: &Store, inquiries: Inquiries) {
    let mut questions = match bus.questions(&subject(share)).await {
        Ok(questions) => questions,
        Err(error) => {
            tracing::warn!(%share, %error, "questions cannot be heard");
            return std::future::pending().await;
        }
    };
    while let Some(question) = questions.next().await {
        let Ok(Question { alerts, now }) = serde_json::from_slice(&question.bytes) else { continue };
        let mut outlooks = Vec::with_capacity(alerts.len());
        for alert in alerts {
            let row = store.watched_alert(alert).await.ok().flatten();
            outlooks.push(match row {
                Some(row) => inquiries.outlook(row, Timestamp::from_micros(now)).await,
                None => None,
            });
        }
        question.answer(serde_json::to_vec(&outlooks).unwrap_or_default().into()).await;
    }
    std::future::pending().await
}

fn subject(share: Share) -> String {
    match share {
        Share::All => "all".to_owned(),
        Share::Composites => "composites".to_owned(),
        Share::Partition { index, .. } => format!("partition-{index}"),
    }
}
