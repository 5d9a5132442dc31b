//! Replays an outage with dnsure in its place, against real servers on loopback:
//!
//! ```sh
//! cargo run --example outage                        # what there is
//! cargo run --example outage -- xchart-ttl
//! cargo run --features sabotage --example outage -- xchart-ttl --without-guard
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../tests/lab/mod.rs"]
mod lab;
#[path = "../tests/outages/scenarios/mod.rs"]
mod scenarios;

use scenarios::stage::Stage;
use scenarios::{Guard, Outage};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args();
    // A replay runs this same program under the name of dnsure, which it then is.
    if arguments.next().as_deref() == Some("dnsure") {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
        return runtime.block_on(dnsure::command::run(std::env::args_os())).into();
    }
    let arguments: Vec<String> = arguments.collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => list(),
        [name] => replay(name, None),
        [name, "--without-guard"] => replay(name, Some("")),
        [name, "--without-guard", guard] => replay(name, Some(guard)),
        _ => usage("one name, and nothing else but --without-guard [GUARD]"),
    }
}

fn list() -> ExitCode {
    println!("Outages that happened. To replay one: cargo run --example outage -- NAME\n");
    for outage in scenarios::ALL {
        println!("  {:<36}  {}", outage.name, outage.line);
    }
    ExitCode::SUCCESS
}

fn usage(words: &str) -> ExitCode {
    eprintln!("error: {words}\nhint: `cargo run --example outage` lists the outages");
    ExitCode::from(64)
}

fn replay(name: &str, without: Option<&str>) -> ExitCode {
    let Some(outage) = scenarios::find(name) else { return usage(&format!("there is no outage `{name}`")) };
    let guard = match without {
        None => None,
        Some(_) if !cfg!(feature = "sabotage") => {
            eprintln!(
                "error: guards can be taken out of a build with the feature `sabotage` only\n\
                 hint: cargo run --features sabotage --example outage -- {name} --without-guard"
            );
            return ExitCode::from(64);
        }
        Some("") => outage.guards.first(),
        Some(wanted) => match outage.guards.iter().find(|guard| guard.off == wanted) {
            Some(guard) => Some(guard),
            None => return usage(&format!("{name} has the guards {}", guards(outage))),
        },
    };
    scenarios::voice::print(outage.line);
    scenarios::voice::say("", outage.then);
    let stage = Stage::aloud(outage, guard.map(|guard: &Guard| guard.off));
    if let Some(guard) = guard {
        scenarios::voice::say("", &format!("\nWithout the guard `{}`:", guard.off));
    }
    let verdict = (outage.play)(&stage);
    println!();
    match (verdict, guard) {
        (Ok(()), None) => {
            println!("VERDICT  It did not happen.");
            println!("         Guards: {}. To see it happen without:", guards(outage));
            println!("         cargo run --features sabotage --example outage -- {name} --without-guard");
            ExitCode::SUCCESS
        }
        (Ok(()), Some(_)) => {
            println!("VERDICT  It did not happen, even so.");
            ExitCode::FAILURE
        }
        (Err(happened), _) => {
            scenarios::voice::say("VERDICT  ", &format!("It happened: {happened}"));
            if guard.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

fn guards(outage: &Outage) -> String {
    let names: Vec<&str> = outage.guards.iter().map(|guard| guard.off).collect();
    names.join(", ")
}
