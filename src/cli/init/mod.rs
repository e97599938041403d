//! `comity init`: eight questions, and an installation that rehearses.
//!
//! What · Each question has a default where the machine or an earlier answer suggests one, and each answer is judged at
//! once. What is written is the sample salon, or with `--shop` the sample shop, with these answers in it, from the same files that
//! the demo runs, so that they can't drift apart. Appointment reminders are live, everything else is a draft, and
//! `mode = "rehearsal"` sends all of it to the owner.
//!
//! Invariant: nothing is written before the last answer, nothing into a folder that holds anything, and the password
//! neither on the screen nor into comity.toml.

mod answers;
mod presets;
mod write;

use super::output;
use crate::{cli::dkim, config};
use answers::{Answers, Server};
use anyhow::{Context, bail};
use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use zeroize::Zeroizing;

/// Make an installation of your own: eight questions, then a rehearsal that reaches nobody but you.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity init salon
  comity init my-shop --shop          recommendations by what people bought, in place of visits
  comity init salon --name 'Salon Lumière' --address '12 rue des Lilas, 69001 Lyon, France' \\
      --reply-to hello@salon.example --smtp infomaniak --password-file ~/secret --yes

What an option answers isn't asked. With --yes nothing is asked, and defaults are taken.")]
pub struct Args {
    /// The folder to make. It must be new or empty.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// A web shop's: recommendations, "time for more?", win-back and thanks, in place of visits.
    #[arg(long, conflicts_with = "calendar")]
    shop: bool,
    /// The business's name, as customers know it.
    #[arg(long)]
    name: Option<String>,
    /// Its postal address, which stands under every message.
    #[arg(long)]
    address: Option<String>,
    /// Its time zone: Europe/Paris. Default: this machine's.
    #[arg(long)]
    zone: Option<String>,
    /// en or fr. Default: this machine's.
    #[arg(long)]
    language: Option<String>,
    /// A mailbox that a person reads. Everything rehearsed goes there.
    #[arg(long)]
    reply_to: Option<String>,
    /// gmail, microsoft365, infomaniak, ovh, gandi, fastmail, mailjet, brevo, postmark, ses, or a server's name.
    #[arg(long)]
    smtp: Option<String>,
    /// The login at the mail server. Default: the reply address.
    #[arg(long)]
    username: Option<String>,
    /// A file whose first line is the password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Where the messages come from. Default: the login, where it is an address, else the reply address.
    #[arg(long)]
    from: Option<String>,
    /// Where the stop page will be, as in `https://mail.salon.example`.
    #[arg(long)]
    public_url: Option<String>,
    /// A calendar with the visits: its secret link, or a file.
    #[arg(long)]
    calendar: Option<String>,
    /// Make a key that signs the messages, and print its DNS record.
    #[arg(long)]
    dkim: bool,
    /// Ask nothing.
    #[arg(long, short)]
    yes: bool,
}

/// What the installation begins as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trade {
    /// Visits.
    Salon,
    /// Purchases.
    Shop,
}

impl Args {
    const fn trade(&self) -> Trade {
        if self.shop { Trade::Shop } else { Trade::Salon }
    }
}

/// Asks, writes, and checks what it wrote.
///
/// # Errors
/// When an answer is missing or wrong and can't be asked for, or the folder holds something.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let folder = &args.folder;
    let holds_something = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something || folder.is_file() {
        bail!("{} holds something already: name a new folder", folder.display());
    }
    let answers = ask(args)?;
    write::installation(folder, args.trade(), &answers)?;
    let installation = config::load(folder).context("what was written has a mistake; please report this")?;
    output::line(format_args!("\n{} is ready. `comity check` finds no mistakes.", folder.display()));
    if args.dkim {
        dkim::first(&installation.config, &folder.join("comity.toml"))?;
    }
    let at = format!("comity -C {}", folder.display());
    output::line(format_args!(
        "\nIt rehearses: every message goes to you, and to no customer. Next:\n  \
         {at} send-test                  one message through your mail server\n  \
         {}\n  \
         {at} serve                      the daemon\n  \
         {at} go-live                    when you like what you see",
        match args.trade() {
            Trade::Salon => format!("{at} import customers FILE.csv  who your customers are; appointments likewise"),
            Trade::Shop => format!(
                "{at} import products FILE.csv   what you sell; customers likewise\n  \
                 {at} import orders FILE.csv     your shop's export of orders, as it is\n  \
                 {at} recommendations --preview  what would be recommended, or what is missing for it"
            ),
        }
    ));
    Ok(ExitCode::SUCCESS)
}

fn ask(args: &Args) -> anyhow::Result<Answers> {
    let mut desk = Desk { asks: !args.yes };
    // A shop is asked for no calendar.
    let of = if args.shop { 7 } else { 8 };
    let name = desk.answer(&format!("1/{of}  Name of your business"), args.name.as_deref(), None, answers::line)?;
    let address = args.address.as_deref();
    let postal_address =
        desk.answer(&format!("2/{of}  Its postal address, on one line"), address, None, answers::postal)?;
    let here = zone_here();
    let zone = desk.answer(&format!("3/{of}  Time zone"), args.zone.as_deref(), here.as_deref(), answers::zone)?;
    let language = desk.answer(
        &format!("4/{of}  Language (en, fr)"),
        args.language.as_deref(),
        Some(language_here()),
        answers::language,
    )?;
    let reply = args.reply_to.as_deref();
    let reply_to =
        desk.answer(&format!("5/{of}  Your address, where answers are read"), reply, None, answers::address)?;
    let guess = presets::find(&answers::domain(&reply_to)).map(|preset| preset.key);
    let server: Server = desk.answer(
        &format!("6/{of}  Mail provider, or its server's name"),
        args.smtp.as_deref(),
        guess,
        answers::server,
    )?;
    desk.say(&format!("     {} wants {}.", server.host, server.login));
    let username = desk.answer("     User", args.username.as_deref(), Some(&reply_to), answers::line)?;
    let password = desk.password(args.password_file.as_deref())?;
    let from = match &args.from {
        Some(from) => answers::address(from).map_err(anyhow::Error::msg)?,
        None => answers::address(&username).unwrap_or_else(|_| reply_to.clone()),
    };
    // Nobody has a page under the domain of a provider's mailboxes.
    let page = guess.is_none().then(|| format!("https://mail.{}", answers::domain(&reply_to)));
    let public_url = desk.answer(
        &format!("7/{of}  Your public page, for stop links"),
        args.public_url.as_deref(),
        page.as_deref(),
        answers::url,
    )?;
    let calendar = args.calendar.as_deref();
    let calendar = match args.trade() {
        Trade::Salon => desk.answer("8/8  Link or file of your calendar", calendar, Some("none"), answers::calendar)?,
        Trade::Shop => None,
    };
    Ok(Answers {
        name,
        postal_address,
        zone,
        language,
        reply_to,
        server,
        username,
        password,
        from,
        public_url,
        calendar,
    })
}

/// Where answers come from.
struct Desk {
    asks: bool,
}

impl Desk {
    fn say(&self, text: &str) {
        if self.asks {
            output::warn(text);
        }
    }

    /// The option's answer, or the person's, or the default.
    fn answer<T>(
        &mut self,
        question: &str,
        given: Option<&str>,
        default: Option<&str>,
        judge: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        if let Some(given) = given {
            return judge(given).map_err(|why| anyhow::anyhow!("{}: {why}", question.trim()));
        }
        let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
        loop {
            let typed = if self.asks { read(&format!("{question}{shown}: "))? } else { String::new() };
            let text = if typed.trim().is_empty() { default.unwrap_or_default() } else { &typed };
            match judge(text) {
                Ok(answer) => return Ok(answer),
                Err(why) if self.asks => output::warn(format_args!("     {why}")),
                Err(why) => bail!("{}: {why}", question.trim()),
            }
        }
    }

    /// Never shown, never logged.
    fn password(&self, file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
        let password = match file {
            Some(file) => {
                let text = Zeroizing::new(fs::read_to_string(file).with_context(|| file.display().to_string())?);
                text.lines().next().unwrap_or_default().trim_end().to_owned()
            }
            None if !self.asks => bail!("the password: say --password-file FILE"),
            None if io::stdin().is_terminal() => {
                let _ = write!(io::stderr(), "     Password (not shown): ");
                console::Term::stderr().read_secure_line().context("the password can't be read")?
            }
            None => read("     Password: ")?.trim_end().to_owned(),
        };
        if password.is_empty() {
            bail!("there is no password: the mail server would let nobody in");
        }
        Ok(Zeroizing::new(password))
    }
}

fn read(prompt: &str) -> anyhow::Result<String> {
    let _ = write!(io::stderr(), "{prompt}");
    let _ = io::stderr().flush();
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line).context("the answer can't be read")? == 0 {
        bail!("nobody answers; nothing was written");
    }
    Ok(line)
}

/// This machine's zone, by the name of the file that /etc/localtime leads to.
fn zone_here() -> Option<String> {
    let zone = std::env::var("TZ").ok().or_else(|| {
        let target = fs::read_link("/etc/localtime").ok()?;
        target.to_str()?.split_once("zoneinfo/").map(|(_, zone)| zone.to_owned())
    });
    zone.filter(|zone| answers::zone(zone).is_ok())
}

fn language_here() -> &'static str {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    match named.into_iter().find(|value| !value.is_empty()) {
        Some(value) if value.starts_with("fr") => "fr",
        _ => "en",
    }
}
