//! The `dnsure` program: everything is in the library.

use dnsure::command;
use dnsure::exit::ExitCode;

fn main() -> std::process::ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let code = match runtime {
        Ok(runtime) => runtime.block_on(command::run(std::env::args_os())),
        Err(error) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "error: the system gives no threads or no timers: {error}");
            ExitCode::Error
        }
    };
    code.into()
}
