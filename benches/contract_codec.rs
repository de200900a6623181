//! A message to bytes and back: ours beside serde_json, prost, rkyv and MessagePack.
//!
//! Ids are `contract_codec/<implementation>/<operation>/<payload>`. Operations: `encode`; `decode`
//! into plain memory; `access`, verified for reading in place, where there is such a way; `reject`,
//! a message that lost its last eight bytes; and of ours alone `reject_<why>`, whole messages with
//! one thing wrong, from the first that is looked at to the last. No peer refuses those: their
//! lines `RATIO` have our own decoding of the right message as the peer. Verification and the
//! checks of design §4 rule 17 are inside the timed region.
//!
//! ```text
//! cargo bench -p heart-benches --bench contract_codec -- --quick
//! cargo bench -p heart-benches --bench contract_codec -- gamepad
//! cargo bench -p heart-benches --no-default-features --features codec --bench contract_codec
//! ```

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use heart_benches::{Codec, Heart, Json, MessagePack, Payload, Prost, Rkyv, payloads};
use heart_benches::{is_profiled, ratio, refused, time};
use rkyv::util::AlignedVec;

/// How many bytes the refused message lost.
const LOST: usize = 8;

fn codecs(payload: &Payload) -> [Box<dyn Codec>; 5] {
    [
        Box::new(Heart::new(payload)),
        Box::new(Json::new(payload)),
        Box::new(Prost::new(payload)),
        Box::new(Rkyv::new(payload)),
        Box::new(MessagePack::new(payload)),
    ]
}

/// In memory that is aligned as rkyv asks for.
fn aligned(bytes: &[u8]) -> AlignedVec {
    let mut copy = AlignedVec::new();
    copy.extend_from_slice(bytes);
    copy
}

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("contract_codec");
    for payload in payloads() {
        for mut codec in codecs(&payload) {
            let id = |operation: &str| format!("{}/{operation}/{}", codec.name(), payload.name);
            let ids = ["encode", "decode", "access", "reject"].map(id);
            let whole = aligned(codec.bytes());
            let cut = aligned(&whole[..whole.len() - LOST]);
            group.bench_function(&ids[0], |bench| bench.iter(|| codec.encode()));
            group.bench_function(&ids[1], |bench| bench.iter(|| codec.decode(black_box(&whole))));
            if codec.access(&whole).is_some() {
                let access = || codec.access(black_box(&whole));
                group.bench_function(&ids[2], |bench| bench.iter(access));
            }
            group.bench_function(&ids[3], |bench| bench.iter(|| codec.decode(black_box(&cut))));
        }
        let mut heart = Heart::new(&payload);
        for refused in refused(&payload) {
            let id = format!("heart/{}/{}", refused.operation, payload.name);
            let wrong = aligned(&refused.bytes);
            group.bench_function(id, |bench| bench.iter(|| heart.decode(black_box(&wrong))));
        }
    }
    group.finish();
}

/// Ours against each peer, the two taking turns.
fn ratios(_: &mut Criterion) {
    if is_profiled() {
        return;
    }
    for payload in payloads() {
        let [mut ours, mut peers @ ..] = codecs(&payload);
        let bytes = aligned(ours.bytes());
        let cut = aligned(&bytes[..bytes.len() - LOST]);
        let class = payload.name;
        for peer in &mut peers {
            let theirs = aligned(peer.bytes());
            let name = peer.name();
            let line = |operation: &str, [our_ns, peer_ns]: [f64; 2]| {
                let what = format!("contract_codec/{operation}/{class}");
                ratio(&what, ("heart", our_ns), (name, peer_ns));
            };
            line("encode", time([&mut || _ = ours.encode(), &mut || _ = peer.encode()]));
            let both: [&mut dyn FnMut(); 2] =
                [&mut || _ = black_box(ours.decode(black_box(&bytes))), &mut || {
                    _ = black_box(peer.decode(black_box(&theirs)))
                }];
            line("decode", time(both));
            if peer.access(&theirs).is_some() {
                let both: [&mut dyn FnMut(); 2] =
                    [&mut || _ = black_box(ours.access(black_box(&bytes))), &mut || {
                        _ = black_box(peer.access(black_box(&theirs)))
                    }];
                line("access", time(both));
            }
            let their_cut = aligned(&theirs[..theirs.len() - LOST]);
            let both: [&mut dyn FnMut(); 2] =
                [&mut || _ = black_box(ours.decode(black_box(&cut))), &mut || {
                    _ = black_box(peer.decode(black_box(&their_cut)))
                }];
            line("reject", time(both));
            let (our_bytes, their_bytes) = (bytes.len(), theirs.len());
            let part = our_bytes as f64 / their_bytes as f64;
            println!("BYTES {class}: heart {our_bytes}, {name} {their_bytes}: {part:.2} of it");
        }
        refusals(&payload);
    }
}

/// A wrong message beside the right one, the two taking turns.
fn refusals(payload: &Payload) {
    let [mut refuses, mut decodes] = [payload, payload].map(Heart::new);
    let right = aligned(refuses.bytes());
    for refused in refused(payload) {
        let wrong = aligned(&refused.bytes);
        let [our_ns, decode_ns] =
            time([&mut || _ = black_box(refuses.decode(black_box(&wrong))), &mut || {
                _ = black_box(decodes.decode(black_box(&right)))
            }]);
        let what = format!("contract_codec/{}/{}", refused.operation, payload.name);
        ratio(&what, ("heart", our_ns), ("decode", decode_ns));
    }
}

criterion_group!(benches, codec, ratios);
criterion_main!(benches);
