//! Times zone transfers: `transfer_time ADDRESS ZONE [TIMES]`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (server, zone) = (arguments[1].parse().unwrap(), arguments[2].parse().unwrap());
    for _ in 0..arguments.get(3).map_or(5, |times| times.parse().unwrap()) {
        let got = dnsure_providers::dns::transfer(server, &zone, None).await.unwrap();
        println!("{} records, {} octets, {:?}", got.zone.record_count(), got.octets, got.took);
    }
}
