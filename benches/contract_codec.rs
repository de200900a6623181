//! Encoding and verified decoding of a report, ours beside serde_json on the same report.
//!
//! Ids are `contract_codec/<implementation>/<operation>/<payload>`. Verification and the checks of
//! design §4 rule 17 are inside the timed region.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use heart_benches::{Plain, names, payloads, stamp};
use heart_contract::{Encoder, decode_report};
use heart_event::Report;

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("contract_codec");
    let (node, device) = names();
    for payload in payloads() {
        let mut encoder = Encoder::new();
        let bytes = encoder
            .report(&stamp(), &node, &device, &payload.report)
            .expect("the report is valid")
            .to_vec();
        let plain = Plain::of(&payload.report, &stamp());
        let json = serde_json::to_vec(&plain).expect("it is plain data");
        println!("{}: {} bytes, as JSON {}", payload.name, bytes.len(), json.len());

        group.bench_function(BenchmarkId::new("heart/encode", payload.name), |bench| {
            bench.iter(|| {
                encoder
                    .report(&stamp(), &node, &device, black_box(&payload.report))
                    .map(<[u8]>::len)
            });
        });
        let mut report = Report::default();
        group.bench_function(BenchmarkId::new("heart/decode", payload.name), |bench| {
            bench.iter(|| {
                decode_report(&node, &device, black_box(&bytes))
                    .map(|view| view.copy_into(&mut report))
            });
        });
        let mut buffer = Vec::new();
        group.bench_function(BenchmarkId::new("serde_json/encode", payload.name), |bench| {
            bench.iter(|| {
                buffer.clear();
                serde_json::to_writer(&mut buffer, black_box(&plain)).map(|()| buffer.len())
            });
        });
        group.bench_function(BenchmarkId::new("serde_json/decode", payload.name), |bench| {
            bench.iter(|| {
                serde_json::from_slice::<Plain>(black_box(&json)).map(|p| black_box(p).is_empty())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
