//! The binary. All it does is in [`comity::cli`].

fn main() -> std::process::ExitCode {
    comity::cli::main()
}
