//! Idempotency keys, the same way for everybody who is measured.

/// The n-th key: 32 hexadecimal digits, each key once, in no order, as clients that draw them at random would send.
pub fn key(n: u64) -> String {
    format!("{:016x}{:016x}", mix(n), mix(!n))
}

/// SplitMix64's last step: a permutation of all 64-bit numbers.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
