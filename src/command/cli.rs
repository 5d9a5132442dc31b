//! What can be typed.

use crate::exit::ExitCode;
use crate::starting::KINDS;
use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use std::path::{Path, PathBuf};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// DNS as code that never lets a name stop answering.
///
/// Zone files in git are compared with live DNS; `plan` shows what would change, `apply`
/// does it and proves on every authoritative server that it is served.
#[derive(Debug, Parser)]
#[command(name = "dnsure", version, styles = STYLES, max_term_width = 100, after_help = exit_codes())]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The types that `init` asks about, from the one table.
fn provider_types() -> PossibleValuesParser {
    PossibleValuesParser::new(KINDS.iter().map(|kind| PossibleValue::new(kind.name).help(kind.words)))
}

/// The exit codes in one paragraph, from the one table.
fn exit_codes() -> String {
    let codes: Vec<String> =
        ExitCode::TABLE.iter().map(|(code, _, meaning)| format!("{} {meaning}", *code as u8)).collect();
    format!("Exit codes: {}", codes.join(" · "))
}

/// Options of every command; they may stand anywhere on the line.
#[derive(Debug, Args)]
pub struct Global {
    /// Work in this directory.
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true, default_value = ".")]
    pub directory: PathBuf,
    /// The configuration file.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Work on this zone only; may be given several times.
    #[arg(id = "only", long = "zone", value_name = "ZONE", global = true)]
    pub zones: Vec<String>,
    /// The form of what is printed on stdout.
    #[arg(long, value_enum, global = true)]
    pub format: Option<Format>,
    /// When to use colours.
    #[arg(long, value_enum, global = true, default_value_t = Color::Auto)]
    pub color: Color,
    /// Say on stderr how many calls each provider's API was asked, and what they cost.
    #[arg(long, global = true)]
    pub stats: bool,
    /// Log every call to a provider's API on stderr, with its time and the provider's id for it.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// Forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// octoDNS's zone file (export).
    Yaml,
    /// An RFC 1035 master file (export).
    Master,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the zone files: every finding with its source lines, no network.
    Validate(ValidateArgs),
    /// Show what would change, and write it to a file for review.
    Plan(PlanArgs),
    /// Carry out a plan, and prove on every server that it is served.
    Apply(ApplyArgs),
    /// Take back an open run, or one that is finished.
    Rollback(RollbackArgs),
    /// List rollouts that wait for their next phase, and runs that were interrupted.
    Rollouts(RolloutsArgs),
    /// Compare what every server answers with the zone files.
    Verify(VerifyArgs),
    /// Show a plan, journal or receipt.
    Show(ShowArgs),
    /// Print a zone file in another form.
    Export(ExportArgs),
    /// Tell what changed since the last apply, live or in the files, and who serves otherwise.
    Drift(DriftArgs),
    /// Lay zone files out as octoDNS writes them; comments stay with what they belong to.
    Fmt(FmtArgs),
    /// Connect a provider, write dnsure.yaml and import its zones; asks for what is missing.
    Init(InitArgs),
    /// Look at what everything rests on: secrets, APIs, clocks, name servers, locks, state.
    Doctor(DoctorArgs),
    /// Write a live zone as a zone file that plans to no changes.
    Import(ImportArgs),
    /// Keep the embedded name server up.
    Serve(ServeArgs),
    /// Show locks, or break one whose owner is gone.
    Unlock(UnlockArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page, or write one page for each command.
    Man(ManArgs),
}

impl Command {
    /// The name of the command.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Validate(_) => "validate",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Rollback(_) => "rollback",
            Self::Rollouts(_) => "rollouts",
            Self::Verify(_) => "verify",
            Self::Show(_) => "show",
            Self::Export(_) => "export",
            Self::Drift(_) => "drift",
            Self::Fmt(_) => "fmt",
            Self::Import(_) => "import",
            Self::Init(_) => "init",
            Self::Doctor(_) => "doctor",
            Self::Serve(_) => "serve",
            Self::Unlock(_) => "unlock",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    /// Whether it prints a document, and no events, where JSON is asked for.
    #[must_use]
    pub fn prints_document(&self) -> bool {
        let prints = |file: &Path| file == Path::new("-");
        match self {
            Self::Show(_) | Self::Export(_) | Self::Completions(_) | Self::Man(_) => true,
            Self::Import(arguments) => arguments.out.as_deref().is_some_and(prints),
            _ => false,
        }
    }
}

/// `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// The zones; all where none is named.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// Of these, only the zones whose files changed since this git commit, uncommitted changes included.
    #[arg(long, value_name = "REF")]
    pub changed_since: Option<String>,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The zones; all where none is named.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// Ask for these owner names only: a glob as in `ignore` rules (`www`, `*.shop`, `@`); may be
    /// given several times.
    #[arg(long = "name", value_name = "GLOB")]
    pub names: Vec<String>,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The zones; all where none is named.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// Write the plan to this file, for `apply`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Plan these owner names only: a glob as in `ignore` rules (`www`, `*.shop`, `@`); may be given
    /// several times.
    #[arg(long = "name", value_name = "GLOB")]
    pub names: Vec<String>,
    /// Of the zones, only those whose files changed since this git commit, uncommitted changes included.
    #[arg(long, value_name = "REF")]
    pub changed_since: Option<String>,
    /// Write, observe and remove a canary record first, whatever the provider promises.
    #[arg(long)]
    pub canary: bool,
    /// Lower TTLs to this many seconds, wait, change, and restore them, for all that changes.
    #[arg(long, value_name = "SECONDS")]
    pub stage_ttl: Option<u32>,
    /// End with 2 when there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The plan file; without it, plan now and ask.
    #[arg(value_name = "PLAN", conflicts_with = "resume")]
    pub plan: Option<PathBuf>,
    /// Change these owner names only: a glob as in `ignore` rules (`www`, `*.shop`, `@`); may be
    /// given several times.
    #[arg(long = "name", value_name = "GLOB", conflicts_with_all = ["plan", "resume"])]
    pub names: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Go on with interrupted runs, and with rollouts whose wait is over.
    #[arg(long)]
    pub resume: bool,
    /// Acknowledge the guards of the plan with this digest (at least 16 digits).
    #[arg(long = "ack", value_name = "DIGEST", requires = "reason", conflicts_with = "resume")]
    pub acknowledge: Vec<String>,
    /// Accept the gaps of the plan with this digest (at least 16 digits).
    #[arg(long = "accept-gap", value_name = "DIGEST", requires = "reason", conflicts_with = "resume")]
    pub accept_gap: Vec<String>,
    /// Write, observe and remove a canary record first, whatever the provider promises.
    #[arg(long, conflicts_with_all = ["plan", "resume"])]
    pub canary: bool,
    /// Lower TTLs to this many seconds, wait, change, and restore them, for all that changes.
    #[arg(long, value_name = "SECONDS", conflicts_with_all = ["plan", "resume"])]
    pub stage_ttl: Option<u32>,
    /// Sit out waits between phases up to this long (`90s`, `2h`); a longer one ends the run,
    /// to be resumed. One minute where nothing is said.
    #[arg(long, value_name = "DURATION")]
    pub stay: Option<SignedDuration>,
    /// Leave what is not served by the deadline as it is; else it is taken back.
    #[arg(long)]
    pub no_rollback: bool,
    /// Why; kept in journal and receipt.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Create zones that do not exist at their target.
    #[arg(long, conflicts_with = "resume")]
    pub create_zones: bool,
    /// Refuse a plan that takes more than one atomic write at a target, or one that the
    /// provider compares with nothing.
    #[arg(long, conflicts_with = "resume")]
    pub require_atomic: bool,
    /// Apply outside the change windows and in a freeze; the reason is kept in journal and
    /// receipt.
    #[arg(long, requires = "reason")]
    pub outside_window: bool,
    /// When all is done, keep asking every server about what was changed for this long (`1h`), or
    /// for the longest TTL touched (`ttl`); end with 15 when something is not served any more.
    #[arg(long, value_name = "DURATION|ttl")]
    pub watch_for: Option<WatchFor>,
    /// Apply the plan file without comparing it with the zone files.
    #[arg(long, requires = "plan")]
    pub detached: bool,
    /// Write the receipt to this file too.
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
}

/// How long what was changed is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchFor {
    /// This long.
    Time(SignedDuration),
    /// As long as the longest TTL touched.
    LongestTtl,
}

impl std::str::FromStr for WatchFor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "ttl" {
            return Ok(Self::LongestTtl);
        }
        match text.parse::<SignedDuration>() {
            Ok(time) if time >= SignedDuration::ZERO => Ok(Self::Time(time)),
            Ok(_) => Err("a time to come is meant, as `1h`".into()),
            Err(error) => Err(format!("{error}; write `90s`, `1h`, or `ttl`")),
        }
    }
}

/// `rollouts`.
#[derive(Debug, Args)]
pub struct RolloutsArgs {
    /// The zones; all where none is named.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// End with 2 when there are any.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The zones; all where none is named.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// Take back this run only, also when it is finished: what it changed is planned back anew,
    /// and refused where a later run or somebody else has changed it since.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Acknowledge the guards of the way back with its plan's digest (at least 16 digits).
    #[arg(long = "ack", value_name = "DIGEST", requires_all = ["reason", "run"])]
    pub acknowledge: Vec<String>,
    /// Accept the gaps of the way back with its plan's digest (at least 16 digits).
    #[arg(long = "accept-gap", value_name = "DIGEST", requires_all = ["reason", "run"])]
    pub accept_gap: Vec<String>,
    /// Why; kept in journal and receipt.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Write the receipt to this file too.
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
}

/// `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A plan, a receipt, a journal entry or the directory of a journal.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// A zone file, or the name of a zone.
    #[arg(value_name = "FILE")]
    pub file: String,
    /// The zone, where the file's name does not tell.
    #[arg(long, value_name = "ZONE")]
    pub origin: Option<String>,
}

/// `drift`.
#[derive(Debug, Args)]
pub struct DriftArgs {
    /// The zones; all where none is named.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// Write what changed live into the zone files, in place; comments stay.
    #[arg(long)]
    pub adopt: bool,
    /// Compare these owner names only: a glob as in `ignore` rules (`www`, `*.shop`, `@`); may be
    /// given several times. With --adopt, what is named is taken from live also where the files
    /// changed.
    #[arg(long = "name", value_name = "GLOB")]
    pub names: Vec<String>,
}

/// `fmt`.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Zones, or files; all zones where none is named, `-` for stdin to stdout.
    #[arg(value_name = "ZONE|FILE")]
    pub files: Vec<String>,
    /// Write nothing; name the files that would change, and end with 2 when there are any.
    #[arg(long)]
    pub check: bool,
    /// Put names and keys into octoDNS's natural order; comments move with them.
    #[arg(long)]
    pub sort: bool,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The zones to import.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// The type of the provider.
    #[arg(long = "type", value_name = "TYPE", value_parser = provider_types())]
    pub kind: Option<String>,
    /// A setting of the provider (`url=http://…`); secrets by reference (`api_key=env:PDNS_KEY`).
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// What the provider is called in dnsure.yaml; its type where nothing is said.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The providers; all where none is named.
    #[arg(value_name = "PROVIDER")]
    pub providers: Vec<String>,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The zones.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// From this provider of dnsure.yaml; the zone's only target where it has one.
    #[arg(long, value_name = "PROVIDER", conflicts_with_all = ["axfr", "master"])]
    pub from: Option<String>,
    /// By zone transfer from this server.
    #[arg(long, value_name = "SERVER[:PORT]", conflicts_with = "master")]
    pub axfr: Option<String>,
    /// The TSIG key of the transfer; its secret by reference, never itself.
    #[arg(long, value_name = "NAME:ALGORITHM:env:VARIABLE", requires = "axfr")]
    pub key: Option<String>,
    /// From this master file (RFC 1035), `-` for stdin. Its comments are not kept.
    #[arg(long, value_name = "FILE|-")]
    pub master: Option<PathBuf>,
    /// The zone of the master file, where its name does not tell.
    #[arg(long, value_name = "ZONE", requires = "master")]
    pub origin: Option<String>,
    /// Write the SOA too; else it stays the provider's.
    #[arg(long)]
    pub soa: bool,
    /// One file per owner name, in a directory of the zone (`split_extension`).
    #[arg(long, conflicts_with = "out")]
    pub split: bool,
    /// Write this file; `-` prints.
    #[arg(long, value_name = "FILE|-")]
    pub out: Option<PathBuf>,
    /// Replace the files of the zone.
    #[arg(long)]
    pub overwrite: bool,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The embedded provider; the only one where there is just one.
    #[arg(value_name = "PROVIDER")]
    pub provider: Option<String>,
}

/// `unlock`.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    /// The zones; all where none is named.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// Break the lock of this run.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write dnsure.1, dnsure-plan.1 and so on into this directory.
    #[arg(value_name = "DIR")]
    pub pages: Option<PathBuf>,
}

impl Global {
    /// The zones asked for, by option and by argument.
    #[must_use]
    pub fn zones_with(&self, arguments: &[String]) -> Vec<String> {
        self.zones.iter().chain(arguments).cloned().collect()
    }
}
