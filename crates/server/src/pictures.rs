//! The pictures of listings, fetched from where their marketplace keeps them.
//!
//! The interface asks no foreign host for anything, so its readers are shown to none; this asks in their place. An
//! address comes from a listing's row alone, and yet sellers and whoever tells of listings write it, so it is called
//! by the client that is built for that ([`HttpClient`]): public addresses only, no redirects, bounded in bytes and
//! time. What comes is believed by its first bytes alone, never by what its server calls it, and passed on only where
//! they are those of a picture that holds no script: JPEG, PNG, WebP or GIF.

use std::sync::Arc;
use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_notify::http::HttpPatience;
use bellwether_notify::{Endpoint, HttpClient};
use bytes::Bytes;
use hyper::header::{ACCEPT, HeaderValue};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

/// Bytes of a picture. The marketplace's thumbnails have some 20 kB.
pub const PICTURE_BYTES: usize = 2 << 20;
/// How long fetching one may take: less than its reader waits.
pub const PATIENCE: HttpPatience = HttpPatience {
    connect: Duration::from_secs(4),
    whole: Duration::from_secs(8),
    idle: Duration::from_secs(30),
};
/// Bytes of all pictures that are kept, and about how many that is.
const KEPT_BYTES: u64 = 64 << 20;
const KEPT: usize = 2_048;
/// Parts of what is kept, each with a lock and a share of the bytes of its own. By itself the cache would make more of
/// them the more cores there are, until the largest pictures fit into none.
const SHARDS: usize = 8;
const _: () = assert!(2 * PICTURE_BYTES as u64 <= KEPT_BYTES / SHARDS as u64);
/// Pictures that are fetched at the same time; the others wait.
const AT_ONCE: usize = 16;
/// How long a picture is kept, in microseconds; and how long one is not asked for again that could not be had.
const KEPT_US: i64 = 6 * 3_600_000_000;
const FAILED_US: i64 = 60_000_000;
/// What an entry costs besides its picture.
const ENTRY_BYTES: u64 = 256;

/// Fetches pictures, and keeps them for a while. Clones share what is kept.
#[derive(Clone)]
pub struct Pictures {
    client: HttpClient,
    kept: Arc<Cache<String, Kept, Bytewise>>,
    places: Arc<Semaphore>,
}

/// A picture, as it is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is by its first bytes.
    pub kind: PictureKind,
    /// The picture.
    pub bytes: Bytes,
    /// Another one for other bytes.
    pub tag: String,
}

/// Why there is no picture. For the log: what a reader is told says nothing of the operator's network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NoPicture {
    #[error("its address {0}")]
    Address(String),
    #[error("{0}")]
    Unanswered(String),
    #[error("answered with status {0}")]
    Status(u16),
    #[error("more than {PICTURE_BYTES} bytes, or it broke off")]
    NotWhole,
    #[error("neither JPEG, PNG, WebP nor GIF")]
    NoImage,
}

/// What is known of an address.
#[derive(Clone)]
struct Kept {
    until: Timestamp,
    picture: Option<Arc<Picture>>,
}

#[derive(Clone)]
struct Bytewise;

impl Weighter<String, Kept> for Bytewise {
    fn weight(&self, address: &String, kept: &Kept) -> u64 {
        let bytes = address.len() + kept.picture.as_ref().map_or(0, |picture| picture.bytes.len());
        ENTRY_BYTES + u64::try_from(bytes).unwrap_or(u64::MAX / 2)
    }
}

impl Pictures {
    /// Fetches by this client, whose patience should be about [`PATIENCE`].
    #[must_use]
    pub fn new(client: HttpClient) -> Self {
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(KEPT)
            .weight_capacity(KEPT_BYTES)
            .build()
            .expect("all that must be said is said");
        let kept = Cache::with_options(
            options,
            Bytewise,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        );
        let kept = Arc::new(kept);
        Self { client, kept, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The picture at an address; nothing where it cannot be had. Whoever asks for one that is being fetched waits
    /// for that.
    pub async fn get(&self, address: &str, now: Timestamp) -> Option<Arc<Picture>> {
        if self.kept.get(address).is_some_and(|kept| kept.until <= now) {
            self.kept.remove_if(address, |kept| kept.until <= now);
        }
        let fetched = self.kept.get_or_insert_async(address, async {
            let _place = self.places.acquire().await;
            let (picture, keep_us) = match self.fetch(address).await {
                Ok(picture) => (Some(Arc::new(picture)), KEPT_US),
                Err(why) => {
                    tracing::debug!(%why, "a picture of a listing cannot be had");
                    (None, FAILED_US)
                }
            };
            metrics::counter!("bellwether_pictures_fetched_total",
                "result" => if picture.is_some() { "fetched" } else { "failed" })
            .increment(1);
            let until = Timestamp::from_micros(now.micros().saturating_add(keep_us));
            Ok::<_, std::convert::Infallible>(Kept { until, picture })
        });
        fetched.await.unwrap_or_else(|never| match never {}).picture
    }

    async fn fetch(&self, address: &str) -> Result<Picture, NoPicture> {
        let from: Endpoint = address.parse().map_err(|error| NoPicture::Address(format!("{error}")))?;
        let accept = (ACCEPT, HeaderValue::from_static("image/webp, image/jpeg, image/png, image/gif"));
        // A byte more than allowed tells one that is too large from one that is just as large as allowed.
        let reply = self.client.get(&from, [accept], PICTURE_BYTES + 1).await;
        let reply = reply.map_err(|failure| NoPicture::Unanswered(failure.to_string()))?;
        if reply.status != 200 {
            return Err(NoPicture::Status(reply.status));
        }
        if !reply.whole || reply.body.len() > PICTURE_BYTES {
            return Err(NoPicture::NotWhole);
        }
        let kind = PictureKind::of(&reply.body).ok_or(NoPicture::NoImage)?;
        let hash = Sha256::digest(&reply.body);
        let tag = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Ok(Picture { kind, bytes: reply.body, tag })
    }
}

/// What a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
}

impl PictureKind {
    /// What bytes are, by how they begin; nothing where that is none of these.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(PictureKind::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(PictureKind::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(PictureKind::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(PictureKind::Gif),
            _ => None,
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            PictureKind::Jpeg => "image/jpeg",
            PictureKind::Png => "image/png",
            PictureKind::Webp => "image/webp",
            PictureKind::Gif => "image/gif",
        }
    }
}

#[cfg(test)]
mod tests;
