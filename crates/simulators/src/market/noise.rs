//! Random numbers that are looked up instead of drawn: the same key and index give the same numbers always.
//!
//! That is what lets any minute of a year be made on demand, in any order, without making those before it.

/// A field of random numbers under one key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    key: u64,
}

impl Noise {
    /// The field of `seed`.
    pub(crate) const fn new(seed: u64) -> Self {
        Self { key: mix(seed) }
    }

    /// A field of its own for a part of the world, named by `label`.
    pub(crate) fn part(self, label: &str) -> Self {
        let key = label.bytes().fold(self.key, |key, byte| mix(key ^ u64::from(byte)));
        Self { key }
    }

    /// The numbers that belong to `index`, as many as are asked for.
    pub(crate) const fn at(self, index: i64) -> Draws {
        Draws { state: mix(self.key ^ mix(index.cast_unsigned())) }
    }
}

/// A stream of numbers (the `SplitMix64` sequence).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    state: u64,
}

impl Draws {
    /// 64 random bits.
    pub(crate) const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        let bits = u32::try_from(self.bits() >> 32).expect("32 bits remain");
        f64::from(bits) / 4_294_967_296.0
    }

    /// Uniform in `0..bound`; 0 where `bound` is.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.bits() % bound }
    }

    /// About normal with mean 0 and deviation 1: four uniform numbers, added. Within ±3.5, no fatter tail.
    ///
    /// Additions alone are the same on every machine; logarithm and cosine are not.
    pub(crate) fn normal(&mut self) -> f64 {
        let bits = self.bits();
        let sum: u64 = (0..4).map(|piece| (bits >> (16 * piece)) & 0xFFFF).sum();
        let sum = f64::from(u32::try_from(sum).expect("four times 16 bits"));
        (sum / 65_536.0 - 2.0) * 1.732_050_8
    }
}

const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_always_holds_the_same_numbers() {
        let field = Noise::new(7).part("BTC");
        assert_eq!(field.at(-3).bits(), Noise::new(7).part("BTC").at(-3).bits());
        assert_ne!(field.at(-3).bits(), field.at(3).bits());
        assert_ne!(field.at(1).bits(), Noise::new(7).part("ETH").at(1).bits());
    }

    #[test]
    fn normals_have_mean_nought_and_deviation_one() {
        let mut draws = Noise::new(1).at(0);
        let values: Vec<f64> = (0..100_000).map(|_| draws.normal()).collect();
        let mean = values.iter().sum::<f64>() / 100_000.0;
        let variance = values.iter().map(|value| value * value).sum::<f64>() / 100_000.0;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
    }
}
