//! Calls of a daily quota.

use crate::contract::kit::Kit;

contract!(calls_are_counted_for_all_processes_together);

async fn calls_are_counted_for_all_processes_together(kit: Kit) {
    assert_eq!(kit.store.calls_used("ebay", 20_000).await.unwrap(), 0);
    let mut callers = Vec::new();
    for _ in 0..4 {
        let store = kit.second().await;
        callers.push(tokio::spawn(async move {
            for _ in 0..25 {
                store.use_calls("ebay", 20_000, 2).await.unwrap();
            }
        }));
    }
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(kit.second().await.calls_used("ebay", 20_000).await.unwrap(), 200);
    assert_eq!(kit.store.use_calls("ebay", 20_000, 1).await.unwrap(), 201);
    assert_eq!(kit.store.use_calls("ebay", 20_001, 1).await.unwrap(), 1, "another day");
    assert_eq!(kit.store.use_calls("other", 20_000, 1).await.unwrap(), 1, "another source");
}
