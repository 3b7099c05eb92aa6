//! The bounds on everything that people and venues may send, in one place.

/// Significant digits of a price that people write, or a venue quotes.
pub const PRICE_DIGITS: u32 = 28;
/// Decimals of a price that people write.
pub const PRICE_DECIMALS: u32 = 18;
/// Decimals of any price: Uphold quotes 20 and more, and the middle of two quotes has one more than they.
pub const QUOTE_DECIMALS: u32 = 28;
/// Decimals that a percentage may have.
pub const PERCENT_DECIMALS: u32 = 4;
/// The largest percentage.
pub const PERCENT_MAX: u32 = 10_000;

/// The shortest window of `moving`, `new_high` and `new_low`, in seconds.
pub const WINDOW_MIN_S: u64 = 10;
/// The longest window, in seconds: seven days.
pub const WINDOW_MAX_S: u64 = 7 * 86_400;
/// The shortest silence that an alert may ask for, in seconds.
pub const SILENCE_MIN_S: u64 = 10;
/// The longest silence, in seconds: thirty days.
pub const SILENCE_MAX_S: u64 = 30 * 86_400;
/// The longest duration accepted anywhere (cooldowns, `for`), in seconds: ten years.
pub const SPAN_MAX_S: u64 = 3_650 * 86_400;

/// Parts that a composite condition has at least.
pub const PARTS_MIN: usize = 2;
/// Parts that a composite condition has at most.
pub const PARTS_MAX: usize = 8;

/// Bytes of an instrument's text, venue and colon included.
pub const INSTRUMENT_BYTES: usize = 128;
/// Characters of an alert's name.
pub const NAME_CHARS: usize = 200;
/// Characters of an alert's note.
pub const NOTE_CHARS: usize = 2_000;
/// Characters of an alert's own words for its message, placeholders as they are written.
pub const MESSAGE_CHARS: usize = 1_000;
/// Tags that an alert may carry.
pub const TAGS: usize = 20;
/// Characters of one tag.
pub const TAG_CHARS: usize = 50;
/// Channels that one alert may notify.
pub const CHANNELS: usize = 10;
/// The largest `max_fires` of a repeat rule.
pub const MAX_FIRES: u64 = 1_000_000_000;
/// Characters of a search's query.
pub const QUERY_CHARS: usize = 200;
/// Offers that a digest may tell of.
pub const DIGEST_ITEMS: u64 = 100;
/// Conditions that one search alert may have: one of each type.
pub const LISTING_CONDITIONS: usize = 5;
/// Words that a title must, or must not, have one of.
pub const TITLE_WORDS: usize = 20;
/// The shortest time between two of a schedule, in seconds.
pub const SCHEDULE_MIN_S: u64 = 60;
/// The shortest and the longest look-back of insights, in seconds.
pub const LOOK_BACK_MIN_S: u64 = 3_600;
/// See [`LOOK_BACK_MIN_S`].
pub const LOOK_BACK_MAX_S: u64 = 365 * 86_400;
/// Faults of one input that are told.
pub const FAULTS_TOLD: usize = 100;
/// Depth to which JSON from outside may be nested.
pub const JSON_DEPTH: usize = 16;

const _: () = assert!(PARTS_MIN < PARTS_MAX && WINDOW_MIN_S < WINDOW_MAX_S && WINDOW_MAX_S < SPAN_MAX_S);
const _: () = assert!(SILENCE_MIN_S < SILENCE_MAX_S && SILENCE_MAX_S < SPAN_MAX_S);
const _: () = assert!(PRICE_DIGITS <= 28, "rust_decimal holds 28 digits exactly");
const _: () = assert!(PRICE_DECIMALS < QUOTE_DECIMALS && QUOTE_DECIMALS <= 28, "and as many decimals");
