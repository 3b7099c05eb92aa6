//! Where eBay tells things by itself: its challenge to the address, and signed notices of deleted accounts.

pub(super) mod answer_challenge;
pub(super) mod take_notice;
